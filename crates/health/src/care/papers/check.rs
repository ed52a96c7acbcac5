//! Whether a paper that somebody holds stands: for an employer, a gate, another ward.

use super::{model::Kind, sql};
use jiff::{Timestamp, civil::Date};
use kernel::{Result, SecretCode};
use store::Cx;

/// What anybody may know of a paper whose code he holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub kind: Kind,
    /// "T. T. B."; `None` where it names nobody.
    pub initials: Option<String>,
    /// As the paper writes who issued it, in capitals.
    pub issuer: String,
    pub symbol: String,
    pub issued_on: Date,
    pub from_on: Option<Date>,
    pub to_on: Option<Date>,
    /// It no longer stands since then.
    pub withdrawn_at: Option<Timestamp>,
    /// Another stands in its place.
    pub replaced: bool,
}

/// What stands behind a code. No permission is asked: whoever has the code has the paper.
///
/// Errors: `NotFound` for a code that nobody issued here.
pub async fn check(cx: &mut Cx, typed: &str) -> Result<Checked> {
    let kept = sql::by_code(cx, &SecretCode::parse(typed)?).await?;
    let body = kept.body(cx)?;
    Ok(Checked {
        kind: kept.kind,
        initials: body.full_name.as_deref().map(initials),
        issuer: body.issuer,
        symbol: body.symbol,
        issued_on: kept.issued_on,
        from_on: kept.from_on,
        to_on: kept.to_on,
        withdrawn_at: kept.withdrawn,
        replaced: kept.replaced_by.is_some(),
    })
}

/// The first letter of each word of a name: enough to compare, too little to learn.
pub(super) fn initials(name: &str) -> String {
    let letters = name.split_whitespace().filter_map(|word| word.chars().next());
    letters.map(|letter| format!("{}.", letter.to_uppercase())).collect::<Vec<_>>().join(" ")
}
