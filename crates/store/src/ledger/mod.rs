//! The ledger: events are sealed, some hundred milliseconds after their commit, into a chain of
//! SHA-256 hashes whose head is signed and published. What is not yet sealed is not yet proven.
//! Verification reads everything again and names the first event that does not fit.

mod chain;
mod publish;
mod sealer;
mod verify;

pub use publish::{Head, Publication, head, public_key, publications, publish};
pub use sealer::{Sealer, Unsealed, lag_s, unsealed};
pub use verify::{Bad, Report, verify};
