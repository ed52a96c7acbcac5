//! A household is told by a text who will call, before it is called for the first time: a number that nobody
//! knows is not answered, or is taken for fraud. It counts as told when the network has taken the text for the
//! number that it has now, or when somebody of the station has told it himself (`act::told_home`).

use super::{make, sql};
use crate::{households, stand_in::or_latest};
use duty::{messages, rules, tenants::Tenant, units};
use jiff::SignedDuration;
use kernel::{Phone, Result};
use serde_json::json;
use store::{Cx, Event};

/// Texts in one transaction.
const BATCH: i64 = 50;
/// Hours in which a text disturbs nobody.
const FROM: i8 = 7;
const UNTIL: i8 = 21;
/// A text that never came is sent again on the next day.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(20);

/// The rule of texts that households answer by; it says whether they are told of it.
const ANSWERS: &str = "text.answers";

/// Tells the next households that have not been told; how many.
pub(super) async fn announce(cx: &mut Cx, tenant: &Tenant) -> Result<usize> {
    let law = make::law(cx).await?;
    let zone = units::timezone(cx).await?;
    let hour = cx.now().to_zoned(zone).hour();
    if !law.announce_first || !(FROM..UNTIL).contains(&hour) {
        return Ok(0);
    }
    let by_text = answered_by_text(cx).await?;
    let mut told = 0;
    let stale = cx.now() - AGAIN_AFTER;
    for untold in sql::unannounced(cx, stale, BATCH).await? {
        let id = untold.household;
        let home = households::kept(cx, id).await?;
        let Some(number) = home.contact(cx)? else { continue };
        if !sql::announce(cx, &untold, &number).await? {
            continue;
        }
        let words = words(cx, tenant, &home, &law.caller_number, by_text).await?;
        let text = messages::text(cx, id.uuid(), &number, &words).await?;
        sql::set_text(cx, id, text).await?;
        cx.record(
            Event::new("household.calls_announced", id).unit(home.station).data(json!({ "text": text })),
        );
        told += 1;
    }
    Ok(told)
}

/// Whether the number that texts come from can be answered. A version that cannot be read promises nothing.
async fn answered_by_text(cx: &mut Cx) -> Result<bool> {
    let today = units::today(cx).await?;
    let rule = rules::known_on(cx, ANSWERS, today).await?;
    Ok(or_latest(rule.as_ref(), ANSWERS)?.flag("announced").unwrap_or(false))
}

/// Nothing of an illness: a telephone may be anybody's.
async fn words(
    cx: &mut Cx,
    tenant: &Tenant,
    home: &households::Kept,
    number: &str,
    by_text: bool,
) -> Result<String> {
    let tree = units::tree(cx).await?;
    let (station, code) = (&tree.unit(home.station)?.name, &home.code);
    let medical = &tenant.pack.place.emergency.medical;
    let number = number.trim();
    // As people read it: 0903 123 456.
    let from = match Phone::parse(number) {
        Ok(phone) => format!(" từ số {phone}"),
        Err(_) if number.is_empty() => String::new(),
        Err(_) => format!(" từ số {number}"),
    };
    let answer =
        if by_text { " Nhắn GOI để được gọi lại, DUNG để dừng gọi." } else { "" };
    Ok(format!(
        "{station}: hằng ngày có cuộc gọi tự động{from} hỏi thăm hộ {code}, trả lời bằng phím bấm, không mất tiền. Trạm không hỏi mật khẩu, tài khoản.{answer} Nguy kịch gọi {medical}."
    ))
}
