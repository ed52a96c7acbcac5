//! One person: what lists may show of him, his cases, his other records, who may act for him, and who has
//! opened his record.

use super::{
    at,
    queue::{Joined, joined, message},
    words,
};
use crate::{
    Me, cases as case_pages,
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::{Path, Query};
use duty::permissions::Action;
use health::{
    cases, households,
    people::{self, Brief, Carer, Reading},
};
use kernel::{PersonId, Result};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    done: String,
}

struct CaseLine {
    href: String,
    text: String,
    state: String,
    f0: bool,
}

struct CarerLine {
    name: String,
    about: String,
    from: String,
    /// When it ended; empty while he may act.
    ended: String,
    end_href: Option<String>,
}

struct Opening {
    at: String,
    who: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "person.html")]
struct Page {
    d: Desk,
    name: String,
    message: String,
    facts: Vec<(String, String)>,
    household_href: Option<String>,
    /// For those who record cases.
    carer_href: Option<String>,
    /// For those who record care.
    declare_href: Option<String>,
    /// For those who give out passes.
    pass_href: Option<String>,
    cases: Vec<CaseLine>,
    joined: Vec<Joined>,
    twins: Vec<case_pages::Twin>,
    carers: Vec<CarerLine>,
    /// `None` for those who may not open people.
    openings: Option<Vec<Opening>>,
}

/// `GET /{tenant}/desk/people/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, PersonId)>, Query(after): Query<After>) -> Outcome {
    let mut frame = Frame::new(&me, "cases").await?;
    let brief = people::brief(&mut frame.cx, id).await?;
    let records = case_pages::may(&me, &frame, Action::CaseRecord, brief.ward);
    let reads = case_pages::may(&me, &frame, Action::PersonRead, brief.ward);
    let merges = people::merges_of(&mut frame.cx, id).await?;
    let carers = people::carers(&mut frame.cx, id).await?;
    let readings = if reads { Some(people::readings(&mut frame.cx, id).await?) } else { None };
    let page = Page {
        name: brief.full_name.clone(),
        message: message(&me, &after.done),
        facts: facts(&me, &frame, &brief),
        household_href: households::home_of(&mut frame.cx, id)
            .await?
            .map(|household| me.at(format!("households/{household}"))),
        carer_href: records.then(|| format!("{}/carer", at(&me, id))),
        declare_href: case_pages::may(&me, &frame, Action::CareRecord, brief.ward)
            .then(|| me.at(format!("declarations/of/{id}"))),
        pass_href: case_pages::may(&me, &frame, Action::PassIssue, brief.ward)
            .then(|| me.at(format!("passes/new?person={id}"))),
        cases: case_lines(&me, &mut frame, id).await?,
        joined: merges.iter().map(|one| joined(&me, &frame, one)).collect(),
        twins: case_pages::twins(&me, &mut frame, id).await?,
        carers: carers.iter().map(|one| carer(&me, &frame, id, one, records)).collect(),
        openings: readings
            .map(|readings| readings.iter().map(|reading| opening(&me, &frame, reading)).collect()),
        d: frame.d,
    };
    html(&page)
}

fn facts(me: &Me, frame: &Frame, brief: &Brief) -> Vec<(String, String)> {
    let w = me.w;
    vec![
        (w.case_birth_sex(), case_pages::birth_and_sex(w, brief)),
        (w.case_phone(), brief.phone_masked.clone().unwrap_or_else(|| w.case_unknown())),
        (w.case_ward(), frame::short(&frame.tree, &frame.d, brief.ward)),
    ]
}

async fn case_lines(me: &Me, frame: &mut Frame, id: PersonId) -> Result<Vec<CaseLine>> {
    let lines = cases::of_person(&mut frame.cx, id).await?;
    let line = |line: &cases::Line| CaseLine {
        href: me.at(format!("cases/{}", line.id)),
        text: format!(
            "{} · {}",
            frame.d.clock.full(line.reported_at),
            frame::short(&frame.tree, &frame.d, Some(line.ward))
        ),
        state: case_pages::classification(me.w, line.classification),
        f0: line.classification == cases::Classification::Confirmed,
    };
    Ok(lines.iter().map(line).collect())
}

fn carer(me: &Me, frame: &Frame, id: PersonId, one: &Carer, records: bool) -> CarerLine {
    let w = me.w;
    let about = [
        words::carer(w, one.kind),
        case_pages::birth_and_sex(w, &one.who),
        one.who.phone_masked.clone().unwrap_or_else(|| "–".to_owned()),
    ];
    CarerLine {
        name: one.who.full_name.clone(),
        about: about.join(" · "),
        from: w.people_carer_from(words::consent(w, one.consent), frame.d.clock.date(one.from_at)),
        ended: one.ended_at.map_or_else(String::new, |at| w.people_carer_ended(frame.d.clock.full(at))),
        end_href: (records && one.ended_at.is_none())
            .then(|| format!("{}/end-carer?carer={}", at(me, id), one.id)),
    }
}

fn opening(me: &Me, frame: &Frame, one: &Reading) -> Opening {
    let unit = frame::short(&frame.tree, &frame.d, one.unit);
    let post = me.w.lang().pick(&one.post, &one.post_en);
    Opening {
        at: frame.d.clock.full(one.at),
        who: if post.is_empty() { unit } else { format!("{unit} · {post}") },
        reason: one.reason.clone().unwrap_or_else(|| "–".to_owned()),
    }
}
