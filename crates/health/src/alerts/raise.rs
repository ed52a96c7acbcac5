//! Raising the alarm: the ticket opens in the transaction of the reading that asks for it.

use super::{
    model::{Grade, Law, Verdict},
    sql::{self, NewAlert},
};
use crate::households::{self, Kept};
use duty::{
    permissions::Action,
    rules,
    tenants::Tenant,
    tickets::{self, MatterSpec, MatterTicketSpec, NewMatter, Severity, State, Ticket},
    units::{UnitKind, UnitRef},
};
use jiff::civil::Date;
use kernel::{AlertId, CaseId, HouseholdId, MatterId, PersonId, Result, UnitId};
use serde_json::json;
use store::{Cx, Event, Topic};

/// The matter that rings for a danger sign.
pub const KIND: &str = "red_flag";
/// What tickets are told that ring for the same person already.
const AGAIN: &str = "Hộ vừa báo lại dấu hiệu nặng của cùng người bệnh. Xem trang của hộ.";

/// Whose reading it was.
pub(crate) struct Of<'a> {
    pub home: &'a Kept,
    pub person: PersonId,
    pub case: Option<CaseId>,
}

/// What came of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raised {
    pub alert: AlertId,
    pub matter: Option<MatterId>,
    /// New tickets ring; false where they ring already, or where nothing rings.
    pub rang: bool,
}

/// Puts an alert on record. An emergency rings the station and the rapid team of the ward, unless
/// they are rung for the same person already: then their tickets get a remark. The lower grades wait
/// on the morning list: a station of three that is rung for everything hears nothing.
pub(crate) async fn raise(
    cx: &mut Cx,
    tenant: &Tenant,
    of: &Of<'_>,
    verdict: &Verdict,
    law: &Law,
) -> Result<Raised> {
    let alert = cx.id::<AlertId>();
    let (mut matter, mut rang) = (None, false);
    if verdict.grade == Grade::Emergency {
        matter = running(cx, of.person, verdict, law).await?;
        rang = matter.is_none();
    }
    // The alert's row stands before the matter that points to it is written.
    sql::insert(cx, &NewAlert { id: alert, of, verdict, law, matter }).await?;
    if let Some(running) = matter {
        remark(cx, running).await?;
    } else if rang {
        matter = Some(ring(cx, tenant, of, alert).await?);
        sql::set_matter(cx, alert, matter).await?;
    }
    let event = Event::new("alert.raised", of.home.id).unit(of.home.station).data(json!({
        "alert": alert, "person": of.person, "grade": verdict.grade, "rang": rang,
    }));
    let event = event.payload(json!({ "signs": verdict.signs }));
    let event = rules::judged(event, &law.rules());
    cx.record(match matter {
        Some(matter) => event.matter(matter),
        None => event,
    });
    cx.tell(Topic::screen("followups"));
    Ok(Raised { alert, matter, rang })
}

/// The matter of a young alarm for the same person that nobody has ended: while it still climbs it
/// rings for this sign too; once somebody is on his way, only a sign that he does not know of rings
/// again. An answered ticket rings for nobody, so everybody is rung anew.
async fn running(cx: &mut Cx, person: PersonId, verdict: &Verdict, law: &Law) -> Result<Option<MatterId>> {
    let Some((matter, known)) = sql::ringing(cx, person).await? else { return Ok(None) };
    if tickets::matter(cx, matter).await?.opened_at <= cx.now() - law.again_after {
        return Ok(None);
    }
    let tickets = tickets::matter_tickets(cx, matter).await?;
    let answered = tickets.iter().any(Ticket::is_closed);
    let climbing = tickets.iter().all(|ticket| ticket.state == State::Open);
    let told = verdict.signs.iter().all(|sign| known.iter().any(|one| one == sign));
    Ok((!answered && (climbing || told)).then_some(matter))
}

async fn remark(cx: &mut Cx, matter: MatterId) -> Result<()> {
    for ticket in tickets::matter_tickets(cx, matter).await? {
        // No readings: who works on the ticket opens the household.
        tickets::remark(cx, ticket.id, AGAIN).await?;
    }
    Ok(())
}

async fn ring(cx: &mut Cx, tenant: &Tenant, of: &Of<'_>, alert: AlertId) -> Result<MatterId> {
    let spec = spec(tenant);
    let new = NewMatter {
        kind: KIND,
        severity: Severity::Emergency,
        ward: Some(of.home.ward),
        object_kind: "alert",
        object: alert.uuid(),
    };
    let opened = tickets::open_matter(cx, &new, &spec).await?;
    let informed: Vec<UnitId> = of.home.mobile_station.into_iter().chain(of.home.care_team).collect();
    for ticket in &opened.tickets {
        tickets::inform(cx, *ticket, &informed).await?;
    }
    Ok(opened.matter)
}

/// The tickets of the pack. A tenant whose pack is older than this program rings all the same.
fn spec(tenant: &Tenant) -> MatterSpec {
    let built_in = || MatterSpec {
        code: KIND.to_owned(),
        name_vi: "F0 tại nhà có dấu hiệu nặng".to_owned(),
        name_en: "Danger sign of an F0 at home".to_owned(),
        tickets: vec![
            ticket(
                UnitKind::Station,
                "Gọi hộ ngay. Khó thở, SpO2 thấp: cho thở oxy, gọi 115. Ghi việc đã làm vào trang của hộ.",
                "Call the household now. Short of breath or low SpO2: give oxygen, call 115. Write what was done on the household's page.",
            ),
            ticket(
                UnitKind::RapidTeam,
                "Mang oxy đến hộ ngay theo mã hộ; cần thì chuyển viện. Ghi giờ đi, giờ đến.",
                "Take oxygen to the household now, by its code; take to hospital where needed. Write when you left and arrived.",
            ),
        ],
    };
    tenant.pack.matter(KIND).cloned().unwrap_or_else(built_in)
}

fn ticket(kind: UnitKind, task_vi: &str, task_en: &str) -> MatterTicketSpec {
    MatterTicketSpec {
        responsible: UnitRef::Ward(kind),
        ladder: "emergency".to_owned(),
        task_vi: task_vi.to_owned(),
        task_en: task_en.to_owned(),
    }
}

/// The law on alarms of a day.
pub(crate) async fn law_on(cx: &mut Cx, day: Date) -> Result<Law> {
    let home = rules::known_on(cx, "f0.home_care", day).await?;
    let grades = rules::known_on(cx, "f0.alerts", day).await?;
    Law::read(day, home.as_ref(), grades.as_ref()).or_else(|error| {
        // A version that cannot be read keeps no danger from being seen.
        tracing::error!(%error, "the law of alerts: what ships stands in");
        Law::read(day, None, None)
    })
}

/// The household of an alert, for those who may see it.
pub async fn household_of(cx: &mut Cx, id: AlertId) -> Result<HouseholdId> {
    let household = sql::household_of(cx, id).await?;
    households::claim(cx, household, Action::CareSee).await?;
    Ok(household)
}

/// The alerts of a household that nobody has ended yet, worst first.
pub async fn open_of(cx: &mut Cx, id: HouseholdId) -> Result<Vec<super::Alert>> {
    households::claim(cx, id, Action::CareSee).await?;
    sql::open_of_households(cx, &[id]).await
}
