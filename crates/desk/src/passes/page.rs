//! One pass: whose it is, how it stands, what it would say to a gate now, and what was done with it.

use super::words;
use crate::{
    Me, cases,
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::{Path, Query};
use duty::{permissions::Action, staff};
use health::passes::{self, Line, Whose};
use kernel::{Error, PassId, Result, StaffId, dates::shown_date};
use pages::{Desk, Outcome, Words, form_page};
use pass::Kind;
use serde::Deserialize;
use std::collections::BTreeMap;
use store::events::{self, Recorded};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Looked {
    done: String,
}

struct Told {
    at: String,
    what: String,
    who: String,
    why: String,
}

#[derive(Template)]
#[template(path = "passes_one.html")]
struct Page {
    d: Desk,
    address: String,
    name: String,
    message: String,
    /// Why what was pressed did not happen.
    refused: String,
    standing: String,
    tone: &'static str,
    /// It was not taken back: something can be done with it.
    holds: bool,
    /// The reader takes passes back.
    revokes: bool,
    /// A person's: the code can be sent.
    sends: bool,
    /// A sign is printed from it; of a khu phố in the colour of a zone, which is chosen, or in none.
    signs: bool,
    zones: Vec<(&'static str, String)>,
    whose_href: Option<String>,
    replaced_href: Option<String>,
    facts: Vec<(String, String)>,
    says: Vec<(String, String)>,
    story: Vec<Told>,
}

/// `GET /{tenant}/desk/passes/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, PassId)>, Query(asked): Query<Looked>) -> Outcome {
    let message = match asked.done.as_str() {
        "issued" | "had" | "sent" | "replaced" | "revoked" => {
            me.w.by_key(&format!("passes-done-{}", asked.done))
        }
        _ => String::new(),
    };
    show(&me, id, message, String::new()).await
}

/// The page again, with what came of a press.
pub(super) async fn show(me: &Me, id: PassId, message: String, refused: String) -> Outcome {
    let mut frame = Frame::new(me, "passes").await?;
    let w = me.w;
    let line = passes::find(&mut frame.cx, id).await?;
    let says = says(w, &mut frame, &line).await?;
    let story = story(me, &mut frame, id).await?;
    let kind = line.whose.kind();
    let zone = |zone| (zone, w.by_key(&format!("gate-zone-{zone}")));
    let wrong = !refused.is_empty();
    let page = Page {
        address: me.at(format!("passes/{id}")),
        name: if line.name.is_empty() { w.passes_nameless() } else { line.name.clone() },
        message,
        refused,
        standing: words::standing(w, line.standing),
        tone: words::tone(line.standing),
        holds: line.revoked.is_none(),
        revokes: cases::may(me, &frame, Action::PassRevoke, line.ward),
        sends: line.whose.person().is_some(),
        signs: matches!(kind, Kind::Business | Kind::Neighbourhood),
        zones: if kind == Kind::Neighbourhood {
            let unknown = ("", w.passes_sign_zone_unknown());
            std::iter::once(unknown).chain(["green", "yellow", "orange", "red"].map(zone)).collect()
        } else {
            Vec::new()
        },
        whose_href: whose_href(me, line.whose),
        replaced_href: line.replaced_by.map(|other| me.at(format!("passes/{other}"))),
        facts: facts(w, &frame, &line),
        says,
        story,
        d: frame.d,
    };
    form_page(&page, wrong)
}

fn whose_href(me: &Me, whose: Whose) -> Option<String> {
    let path = match whose {
        Whose::Person(person) | Whose::Force { person, .. } => format!("people/{person}"),
        Whose::Household(id) => format!("households/{id}"),
        Whose::Business { organisation, .. } => format!("organisations/{organisation}"),
        Whose::Neighbourhood(_) => return None,
    };
    Some(me.at(path))
}

fn facts(w: Words, frame: &Frame, line: &Line) -> Vec<(String, String)> {
    let clock = &frame.d.clock;
    let dash = || "–".to_owned();
    let mut facts = vec![
        (w.passes_kind(), words::whose(w, line.whose)),
        (w.passes_born(), line.birth_year.map_or_else(dash, |year| year.to_string())),
        (w.passes_ward(), frame::short(&frame.tree, &frame.d, line.ward)),
        (w.passes_issued(), clock.full(line.issued_at)),
        (w.passes_digits(), if line.has_code { w.passes_digits_made() } else { w.passes_digits_none() }),
    ];
    if let Some((at, reason)) = line.revoked {
        facts.push((w.passes_revoked(), format!("{} · {}", clock.full(at), words::reason(w, reason))));
    }
    facts
}

/// What a gate would read now; nothing where the record lacks what a pass has to say.
async fn says(w: Words, frame: &mut Frame, line: &Line) -> Result<Vec<(String, String)>> {
    let said = match passes::facts(&mut frame.cx, line.pass).await {
        Ok(said) => said,
        Err(Error::Conflict(why)) => return Ok(vec![(w.passes_says_name(), w.by_key(why))]),
        // Erased.
        Err(Error::NotFound) => return Ok(Vec::new()),
        Err(other) => return Err(other),
    };
    let unknown = || w.passes_says_nothing();
    let mut says = vec![(w.passes_says_name(), said.name.as_str().to_owned())];
    if line.whose.person().is_some() {
        let health = said.holder.health();
        let day = |day: Option<pass::Day>| day.map_or_else(unknown, |day| shown_date(day.date()));
        says.extend([
            (w.passes_says_doses(), health.doses.map_or_else(unknown, |doses| doses.get().to_string())),
            (w.passes_says_dose_on(), day(health.last_dose)),
            (w.passes_says_negative(), day(health.last_negative)),
            (w.passes_says_recovered(), day(health.recovered)),
        ]);
    }
    if let Some(people) = said.holder.people() {
        says.push((w.passes_says_people(), people.to_string()));
    }
    Ok(says)
}

async fn story(me: &Me, frame: &mut Frame, id: PassId) -> Result<Vec<Told>> {
    let told = events::of_object(&mut frame.cx, id.uuid()).await?;
    let people: Vec<StaffId> = told.iter().filter_map(staff_of).collect();
    let badges = staff::badges(&mut frame.cx, &people).await?;
    let who: BTreeMap<StaffId, String> = badges
        .iter()
        .map(|(id, badge)| {
            let unit = frame::short(&frame.tree, &frame.d, badge.unit);
            let title = me.w.lang().pick(&badge.title, &badge.title_en);
            (*id, if title.is_empty() { unit } else { format!("{unit} · {title}") })
        })
        .collect();
    let line = |one: &Recorded| Told {
        at: frame.d.clock.full(one.at),
        what: me.w.by_key(&event(one)),
        who: staff_of(one).and_then(|id| who.get(&id).cloned()).unwrap_or_else(|| me.w.passes_by_system()),
        why: one.payload.as_ref().and_then(|told| told["why"].as_str()).unwrap_or_default().to_owned(),
    };
    Ok(told.iter().rev().map(line).collect())
}

/// The message of what was done; of a pause, with what it was for.
fn event(one: &Recorded) -> String {
    let kind = one.kind.trim_start_matches("pass.").replace('_', "-");
    match one.data["by"].as_str().filter(|_| kind == "suspended") {
        Some(by) => format!("passes-event-{kind}-{by}"),
        None => format!("passes-event-{kind}"),
    }
}

fn staff_of(one: &Recorded) -> Option<StaffId> {
    one.actor_id.filter(|_| one.actor_kind == "staff").map(StaffId)
}
