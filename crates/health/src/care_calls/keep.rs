//! What was answered becomes a diary entry. The key of its form is made from the household's row, the member
//! and what he answered: the same answers are one entry, whatever happens to the call on the way.

use super::{
    conduct::PART,
    make,
    sql::{self, Row},
};
use crate::{
    alerts::{self, Grade, Of},
    followups::{self, Channel, ContactOutcome, DiaryForm, Entered, MemberEntry},
    households::{self, Kept},
    people::{self, Brief},
    scripts::{self, Member, Run, Slots},
};
use duty::{tenants::Tenant, units};
use jiff::{SignedDuration, Timestamp};
use kernel::{Error, HouseholdId, PersonId, Result};
use serde_json::Value;
use std::collections::BTreeSet;
use store::{Cx, Store, Turns};
use uuid::Uuid;

/// The script of the daily call.
const SCRIPT: &str = "care";
/// A diary takes nothing that is older than two weeks.
const OLDEST: SignedDuration = SignedDuration::from_hours(24 * 13);
/// What an entry says that holds less than was to be asked.
const BROKEN_OFF: &str = "Cuộc gọi tự động bị ngắt, chưa hỏi hết.";

/// What is asked in one call, with what is said in its slots.
pub(super) async fn run_of(
    cx: &mut Cx,
    home: &Kept,
    people: &[PersonId],
    answers: Option<Value>,
) -> Result<Run> {
    let today = units::today(cx).await?;
    // Keys mean what they meant when they were pressed.
    let begun = answers.as_ref().and_then(|answers| answers["version"].as_i64());
    let script = match begun.and_then(|number| i32::try_from(number).ok()) {
        Some(number) => scripts::begun_in(cx, SCRIPT, number, today).await?,
        None => scripts::current(cx, SCRIPT, today).await?,
    };
    let briefs = people::briefs(cx, people).await?;
    let named = people.iter().filter_map(|id| briefs.get(id));
    let members: Vec<Member> = named
        .map(|brief| Member { person: brief.id, name_words: called(brief), asked: BTreeSet::new() })
        .collect();
    let run = match answers {
        Some(answers) => Run::resume(&script, members, answers),
        None => Run::new(&script, members),
    };
    let tree = units::tree(cx).await?;
    let law = make::law(cx).await?;
    Ok(run.with(Slots {
        ward: tree.unit(home.ward)?.name.clone(),
        station: tree.unit(home.station)?.name.clone(),
        number: law.caller_number,
    }))
}

/// "Bích, sinh năm 1985": enough to know who is meant, on a telephone that may be anybody's.
fn called(brief: &Brief) -> String {
    let name = brief.given_name();
    brief.birth_year.map_or_else(|| name.to_owned(), |year| format!("{name}, sinh năm {year}"))
}

/// The answers as one line of text, the same for the same answers.
pub(super) fn canonical(row: Uuid, entry: &MemberEntry) -> String {
    let symptoms: Vec<&str> = entry.symptoms.iter().map(|one| one.as_str()).collect();
    let readings = [&entry.temperature, &entry.spo2, &entry.respiratory_rate, &entry.pulse, &entry.pressure];
    let readings: Vec<&str> = readings.into_iter().map(String::as_str).collect();
    let outcome = entry.outcome.as_str();
    format!("{row} {} {outcome} {} {} {}", entry.person, readings.join("|"), symptoms.join(","), entry.note)
}

/// The key of a form that holds these answers.
pub(super) fn form_key(cx: &Cx, row: Uuid, entry: &MemberEntry) -> Result<Uuid> {
    let hash = cx.blind("care_call", &canonical(row, entry))?;
    let bytes = hash.get(..16).and_then(|bytes| bytes.try_into().ok());
    bytes.map(Uuid::from_bytes).ok_or_else(|| Error::internal("a keyed hash of less than 16 bytes"))
}

/// Takes an entry in, wherever he is followed by now; `None` where there is nothing to take, or nobody to take
/// it for any more. With `rings` an emergency is taken in whatever has become of him meanwhile.
pub(super) async fn enter(
    cx: &mut Cx,
    tenant: &Tenant,
    row: &Row,
    entry: MemberEntry,
    key: Uuid,
    at: Option<Timestamp>,
    rings: bool,
) -> Result<Option<Entered>> {
    let person = entry.person;
    let form = DiaryForm { form_key: key, at, channel: Channel::Robot, members: vec![entry] };
    if let Taken::In(entered) = enter_at(cx, tenant, row.household, &form).await? {
        return Ok(entered);
    }
    // He was released, or moved, or the household has become one with another while he spoke.
    let home = present(cx, row, person).await?;
    if home.id != row.household
        && let Taken::In(entered) = enter_at(cx, tenant, home.id, &form).await?
    {
        return Ok(entered);
    }
    match form.members.first() {
        Some(entry) if rings => ring(cx, tenant, &home, entry).await,
        _ => Ok(None),
    }
}

/// What a household's diary made of an entry.
enum Taken {
    /// `None` where it said nothing.
    In(Option<Entered>),
    /// He is not followed there.
    Elsewhere,
}

async fn enter_at(cx: &mut Cx, tenant: &Tenant, household: HouseholdId, form: &DiaryForm) -> Result<Taken> {
    match followups::enter(cx, tenant, household, form).await {
        Ok(entered) => Ok(Taken::In(Some(entered))),
        // He answered that nothing was measured.
        Err(Error::Invalid { key: "error-diary-empty", .. }) => Ok(Taken::In(None)),
        Err(Error::NotFound | Error::Conflict("error-household-joined")) => Ok(Taken::Elsewhere),
        Err(other) => Err(other),
    }
}

/// Where he lives now; the row's own household where he lives nowhere, or what has become of it.
async fn present(cx: &mut Cx, row: &Row, person: PersonId) -> Result<Kept> {
    let lives = households::lives_in(cx, person).await?.unwrap_or(row.household);
    let home = households::kept(cx, lives).await?;
    match home.joined_into {
        Some(into) => households::kept(cx, into).await,
        None => Ok(home),
    }
}

/// Nobody follows him any more. What was pressed rings all the same when it is an emergency: that he is
/// released is no reason to be deaf.
async fn ring(cx: &mut Cx, tenant: &Tenant, home: &Kept, entry: &MemberEntry) -> Result<Option<Entered>> {
    if entry.outcome != ContactOutcome::Reached {
        return Ok(None);
    }
    let verdict = scripts::judged(cx, entry).await?;
    if verdict.grade != Grade::Emergency {
        return Ok(None);
    }
    households::lock_all(cx, &[home.id]).await?;
    let today = units::today(cx).await?;
    let law = alerts::law_on(cx, today).await?;
    let of = Of { home, person: entry.person, case: None };
    let raised = alerts::raise(cx, tenant, &of, &verdict, &law).await?;
    Ok(Some(Entered {
        saved: Vec::new(),
        again: false,
        faults: Vec::new(),
        worst: verdict.grade,
        alerts: vec![raised.alert],
        rings: raised.matter.is_some(),
    }))
}

/// What an answer came to that was looked at.
#[derive(Debug)]
pub(super) enum Seen {
    /// It stands in the diary.
    Kept(Entered),
    /// It waits until he has answered all.
    Waits,
}

/// Looks at what somebody has answered, in a transaction of its own: it is kept when `whole`, and kept at once
/// when it is an emergency. Where another transaction was in the way it is done again from the beginning.
pub(super) async fn look(
    store: &Store,
    tenant: &Tenant,
    row: &Row,
    run: &Run,
    person: PersonId,
    whole: bool,
) -> Result<Seen> {
    let mut entry = run.entry(person);
    // A reading that nobody can read, for the third time: the others count.
    for _ in 0..3 {
        let mut turns = Turns::default();
        let looked = loop {
            match once(store, tenant, row, run, &entry, whole).await {
                Err(error) if turns.again(&error) => {}
                done => break done?,
            }
        };
        let Some(entered) = looked else { return Ok(Seen::Waits) };
        let faults: Vec<&'static str> = entered.faults.iter().map(|(_, fault)| fault.field).collect();
        if faults.is_empty() || !clear(&mut entry, &faults) {
            return Ok(Seen::Kept(entered));
        }
        if entered.worst == Grade::Emergency {
            return Ok(Seen::Kept(entered));
        }
    }
    Ok(Seen::Waits)
}

async fn once(
    store: &Store,
    tenant: &Tenant,
    row: &Row,
    run: &Run,
    entry: &MemberEntry,
    whole: bool,
) -> Result<Option<Entered>> {
    let mut cx = store.begin(tenant.id, PART).await?;
    let key = form_key(&cx, row.id, entry)?;
    let entered = enter(&mut cx, tenant, row, entry.clone(), key, None, true).await?;
    let keeps = whole || entered.as_ref().is_some_and(|entered| entered.worst == Grade::Emergency);
    if !keeps {
        cx.rollback().await?;
        return Ok(None);
    }
    if entered.is_none() {
        // What failed half way is not kept with the answers.
        cx.rollback().await?;
        cx = store.begin(tenant.id, PART).await?;
    }
    sql::keep_answers(&mut cx, row.id, &run.answers()).await?;
    cx.commit().await?;
    Ok(entered)
}

/// Takes unreadable fields out; false when none of them can be.
fn clear(entry: &mut MemberEntry, faults: &[&'static str]) -> bool {
    let mut cleared = false;
    for field in faults {
        let text = match *field {
            "temperature" => &mut entry.temperature,
            "spo2" => &mut entry.spo2,
            "respiratory_rate" => &mut entry.respiratory_rate,
            "pulse" => &mut entry.pulse,
            "pressure" => &mut entry.pressure,
            "note" => &mut entry.note,
            _ => continue,
        };
        text.clear();
        cleared = true;
    }
    cleared
}

/// Keeps what has been answered so far, and nothing else.
pub(super) async fn keep_answers(store: &Store, tenant: &Tenant, row: &Row, run: &Run) -> Result<()> {
    let mut cx = store.begin(tenant.id, PART).await?;
    sql::keep_answers(&mut cx, row.id, &run.answers()).await?;
    cx.commit().await
}

/// No further call comes: what somebody said who was not asked to the end is written down, with that beside
/// it, at the time at which he said it. Who was finished, or has said nothing, is left. Those for whom
/// something was written. Where an alarm stands already (not `rings`) none is raised for whom nobody follows.
pub(super) async fn keep_rest(
    cx: &mut Cx,
    tenant: &Tenant,
    row: &Row,
    home: &Kept,
    rings: bool,
) -> Result<Vec<PersonId>> {
    let Some(answers) = row.answers.clone() else { return Ok(Vec::new()) };
    let tries = sql::last_tries(cx, row.id).await?;
    let said_at = not_too_old(cx, tries.answered_at);
    let mut kept = Vec::new();
    for person in &row.people {
        // Each for himself: who broke off hides nobody behind him.
        let mut run = run_of(cx, home, std::slice::from_ref(person), Some(answers.clone())).await?;
        run.pass_over();
        let mut entry = run.entry_of_all(*person);
        if run.finished().contains(person) || !says(&entry) {
            continue;
        }
        // The key is that of the bare answers: what was kept at once as an emergency is not written twice.
        let key = form_key(cx, row.id, &entry)?;
        let note = [BROKEN_OFF, &entry.note].join(" ");
        note.trim().clone_into(&mut entry.note);
        if enter(cx, tenant, row, entry, key, said_at, rings).await?.is_some() {
            kept.push(*person);
        }
    }
    Ok(kept)
}

/// A time that a diary still takes.
fn not_too_old(cx: &Cx, at: Option<Timestamp>) -> Option<Timestamp> {
    at.filter(|at| *at > cx.now() - OLDEST)
}

/// Whether an entry holds anything that was answered.
pub(super) fn says(entry: &MemberEntry) -> bool {
    let texts = [&entry.temperature, &entry.spo2, &entry.respiratory_rate, &entry.pulse, &entry.pressure];
    !entry.symptoms.is_empty() || texts.iter().any(|text| !text.is_empty())
}

/// Writes for those who still owe an entry that they were called and not reached, or would not answer: it
/// carries no reading and fills no slot.
pub(super) async fn enter_unheard(
    cx: &mut Cx,
    tenant: &Tenant,
    row: &Row,
    outcome: ContactOutcome,
) -> Result<()> {
    let owing = followups::owing(cx, &[row.household]).await?;
    let tries = sql::last_tries(cx, row.id).await?;
    let called_at = not_too_old(cx, tries.dialled_at);
    for kept in owing {
        let entry = MemberEntry { outcome, ..MemberEntry::of(kept.person) };
        let key = form_key(cx, row.id, &entry)?;
        enter(cx, tenant, row, entry, key, called_at, false).await?;
    }
    Ok(())
}

/// The household of a row, locked: whoever writes about it takes turns there. Where it has become one with
/// another, that one; `None` where this happens at this moment.
pub(super) async fn lock(cx: &mut Cx, row: &Row) -> Result<Option<Kept>> {
    let into = match households::lock(cx, row.household).await {
        Ok(home) => return Ok(Some(home)),
        Err(Error::Conflict("error-household-joined")) => {
            households::kept(cx, row.household).await?.joined_into
        }
        Err(other) => return Err(other),
    };
    let Some(into) = into else { return Ok(None) };
    match households::lock(cx, into).await {
        Ok(home) => Ok(Some(home)),
        Err(Error::Conflict("error-household-joined")) => Ok(None),
        Err(other) => Err(other),
    }
}
