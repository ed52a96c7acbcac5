//! The code for who has no QR: 12 digits, eleven by chance and one to catch slips of the hand. Offline
//! a gate finds a code in its district's table: 40 bits of a keyed hash beside the row of facts.
//!
//! The table's payload is a CBOR map {1: issuer, 3: table, 4: exp, 6: iat, 8: rows}, signed as a
//! status list is. `table` is `VXC1`, eight bytes of the hash key's id, the count (four bytes, low
//! first), then in order of the hash: five bytes of hash, four bytes of row (low first). A row is the
//! facts of a pass. Two codes may share 40 bits, so a code can find more rows than one: the name is
//! compared in any case.

use crate::{
    cbor::{Writer, more},
    claims::{ClaimFault, Facts},
    cose::{self, Sign1},
    keys::{Kid, SignFault, SigningKey},
    status::signer,
    trust::{Keys, ListFault, in_time, instant},
};
use aws_lc_rs::hmac;
use jiff::Timestamp;
use minicbor::Decoder;
use std::fmt;

const MAGIC: &[u8; 4] = b"VXC1";
const HEAD: usize = 16;
const ENTRY: usize = 9;

/// Twelve digits of which the last one is right.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(u64);

/// Why a code is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    #[error("a code has twelve digits")]
    Length,
    #[error("a digit is wrong or two are swapped")]
    Check,
}

impl Code {
    const SPAN: u64 = 100_000_000_000;

    /// Of a number drawn by chance; what is above eleven digits is cut.
    pub const fn of(random: u64) -> Self {
        let random = random % Self::SPAN;
        Self(random * 10 + check_digit(random) as u64)
    }

    /// As typed: spaces, dots and dashes between digits are left out.
    pub fn parse(typed: &str) -> Result<Self, CodeFault> {
        let mut digits = 0;
        let mut number = 0;
        for letter in typed.trim().chars().filter(|letter| !matches!(letter, ' ' | '.' | '-')) {
            let digit = letter.to_digit(10).filter(|_| digits < 12).ok_or(CodeFault::Length)?;
            number = number * 10 + u64::from(digit);
            digits += 1;
        }
        if digits != 12 {
            return Err(CodeFault::Length);
        }
        let code = Self::of(number / 10);
        if code.0 == number { Ok(code) } else { Err(CodeFault::Check) }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

/// A code opens a record; it stands in no log.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// Verhoeff's: finds every wrong digit and every swap of two neighbours.
const fn check_digit(mut number: u64) -> u8 {
    const INVERSE: [u8; 10] = [0, 4, 3, 2, 1, 5, 6, 7, 8, 9];
    const PERMUTED: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let (mut sum, mut place) = (0, 1);
    while place <= 11 {
        let mut digit = (number % 10) as u8;
        let mut times = place % 8;
        while times > 0 {
            digit = PERMUTED[digit as usize];
            times -= 1;
        }
        sum = turned(sum, digit);
        number /= 10;
        place += 1;
    }
    INVERSE[sum as usize]
}

/// The group of turns and flips of a pentagon: 0 to 4 turn it, 5 to 9 flip it first.
const fn turned(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a - 5 + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

/// The key of the hashes; gates of the district hold it, nobody else.
pub struct TableKey {
    id: Kid,
    key: hmac::Key,
}

impl TableKey {
    pub fn new(secret: &[u8; 32]) -> Self {
        Self { id: Kid::over(secret), key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    fn hash(&self, code: Code) -> [u8; 5] {
        let mut hash = [0; 5];
        hash.copy_from_slice(&hmac::sign(&self.key, code.to_string().as_bytes()).as_ref()[..5]);
        hash
    }
}

impl fmt::Debug for TableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TableKey({})", self.id)
    }
}

/// A district's codes, as a gate carries them.
#[derive(Debug, Clone)]
pub struct CodeTable {
    pub issuer: String,
    pub issued: Timestamp,
    pub expires: Timestamp,
    key: Kid,
    entries: Vec<u8>,
    rows: Vec<u8>,
    /// Where each row begins.
    starts: Vec<u32>,
}

impl CodeTable {
    pub fn new(
        issuer: &str,
        issued: Timestamp,
        expires: Timestamp,
        key: &TableKey,
        codes: &[(Code, Facts)],
    ) -> Result<Self, ClaimFault> {
        let mut rows = Writer::default();
        let mut starts = Vec::with_capacity(codes.len());
        let mut entries = Vec::with_capacity(codes.len());
        for (row, (code, facts)) in (0..).zip(codes) {
            let start = u32::try_from(rows.0.len()).map_err(|_| ClaimFault("a table has at most 4 GB"))?;
            starts.push(start);
            facts.write(&mut rows);
            entries.push((key.hash(*code), u32::to_le_bytes(row)));
        }
        entries.sort_unstable();
        let entries = entries.into_iter().flat_map(|(hash, row)| hash.into_iter().chain(row)).collect();
        let issuer = issuer.to_owned();
        Ok(Self { issuer, issued, expires, key: key.id, entries, rows: rows.0, starts })
    }

    pub const fn len(&self) -> usize {
        self.starts.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// As bytes, signed.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, SignFault> {
        let mut table = Vec::with_capacity(HEAD + self.entries.len());
        table.extend(MAGIC);
        table.extend(self.key.as_bytes());
        table.extend((self.starts.len() as u32).to_le_bytes());
        table.extend(&self.entries);
        let mut out = Writer::default();
        out.map(5).int(1).text(&self.issuer).int(3).bytes(&table);
        out.int(4).int(self.expires.as_second()).int(6).int(self.issued.as_second());
        out.int(8).array(self.starts.len());
        out.0.extend(&self.rows);
        cose::sign(key, None, &out.0)
    }

    /// Reads a table that is good now, signed by a key that may for its issuer.
    pub fn read(bytes: &[u8], keys: &Keys, now: Timestamp) -> Result<Self, ListFault> {
        let wrapped = Sign1::read(bytes)?;
        let territory = signer(&wrapped, keys, now)?;
        let table = Self::parts(wrapped.payload)?;
        if !territory.is_empty() && territory != table.issuer {
            return Err(ListFault::Signature);
        }
        in_time(table.issued, table.expires, now).map(|()| table)
    }

    fn parts(payload: &[u8]) -> Result<Self, ListFault> {
        let d = &mut Decoder::new(payload);
        let (mut issuer, mut table, mut issued, mut expires) = (None, None, None, None);
        let (mut starts, mut rows) = (Vec::new(), &payload[..0]);
        let mut left = d.map()?;
        while more(d, &mut left)? {
            match d.i64()? {
                1 => issuer = Some(d.str()?.to_owned()),
                3 => table = Some(d.bytes()?),
                4 => expires = Some(instant(d)?),
                6 => issued = Some(instant(d)?),
                8 => {
                    let mut left = d.array()?;
                    let from = d.position();
                    while more(d, &mut left)? {
                        starts.push(u32::try_from(d.position() - from).unwrap_or(u32::MAX));
                        d.skip()?;
                    }
                    rows = &payload[from..d.position()];
                }
                _ => d.skip()?,
            }
        }
        let lacking = || ListFault::Unreadable("a part is missing".into());
        let table = table.ok_or_else(lacking)?;
        let (key, entries) = entries(table, starts.len()).ok_or_else(lacking)?;
        Ok(Self {
            issuer: issuer.ok_or_else(lacking)?,
            issued: issued.ok_or_else(lacking)?,
            expires: expires.ok_or_else(lacking)?,
            key,
            entries: entries.to_vec(),
            rows: rows.to_vec(),
            starts,
        })
    }

    /// All rows that a code may open; none when the table was made with another key.
    pub fn find(&self, code: Code, key: &TableKey) -> Vec<Facts> {
        if key.id != self.key {
            return Vec::new();
        }
        let hash = key.hash(code);
        let (entries, _) = self.entries.as_chunks::<ENTRY>();
        let from = entries.partition_point(|entry| entry[..5] < hash[..]);
        let same = entries[from..].iter().take_while(|entry| entry[..5] == hash);
        same.filter_map(|&[_, _, _, _, _, row @ ..]| self.row(u32::from_le_bytes(row))).collect()
    }

    fn row(&self, row: u32) -> Option<Facts> {
        let start = *self.starts.get(usize::try_from(row).ok()?)?;
        let bytes = self.rows.get(usize::try_from(start).ok()?..)?;
        Facts::read(&mut Decoder::new(bytes)).ok()
    }
}

fn entries(table: &[u8], rows: usize) -> Option<(Kid, &[u8])> {
    let rest = table.strip_prefix(MAGIC)?;
    let (key, rest) = rest.split_first_chunk::<8>()?;
    let (count, entries) = rest.split_first_chunk::<4>()?;
    let count = usize::try_from(u32::from_le_bytes(*count)).ok()?;
    (count == rows && entries.len() == count.checked_mul(ENTRY)?).then_some((Kid::new(*key), entries))
}
