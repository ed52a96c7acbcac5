//! What taking a list back means for those who are followed because of it.

use super::{sql, take_on};
use crate::{cases, households};
use kernel::{ImportId, Result};
use store::Cx;

/// On how many cases of a list somebody has been asked how he is: then the list is more than a list.
pub(crate) async fn heard_of(cx: &mut Cx, import: ImportId) -> Result<i64> {
    let cases = cases::of_import(cx, import).await?;
    sql::heard_of(cx, &cases).await
}

/// Follows those no more whom a list brought that has been taken back; whoever was made by it and is
/// nobody any more lives nowhere.
pub(crate) async fn give_up(cx: &mut Cx, import: ImportId) -> Result<()> {
    for case in cases::of_import(cx, import).await? {
        take_on::take_on(cx, case).await?;
    }
    households::clear_erased(cx).await
}
