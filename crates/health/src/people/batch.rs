//! Many people at once.

use super::{
    act,
    model::{Found, NewPerson},
};
use kernel::Result;
use store::Cx;

/// Finds or makes all of these people, and says of each, in their order, what became of him; whoever
/// stands twice among them is one. The caller has queued up for their names and answers for the
/// permission.
pub(crate) async fn find_or_make_all(cx: &mut Cx, new: &[NewPerson]) -> Result<Vec<Found>> {
    let mut found = Vec::with_capacity(new.len());
    for one in new {
        found.push(act::find_or_make(cx, one).await?);
    }
    Ok(found)
}
