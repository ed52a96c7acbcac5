//! Signed passes: issued, read and verified without a network. Pure: no I/O, no clock; whoever calls
//! brings `now`.
//!
//! A pass is the text `VX1:` and, in Base45, a COSE_Sign1 (ES256) over the claims of a CBOR web token.
//! It holds facts, no verdict. [`issue()`] writes one, [`Verifier`] reads it step by step and gives a
//! [`Verdict`], always. Whom to believe stands in [`Keys`], mostly from a [`TrustList`] that an offline
//! root has signed; what was taken back, in a [`StatusToken`]; who has only a code, in a [`CodeTable`].
//!
//! The same verifier reads health certificates of others (`HC1:`). What people carry besides, [`read`]
//! tells apart: those codes are claims of identity, never proof.
//!
//! `vectors/` holds texts with the verdict that every verifier of ours has to give; what is in
//! its files stands in `tests/it/vectors.rs`. The wire format: `docs/passes.md`.

mod base45;
mod cbor;
mod keys;
mod certificate;
mod values;
mod claims;
mod cose;
mod trust;
mod zlib;
mod status;
mod codes;
mod wire;
mod hcert;
mod identity;
mod verdict;
mod verify;
mod scan;
mod inspect;
mod issue;

pub use certificate::{Attestations, Attests, Certificate, CertificateFault};
pub use claims::{Attributes, Facts, Force, Health, Holder, Kind, Pass, StatusPlace};
pub use codes::{Code, CodeFault, CodeTable, TableKey};
pub use hcert::Certified;
pub use identity::{Born, CitizenCard, Declared, InsuranceCard, NationalQr, Sex};
pub use inspect::inspect;
pub use issue::issue;
pub use keys::{Alg, KeyFault, Kid, PublicKey, SignFault, SigningKey};
pub use scan::{Scan, read};
pub use status::{Bits, Standing, StatusList, StatusToken};
pub use trust::{Keys, ListFault, TrustList, TrustedKey, Unfit, Usage};
pub use values::{BirthYear, ClaimFault, Day, Doses, Issuer, PassName, Place};
pub use verdict::{Claims, Fault, Stage, Verdict};
pub use verify::{HCERT, MOST_BYTES, MOST_TEXT, PASS, Verifier};
