//! What is owed for a text that is no danger: a call, or that somebody reads it.

use super::{
    danger::{self, DANGER},
    law::Law,
    model::Stands,
    sql,
};
use crate::{care_calls::CALL_BACK, households::Kept};
use duty::{
    messages::{Received, inbox::KIND as TEXT},
    tickets::{self, NewMatter, NewTicket, Opened, Responsible, Severity, ladder},
};
use jiff::Timestamp;
use kernel::{Result, UnitId};
use serde_json::{Value, json};
use store::Cx;

/// What a ticket is told to whose call the family looks forward already.
const ASKED_AGAIN: &str = "Gia đình vừa nhắn tin xin gọi lại.";
/// What those are told who work on an alarm.
const MORE: &str = "Hộ vừa nhắn thêm. Xem trang của hộ.";

/// Somebody of the station calls the family back: on the ticket that is open for it, or on one of its own.
pub(super) async fn call(cx: &mut Cx, home: &Kept, law: &Law) -> Result<Stands> {
    for (ticket, matter) in sql::open_tickets(cx, home.id, CALL_BACK).await? {
        if tickets::remark(cx, ticket, ASKED_AGAIN).await? {
            return Ok(Stands { ticket: Some(ticket), matter: Some(matter), rang: false });
        }
    }
    let code = &home.code;
    let task = json!({
        "vi": format!("Gọi lại cho hộ {code}: gia đình nhắn tin xin gọi lại. Ghi kết quả vào trang của hộ."),
        "en": format!("Call household {code} back: it asked for it by text. Enter the outcome on the household's page."),
    });
    let due_at = Some(cx.now() + law.call_back_within);
    let opened = open(cx, home, CALL_BACK, task, None, due_at).await?;
    Ok(Stands { ticket: opened.tickets.first().copied(), matter: Some(opened.matter), rang: false })
}

/// The station reads what the family writes. Where an alarm of this family is open the words are for whoever works
/// on it.
pub(super) async fn reading(cx: &mut Cx, home: &Kept, text: &Received) -> Result<Stands> {
    if let Some((_, matter)) = sql::open_tickets(cx, home.id, DANGER).await?.into_iter().next() {
        return danger::remark(cx, matter, MORE).await;
    }
    for (ticket, matter) in sql::open_tickets(cx, home.id, TEXT).await? {
        if tickets::remark(cx, ticket, &text.words).await? {
            return Ok(Stands { ticket: Some(ticket), matter: Some(matter), rang: false });
        }
    }
    let code = &home.code;
    let task = json!({
        "vi": format!("Hộ {code} đang theo dõi nhắn tin. Đọc, gọi lại khi cần, ghi vào trang của hộ. Số máy gửi không chứng minh được người gửi là ai."),
        "en": format!("A text of household {code}, which is under care. Read it, call back where needed, write it on the household's page. The number proves nothing about who sent it."),
    });
    let opened = open(cx, home, TEXT, task, Some(text.words.clone()), None).await?;
    Ok(Stands { ticket: opened.tickets.first().copied(), matter: Some(opened.matter), rang: false })
}

/// A ticket of the household's station, which those who care for it beside the station see.
async fn open(
    cx: &mut Cx,
    home: &Kept,
    kind: &str,
    task: Value,
    words: Option<String>,
    due_at: Option<Timestamp>,
) -> Result<Opened> {
    let new = NewMatter {
        kind,
        severity: Severity::Notice,
        ward: Some(home.ward),
        object_kind: "household",
        object: home.id.uuid(),
    };
    let ticket = NewTicket {
        kind: kind.to_owned(),
        responsible: Responsible::Unit(home.station),
        ladder: ladder::by_code_or(cx, kind, "report").await?,
        task,
        words,
        given_by: None,
        assignee: None,
        due_at,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    let informed: Vec<UnitId> = home.mobile_station.into_iter().chain(home.care_team).collect();
    for ticket in &opened.tickets {
        tickets::inform(cx, *ticket, &informed).await?;
    }
    Ok(opened)
}
