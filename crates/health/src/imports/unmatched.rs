//! Rows of which nobody can say by the record alone whose they are: a person does.

use super::{
    apply::positive_done,
    import::{self, State},
    judge::Body,
    keep::probe,
    kinds::Kind,
    results::ResultRow,
    rows::{Checked, Ground},
    sql::{self, Tally},
    sql_people,
    sql_rows::{self, Done},
};
use crate::{
    cases::{self, Outcome, TestKind, TestResult},
    followups,
    people::{self, Birth, Brief, NewPerson, Unclear},
    samples,
};
use duty::{
    tenants::Tenant,
    tickets::{self, NewMatter, NewTicket, Responsible, Severity, ladder},
    units::{self, UnitKind},
};
use jiff::civil::Date;
use kernel::{Error, ImportId, PersonId, Result, UnitId, text::paragraphs};
use serde_json::json;
use std::collections::BTreeSet;
use store::{Cx, Event, Topic};

/// Kind of the matter that asks for the decisions.
const KIND: &str = "unmatched";
/// Rows of one page.
const MOST: i64 = 100;
/// Longest reason, in characters.
const WHY_CAP: usize = 500;

/// A row that waits for a decision.
#[derive(Clone, Debug)]
pub struct Unmatched {
    /// As the person sees it in the sheet, from 1.
    pub line: i32,
    pub full_name: String,
    pub birth: Option<Birth>,
    pub phone_masked: Option<String>,
    pub ward: UnitId,
    pub kind: TestKind,
    pub result: TestResult,
    pub sample_on: Date,
    /// Several people are him with equal right; otherwise nothing by which he could be found stands in
    /// the row, and these are his namesakes.
    pub several: bool,
    pub choices: Vec<Brief>,
}

/// Whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Person(PersonId),
    /// Nobody on record.
    New,
    /// Nobody here: the row is let go of.
    Refuse,
}

/// The rows of a list that wait for a decision, positives before all others, with whom they may be of.
///
/// Errors: `NotFound`.
pub async fn unmatched(cx: &mut Cx, tenant: &Tenant, id: ImportId) -> Result<Vec<Unmatched>> {
    let import = sql::find(cx, id).await?;
    import::permit(cx, import.unit).await?;
    let wards = import::wards(cx).await?;
    let ground = Ground::of(cx, tenant, import.unit, None).await?;
    let mut waiting = Vec::new();
    for kept in sql_rows::unmatched(cx, id, MOST).await? {
        if let Ok(row) = read(&ground, kept.line, &kept.body)? {
            waiting.push((kept.line, row));
        }
    }
    let persons: Vec<NewPerson> = waiting.iter().map(|(_, row)| row.person.clone()).collect();
    let unclear = people::unclear(cx, &persons).await?;
    let mut offered = Vec::with_capacity(waiting.len());
    for ((line, row), unclear) in waiting.into_iter().zip(unclear) {
        let several = matches!(unclear, Some(Unclear::Several(_)));
        let choices = people::choices(cx, &row.person, unclear, wards.as_deref()).await?;
        offered.push((line, row, several, choices));
    }
    let all: Vec<PersonId> = offered.iter().flat_map(|(.., choices)| choices.iter().copied()).collect();
    let briefs = people::briefs(cx, &all).await?;
    let mut rows = Vec::with_capacity(offered.len());
    for (line, row, several, choices) in offered {
        rows.push(Unmatched {
            line,
            full_name: row.person.name.as_str().to_owned(),
            birth: row.person.birth,
            phone_masked: row.person.phone.as_ref().map(kernel::Phone::masked),
            ward: row.ward,
            kind: row.result.kind,
            result: row.result.result,
            sample_on: row.result.sample_on,
            several,
            choices: choices.iter().filter_map(|id| briefs.get(id).cloned()).collect(),
        });
    }
    Ok(rows)
}

/// Says whose a row is, and puts it on record; a new F0 is rung for as if a nurse had entered it.
///
/// Errors: `NotFound`; `choice`: `error-choice-unknown` for somebody who was not offered; `why`:
/// `error-reason-missing` for a row that is refused, `error-text-too-long`; Conflict `error-row-decided`.
pub async fn decide(
    cx: &mut Cx,
    tenant: &Tenant,
    id: ImportId,
    line: i32,
    choice: Choice,
    why: &str,
) -> Result<()> {
    let import = sql::lock(cx, id).await?;
    import::permit(cx, import.unit).await?;
    let why = paragraphs(why, WHY_CAP).map_err(|error| Error::invalid("why", error.key))?;
    let waiting = match import.state {
        State::Applying | State::Applied => sql_rows::unmatched_row(cx, id, line).await?,
        State::Reading
        | State::Unreadable
        | State::Staged
        | State::Undoing
        | State::Undone
        | State::Expired => None,
    };
    let waiting = waiting.ok_or(Error::Conflict("error-row-decided"))?;
    let event = Event::new("import.row_decided", id).unit(import.unit);
    if choice == Choice::Refuse {
        if why.is_empty() {
            return Err(Error::invalid("why", "error-reason-missing"));
        }
        sql_rows::refuse(cx, id, line).await?;
        cx.record(event.data(json!({ "line": line, "as": "refused" })).payload(json!({ "why": why })));
        return rest(cx, id).await;
    }
    let ground = Ground::of(cx, tenant, import.unit, None).await?;
    let row = read(&ground, line, &waiting.body)?.map_err(|()| Error::Conflict("error-row-decided"))?;
    people::queue_up(cx, std::iter::once(&row.person.name)).await?;
    let (person, made) = match choice {
        Choice::Person(person) => {
            let wards = import::wards(cx).await?;
            let unclear = people::unclear(cx, std::slice::from_ref(&row.person)).await?.pop().flatten();
            let choices = people::choices(cx, &row.person, unclear, wards.as_deref()).await?;
            if !choices.contains(&person) {
                return Err(Error::invalid("choice", "error-choice-unknown"));
            }
            (person, false)
        }
        Choice::New | Choice::Refuse => {
            let found = people::find_or_make(cx, &row.person).await?;
            (found.person, found.made)
        }
    };
    let done = put(cx, tenant, id, import.unit, line, &row, (person, made)).await?;
    samples::settle(cx, &[person]).await?;
    let new = i32::from(done.state == "done");
    let tally = Tally {
        done: new,
        known: 1 - new,
        made: i32::from(made),
        matched: i32::from(!made),
        ..Tally::default()
    };
    sql_rows::done(cx, id, &[done]).await?;
    sql::count(cx, id, &tally).await?;
    let how = if made { "made" } else { "chosen" };
    let event = event.data(json!({ "line": line, "as": how, "person": person }));
    cx.record(if why.is_empty() { event } else { event.payload(json!({ "why": why })) });
    rest(cx, id).await
}

/// One row on record, of this person.
async fn put(
    cx: &mut Cx,
    tenant: &Tenant,
    id: ImportId,
    unit: UnitId,
    line: i32,
    row: &ResultRow,
    (person, made): (PersonId, bool),
) -> Result<Done> {
    if !row.is_positive() {
        let result = cases::add_result(cx, person, row.ward, &row.result, Some(id)).await?;
        return Ok(Done {
            line,
            state: if result.is_some() { "done" } else { "known" },
            person: Some(person),
            made_person: made,
            case: None,
            result,
            matter: None,
            contact: None,
            street: None,
            before: None,
        });
    }
    let mut placed = cases::place_known(cx, tenant, person, &row.report(cx.now(), unit, id)).await?;
    placed.made_person = made;
    let mut done = positive_done(line, &placed);
    if placed.rings {
        done.matter = Some(cases::ring_one(cx, tenant, placed.case, row.ward).await?.matter);
    }
    if placed.rings || placed.outcome == Outcome::Opened {
        followups::take_on(cx, placed.case).await?;
    }
    Ok(done)
}

/// A row as it was judged; `Err` where it cannot be used any more.
fn read(ground: &Ground, line: i32, body: &str) -> Result<std::result::Result<ResultRow, ()>> {
    let body: Body = serde_json::from_str(body).map_err(Error::internal)?;
    Ok(match ground.check(Kind::Results, &body.row(Kind::Results, line)) {
        Ok(Checked::Result(row)) => Ok(row),
        Ok(_) | Err(_) => Err(()),
    })
}

/// Sets the rows aside of which nobody can say whose they are, and gives back the others. Before
/// anybody is rung: whoever counts what is left must not count these.
pub(super) async fn set_aside(
    cx: &mut Cx,
    id: ImportId,
    rows: Vec<(i32, Checked)>,
) -> Result<Vec<(i32, Checked)>> {
    let keys = cx.keys()?;
    // A row of a list of results is of somebody.
    let rows: Vec<(i32, Checked)> = rows.into_iter().filter(|(_, row)| row.person().is_some()).collect();
    let probes: Vec<sql_people::Probe> =
        rows.iter().filter_map(|(_, row)| Some(probe(&keys, row.person()?))).collect();
    let crowded = sql_people::crowded(cx, &probes).await?;
    // Few of a list are: those alone are looked at more closely, in one look-up.
    let mut doubtful: Vec<NewPerson> = Vec::new();
    let mut doubts: BTreeSet<i32> = BTreeSet::new();
    for ((line, row), crowded) in rows.iter().zip(crowded) {
        let Some(person) = row.person() else { continue };
        let bare = person.citizen_id.is_none() && person.phone.is_none() && person.birth.is_none();
        if crowded || bare {
            doubts.insert(*line);
            doubtful.push(person.clone());
        }
    }
    let mut judged = people::unclear(cx, &doubtful).await?.into_iter();
    let (mut clear, mut unclear) = (Vec::with_capacity(rows.len()), Vec::new());
    for (line, row) in rows {
        if doubts.contains(&line) && judged.next().flatten().is_some() {
            unclear.push(line);
        } else {
            clear.push((line, row));
        }
    }
    sql_rows::wait(cx, id, &unclear).await?;
    Ok(clear)
}

/// Whoever read the list in is asked once, when it is worked off.
pub(super) async fn ask(cx: &mut Cx, id: ImportId, import: &sql::Locked) -> Result<()> {
    let n = sql::find(cx, id).await?.counts.unmatched;
    if n == 0 {
        return Ok(());
    }
    let tree = units::tree(cx).await?;
    let unit = tree.unit(import.unit)?;
    let ward = if unit.kind == UnitKind::Ward { Some(unit.id) } else { unit.ward };
    let new = NewMatter {
        kind: KIND,
        severity: Severity::Notice,
        ward,
        object_kind: "unmatched",
        object: id.uuid(),
    };
    let code = &import.code;
    let ticket = NewTicket {
        kind: KIND.to_owned(),
        responsible: Responsible::Unit(import.unit),
        ladder: ladder::by_code_or(cx, "order", "report").await?,
        task: json!({
            "vi": format!("Danh sách kết quả {code} còn {n} dòng chưa rõ là của ai. Mở danh sách, chọn đúng người, tạo người mới hoặc loại dòng đó; dòng dương tính xem trước."),
            "en": format!("{n} rows of the list of results {code} are of nobody for certain. Open the list and choose the person, make a new one or refuse the row; positive rows first."),
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &new, ticket).await?;
    if let Some(ticket) = opened.tickets.first() {
        sql::set_unmatched_ticket(cx, id, *ticket).await?;
    }
    Ok(())
}

/// Answers the ticket when no row waits any more.
async fn rest(cx: &mut Cx, id: ImportId) -> Result<()> {
    cx.tell(Topic::screen("imports"));
    if sql::find(cx, id).await?.counts.unmatched > 0 {
        return Ok(());
    }
    let Some(ticket) = sql::unmatched_ticket(cx, id).await? else { return Ok(()) };
    samples::answer(cx, &BTreeSet::from([ticket]), "Mọi dòng của danh sách đã rõ là của ai.").await
}
