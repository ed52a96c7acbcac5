//! Keys and algorithms: ES256 for everything of ours, ES256 and PS256 for certificates of others.

use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::AsDer,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
        RSA_PSS_2048_8192_SHA256, Signature,
    },
};
use data_encoding::{BASE64, HEXLOWER};
use std::fmt;
use x509_parser::{oid_registry as oids, prelude::FromDer, x509::SubjectPublicKeyInfo};

/// How something is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alg {
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// RSASSA-PSS with SHA-256, keys of 2048 bits and more.
    Ps256,
}

impl Alg {
    /// By its number in the IANA registry of COSE algorithms.
    pub const fn of(number: i64) -> Option<Self> {
        match number {
            -7 => Some(Self::Es256),
            -37 => Some(Self::Ps256),
            _ => None,
        }
    }

    pub const fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::Ps256 => -37,
        }
    }
}

/// Eight bytes by which a key is looked for. No proof of anything: several keys may share one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kid([u8; 8]);

impl Kid {
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The first eight bytes of SHA-256 over a public key's or a certificate's DER.
    pub fn over(der: &[u8]) -> Self {
        let mut kid = [0; 8];
        kid.copy_from_slice(&digest(&SHA256, der).as_ref()[..8]);
        Self(kid)
    }

    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kid({self})")
    }
}

/// Why bytes are no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error("neither DER nor PEM of a key")]
    Unreadable,
    #[error("a key that is neither P-256 nor RSA of 2048 bits and more")]
    Unsupported,
}

/// The machine gave no randomness to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no signature could be made")]
pub struct SignFault;

/// A key that signatures are checked with, parsed once.
#[derive(Clone)]
pub struct PublicKey {
    alg: Alg,
    der: Box<[u8]>,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// From a SubjectPublicKeyInfo in DER or PEM.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyFault> {
        let der = der(bytes)?;
        match SubjectPublicKeyInfo::from_der(&der) {
            Ok(([], info)) => Self::of(&info),
            _ => Err(KeyFault::Unreadable),
        }
    }

    pub(crate) fn of(info: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeyFault> {
        let named = &info.algorithm.algorithm;
        let bits: &[u8] = &info.subject_public_key.data;
        // The bare point and the bare RSAPublicKey: some certificates say RSASSA-PSS where the
        // library expects rsaEncryption, or spell the curve out.
        let (alg, parsed) = if *named == oids::OID_KEY_TYPE_EC_PUBLIC_KEY {
            (Alg::Es256, ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bits))
        } else if *named == oids::OID_PKCS1_RSAENCRYPTION || *named == oids::OID_PKCS1_RSASSAPSS {
            (Alg::Ps256, ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, bits))
        } else {
            return Err(KeyFault::Unsupported);
        };
        let parsed = parsed.map_err(|_| KeyFault::Unsupported)?;
        Ok(Self { alg, der: info.raw.into(), parsed })
    }

    pub const fn alg(&self) -> Alg {
        self.alg
    }

    /// The SubjectPublicKeyInfo.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// As the signing key of ours that belongs to it.
    pub fn kid(&self) -> Kid {
        Kid::over(&self.der)
    }

    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?} {})", self.alg, self.kid())
    }
}

/// A P-256 key that signs passes and lists.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
    kid: Kid,
}

impl SigningKey {
    /// From PKCS #8 or SEC 1, in DER or PEM.
    pub fn read(bytes: &[u8]) -> Result<Self, KeyFault> {
        let der = der(bytes)?;
        let pair = EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
            .map_err(|_| KeyFault::Unsupported)?;
        let info = pair.public_key().as_der().map_err(|_| KeyFault::Unsupported)?;
        let public = PublicKey::read(info.as_ref())?;
        Ok(Self { pair, kid: public.kid(), public })
    }

    /// From its 32 secret bytes, drawn by whoever calls. One draw in four thousand million is no key
    /// of this curve: then draw again.
    pub fn of_secret(secret: &[u8; 32]) -> Result<Self, KeyFault> {
        Self::read(&sec1(secret))
    }

    /// The key of [`Self::of_secret`] as a file holds it, for a root that is kept offline.
    pub fn pem(secret: &[u8; 32]) -> String {
        let body = BASE64.encode(&sec1(secret));
        let (head, tail) = body.split_at(64);
        format!("-----BEGIN EC PRIVATE KEY-----\n{head}\n{tail}\n-----END EC PRIVATE KEY-----\n")
    }

    pub const fn kid(&self) -> Kid {
        self.kid
    }

    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The library takes randomness of its own; it fails only where there is none.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Signature, SignFault> {
        self.pair.sign(&SystemRandom::new(), message).map_err(|_| SignFault)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

/// ECPrivateKey of RFC 5915 on P-256, without the public point, which follows from the secret.
fn sec1(secret: &[u8; 32]) -> Vec<u8> {
    const HEAD: [u8; 7] = [0x30, 0x31, 2, 1, 1, 4, 32];
    const CURVE: [u8; 12] = [0xA0, 0x0A, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
    [&HEAD[..], secret, &CURVE].concat()
}

/// DER as it is, or out of the first PEM block that is no mere parameter.
pub(crate) fn der(bytes: &[u8]) -> Result<Vec<u8>, KeyFault> {
    let Some(pem) = std::str::from_utf8(bytes).ok().filter(|text| text.contains("-----BEGIN ")) else {
        return Ok(bytes.to_vec());
    };
    let mut lines = pem.lines().map(str::trim);
    lines.find(|line| line.starts_with("-----BEGIN ") && !line.contains("PARAMETERS"));
    let body: String = lines.take_while(|line| !line.starts_with("-----END ")).collect();
    match BASE64.decode(body.as_bytes()) {
        Ok(der) if !der.is_empty() => Ok(der),
        _ => Err(KeyFault::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_drawn_bytes_is_the_same_in_a_file() {
        let secret = [7; 32];
        let key = SigningKey::of_secret(&secret).unwrap();
        let filed = SigningKey::read(SigningKey::pem(&secret).as_bytes()).unwrap();
        assert_eq!(key.kid(), filed.kid());
        let signature = key.sign(b"facts").unwrap();
        assert!(filed.public().verifies(b"facts", signature.as_ref()));
        assert!(SigningKey::of_secret(&[0; 32]).is_err());
        assert!(SigningKey::of_secret(&[255; 32]).is_err());
    }
}
