//! Passes: who has one, what is signed of him, what was taken back. A pass says facts (doses, the last
//! negative test, a recovery) as they stand on record at the moment of signing; the colour is the gate's
//! own verdict, so that a new rule needs no new pass.
//!
//! States: *good*; *suspended* for a while; *revoked* for good, and perhaps *replaced* by another. A person's pass
//! is suspended while he is an F0 by a confirmed case that runs or isolated as an F1, a household's while one who
//! lives there is, a neighbourhood's while a place in it is closed off, a business's while its place is closed off
//! or stopped and once it has ended; release turns it good again. Whoever reads a status list cannot tell a
//! suspension from a revocation, nor the cause of either. Text of a pass for a telephone is signed
//! whenever it is shown and lives for days; a card lives to a set day (`pass.life`). Who has no telephone
//! has twelve digits, of which gates carry a signed table.
//!
//! Keys that sign are sealed in the database; the root that names them is kept offline: it signs a trust
//! list out of [`Exported`] keys, which [`import_trust_list`] takes in. The key after the one that signs is
//! made a month ahead, and until the trust list names it, its sign of life is missed.

mod codes;
mod counts;
mod find;
mod holders;
mod issue;
mod keep;
mod keys;
mod law;
mod lists;
mod look;
mod marks;
mod model;
mod revoke;
mod root;
mod send;
mod sets;
mod sign;
mod sql;
mod sql_codes;
mod sql_find;
mod sql_hold;
mod sql_holders;
mod sql_keys;
mod sql_lists;
mod sql_turn;
#[cfg(test)]
mod tests;
mod trust;
mod turn;
mod turns;

pub use codes::{code, facts_of_code, of_codes, own_code};
pub(crate) use codes::{marks_of_person, of_code_indexes};
pub use counts::{Counts, count, counted};
pub use find::{Filter, Line, Listed, Shown, find, held, holder, list, named, of_person, shown};
pub use holders::{facts, numbers};
pub use issue::{Batch, Issued, for_employer, for_ward, hold, issue, issue_all};
pub use keep::{Keep, install};
pub use keys::{Exported, ExportedKey, Key, export_keys, keys, rotate};
pub use lists::{code_table, status_lists, table_secret};
pub use model::{Held, Named, NewPass, Number, Reason, Standing, Whose};
pub use revoke::{replace, revoke};
pub use root::demo_root;
pub use send::send_code;
pub use sets::{Lack, LeftOut, PrintedSet, left_out, printed_set};
pub use sign::{Printed, Signed, own_card, signed, text};
pub(crate) use sql_codes::INDEX as CODE_INDEX;
pub use trust::{import_trust_list, root_key, trust_list};
pub use turn::TurnPasses;

/// The code of the rule.
pub const RULE: &str = "pass.life";
/// Passes that are issued or printed at once.
pub const SET: usize = 500;
