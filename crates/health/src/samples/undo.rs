//! A list of results is taken back.

use super::{owed, sql};
use kernel::{ImportId, Result};
use store::{Cx, Topic};

/// What the results of a list answered is owed again, and tests that were ordered because of them are
/// not. Called after its results were taken off the record.
pub(crate) async fn give_up(cx: &mut Cx, import: ImportId) -> Result<()> {
    let clashes = sql::without_import(cx, import).await?;
    let gone = sql::withdraw(cx, &clashes).await?;
    let tickets = gone.iter().filter_map(|one| one.ticket).collect();
    cx.tell(Topic::screen("samples"));
    owed::answer(cx, &tickets, "Danh sách kết quả đã được hoàn tác.").await
}
