//! What is known of a text and of its number, for whoever has to act on it.

use super::{model::Meant, sql};
use crate::households;
use duty::messages::text_number;
use kernel::{HouseholdId, MessageId, Result};
use store::Cx;

/// What a text was taken for; none of one that no household sent and in which no danger was heard.
///
/// Errors: `NotFound` for whoever does not see the text.
pub async fn meant(cx: &mut Cx, text: MessageId) -> Result<Option<Meant>> {
    text_number::sender(cx, text).await?;
    sql::meant(cx, text).await
}

/// The households to which the number of a text leads, with their codes, as far as the actor sees them. It proves
/// nothing about who wrote.
///
/// Errors: `NotFound` for whoever does not see the text.
pub async fn homes(cx: &mut Cx, text: MessageId) -> Result<Vec<(HouseholdId, String)>> {
    match text_number::sender(cx, text).await? {
        Some(number) => households::seen_at_number(cx, &number).await,
        None => Ok(Vec::new()),
    }
}
