//! Whom we believe: keys, each with what it may sign, for whom and how long. The list of them is
//! signed by a root that is kept offline; a key is rotated by listing the next one beside it before
//! the first ends.

use crate::{
    cbor::{Writer, more},
    certificate::{Attestations, Certificate},
    cose::{self, Sign1},
    keys::{Alg, Kid, PublicKey, SignFault, SigningKey},
};
use jiff::Timestamp;
use minicbor::{Decoder, decode::Error};

/// What a key may sign: a set of bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage(u8);

impl Usage {
    /// Passes of persons, forces, households and neighbourhoods.
    pub const PERSON: Self = Self(1);
    pub const BUSINESS: Self = Self(2);
    /// Signs of venues.
    pub const VENUE: Self = Self(4);
    /// Status lists and tables of codes.
    pub const STATUS: Self = Self(8);
    /// Health certificates of others.
    pub const FOREIGN: Self = Self(16);
    pub const ALL: Self = Self(31);

    /// Bits that are not known here mean nothing here.
    pub const fn of(bits: u64) -> Self {
        Self(bits as u8 & Self::ALL.0)
    }

    pub const fn bits(self) -> u8 {
        self.0
    }

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A key and what it is trusted with.
#[derive(Debug, Clone)]
pub struct TrustedKey {
    pub kid: Kid,
    pub key: PublicKey,
    pub from: Timestamp,
    pub until: Timestamp,
    pub usage: Usage,
    /// The issuer it may sign for; empty: any.
    pub territory: String,
    pub attestations: Attestations,
}

/// Why a key that fits a signature may not have made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("the key is not valid at this time")]
    Time,
    #[error("the key may not sign this")]
    Usage,
    #[error("the key may not sign for this issuer")]
    Territory,
}

impl TrustedKey {
    /// One of ours; its kid follows from it.
    pub fn new(key: PublicKey, from: Timestamp, until: Timestamp, usage: Usage, territory: &str) -> Self {
        let kid = key.kid();
        let territory = territory.to_owned();
        Self { kid, key, from, until, usage, territory, attestations: Attestations::ALL }
    }

    pub fn fits(&self, usage: Usage, issuer: &str, now: Timestamp) -> Result<(), Unfit> {
        if now < self.from || now > self.until {
            Err(Unfit::Time)
        } else if !self.usage.includes(usage) {
            Err(Unfit::Usage)
        } else if !self.territory.is_empty() && self.territory != issuer {
            Err(Unfit::Territory)
        } else {
            Ok(())
        }
    }
}

/// Keys by kid.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<TrustedKey>);

impl Keys {
    pub fn new(mut keys: Vec<TrustedKey>) -> Self {
        keys.sort_by_key(|key| key.kid);
        Self(keys)
    }

    /// Of one certificate, trusted by whoever handed it in, for everything.
    pub fn of_certificate(certificate: Certificate) -> Self {
        let Certificate { kid, key, from, until, attestations } = certificate;
        let territory = String::new();
        Self::new(vec![TrustedKey { kid, key, from, until, usage: Usage::ALL, territory, attestations }])
    }

    /// Of one bare key, trusted by whoever handed it in, for everything and always.
    pub fn of_key(key: PublicKey) -> Self {
        Self::new(vec![TrustedKey::new(key, Timestamp::MIN, Timestamp::MAX, Usage::ALL, "")])
    }

    /// All that share this kid: each has to be tried.
    pub fn named(&self, kid: &[u8]) -> &[TrustedKey] {
        let from = self.0.partition_point(|key| key.kid.as_bytes().as_slice() < kid);
        let length = self.0[from..].partition_point(|key| key.kid.as_bytes().as_slice() == kid);
        &self.0[from..from + length]
    }

    pub fn iter(&self) -> std::slice::Iter<'_, TrustedKey> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Keys {
    type Item = &'a TrustedKey;
    type IntoIter = std::slice::Iter<'a, TrustedKey>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Why a list is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListFault {
    #[error("not readable: {0}")]
    Unreadable(String),
    #[error("not signed by a key that may sign it")]
    Signature,
    #[error("from the future")]
    Future,
    #[error("expired")]
    Expired,
}

impl From<Error> for ListFault {
    fn from(error: Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<cose::CoseFault> for ListFault {
    fn from(fault: cose::CoseFault) -> Self {
        match fault {
            cose::CoseFault::Cbor(message) => Self::Unreadable(message),
            cose::CoseFault::Shape(message) => Self::Unreadable(message.into()),
        }
    }
}

/// The signed list.
#[derive(Debug, Clone)]
pub struct TrustList {
    pub publisher: String,
    /// Grows with each edition: whoever holds one takes none with a lower number.
    pub sequence: u64,
    pub issued: Timestamp,
    pub expires: Timestamp,
    pub keys: Keys,
}

impl TrustList {
    /// As bytes, signed by the root.
    pub fn sign(&self, root: &SigningKey) -> Result<Vec<u8>, SignFault> {
        let mut out = Writer::default();
        out.map(5).int(1).text(&self.publisher).int(2).uint(self.sequence);
        out.int(3).array(self.keys.0.len());
        for key in &self.keys {
            out.map(7).int(1).bytes(key.kid.as_bytes()).int(2).int(key.key.alg().number());
            out.int(3).bytes(key.key.der());
            out.int(4).int(key.from.as_second()).int(5).int(key.until.as_second());
            out.int(6).uint(key.usage.bits().into()).int(7).text(&key.territory);
        }
        out.int(4).int(self.expires.as_second()).int(6).int(self.issued.as_second());
        cose::sign(root, None, &out.0)
    }

    /// Reads a list whose root is known, as it is good now. A list from the future is none: either
    /// the clock here is wrong or somebody else's was.
    pub fn read(bytes: &[u8], root: &PublicKey, now: Timestamp) -> Result<Self, ListFault> {
        let wrapped = Sign1::read(bytes)?;
        let mut signed = Vec::new();
        wrapped.signed(&mut signed);
        let es256 = wrapped.headers.alg() == Ok(Alg::Es256) && root.alg() == Alg::Es256;
        if !es256 || !root.verifies(&signed, wrapped.signature) {
            return Err(ListFault::Signature);
        }
        let list = Self::parts(wrapped.payload)?;
        in_time(list.issued, list.expires, now).map(|()| list)
    }

    /// Who signed is left to whoever hands the list in; its time is not.
    pub fn read_unproven(bytes: &[u8], now: Timestamp) -> Result<Self, ListFault> {
        let list = Self::parts(Sign1::read(bytes)?.payload)?;
        in_time(list.issued, list.expires, now).map(|()| list)
    }

    fn parts(payload: &[u8]) -> Result<Self, ListFault> {
        let d = &mut Decoder::new(payload);
        let (mut publisher, mut sequence, mut issued, mut expires) = (None, None, None, None);
        let mut keys = Vec::new();
        let mut left = d.map()?;
        while more(d, &mut left)? {
            match d.i64()? {
                1 => publisher = Some(d.str()?.to_owned()),
                2 => sequence = Some(d.u64()?),
                3 => {
                    let mut left = d.array()?;
                    while more(d, &mut left)? {
                        keys.extend(key(d)?);
                    }
                }
                4 => expires = Some(instant(d)?),
                6 => issued = Some(instant(d)?),
                _ => d.skip()?,
            }
        }
        let lacking = || ListFault::Unreadable("a part is missing".into());
        Ok(Self {
            publisher: publisher.ok_or_else(lacking)?,
            sequence: sequence.ok_or_else(lacking)?,
            issued: issued.ok_or_else(lacking)?,
            expires: expires.ok_or_else(lacking)?,
            keys: Keys::new(keys),
        })
    }
}

pub(crate) fn in_time(issued: Timestamp, expires: Timestamp, now: Timestamp) -> Result<(), ListFault> {
    if issued > now {
        Err(ListFault::Future)
    } else if expires <= now {
        Err(ListFault::Expired)
    } else {
        Ok(())
    }
}

pub(crate) fn instant(d: &mut Decoder<'_>) -> Result<Timestamp, ListFault> {
    Timestamp::from_second(d.i64()?).map_err(|_| ListFault::Unreadable("no time".into()))
}

/// A key of a kind that is not known here is left out: others may read it.
fn key(d: &mut Decoder<'_>) -> Result<Option<TrustedKey>, ListFault> {
    let (mut kid, mut alg, mut der) = (None, None, None);
    let (mut from, mut until) = (None, None);
    let (mut usage, mut territory) = (None, None);
    let mut left = d.map()?;
    while more(d, &mut left)? {
        match d.i64()? {
            1 => kid = <[u8; 8]>::try_from(d.bytes()?).ok().map(Kid::new),
            2 => alg = Alg::of(d.i64()?),
            3 => der = Some(d.bytes()?),
            4 => from = Some(instant(d)?),
            5 => until = Some(instant(d)?),
            6 => usage = Some(Usage::of(d.u64()?)),
            7 => territory = Some(d.str()?.to_owned()),
            _ => d.skip()?,
        }
    }
    let lacking = || ListFault::Unreadable("a part of a key is missing".into());
    let (Some(alg), Ok(key)) = (alg, PublicKey::read(der.ok_or_else(lacking)?)) else { return Ok(None) };
    if alg != key.alg() {
        return Ok(None);
    }
    Ok(Some(TrustedKey {
        kid: kid.ok_or_else(lacking)?,
        key,
        from: from.ok_or_else(lacking)?,
        until: until.ok_or_else(lacking)?,
        usage: usage.ok_or_else(lacking)?,
        territory: territory.ok_or_else(lacking)?,
        attestations: Attestations::ALL,
    }))
}
