//! COSE_Sign1 (RFC 9052) as passes, certificates and lists are wrapped in it. Reading borrows.

use crate::{
    cbor::{Writer, more},
    keys::{Alg, SignFault, SigningKey},
};
use minicbor::{Decoder, data::Type, decode::Error};

const CONTEXT: &str = "Signature1";
/// COSE_Sign1, and CWT around it.
const TAGS: [u64; 2] = [18, 61];

/// What stands in a COSE_Sign1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sign1<'b> {
    pub(crate) protected: &'b [u8],
    pub(crate) headers: Headers<'b>,
    pub(crate) payload: &'b [u8],
    pub(crate) signature: &'b [u8],
}

/// Of both headers; what is protected wins.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Headers<'b> {
    alg: Option<Named<i64>>,
    pub(crate) kid: Option<&'b [u8]>,
    pub(crate) content: Option<&'b str>,
}

#[derive(Debug, Clone, Copy)]
enum Named<T> {
    Known(T),
    /// Named by a text, as no algorithm of ours is.
    Foreign,
}

/// Why bytes are no COSE_Sign1.
#[derive(Debug)]
pub(crate) enum CoseFault {
    /// Not even CBOR.
    Cbor(String),
    /// CBOR of another shape.
    Shape(&'static str),
}

impl From<Error> for CoseFault {
    fn from(error: Error) -> Self {
        Self::Cbor(error.to_string())
    }
}

impl<'b> Sign1<'b> {
    pub(crate) fn read(bytes: &'b [u8]) -> Result<Self, CoseFault> {
        let mut d = Decoder::new(bytes);
        let read = Self::parts(&mut d);
        if let Err(fault) = read {
            // A wrong type is the decoder's fault too: is it CBOR at all?
            return Err(match Decoder::new(bytes).skip() {
                Err(error) => CoseFault::Cbor(error.to_string()),
                Ok(()) => match fault {
                    CoseFault::Cbor(_) => CoseFault::Shape("not a COSE_Sign1"),
                    shape @ CoseFault::Shape(_) => shape,
                },
            });
        }
        if d.position() < bytes.len() {
            return Err(CoseFault::Cbor("bytes are left over at the end".into()));
        }
        read
    }

    fn parts(d: &mut Decoder<'b>) -> Result<Self, CoseFault> {
        for _ in TAGS {
            if d.datatype()? == Type::Tag && !TAGS.contains(&d.tag()?.as_u64()) {
                return Err(CoseFault::Shape("tagged as something else"));
            }
        }
        let mut left = d.array()?;
        if left.is_some_and(|left| left != 4) {
            return Err(CoseFault::Shape("not of four parts"));
        }
        let mut part = |d: &mut Decoder<'b>| match more(d, &mut left)? {
            true => Ok(()),
            false => Err(CoseFault::Shape("not of four parts")),
        };
        part(d)?;
        let protected = d.bytes()?;
        let mut headers = Headers::default();
        if !protected.is_empty() {
            let mut inner = Decoder::new(protected);
            headers.read(&mut inner)?;
            if inner.position() < protected.len() {
                return Err(CoseFault::Shape("bytes are left over in the protected header"));
            }
        }
        part(d)?;
        let mut unprotected = Headers::default();
        unprotected.read(d)?;
        part(d)?;
        let payload = d.bytes()?;
        part(d)?;
        let signature = d.bytes()?;
        if more(d, &mut left)? {
            return Err(CoseFault::Shape("not of four parts"));
        }
        headers.alg = headers.alg.or(unprotected.alg);
        headers.kid = headers.kid.or(unprotected.kid);
        headers.content = headers.content.or(unprotected.content);
        Ok(Self { protected, headers, payload, signature })
    }

    /// What the signature was made over, in place of what `bytes` held.
    pub(crate) fn signed(&self, bytes: &mut Vec<u8>) {
        signed(self.protected, self.payload, bytes);
    }

    /// The same for who wrote an empty map where the standard wants no bytes, and signed by the
    /// standard.
    pub(crate) fn signed_by_the_book(&self, bytes: &mut Vec<u8>) -> bool {
        let empty = matches!(self.protected, [0xa0]);
        if empty {
            signed(&[], self.payload, bytes);
        }
        empty
    }
}

impl<'b> Headers<'b> {
    fn read(&mut self, d: &mut Decoder<'b>) -> Result<(), CoseFault> {
        const TWICE: CoseFault = CoseFault::Shape("a header stands twice");
        let mut left = d.map()?;
        while more(d, &mut left)? {
            if matches!(d.datatype()?, Type::String | Type::StringIndef) {
                d.skip()?;
                d.skip()?;
                continue;
            }
            let twice = match i64::try_from(d.int()?).unwrap_or(i64::MIN) {
                1 => {
                    let alg = match d.datatype()? {
                        Type::String => d.skip().map(|()| Named::Foreign)?,
                        _ => Named::Known(d.i64()?),
                    };
                    self.alg.replace(alg).is_some()
                }
                2 => return Err(CoseFault::Shape("a critical header that is not known here")),
                4 => self.kid.replace(d.bytes()?).is_some(),
                16 if d.datatype()? == Type::String => self.content.replace(d.str()?).is_some(),
                _ => {
                    d.skip()?;
                    false
                }
            };
            if twice {
                return Err(TWICE);
            }
        }
        Ok(())
    }

    pub(crate) fn alg(&self) -> Result<Alg, &'static str> {
        match self.alg {
            Some(Named::Known(alg)) => Alg::of(alg).ok_or("an algorithm that is not known here"),
            Some(Named::Foreign) => Err("an algorithm that is not known here"),
            None => Err("no algorithm is named"),
        }
    }
}

fn signed(protected: &[u8], payload: &[u8], bytes: &mut Vec<u8>) {
    bytes.clear();
    let mut writer = Writer(std::mem::take(bytes));
    writer.array(4).text(CONTEXT).bytes(protected).bytes(&[]).bytes(payload);
    *bytes = writer.0;
}

/// Wraps and signs a payload; `content` is the type named in header 16.
pub(crate) fn sign(key: &SigningKey, content: Option<&str>, payload: &[u8]) -> Result<Vec<u8>, SignFault> {
    let mut protected = Writer(Vec::with_capacity(48));
    protected.map(2 + usize::from(content.is_some()));
    protected.int(1).int(Alg::Es256.number()).int(4).bytes(key.kid().as_bytes());
    if let Some(content) = content {
        protected.int(16).text(content);
    }
    let mut bytes = Vec::with_capacity(payload.len() + 64);
    signed(&protected.0, payload, &mut bytes);
    let signature = key.sign(&bytes)?;
    bytes.clear();
    let mut whole = Writer(bytes);
    whole.array(4).bytes(&protected.0).map(0).bytes(payload).bytes(signature.as_ref());
    Ok(whole.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;

    fn read(hex: &str) -> Result<(Option<i64>, Option<Vec<u8>>), CoseFault> {
        let bytes = HEXLOWER.decode(hex.as_bytes()).unwrap();
        Sign1::read(&bytes).map(|cose| {
            let alg = cose.headers.alg().ok().map(Alg::number);
            (alg, cose.headers.kid.map(<[u8]>::to_vec))
        })
    }

    #[test]
    fn tags_and_open_ends_are_taken() {
        for hex in ["8441a0a0410041ff", "d28441a0a0410041ff", "d83dd28441a0a0410041ff", "9f41a0a0410041ffff"]
        {
            read(hex).expect(hex);
        }
    }

    #[test]
    fn what_is_protected_wins() {
        assert_eq!(read("8443a10126a0410041ff").unwrap(), (Some(-7), None));
        assert_eq!(read("8440a1013824410041ff").unwrap(), (Some(-37), None));
        assert_eq!(
            read("8446a20126044101a10441024100 41ff".replace(' ', "").as_str()).unwrap().1,
            Some(vec![1])
        );
        assert_eq!(read("8443a10126a1044102410041ff").unwrap(), (Some(-7), Some(vec![2])));
    }

    #[test]
    fn other_shapes_are_told_from_other_bytes() {
        for (hex, cbor) in [
            ("00", false),
            ("d8628441a0a0410041ff", false),
            ("8341a0a04100", false),
            ("8541a0a0410041ff00", false),
            ("8441a0a0f641ff", false),
            ("8443a10281a0410041ff", false),
            ("8445a201260126a0410041ff", false),
            ("8441a0a0410042ff", true),
            ("8441a0a0410041ff00", true),
            ("", true),
        ] {
            match read(hex) {
                Err(CoseFault::Cbor(_)) => assert!(cbor, "{hex}"),
                Err(CoseFault::Shape(_)) => assert!(!cbor, "{hex}"),
                Ok(_) => panic!("{hex}"),
            }
        }
    }

    #[test]
    fn algorithms_that_are_not_ours_have_no_number() {
        for hex in ["8444a1013822a0410041ff", "8447a101645253413141a0410041ff"] {
            let bytes = HEXLOWER.decode(hex.as_bytes()).unwrap();
            assert!(Sign1::read(&bytes).is_ok_and(|cose| cose.headers.alg().is_err()) || hex.len() > 22);
        }
    }
}
