//! Token Status List (draft-ietf-oauth-status-list) as CWT: one long row of bits, packed by zlib. A
//! set bit says that a pass was taken back, for whichever cause: a new pass, a lost card, a mistake,
//! an illness. Nobody can tell which.
//!
//! A list from the future or past its end is not used: then nothing is known, and that is said.

use crate::{
    cbor::{Writer, more},
    claims::Pass,
    cose::{self, Sign1},
    keys::{SignFault, SigningKey},
    trust::{Keys, ListFault, TrustedKey, Usage, in_time, instant},
    zlib::{Inflate, deflate},
};
use jiff::{SignedDuration, Timestamp};
use minicbor::Decoder;
use std::fmt;

const CONTENT: &str = "application/statuslist+cwt";
const TTL: i64 = 65_534;
const LIST: i64 = 65_533;
/// 32 million passes.
const MOST_BYTES: usize = 4 << 20;

/// How many bits each pass has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bits {
    One,
    Two,
    Four,
    Eight,
}

impl Bits {
    pub const fn of(bits: u64) -> Option<Self> {
        match bits {
            1 => Some(Self::One),
            2 => Some(Self::Two),
            4 => Some(Self::Four),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    pub const fn count(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

/// The row, lowest bits of each byte first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: Bits,
    bytes: Vec<u8>,
}

impl StatusList {
    /// Of so many passes, all of them good.
    pub fn new(bits: Bits, passes: usize) -> Self {
        Self { bits, bytes: vec![0; (passes * usize::from(bits.count())).div_ceil(8)] }
    }

    pub const fn bits(&self) -> Bits {
        self.bits
    }

    /// How many a list of this length has room for.
    pub const fn len(&self) -> usize {
        self.bytes.len() * 8 / self.bits.count() as usize
    }

    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Byte, shift and mask of an index.
    fn at(&self, index: u64) -> Option<(usize, u8, u8)> {
        let width = self.bits.count();
        let bit = index.checked_mul(width.into())?;
        let byte = usize::try_from(bit / 8).ok().filter(|byte| *byte < self.bytes.len())?;
        Some((byte, (bit % 8) as u8, u8::MAX >> (8 - width)))
    }

    /// 0 is good; `None` beyond the end.
    pub fn get(&self, index: u64) -> Option<u8> {
        self.at(index).map(|(byte, shift, mask)| self.bytes[byte] >> shift & mask)
    }

    /// Whether the list has that index; a value of more bits than the list has is cut.
    pub fn set(&mut self, index: u64, value: u8) -> bool {
        let Some((byte, shift, mask)) = self.at(index) else { return false };
        self.bytes[byte] = self.bytes[byte] & !(mask << shift) | (value & mask) << shift;
        true
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn packed(&self) -> Vec<u8> {
        deflate(&self.bytes)
    }

    pub fn unpack(bits: Bits, packed: &[u8]) -> Result<Self, ListFault> {
        let bytes = Inflate::new(MOST_BYTES).inflate(packed).map(<[u8]>::to_vec);
        let bytes = bytes.map_err(|fault| ListFault::Unreadable(fault.to_string()))?;
        Ok(Self { bits, bytes })
    }
}

/// The list, signed, with where it is found and how long it is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusToken {
    /// Ends with the list's number.
    pub uri: String,
    pub issued: Timestamp,
    pub expires: Timestamp,
    /// How long it may be kept before a newer one should be asked for.
    pub keep: Option<SignedDuration>,
    pub list: StatusList,
    /// Whose passes the key that signed it may judge; empty: anybody's.
    territory: String,
}

/// What a list says of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Good,
    Revoked,
    /// No list that is good now covers the pass.
    Unknown,
}

impl Standing {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked => "revoked",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl StatusToken {
    /// `keep` may be left out.
    pub fn new(
        uri: &str,
        issued: Timestamp,
        expires: Timestamp,
        keep: Option<SignedDuration>,
        list: StatusList,
    ) -> Self {
        Self { uri: uri.to_owned(), issued, expires, keep, list, territory: String::new() }
    }

    /// As bytes, signed.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, SignFault> {
        let mut out = Writer::default();
        out.map(4 + usize::from(self.keep.is_some())).int(2).text(&self.uri);
        out.int(4).int(self.expires.as_second()).int(6).int(self.issued.as_second());
        out.int(LIST).map(2).text("lst").bytes(&self.list.packed());
        out.text("bits").uint(self.list.bits.count().into());
        if let Some(keep) = self.keep {
            out.int(TTL).int(keep.as_secs());
        }
        cose::sign(key, Some(CONTENT), &out.0)
    }

    /// Reads a list that is good now, signed by a key that may.
    pub fn read(bytes: &[u8], keys: &Keys, now: Timestamp) -> Result<Self, ListFault> {
        let wrapped = Sign1::read(bytes)?;
        if wrapped.headers.content.is_some_and(|content| content != CONTENT && content != "statuslist+cwt") {
            return Err(ListFault::Unreadable("not a status list".into()));
        }
        let territory = signer(&wrapped, keys, now)?;
        let mut token = Self::parts(wrapped.payload)?;
        in_time(token.issued, token.expires, now)?;
        token.territory = territory;
        Ok(token)
    }

    fn parts(payload: &[u8]) -> Result<Self, ListFault> {
        let d = &mut Decoder::new(payload);
        let (mut uri, mut issued, mut expires, mut keep, mut list) = (None, None, None, None, None);
        let mut left = d.map()?;
        while more(d, &mut left)? {
            match d.i64()? {
                2 => uri = Some(d.str()?.to_owned()),
                4 => expires = Some(instant(d)?),
                6 => issued = Some(instant(d)?),
                TTL => keep = Some(SignedDuration::from_secs(d.i64()?)),
                LIST => list = Some(row(d)?),
                _ => d.skip()?,
            }
        }
        let lacking = || ListFault::Unreadable("a part is missing".into());
        Ok(Self {
            uri: uri.ok_or_else(lacking)?,
            issued: issued.ok_or_else(lacking)?,
            expires: expires.ok_or_else(lacking)?,
            keep,
            list: list.ok_or_else(lacking)?,
            territory: String::new(),
        })
    }

    /// The number after the last slash of its address.
    pub fn number(&self) -> Option<u64> {
        self.uri.rsplit('/').next()?.parse().ok()
    }

    /// What it says of a pass, `now` as when a gate looks.
    pub fn standing(&self, pass: &Pass, now: Timestamp) -> Standing {
        let ours = self.territory.is_empty() || self.territory == pass.issuer().as_str();
        let place = pass.facts().status.filter(|place| ours && Some(place.list) == self.number());
        let (Some(place), Ok(())) = (place, in_time(self.issued, self.expires, now)) else {
            return Standing::Unknown;
        };
        match self.list.get(place.index) {
            Some(0) => Standing::Good,
            Some(_) => Standing::Revoked,
            None => Standing::Unknown,
        }
    }
}

/// The territory of the key that signed a list and may sign lists now.
pub(crate) fn signer(wrapped: &Sign1<'_>, keys: &Keys, now: Timestamp) -> Result<String, ListFault> {
    let alg = wrapped.headers.alg().map_err(|_| ListFault::Signature)?;
    let mut signed = Vec::new();
    wrapped.signed(&mut signed);
    let may = |key: &&TrustedKey| {
        key.key.alg() == alg
            && now >= key.from
            && now <= key.until
            && key.usage.includes(Usage::STATUS)
            && key.key.verifies(&signed, wrapped.signature)
    };
    let key = keys.named(wrapped.headers.kid.unwrap_or_default()).iter().find(may);
    key.map(|key| key.territory.clone()).ok_or(ListFault::Signature)
}

fn row(d: &mut Decoder<'_>) -> Result<StatusList, ListFault> {
    let (mut bits, mut packed) = (None, None);
    let mut left = d.map()?;
    while more(d, &mut left)? {
        match d.str()? {
            "bits" => bits = Bits::of(d.u64()?),
            "lst" => packed = Some(d.bytes()?),
            _ => d.skip()?,
        }
    }
    match (bits, packed) {
        (Some(bits), Some(packed)) => StatusList::unpack(bits, packed),
        _ => Err(ListFault::Unreadable("no row of bits".into())),
    }
}
