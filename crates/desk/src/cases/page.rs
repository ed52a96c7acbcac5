//! One case: its state, who is called for it now, and what happened.

use super::{
    orders::{Due, due_line},
    story,
    twins::{self, Twin},
    words,
};
use crate::{
    Me,
    frame::{self, Frame},
    tickets::{LadderView, Line},
    traces,
};
use askama::Template;
use axum::extract::{Path, Query};
use duty::{
    permissions::{Action, Scope, permits},
    staff, tickets,
};
use health::{
    cases::{self, Case, Symptom},
    households, imports, samples,
};
use kernel::{CaseId, Error, PersonId, Result, UnitId, dates};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
pub struct After {
    #[serde(default)]
    done: String,
}

struct Test {
    day: String,
    kind: String,
    result: String,
    result_on: String,
    ct: String,
    /// Another of the same day says otherwise.
    clashes: bool,
    /// Told by the household, and not looked at.
    unseen: bool,
}

struct Button {
    href: String,
    icon: &'static str,
    label: String,
}

#[derive(Template)]
#[template(path = "case.html")]
struct Page {
    d: Desk,
    address: String,
    name: String,
    state: String,
    f0: bool,
    message: Vec<String>,
    buttons: Vec<Button>,
    ladders: Vec<LadderView>,
    matter_href: Option<String>,
    facts: Vec<(String, String)>,
    import_href: Option<String>,
    /// Where the person is followed, for those who see it.
    household_href: Option<String>,
    trace: traces::Section,
    tests: Vec<Test>,
    /// Tests that are owed to him, or were.
    orders: Vec<Due>,
    /// Sick and not confirmed: what he is told.
    advice: bool,
    medical: String,
    twins: Vec<Twin>,
    /// The person's own page, for those who see it.
    person_href: Option<String>,
    /// The case of the same illness that counts in its place.
    joined_href: Option<String>,
    lines: Vec<Line>,
}

/// `GET /{tenant}/desk/cases/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, CaseId)>, Query(after): Query<After>) -> Outcome {
    let mut frame = Frame::new(&me, "cases").await?;
    let case = cases::find(&mut frame.cx, id).await?;
    let standing = standing(&frame, &case);
    let all = match case.matter {
        Some(matter) => tickets::matter_tickets(&mut frame.cx, matter).await?,
        None => Vec::new(),
    };
    let orders = samples::of_person(&mut frame.cx, case.person.id).await?;
    let ladders = crate::tickets::ladders(&me, &mut frame, &all).await?;
    // Whoever sees the case by another way than its ward does not see the person's page.
    let twins = match twins::twins(&me, &mut frame, case.person.id).await {
        Ok(twins) => Some(twins),
        Err(Error::NotFound) => None,
        Err(other) => return Err(other.into()),
    };
    let sees_matter = permits(&me.actor, Action::MatterSee, Scope::Units(&standing));
    let page = Page {
        person_href: twins.is_some().then(|| me.at(format!("people/{}", case.person.id))),
        address: me.at(format!("cases/{id}")),
        name: case.person.full_name.clone(),
        state: words::classification(me.w, case.classification),
        f0: case.classification == cases::Classification::Confirmed,
        message: message(&me, &after.done, all.iter().filter(|ticket| !ticket.is_closed()).count()),
        buttons: buttons(&me, id, case.person.id, &standing),
        matter_href: case.matter.filter(|_| sees_matter).map(|matter| me.at(format!("matters/{matter}"))),
        ladders,
        facts: facts(&me, &mut frame, &case).await?,
        import_href: import_href(&me, &mut frame, &case).await?,
        household_href: households::home_of(&mut frame.cx, case.person.id)
            .await?
            .map(|household| me.at(format!("households/{household}"))),
        trace: traces::Section::new(&me, &mut frame, id, &standing).await?,
        tests: tests(&me, &case),
        advice: case.classification == cases::Classification::Suspected
            && case.symptoms.iter().any(|one| *one != Symptom::NoSymptom),
        medical: me.tenant.pack.place.emergency.medical.clone(),
        orders: orders.iter().map(|one| due_line(&me, &frame, one)).collect(),
        twins: twins.unwrap_or_default(),
        joined_href: case.same_as.map(|kept| me.at(format!("cases/{kept}"))),
        lines: story::lines(&me, &mut frame, id).await?,
        d: frame.d,
    };
    html(&page)
}

/// The units that answer for a case: those of its ward, and the one that put it on record.
pub fn standing(frame: &Frame, case: &Case) -> Vec<UnitId> {
    let station = frame.tree.in_ward(case.ward, duty::units::UnitKind::Station);
    std::iter::once(case.ward).chain(station).chain(case.recorded_by_unit).collect()
}

/// What the form that led here came to.
fn message(me: &Me, done: &str, ringing: usize) -> Vec<String> {
    use cases::Outcome as O;
    let w = me.w;
    let calls = || (ringing > 0).then(|| w.case_done_ringing(ringing.to_string()));
    match (done, done.parse::<O>()) {
        (_, Ok(outcome)) => {
            let rings = matches!(outcome, O::Opened | O::Confirmed | O::WardChanged);
            let said = w.by_key(&format!("case-outcome-{}", outcome.as_str().replace('_', "-")));
            std::iter::once(said).chain(calls().filter(|_| rings)).collect()
        }
        ("again", _) => vec![w.case_done_again()],
        ("classify", _) => vec![w.case_done_classify()],
        ("care", _) => vec![w.case_done_care()],
        ("onset", _) => vec![w.case_done_onset()],
        ("severe", _) => vec![w.case_done_severe()],
        ("end", _) => vec![w.case_done_end()],
        ("contact", _) => vec![w.contact_done_listed()],
        ("contact-followed", _) => vec![w.contact_done_followed()],
        ("contact-known", _) => vec![w.contact_done_known()],
        ("contact-is-case", _) => vec![w.contact_done_is_case()],
        ("contact-accept", _) => vec![w.contact_done_accept()],
        ("contact-reach", _) => vec![w.contact_done_reach()],
        ("contact-end", _) => vec![w.contact_done_end()],
        ("contact-over", _) => vec![w.contact_done_over()],
        ("proposals-take", _) => vec![w.contact_done_taken()],
        ("proposals-dismiss", _) => vec![w.contact_done_dismissed()],
        ("proposals-over", _) => vec![w.contact_done_over()],
        ("trace", _) => vec![w.contact_done_close()],
        ("source", _) => vec![w.contact_done_source()],
        ("visit", _) => vec![w.contact_done_visit()],
        ("visit-known", _) => vec![w.contact_done_visit_known()],
        ("checkins", _) => vec![w.contact_done_checkins()],
        ("checkins-known", _) => vec![w.contact_done_checkins_known()],
        _ => Vec::new(),
    }
}

fn buttons(me: &Me, id: CaseId, person: PersonId, standing: &[UnitId]) -> Vec<Button> {
    let w = me.w;
    let code = permits(&me.actor, Action::PersonCorrect, Scope::Units(standing)).then(|| Button {
        href: me.at(format!("corrections/codes/{person}")),
        icon: "id",
        label: w.correction_do_code(),
    });
    [
        (Action::CaseRecord, "care", "building-hospital", w.case_do_care()),
        (Action::CaseRecord, "classify", "stethoscope", w.case_do_classify()),
        (Action::CaseRecord, "onset", "thermometer", w.case_do_onset()),
        (Action::CaseRecord, "severe", "heartbeat", w.case_do_severe()),
        (Action::CaseRecord, "end", "checks", w.case_do_end()),
        (Action::PersonRead, "open", "lock-open", w.case_do_open()),
        (Action::MatterFile, "file", "file-text", w.case_do_file()),
    ]
    .into_iter()
    .filter(|(action, ..)| permits(&me.actor, *action, Scope::Units(standing)))
    .map(|(_, act, icon, label)| Button { href: me.at(format!("cases/{id}/{act}")), icon, label })
    .chain(code)
    .collect()
}

/// What is known of a case, as its page and its file show it.
pub async fn facts(me: &Me, frame: &mut Frame, case: &Case) -> Result<Vec<(String, String)>> {
    let w = me.w;
    let author = match case.recorded_by {
        Some(id) => staff::badges(&mut frame.cx, &[id]).await?.remove(&id),
        None => None,
    };
    let clock = &frame.d.clock;
    let phone = match (&case.person.phone_masked, case.no_phone) {
        (Some(masked), _) => masked.clone(),
        (None, Some(reason)) => w.case_no_phone_line(words::no_phone(w, reason)),
        (None, None) => w.case_unknown(),
    };
    let symptoms: Vec<String> = case.symptoms.iter().map(|one| words::symptom(w, *one)).collect();
    let care = match case.facility {
        Some(house) => {
            w.case_care_at(words::care(w, case.care), frame::name(&frame.tree, &frame.d, Some(house)))
        }
        None => words::care(w, case.care),
    };
    let mut facts = vec![
        (
            w.case_classification(),
            since(me, frame, words::classification(w, case.classification), case.classified_at),
        ),
        (w.case_care(), since(me, frame, care, case.care_at)),
        (w.case_ward(), frame::short(&frame.tree, &frame.d, Some(case.ward))),
        (w.case_birth_sex(), words::birth_and_sex(w, &case.person)),
        (w.case_phone(), phone),
        (w.case_basis(), words::test_kind(w, case.basis)),
        (w.case_reported(), clock.full(case.reported_at)),
        (
            w.case_symptoms(),
            if symptoms.is_empty() { w.case_symptoms_not_asked() } else { symptoms.join(", ") },
        ),
    ];
    if let Some(day) = case.confirmed_on {
        facts.push((w.case_confirmed_on(), dates::shown_date(day)));
    }
    if let Some(day) = case.onset_on {
        facts.push((w.case_onset(), dates::shown_date(day)));
    }
    if let Some(at) = case.severe_since {
        facts.push((w.case_severe(), w.case_severe_since(clock.short(at))));
    }
    if let Some((how, on)) = case.outcome {
        facts.push((w.case_outcome(), w.case_outcome_line(words::ending(w, how), dates::shown_date(on))));
    }
    if let Some(note) = &case.note {
        facts.push((w.case_note(), note.clone()));
    }
    let unit = frame::short(
        &frame.tree,
        &frame.d,
        case.recorded_by_unit.or(author.as_ref().and_then(|badge| badge.unit)),
    );
    let by = author.map(|badge| {
        format!("{unit} · {} · {}", w.lang().pick(&badge.title, &badge.title_en), badge.full_name)
    });
    facts.push((w.case_recorded_by(), by.unwrap_or(unit)));
    Ok(facts)
}

fn since(me: &Me, frame: &Frame, what: String, at: jiff::Timestamp) -> String {
    me.w.case_since(what, frame.d.clock.short(at))
}

/// The list the case came in, for those who may look at it.
async fn import_href(me: &Me, frame: &mut Frame, case: &Case) -> Result<Option<String>> {
    let Some(import) = case.import else { return Ok(None) };
    match imports::find(&mut frame.cx, import).await {
        Ok(_) => Ok(Some(me.at(format!("imports/{import}")))),
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

fn tests(me: &Me, case: &Case) -> Vec<Test> {
    case.results
        .iter()
        .map(|line| Test {
            day: dates::shown_date(line.sample_on),
            kind: words::test_kind(me.w, line.kind),
            result: words::test_result(me.w, line.result),
            result_on: line.result_on.map_or_else(|| "–".to_owned(), dates::shown_date),
            ct: line.ct.map_or_else(
                || "–".to_owned(),
                |ct| ct.to_string().replace('.', if me.w.lang() == pages::Lang::Vi { "," } else { "." }),
            ),
            clashes: line.clashes,
            unseen: line.unseen,
        })
        .collect()
}
