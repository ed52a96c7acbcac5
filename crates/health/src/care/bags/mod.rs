//! Drug bags for F0s at home (6002/SYT-NVY of August 2021, Decision 250/QĐ-BYT of 28/1/2022): A for
//! everybody, B for who breathes badly while no doctor is reached, C only with a recorded consent.
//!
//! Which condition is missing and what forbids a bag is read out before anything is handed over. The
//! stock of the unit that gives it falls, and rises again with a whole bag that comes back; what is left
//! of C is counted, because it goes back to the city (in 2021 eight inspection teams counted it).

mod act;
mod consent;
mod law;
mod list;
mod model;
mod sql;
#[cfg(test)]
mod tests;

pub use act::{NewBag, NewConsent, end, give, weigh};
pub use consent::{attach_consent, consented, open_consent};
pub use law::{Answers, Law, Patient, Readings, Verdict};
pub use list::{Bag, Candidate, Cupboard, of_household};
pub use model::{Bar, Caution, Consent, Ended, Exclusion, Kind, Lack, Met, Severity, Without};
pub(crate) use sql::open_c;
