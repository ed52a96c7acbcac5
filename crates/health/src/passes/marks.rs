//! What has to be signed anew because passes turned. Passes first, lists after them in the order of their numbers, the
//! table of codes last: whoever writes in another order waits for one who waits for him.

use super::{issue, sql_lists};
use kernel::Result;
use std::collections::BTreeSet;
use store::Cx;

#[derive(Debug, Default)]
pub(super) struct Marks {
    pub lists: BTreeSet<u64>,
    /// The table of codes.
    pub table: bool,
}

impl Marks {
    pub fn add(&mut self, more: Self) {
        self.lists.extend(more.lists);
        self.table |= more.table;
    }

    /// Says so: the last that a change of passes does.
    pub async fn touch(self, cx: &mut Cx) -> Result<()> {
        if !self.lists.is_empty() {
            issue::touch(cx, self.lists).await?;
        }
        if self.table { sql_lists::touch_table(cx).await } else { Ok(()) }
    }
}
