//! A household tells of a test that it made itself: on its own phone, or to staff that calls. A positive
//! one makes a suspected case and asks the station to look at it within the day; an F0's, and a negative
//! one, is a note.

use super::{model::SelfTest, sight, sql_tests};
use crate::{
    cases::{self, Care, CaseReport, Classification, NewResult, TestKind, TestResult},
    households::{self, Kept},
    people::{self, NewPerson},
};
use duty::{
    permissions::Action,
    tenants::Tenant,
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder},
    units,
};
use kernel::{
    ActorKind, CaseId, Error, HouseholdId, MatterId, PersonId, Result, TicketId, names::PersonName,
};
use serde_json::json;
use store::{Cx, Event, Topic};
use uuid::Uuid;

/// To what the picture of a self-test belongs: its owner's kind among the files.
pub const TOLD: &str = "self_test";

/// Somebody of a household, as the household itself sees him: enough to know who is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub person: PersonId,
    /// The last word of the name.
    pub given_name: String,
    pub birth_year: Option<i16>,
}

/// What telling came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestTold {
    /// `None` when this was told before: nothing was done again.
    pub test: Option<Uuid>,
    /// The case it stands with; he is suspected by it, or a case already.
    pub case: Option<CaseId>,
    /// The station has been asked to look at it.
    pub asked: bool,
}

/// Those who live in a household, for whoever holds its code (`followups::held`) or works for it.
pub async fn members(cx: &mut Cx, household: HouseholdId) -> Result<Vec<Member>> {
    may(cx, household, Action::CareSee).await?;
    let living: Vec<PersonId> =
        households::members_of(cx, household).await?.iter().map(|member| member.person).collect();
    let briefs = people::briefs(cx, &living).await?;
    Ok(living
        .iter()
        .filter_map(|person| briefs.get(person))
        .map(|brief| Member {
            person: brief.id,
            given_name: brief.given_name().to_owned(),
            birth_year: brief.birth_year,
        })
        .collect())
}

/// Takes a self-test in. Told twice it is one.
///
/// Errors: `NotFound` outside the actor's households; `person`: `error-choose` for somebody who does not
/// live there; `on_day`: those of a day, `error-sample-before-birth`.
pub async fn tell(cx: &mut Cx, tenant: &Tenant, id: HouseholdId, new: &SelfTest) -> Result<TestTold> {
    may(cx, id, Action::CareRecord).await?;
    // The ward that opens households comes before the household, as everywhere.
    let ward = households::kept(cx, id).await?.ward;
    households::queue_up(cx, ward).await?;
    let home = households::lock(cx, id).await?;
    if !households::members_of(cx, id).await?.iter().any(|member| member.person == new.person) {
        return Err(Error::invalid("person", "error-choose"));
    }
    let whom = sight::of(cx, new.person).await?;
    let today = units::today(cx).await?;
    let told = new.check(today, whom.birth)?;
    let running = cases::running(cx, new.person).await?;
    let is_f0 = running.is_some_and(|(_, classification, _)| classification == Classification::Confirmed);
    let (case, test) = if told.result == TestResult::Positive {
        // Where his case stands already it stays: nobody is rung for a move that was none.
        let ward = running.map_or(home.ward, |(.., ward)| ward);
        let report = report(&whom.person.full_name, ward, &told, cx)?;
        let placed = cases::place_known(cx, tenant, new.person, &report).await?;
        (Some(placed.case), placed.result)
    } else {
        let added = cases::add_result(cx, new.person, home.ward, &told, None).await?;
        (running.map(|(case, ..)| case), added)
    };
    let Some(test) = test else { return Ok(TestTold { test: None, case, asked: false }) };
    let asks = told.result != TestResult::Negative && !is_f0;
    let ticket = if asks { Some(ask(cx, &home).await?) } else { None };
    sql_tests::set_told(cx, test, id, new.file, ticket.map(|(ticket, _)| ticket)).await?;
    let mut event = Event::new("self_test.told", id)
        .unit(home.station)
        .data(json!({ "test": test, "person": new.person, "case": case, "photo": new.file.is_some() }))
        .payload(json!({ "result": told.result, "on_day": told.sample_on }));
    if let Some((_, Some(matter))) = ticket {
        event = event.matter(matter);
    }
    cx.record(event);
    cx.tell(Topic::screen("samples"));
    cx.tell(Topic::screen("followups"));
    Ok(TestTold { test: Some(test), case, asked: asks })
}

/// The household itself, or staff that may do this for it.
async fn may(cx: &mut Cx, id: HouseholdId, action: Action) -> Result<()> {
    if cx.actor.kind == ActorKind::Citizen(id.uuid()) || cx.actor.is_system() {
        return Ok(());
    }
    households::claim(cx, id, action).await.map(|_| ())
}

fn report(name: &str, ward: kernel::UnitId, told: &NewResult, cx: &Cx) -> Result<CaseReport> {
    Ok(CaseReport {
        person: known(name, ward)?,
        ward,
        no_phone: None,
        classification: Classification::Suspected,
        basis: TestKind::SelfTest,
        result: Some(*told),
        reported_at: cx.now(),
        symptoms: Vec::new(),
        care: Care::Home,
        note: None,
        unit: None,
        import: None,
    })
}

/// Somebody who is known: `place_known` looks at nothing of this.
pub(super) fn known(name: &str, ward: kernel::UnitId) -> Result<NewPerson> {
    Ok(NewPerson {
        name: PersonName::parse(name).map_err(Error::internal)?,
        birth: None,
        sex: None,
        citizen_id: None,
        phone: None,
        address: None,
        ward: Some(ward),
        ward_guessed: false,
        quarter: None,
        import: None,
    })
}

/// Asks the station to look within the day: one ticket a household, to which the next one is added while
/// it is open.
async fn ask(cx: &mut Cx, home: &Kept) -> Result<(TicketId, Option<MatterId>)> {
    if let Some(open) = sql_tests::ticket_of(cx, home.id).await?
        && tickets::remark(cx, open, "Hộ báo thêm một kết quả tự xét nghiệm.").await?
    {
        return Ok((open, None));
    }
    let new = NewMatter {
        kind: TOLD,
        severity: Severity::Notice,
        ward: Some(home.ward),
        object_kind: "household",
        object: home.id.uuid(),
    };
    let code = &home.code;
    let ticket = NewTicket {
        kind: TOLD.to_owned(),
        responsible: Responsible::Unit(home.station),
        ladder: ladder::by_code_or(cx, TOLD, "report").await?,
        task: json!({
            "vi": format!("Hộ {code} báo kết quả tự xét nghiệm. Xem ảnh que thử ở mục Xét nghiệm, gọi hỏi; xác nhận, không xác nhận hoặc chỉ định PCR trong 24 giờ."),
            "en": format!("Household {code} reports a self-test. Look at the picture under Tests and call; confirm, refuse or order a PCR within 24 hours."),
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    let ticket = opened.tickets.first().copied();
    let ticket = ticket.ok_or_else(|| Error::internal("a matter opened no ticket"))?;
    Ok((ticket, Some(opened.matter)))
}
