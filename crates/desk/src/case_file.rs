//! The responsibility file of a case as one paper: the person and the course of the illness, what was
//! measured at home, alerts and journeys, and of every matter each call and each act, with the seals that
//! prove them. It is read on the screen first and printed on A4; opening it is itself on record.

use crate::{
    Me, calls, cases,
    file::{
        badges,
        parts::{self, Part, People, Seal, Sounds},
    },
    frame::{self, Frame},
    households::{self, Reading},
    paper,
    removals::Journey,
    tickets::{Line, kind_word},
};
use askama::Template;
use axum::{Router, extract::Path, routing::get};
use duty::{
    staff::{self, Badge},
    tickets::MatterFile,
};
use health::case_files::{self, CaseFile, PastAlert, Talk};
use kernel::{CaseId, EventId, Result, StaffId, numbers};
use pages::{App, Desk, Outcome, html, time};
use std::collections::{BTreeMap, BTreeSet};
use store::events::Recorded;

pub fn routes() -> Router<App> {
    Router::new().route("/{tenant}/desk/cases/{id}/file", get(page))
}

/// One matter of the case.
struct Matter {
    title: String,
    code: String,
    summary: Vec<parts::Answer>,
    called_head: Vec<String>,
    called: Vec<parts::CalledLine>,
    tickets: Vec<Part>,
    directives: Vec<Part>,
    others: Vec<parts::Act>,
}

struct AlertLine {
    at: String,
    grade: String,
    signs: String,
    ended: String,
}

/// A call with the household.
struct TalkLine {
    at: String,
    purpose: String,
    came: String,
    operator: String,
    talked: String,
    /// Where what was recorded is opened to be heard, for a reason.
    sounds: Vec<String>,
    /// What was recorded has been erased since.
    erased: bool,
}

#[derive(Template)]
#[template(path = "case_file.html")]
struct Page {
    d: Desk,
    name: String,
    about: String,
    back: String,
    number: String,
    place_and_day: String,
    facts: Vec<(String, String)>,
    course: Vec<Line>,
    readings: Vec<Reading>,
    talks: Vec<TalkLine>,
    alerts: Vec<AlertLine>,
    journeys: Vec<Journey>,
    matters: Vec<Matter>,
    hidden: Option<String>,
    late: Vec<(String, String)>,
    proof: Vec<(String, String)>,
    verify: String,
    seals: Vec<Seal>,
    maker: String,
}

/// `GET /{tenant}/desk/cases/{id}/file`
async fn page(me: Me, Path((_, id)): Path<(String, CaseId)>) -> Outcome {
    let mut frame = Frame::new(&me, "cases").await?;
    let course = cases::course(&me, &mut frame, id).await?;
    let file = case_files::file(&mut frame.cx, id).await?;
    let owed: Vec<_> = file.matters.iter().flat_map(parts_of).map(|part| part.ticket.id).collect();
    frame.learn_owing(&owed).await?;
    let facts = cases::facts(&me, &mut frame, &file.case).await?;
    let people = people(&mut frame, &file).await?;
    let mut sounds = Vec::with_capacity(file.matters.len());
    for one in &file.matters {
        sounds.push(parts::sounds(&mut frame.cx, one).await?);
    }
    let page = compose(&me, &frame, &file, course, facts, &people, &sounds);
    // That somebody read it is part of the record.
    frame.cx.commit().await?;
    html(&page)
}

fn parts_of(file: &MatterFile) -> impl Iterator<Item = &duty::tickets::TicketFile> {
    file.tickets.iter().chain(&file.directives)
}

/// Who is named beside the matters, by the posts of today: who made the file, who ended an alert.
async fn people(frame: &mut Frame, file: &CaseFile) -> Result<BTreeMap<StaffId, Badge>> {
    let mut ids: BTreeSet<StaffId> =
        file.alerts.iter().filter_map(|alert| alert.ended_by).chain(file.made_by).collect();
    ids.extend(file.talks.iter().filter_map(|talk| talk.call.operator()));
    let ids: Vec<StaffId> = ids.into_iter().collect();
    staff::badges(&mut frame.cx, &ids).await
}

fn compose(
    me: &Me,
    frame: &Frame,
    file: &CaseFile,
    course: Vec<Line>,
    facts: Vec<(String, String)>,
    people: &BTreeMap<StaffId, Badge>,
    sounds: &[Sounds],
) -> Page {
    let (w, d) = (me.w, &frame.d);
    let (clock, place) = (&d.clock, &me.tenant.pack.place);
    let mut facts = facts;
    facts.push((w.file_made(), parts::moment(clock, file.made_at)));
    facts.push((w.file_zone(), clock.offset(file.made_at)));
    let events = events(file);
    Page {
        name: file.case.person.full_name.clone(),
        about: w.case_file_about(
            file.case.person.full_name.as_str(),
            frame::short(&frame.tree, d, Some(file.case.ward)),
        ),
        back: me.at(format!("cases/{}", file.case.id)),
        number: w.file_number(place.paper.centre_symbol.as_str()),
        place_and_day: paper::place_and_day(d, clock.day(file.made_at)),
        facts,
        course,
        readings: file
            .homes
            .iter()
            .flat_map(|home| &home.plans)
            .flat_map(|one| households::readings_of(me, frame, one))
            .collect(),
        talks: file.talks.iter().map(|one| talk_line(me, frame, people, one)).collect(),
        alerts: file.alerts.iter().map(|alert| alert_line(me, frame, people, alert)).collect(),
        journeys: file
            .homes
            .iter()
            .flat_map(|home| &home.removals)
            .map(|one| Journey::new(me, frame, one))
            .collect(),
        matters: file
            .matters
            .iter()
            .zip(sounds)
            .map(|(one, sounds)| matter(me, frame, one, sounds))
            .collect(),
        hidden: (file.hidden > 0).then(|| w.case_file_hidden(file.hidden.to_string())),
        late: file.matters.iter().flat_map(|one| late(me, frame, one)).collect(),
        proof: proof(me, file, &events),
        verify: format!("vungxanh ledger verify --tenant {}", me.tenant.slug),
        seals: parts::seals_of(clock, events.into_iter()),
        maker: file
            .made_by
            .and_then(|id| people.get(&id))
            .map_or_else(String::new, |badge| badge.full_name.clone()),
        d: d.clone(),
    }
}

fn alert_line(me: &Me, frame: &Frame, people: &BTreeMap<StaffId, Badge>, alert: &PastAlert) -> AlertLine {
    let (w, clock) = (me.w, &frame.d.clock);
    let by = alert.ended_by.and_then(|by| people.get(&by)).map(|badge| {
        let unit = frame::short(&frame.tree, &frame.d, badge.unit);
        format!("{unit} · {} · {}", w.lang().pick(&badge.title, &badge.title_en), badge.full_name)
    });
    let ended = alert.ended.map(|(at, ended)| {
        let what = format!("{}: {}", parts::moment(clock, at), households::ended(w, ended));
        by.map_or_else(|| what.clone(), |by| format!("{what} ({by})"))
    });
    AlertLine {
        at: parts::moment(clock, alert.raised_at),
        grade: households::grade(w, alert.grade),
        signs: households::signs(w, &alert.signs),
        ended: ended.unwrap_or_else(|| w.case_file_alert_open()),
    }
}

fn talk_line(me: &Me, frame: &Frame, people: &BTreeMap<StaffId, Badge>, talk: &Talk) -> TalkLine {
    let (w, call) = (me.w, &talk.call);
    let operator = call.operator().and_then(|id| people.get(&id)).map(|badge| {
        let unit = frame::short(&frame.tree, &frame.d, badge.unit);
        format!("{unit} · {}", badge.full_name)
    });
    TalkLine {
        at: parts::moment(&frame.d.clock, call.began_at),
        purpose: calls::purpose(w, call.purpose),
        came: calls::standing(w, call),
        operator: operator.unwrap_or_else(|| "–".to_owned()),
        talked: call.talked().map_or_else(|| "–".to_owned(), |talked| time::span(w, talked.as_secs())),
        sounds: talk
            .recorded
            .iter()
            .filter(|one| one.erased_at.is_none())
            .map(|one| me.at(format!("recordings/{}", one.id)))
            .collect(),
        erased: talk.recorded.iter().any(|one| one.erased_at.is_some()),
    }
}

fn matter(me: &Me, frame: &Frame, file: &MatterFile, sounds: &Sounds) -> Matter {
    let badges = badges(file);
    let people = People { me, frame, badges: &badges, sounds: Some(sounds) };
    Matter {
        title: format!(
            "{}, {}",
            kind_word(me.w, &file.matter.kind),
            parts::moment(&frame.d.clock, file.matter.opened_at)
        ),
        code: me.w.matter_code(file.matter.code.as_str()),
        summary: file.tickets.iter().map(|part| people.answer(part)).collect(),
        tickets: file.tickets.iter().map(|part| people.part(part)).collect(),
        directives: file.directives.iter().map(|part| people.part(part)).collect(),
        called_head: parts::CALLED.iter().map(|column| column.label(me.w)).collect(),
        called: people.called(file),
        others: people.others(&file.events),
    }
}

fn late(me: &Me, frame: &Frame, file: &MatterFile) -> Vec<(String, String)> {
    let badges = badges(file);
    let people = People { me, frame, badges: &badges, sounds: None };
    file.late.iter().map(|late| people.late(late, parts_of(file))).collect()
}

/// Every event of the file once.
fn events(file: &CaseFile) -> Vec<&Recorded> {
    let mut known: BTreeSet<EventId> = BTreeSet::new();
    let of_matters =
        file.matters.iter().flat_map(|one| parts_of(one).flat_map(|part| &part.acts).chain(&one.events));
    let of_homes = file.homes.iter().flat_map(|home| &home.events);
    file.course.iter().chain(of_homes).chain(of_matters).filter(|event| known.insert(event.id)).collect()
}

fn proof(me: &Me, file: &CaseFile, events: &[&Recorded]) -> Vec<(String, String)> {
    let w = me.w;
    let count = |test: fn(&Recorded) -> bool| events.iter().filter(|event| test(event)).count().to_string();
    let mut proof = vec![
        (w.file_sealed(), count(|event| event.seq.is_some())),
        (w.file_unsealed(), count(|event| event.seq.is_none())),
        (w.file_erased(), count(|event| event.erased)),
    ];
    if let Some(head) = &file.head {
        proof.push((w.file_head(), numbers::grouped(head.seq)));
        proof.push((w.ledger_hash(), head.hash.clone()));
        proof.push((w.ledger_signature(), head.signature.clone()));
    }
    proof
}
