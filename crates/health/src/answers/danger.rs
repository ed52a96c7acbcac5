//! Words of danger ring at once: for a household under care its station and the rapid team, as a danger sign of its
//! diary does; for anybody else the duty leader, as an emergency at the hotline of which no ward is known.

use super::{law::Law, model::Stands, sql};
use crate::{alerts, households::Kept};
use duty::{
    messages::Received,
    tenants::Tenant,
    tickets::{
        self, MatterSpec, MatterTicketSpec, NewMatter, NewTicket, Responsible, Severity, State, Ticket,
        ladder,
    },
    units::{self, UnitKind, UnitRef},
};
use jiff::Timestamp;
use kernel::{Error, MatterId, Phone, Result, UnitId};
use serde_json::json;
use std::collections::BTreeSet;
use store::Cx;

/// The matter that rings for words of danger.
pub const DANGER: &str = "text_danger";
/// What the tickets are told that ring already. No words of the family: who works on them opens the household.
const AGAIN: &str = "Hộ vừa nhắn tin báo dấu hiệu nặng lần nữa. Xem trang của hộ.";

/// Rings for a household, unless it is rung for already: then the text stands there, as a remark.
pub(super) async fn ring(
    cx: &mut Cx,
    tenant: Option<&Tenant>,
    home: &Kept,
    signs: &[String],
) -> Result<Stands> {
    let since = rung_since(cx).await?;
    if let Some(matter) = running(cx, home, signs, since).await? {
        return remark(cx, matter, AGAIN).await;
    }
    let spec = tenant.and_then(|tenant| tenant.pack.matter(DANGER).cloned());
    let spec = spec.unwrap_or_else(|| built_in(&home.code));
    let new = NewMatter {
        kind: DANGER,
        severity: Severity::Emergency,
        ward: Some(home.ward),
        object_kind: "household",
        object: home.id.uuid(),
    };
    let opened = tickets::open_matter(cx, &new, &spec).await?;
    let informed: Vec<UnitId> = home.mobile_station.into_iter().chain(home.care_team).collect();
    for ticket in &opened.tickets {
        tickets::inform(cx, *ticket, &informed).await?;
    }
    Ok(Stands { ticket: opened.tickets.first().copied(), matter: Some(opened.matter), rang: true })
}

/// Rings the duty leader for a number of which nobody knows where it is. The words stand on the ticket: whoever is
/// rung must not have to look for them. Many numbers at once ring no more than a few times: what else comes stands
/// on the newest alarm.
pub(super) async fn ring_for_nobody_known(
    cx: &mut Cx,
    law: &Law,
    (number, text): (&Phone, &Received),
    signs: &[String],
) -> Result<Stands> {
    let since = rung_since(cx).await?;
    if let Some(known) = sql::last_alarm(cx, number).await? {
        for ticket in tickets::tickets(cx, &[known]).await? {
            let told = told(cx, ticket.matter, signs).await?;
            if rings(std::slice::from_ref(&ticket), since, told) {
                tickets::remark(cx, ticket.id, &text.words).await?;
                return Ok(Stands { ticket: Some(ticket.id), matter: Some(ticket.matter), rang: false });
            }
        }
    }
    let alarms = sql::unknown_alarms(cx, cx.now() - law.unknown_within).await?;
    if alarms.len() >= law.most_unknown
        && let Some(newest) = alarms.first()
    {
        let words = format!("Số khác ({}) nhắn: {}", number.masked(), text.words);
        for ticket in tickets::tickets(cx, &[*newest]).await? {
            if tickets::remark(cx, ticket.id, &words).await? {
                return Ok(Stands { ticket: Some(ticket.id), matter: Some(ticket.matter), rang: false });
            }
        }
    }
    let leader = units::tree(cx).await?.duty_leader();
    let new = NewMatter {
        kind: DANGER,
        severity: Severity::Emergency,
        ward: None,
        object_kind: "text",
        object: text.id.uuid(),
    };
    let ticket = NewTicket {
        kind: DANGER.to_owned(),
        responsible: Responsible::Unit(leader),
        ladder: ladder::by_code_or(cx, DANGER, "emergency").await?,
        task: json!({
            "vi": "Số máy chưa có trong hồ sơ nhắn tin báo dấu hiệu nặng. Gọi lại ngay, hỏi địa chỉ, báo 115 và trạm y tế. Số máy gửi không chứng minh được người gửi là ai.",
            "en": "A number that no record knows tells of danger by text. Call back at once, ask for the address, call 115 and the station. The number proves nothing about who sent it.",
        }),
        words: Some(text.words.clone()),
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    let ticket = opened.tickets.first().copied();
    ticket.ok_or_else(|| Error::internal("a matter opened no ticket"))?;
    Ok(Stands { ticket, matter: Some(opened.matter), rang: true })
}

/// An alarm that is younger rings for the next sign too: as for signs of a diary.
async fn rung_since(cx: &mut Cx) -> Result<Timestamp> {
    let today = units::today(cx).await?;
    let law = alerts::law_on(cx, today).await?;
    Ok(cx.now() - law.again_after)
}

/// The matter that rings for this household now. An alarm of its diary does so only while it still climbs: who has
/// accepted it is on his way to one person, and the text may be about another.
async fn running(cx: &mut Cx, home: &Kept, signs: &[String], since: Timestamp) -> Result<Option<MatterId>> {
    let known = sql::open_tickets(cx, home.id, DANGER).await?;
    let known: BTreeSet<MatterId> = known.into_iter().map(|(_, matter)| matter).collect();
    // Ids are made in the order of time.
    for matter in known.into_iter().rev() {
        let told = told(cx, matter, signs).await?;
        if rings(&tickets::matter_tickets(cx, matter).await?, since, told) {
            return Ok(Some(matter));
        }
    }
    for alert in alerts::open_of_households(cx, &[home.id]).await? {
        let Some(matter) = alert.matter else { continue };
        let tickets = tickets::matter_tickets(cx, matter).await?;
        if !tickets.is_empty() && tickets.iter().all(|ticket| ticket.state == State::Open) {
            return Ok(Some(matter));
        }
    }
    Ok(None)
}

/// Whether the texts that stand on a matter have told of all these signs.
async fn told(cx: &mut Cx, matter: MatterId, signs: &[String]) -> Result<bool> {
    let known = sql::signs_of(cx, matter).await?;
    Ok(signs.iter().all(|sign| known.contains(sign)))
}

/// An answered ticket rings for nobody; one that was accepted long ago is on nobody's mind. Once somebody is on his
/// way, a sign that he does not know of rings anew.
fn rings(tickets: &[Ticket], since: Timestamp, told: bool) -> bool {
    let answered = tickets.is_empty() || tickets.iter().any(Ticket::is_closed);
    let climbing = tickets.iter().all(|ticket| ticket.state == State::Open);
    let young = tickets.iter().all(|ticket| ticket.opened_at > since);
    !answered && (climbing || (young && told))
}

/// Tells all tickets of a matter that are still owed an answer.
pub(super) async fn remark(cx: &mut Cx, matter: MatterId, words: &str) -> Result<Stands> {
    let mut told = None;
    for ticket in tickets::matter_tickets(cx, matter).await? {
        if tickets::remark(cx, ticket.id, words).await? && told.is_none() {
            told = Some(ticket.id);
        }
    }
    Ok(Stands { ticket: told, matter: Some(matter), rang: false })
}

/// A tenant whose pack does not name it rings all the same.
fn built_in(code: &str) -> MatterSpec {
    let ticket = |kind: UnitKind, task_vi: String, task_en: String| MatterTicketSpec {
        responsible: UnitRef::Ward(kind),
        ladder: "emergency".to_owned(),
        task_vi,
        task_en,
    };
    MatterSpec {
        code: DANGER.to_owned(),
        name_vi: "Tin nhắn báo dấu hiệu nặng".to_owned(),
        name_en: "A text that tells of danger".to_owned(),
        tickets: vec![
            ticket(
                UnitKind::Station,
                format!(
                    "Hộ {code} nhắn tin báo dấu hiệu nặng. Gọi hộ ngay; lời nhắn ở trang của hộ. Cần thì cho thở oxy, gọi 115. Ghi việc đã làm vào trang của hộ."
                ),
                format!(
                    "Household {code} tells of danger by text. Call it now; its words stand on its page. Give oxygen and call 115 where needed. Write what was done on the household's page."
                ),
            ),
            ticket(
                UnitKind::RapidTeam,
                format!(
                    "Hộ {code} nhắn tin báo dấu hiệu nặng. Mang oxy đến hộ ngay; cần thì chuyển viện. Ghi giờ đi, giờ đến."
                ),
                format!(
                    "Household {code} tells of danger by text. Take oxygen there now; take to hospital where needed. Write when you left and arrived."
                ),
            ),
        ],
    }
}
