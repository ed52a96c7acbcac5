//! The code by a text, to somebody whose telephone shows no page.

use super::{codes, issue::claim, model::Whose, sql, sql_codes};
use crate::people;
use duty::{messages, permissions::Action, tenants::Tenant};
use jiff::SignedDuration;
use kernel::{Error, MessageId, PassId, Phone, Result};
use pass::Code;
use serde_json::json;
use store::{Cx, Event};

/// Whoever presses again has not been patient.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// Sends a person the code of his pass, made if it has none, to the newest number on record.
///
/// Errors: `NotFound`; Conflict `error-pass-revoked`, `error-pass-holder` for a pass that is no person's,
/// `error-pass-no-number`, `error-pass-sent-lately` within ten minutes of the last time.
pub async fn send_code(cx: &mut Cx, tenant: &Tenant, id: PassId) -> Result<MessageId> {
    claim(cx, id, Action::PassIssue).await?;
    let kept = sql::lock(cx, id).await?;
    if kept.revoked.is_some() {
        return Err(Error::Conflict("error-pass-revoked"));
    }
    let (Whose::Person(person) | Whose::Force { person, .. }) = kept.whose else {
        return Err(Error::Conflict("error-pass-holder"));
    };
    let code = codes::code_of(cx, id).await?;
    let sent = sql_codes::of(cx, &[id]).await?.remove(&id).and_then(|(_, sent)| sent);
    let now = cx.now();
    if sent.is_some_and(|at| now.duration_since(at) < AGAIN_AFTER) {
        return Err(Error::Conflict("error-pass-sent-lately"));
    }
    let number = number(cx, person).await?.ok_or(Error::Conflict("error-pass-no-number"))?;
    let text = messages::text(cx, id.uuid(), &number, &words(tenant, code)).await?;
    sql_codes::set_sent(cx, id).await?;
    cx.record(Event::new("pass.code_sent", id).unit(kept.ward).data(json!({ "text": text })));
    Ok(text)
}

/// A number of the person, by whichever of his records has one.
async fn number(cx: &mut Cx, person: kernel::PersonId) -> Result<Option<Phone>> {
    for record in people::all_of(cx, person).await? {
        if let Some(phone) = people::lives(cx, record.into()).await?.phone {
            return Ok(Some(phone));
        }
    }
    Ok(None)
}

/// Who sends it and what it is for; no name and nothing of a body, because a telephone may be anybody's.
fn words(tenant: &Tenant, code: Code) -> String {
    let (digits, place) = (code.to_string(), &tenant.pack.place.name);
    let grouped: Vec<&str> = [0..4, 4..8, 8..12].into_iter().filter_map(|part| digits.get(part)).collect();
    format!(
        "{place}: mã qua chốt của bạn là {}. Đọc mã này cho người gác chốt, không cần điện thoại thông minh. Không cho người khác mượn mã.",
        grouped.join(" ")
    )
}
