//! What a caller is owed who was not put through: a ticket with a due time, so that no call is lost.

use super::{
    law::Law,
    model::{Owing, Topic},
    sql,
    sql_owed::{self, NewRow},
};
use duty::{
    tenants::{self, Tenant},
    tickets::{self, MatterSpec, MatterTicketSpec, NewMatter, NewTicket, Responsible, Severity, ladder},
    units::{self, UnitKind, UnitRef},
};
use jiff::Timestamp;
use kernel::{CallId, Error, Phone, RecordingId, Result, TenantId, TicketId, UnitId};
use serde_json::{Value, json};
use store::{Cx, Event, Store, Topic as Told};
use uuid::Uuid;

/// What a ticket is told whose caller has called in vain once more.
const AGAIN: &str = "Số máy này vừa gọi lại mà chưa gặp được ai.";

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
}

impl<'a> NewOwed<'a> {
    pub fn of(call: CallId, kind: Owing, topic: Topic, from: Option<&'a Phone>) -> Self {
        Self { call, kind, topic, number: from, from, ward: None, told: None, recording: None }
    }
}

/// Puts on record what is owed, and opens its ticket. Done again for one call it changes nothing; who has
/// called in vain before on this day, and whose ticket nobody has answered, is added to that ticket.
pub(super) async fn open(cx: &mut Cx, tenant: Option<&Tenant>, new: &NewOwed<'_>) -> Result<TicketId> {
    let index = sql::index(cx, new.from)?;
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
    let law = Law::today(cx).await?;
    let tree = units::tree(cx).await?;
    let station = new.ward.and_then(|ward| tree.in_ward(ward, UnitKind::Station).or(Some(ward)));
    let id = cx.id::<Uuid>();
    let (ticket, unit) = if new.kind == Owing::Emergency {
        ring(cx, tenant, id, new.ward).await?
    } else {
        let unit = match new.kind {
            Owing::Symptoms => station.unwrap_or_else(|| tree.director()),
            _ => tree.director(),
        };
        (ask(cx, id, new, unit, due(&law, new.kind, cx.now())).await?, unit)
    };
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
    cx.record(Event::new("call.owed", new.call).unit(unit).data(json!({
        "owed": id, "kind": new.kind, "topic": new.topic, "ticket": ticket, "ward": new.ward,
        "recording": new.recording,
    })));
    cx.tell(Told::screen("hotline"));
    Ok(ticket)
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
            "Gọi lại người đã gọi tổng đài mà chưa gặp được ai. Số máy ở trang Tổng đài; ghi lại kết quả.",
            "Call back somebody who reached nobody at the hotline. The number stands on the page Hotline; write down what came of it.",
        ),
        Owing::VoiceMessage => (
            "Nghe lời nhắn để lại ở tổng đài và trả lời người gọi. Lời nhắn và số máy ở trang Tổng đài.",
            "Listen to the message left at the hotline and answer the caller. Message and number stand on the page Hotline.",
        ),
        Owing::CallBack => (
            "Gọi lại người đã yêu cầu được gọi lại. Số máy ở trang Tổng đài; ghi lại kết quả.",
            "Call back somebody who asked for it. The number stands on the page Hotline; write down what came of it.",
        ),
        Owing::Symptoms => (
            "Gọi lại người báo có triệu chứng qua tổng đài: hỏi họ tên, địa chỉ, ghi nhận nghi mắc, chỉ định xét nghiệm và theo dõi. Số máy và triệu chứng ở trang Tổng đài.",
            "Call back somebody who told the hotline of symptoms: ask name and address, record the suspected case, order a test and follow him. Number and symptoms stand on the page Hotline.",
        ),
        Owing::Emergency => (
            "Cuộc gọi cấp cứu tới tổng đài chưa có cán bộ nhận. Gọi lại ngay; số máy ở trang Tổng đài.",
            "An emergency call to the hotline that no operator has taken. Call back at once; the number stands on the page Hotline.",
        ),
    };
    json!({ "vi": vi, "en": en })
}

/// Rings for an emergency: the station of the ward where it is known, else the duty leader.
async fn ring(
    cx: &mut Cx,
    tenant: Option<&Tenant>,
    id: Uuid,
    ward: Option<UnitId>,
) -> Result<(TicketId, UnitId)> {
    let kind = Owing::Emergency.matter();
    let spec = tenant.and_then(|tenant| tenant.pack.matter(kind).cloned()).unwrap_or_else(|| built_in(ward));
    let matter = NewMatter { kind, severity: Severity::Emergency, ward, object_kind: "hotline", object: id };
    let opened = tickets::open_matter(cx, &matter, &spec).await?;
    let ticket = first(&opened.tickets)?;
    let unit = tickets::ticket(cx, ticket).await?.0.unit;
    let leader = units::tree(cx).await?.duty_leader();
    Ok((ticket, unit.unwrap_or(leader)))
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
