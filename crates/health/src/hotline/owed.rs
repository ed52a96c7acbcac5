//! What a caller is owed who was not put through: a ticket with a due time, so that no call is lost.

use super::{
    law::Law,
    model::{Owing, Topic},
    sql,
    sql_owed::{self, NewRow},
};
use crate::households;
use duty::{
    tenants::{self, Tenant},
    tickets::{self, MatterSpec, MatterTicketSpec, NewMatter, NewTicket, Responsible, Severity, ladder},
    units::{self, Tree, UnitKind, UnitRef},
};
use jiff::Timestamp;
use kernel::{CallId, Error, Phone, RecordingId, Result, TenantId, TicketId, UnitId};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use store::{Cx, Event, Store, Topic as Told};
use uuid::Uuid;

/// What a ticket is told whose caller has called in vain once more.
const AGAIN: &str = "Số máy này vừa gọi lại mà chưa gặp được ai.";
/// What a ticket is told when more is said in the same call. No readings: they stand on the hotline's page.
const MORE: &str = "Trong cùng cuộc gọi vừa có thêm điều được kể. Xem trang Cuộc gọi đến.";
/// What the first ticket is told when the ward becomes known.
const ELSEWHERE: &str = "Đã biết phường của người bệnh: một phiếu mới được mở cho phường đó.";

/// The same when its station was rung already, because the number led there.
const CONFIRMED: &str = "Người gọi đã cho biết phường của người bệnh: đúng phường của phiếu này.";
/// What a ticket says besides, of which nobody knows yet more than whose number has called; vi, en.
const BY_NUMBER: [&str; 2] = [
    "Số máy gọi tới là của một hộ trong phường này; chưa chắc người bệnh ở đó.",
    "The number is that of a household of this ward; the patient may be elsewhere.",
];

/// By whom something is put on record, which the text of its ticket says.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    Program,
    /// An operator while he talks; the code of the household where it is known.
    Operator(Option<&'a str>),
}

pub(super) struct NewOwed<'a> {
    pub call: CallId,
    pub kind: Owing,
    pub topic: Topic,
    pub number: Option<&'a Phone>,
    /// By whose number the caller is known again that day, where he leaves another one.
    pub from: Option<&'a Phone>,
    pub ward: Option<UnitId>,
    /// JSON of what was told by keys.
    pub told: Option<&'a str>,
    pub recording: Option<RecordingId>,
    pub by: By<'a>,
}

impl<'a> NewOwed<'a> {
    pub fn of(call: CallId, kind: Owing, topic: Topic, from: Option<&'a Phone>) -> Self {
        let by = By::Program;
        Self { call, kind, topic, number: from, from, ward: None, told: None, recording: None, by }
    }
}

/// Puts on record what is owed, and opens its ticket. Done again for one call it changes nothing; who has
/// called in vain before on this day, and whose ticket nobody has answered, is added to that ticket. Whoever
/// withholds his number is never added to anybody's.
pub(super) async fn open(cx: &mut Cx, tenant: Option<&Tenant>, new: &NewOwed<'_>) -> Result<TicketId> {
    let index = sql::index(cx, new.call, new.from)?;
    sql_owed::queue_up(cx, &index).await?;
    if let Some(known) = sql_owed::has(cx, new.call, new.kind).await? {
        return Ok(known);
    }
    let day = units::today(cx).await?;
    if new.kind == Owing::Missed {
        // Whoever left something in this call is owed an answer already.
        for left in Owing::ALL {
            if let Some(known) = sql_owed::has(cx, new.call, *left).await? {
                return Ok(known);
            }
        }
        for (id, ticket) in sql_owed::of_day(cx, &index, day).await? {
            if tickets::remark(cx, ticket, AGAIN).await? {
                sql_owed::count(cx, id).await?;
                return Ok(ticket);
            }
        }
    }
    let id = cx.id::<Uuid>();
    let (ticket, unit) = ticket(cx, tenant, id, new).await?;
    let row = NewRow {
        id,
        call: new.call,
        kind: new.kind,
        topic: new.topic,
        number: new.number,
        index: &index,
        ward: new.ward,
        unit,
        told: new.told,
        recording: new.recording,
        ticket,
        day,
    };
    sql_owed::insert(cx, &row).await?;
    record(cx, id, new, new.ward, ticket, unit);
    Ok(ticket)
}

/// What somebody tells while an operator talks with him: opens the ticket as [`open`] does. Where the call has one
/// that is still owed an answer it is added to that, unless only now it is known which ward has to hear of it. Also
/// whether a ticket was opened.
pub(super) async fn add(cx: &mut Cx, tenant: &Tenant, new: &NewOwed<'_>) -> Result<(TicketId, bool)> {
    let index = sql::index(cx, new.call, new.from)?;
    sql_owed::queue_up(cx, &index).await?;
    let Some(known) = sql_owed::of_call(cx, new.call, new.kind).await? else {
        return Ok((open(cx, Some(tenant), new).await?, true));
    };
    let told = together(known.told(cx)?, new.told)?;
    let found = new.ward.filter(|_| known.ward.is_none());
    let elsewhere = if let Some(ward) = found {
        let tree = units::tree(cx).await?;
        station(&tree, ward) != known.unit
    } else {
        false
    };
    let words = match found {
        Some(_) if elsewhere => ELSEWHERE,
        Some(_) => CONFIRMED,
        None => MORE,
    };
    let runs = tickets::remark(cx, known.ticket, words).await?;
    if runs && !elsewhere {
        let ward = known.ward.or(found);
        sql_owed::renew(cx, known.id, ward, known.unit, told.as_deref(), known.ticket).await?;
        cx.tell(Told::screen("hotline"));
        return Ok((known.ticket, false));
    }
    let ward = new.ward.or(known.ward);
    let new = NewOwed { ward, told: told.as_deref(), ..*new };
    let (ticket, unit) = ticket(cx, Some(tenant), known.id, &new).await?;
    sql_owed::renew(cx, known.id, ward, unit, new.told, ticket).await?;
    record(cx, known.id, &new, ward, ticket, unit);
    Ok((ticket, true))
}

/// What was told before with what is told now.
fn together(before: Option<String>, now: Option<&str>) -> Result<Option<String>> {
    let (before, now) = match (before, now) {
        (Some(before), Some(now)) => (before, now),
        (before, now) => return Ok(before.or_else(|| now.map(str::to_owned))),
    };
    let mut all: Map<String, Value> = serde_json::from_str(&before).map_err(Error::internal)?;
    let now: Map<String, Value> = serde_json::from_str(now).map_err(Error::internal)?;
    for (key, value) in now {
        match value {
            Value::Array(more) => {
                let known = all.entry(key).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(signs) = known {
                    for sign in more {
                        if !signs.contains(&sign) {
                            signs.push(sign);
                        }
                    }
                }
            }
            Value::String(text) if text.is_empty() => {}
            value => {
                all.insert(key, value);
            }
        }
    }
    serde_json::to_string(&all).map(Some).map_err(Error::internal)
}

fn record(cx: &mut Cx, id: Uuid, new: &NewOwed<'_>, ward: Option<UnitId>, ticket: TicketId, unit: UnitId) {
    cx.record(Event::new("call.owed", new.call).unit(unit).data(json!({
        "owed": id, "kind": new.kind, "topic": new.topic, "ticket": ticket, "ward": ward,
        "recording": new.recording,
    })));
    cx.tell(Told::screen("hotline"));
}

/// Opens the ticket of what is owed; whose it is.
async fn ticket(
    cx: &mut Cx,
    tenant: Option<&Tenant>,
    id: Uuid,
    new: &NewOwed<'_>,
) -> Result<(TicketId, UnitId)> {
    if new.kind == Owing::Emergency {
        return ring(cx, tenant, id, new).await;
    }
    let law = Law::today(cx).await?;
    let tree = units::tree(cx).await?;
    let unit = match new.kind {
        Owing::Symptoms => new.ward.map_or_else(|| tree.director(), |ward| station(&tree, ward)),
        _ => tree.director(),
    };
    let due_at = due(&law, new.kind, cx.now());
    Ok((ask(cx, id, new, unit, due_at).await?, unit))
}

/// Who answers for the sick of a ward.
fn station(tree: &Tree, ward: UnitId) -> UnitId {
    tree.in_ward(ward, UnitKind::Station).unwrap_or(ward)
}

fn due(law: &Law, kind: Owing, now: Timestamp) -> Timestamp {
    now + match kind {
        Owing::Symptoms => law.symptoms_call_within,
        _ => law.call_back_within,
    }
}

async fn ask(cx: &mut Cx, id: Uuid, new: &NewOwed<'_>, unit: UnitId, due_at: Timestamp) -> Result<TicketId> {
    let kind = new.kind.matter();
    let matter =
        NewMatter { kind, severity: Severity::Notice, ward: new.ward, object_kind: "hotline", object: id };
    let ticket = NewTicket {
        kind: kind.to_owned(),
        responsible: Responsible::Unit(unit),
        ladder: ladder::by_code_or(cx, "hotline", "report").await?,
        task: task(new.kind),
        words: None,
        given_by: None,
        assignee: None,
        due_at: Some(due_at),
    };
    first(&tickets::open_ticket(cx, &matter, ticket).await?.tickets)
}

/// No number and no words of the caller: both stand, sealed, on the hotline's page.
fn task(kind: Owing) -> Value {
    let (vi, en) = match kind {
        Owing::Missed => (
            "Gọi lại người đã gọi tổng đài mà chưa gặp được ai. Số máy ở trang Cuộc gọi đến; ghi lại kết quả.",
            "Call back somebody who reached nobody at the hotline. The number stands on the page Incoming calls; write down what came of it.",
        ),
        Owing::VoiceMessage => (
            "Nghe lời nhắn để lại ở tổng đài và trả lời người gọi. Lời nhắn và số máy ở trang Cuộc gọi đến.",
            "Listen to the message left at the hotline and answer the caller. Message and number stand on the page Incoming calls.",
        ),
        Owing::CallBack => (
            "Gọi lại người đã yêu cầu được gọi lại. Số máy ở trang Cuộc gọi đến; ghi lại kết quả.",
            "Call back somebody who asked for it. The number stands on the page Incoming calls; write down what came of it.",
        ),
        Owing::Symptoms => (
            "Gọi lại người báo có triệu chứng qua tổng đài: hỏi họ tên, địa chỉ, ghi nhận nghi mắc, chỉ định xét nghiệm và theo dõi. Số máy và triệu chứng ở trang Cuộc gọi đến.",
            "Call back somebody who told the hotline of symptoms: ask name and address, record the suspected case, order a test and follow him. Number and symptoms stand on the page Incoming calls.",
        ),
        Owing::Emergency => (
            "Cuộc gọi cấp cứu tới tổng đài chưa có cán bộ nhận. Gọi lại ngay; số máy ở trang Cuộc gọi đến.",
            "An emergency call to the hotline that no operator has taken. Call back at once; the number stands on the page Incoming calls.",
        ),
    };
    json!({ "vi": vi, "en": en })
}

/// The text of an emergency that an operator has heard of while he talked; vi, en.
fn heard(household: Option<&str>) -> (String, String) {
    let (vi, en) = match household {
        Some(code) => (format!("hộ {code}"), format!("household {code}")),
        None => ("người chưa rõ thuộc hộ nào".to_owned(), "somebody whose household is not known".to_owned()),
    };
    (
        format!(
            "Cấp cứu: cán bộ trực tổng đài vừa nghe qua điện thoại dấu hiệu nặng của {vi}. Đến hoặc gọi lại ngay; số máy và điều được kể ở trang Cuộc gọi đến."
        ),
        format!(
            "Emergency: an operator has just heard of danger signs of {en} on the telephone. Go there or call back at once; number and what was told stand on the page Incoming calls."
        ),
    )
}

/// Rings for an emergency: the station of the ward where it is known, else that of the ward to which the number leads,
/// else the duty leader. The number is a hint whom to ring first: on record the ward stays unknown.
async fn ring(
    cx: &mut Cx,
    tenant: Option<&Tenant>,
    id: Uuid,
    new: &NewOwed<'_>,
) -> Result<(TicketId, UnitId)> {
    let kind = Owing::Emergency.matter();
    let hint = match (new.ward, new.by) {
        (None, By::Program) => by_number(cx, new.from).await?,
        _ => None,
    };
    let ward = new.ward.or(hint);
    let mut spec =
        tenant.and_then(|tenant| tenant.pack.matter(kind).cloned()).unwrap_or_else(|| built_in(ward));
    if let By::Operator(household) = new.by {
        let (vi, en) = heard(household);
        for ticket in &mut spec.tickets {
            ticket.task_vi.clone_from(&vi);
            ticket.task_en.clone_from(&en);
        }
    }
    if hint.is_some() {
        let [vi, en] = BY_NUMBER;
        for ticket in &mut spec.tickets {
            ticket.task_vi = format!("{} {vi}", ticket.task_vi);
            ticket.task_en = format!("{} {en}", ticket.task_en);
        }
    }
    let matter = NewMatter { kind, severity: Severity::Emergency, ward, object_kind: "hotline", object: id };
    let opened = tickets::open_matter(cx, &matter, &spec).await?;
    let ticket = first(&opened.tickets)?;
    let unit = tickets::ticket(cx, ticket).await?.0.unit;
    let leader = units::tree(cx).await?.duty_leader();
    Ok((ticket, unit.unwrap_or(leader)))
}

/// The ward to which a number leads, where it leads to one alone.
async fn by_number(cx: &mut Cx, number: Option<&Phone>) -> Result<Option<UnitId>> {
    let Some(number) = number else { return Ok(None) };
    let mut wards = BTreeSet::new();
    for home in households::at_number(cx, number).await? {
        wards.insert(households::kept(cx, home).await?.ward);
    }
    let ward = wards.pop_first();
    Ok(ward.filter(|_| wards.is_empty()))
}

fn built_in(ward: Option<UnitId>) -> MatterSpec {
    let responsible = match ward {
        Some(_) => UnitRef::Ward(UnitKind::Station),
        None => UnitRef::Leader,
    };
    let task = task(Owing::Emergency);
    let text = |language: &str| task[language].as_str().unwrap_or_default().to_owned();
    MatterSpec {
        code: Owing::Emergency.matter().to_owned(),
        name_vi: "Cấp cứu qua tổng đài".to_owned(),
        name_en: "Emergency call to the hotline".to_owned(),
        tickets: vec![MatterTicketSpec {
            responsible,
            ladder: "emergency".to_owned(),
            task_vi: text("vi"),
            task_en: text("en"),
        }],
    }
}

fn first(opened: &[TicketId]) -> Result<TicketId> {
    opened.first().copied().ok_or_else(|| Error::internal("a matter opened no ticket"))
}

/// A tenant by its id, for whoever comes from a timer and knows no more.
pub(crate) async fn tenant_of(store: &Store, id: TenantId) -> Result<Option<Tenant>> {
    Ok(tenants::find(store).await?.into_values().find(|tenant| tenant.id == id))
}
