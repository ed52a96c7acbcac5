//! What was scanned or typed at a gate, told apart by its form.

use crate::{
    codes::{Code, CodeFault},
    identity::{CitizenCard, InsuranceCard, NationalQr},
    verify::{Envelope, MOST_TEXT},
};
use serde::Serialize;

/// What a text is. Only the first two can be proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum Scan {
    /// Our own; to be verified.
    Pass,
    /// A health certificate; to be verified.
    Hcert,
    National(NationalQr),
    CitizenCard(CitizenCard),
    Insurance(InsuranceCard),
    /// Twelve digits that fit together.
    #[serde(skip)]
    Code(Code),
    /// Twelve digits that do not: a slip of the hand.
    MistypedCode,
    Unknown,
}

/// Says what a text is, without judging it.
pub fn read(text: &str) -> Scan {
    if text.len() > MOST_TEXT {
        return Scan::Unknown;
    }
    match Envelope::of(text) {
        Some((Envelope::Pass, _)) => return Scan::Pass,
        Some((Envelope::Hcert, _)) => return Scan::Hcert,
        None => {}
    }
    match Code::parse(text) {
        Ok(code) => return Scan::Code(code),
        Err(CodeFault::Check) => return Scan::MistypedCode,
        Err(CodeFault::Length) => {}
    }
    let national = || NationalQr::read(text).map(Scan::National);
    let card = || CitizenCard::read(text).map(Scan::CitizenCard);
    let insurance = || InsuranceCard::read(text).map(Scan::Insurance);
    national().or_else(card).or_else(insurance).unwrap_or(Scan::Unknown)
}
