//! Ladders: whom to call and when silence climbs, who could not be heard in the coming week, and the
//! editor that makes a new version. A ticket that runs keeps the copy it opened with.

mod editor;

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{Router, routing::get};
use duty::{
    coverage::{self, Unheard, Why},
    permissions::{Action, Scope, permits},
    tickets::{
        Channel, Severity, Tone,
        ladder::{self, Until},
    },
    units::{Line, UnitRef, Who, Whom},
};
use jiff::SignedDuration;
use kernel::Error;
use pages::{App, Desk, Outcome, Words, html, time};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/ladders", get(list))
        .route("/{tenant}/desk/ladders/{code}", get(editor::form).post(editor::save))
}

/// A ladder as steps.
struct Row {
    name: String,
    version: i32,
    urgent: bool,
    facts: Vec<(String, String)>,
    steps: Vec<Step>,
    edit: Option<String>,
}

struct Step {
    number: usize,
    whom: String,
    after: String,
    how: String,
}

struct Warning {
    text: String,
    why: String,
}

#[derive(Template)]
#[template(path = "ladder_list.html")]
struct Page {
    d: Desk,
    rows: Vec<Row>,
    warnings: Vec<Warning>,
    more: usize,
}

/// Warnings shown; whoever mends the first ones finds the rest.
const WARNINGS: usize = 20;

/// `GET /{tenant}/desk/ladders`
pub async fn list(me: Me) -> Outcome {
    if !permits(&me.actor, Action::LadderSee, Scope::Tenant) {
        return Err(Error::NotFound.into());
    }
    let mut frame = Frame::new(&me, "ladders").await?;
    let stored = ladder::all(&mut frame.cx).await?;
    let unheard = coverage::coverage(&mut frame.cx).await?;
    let names = |code: &str| {
        let found = stored.iter().find(|stored| stored.spec.code == code);
        found.map_or_else(
            || code.to_owned(),
            |s| me.w.lang().pick(&s.spec.name_vi, &s.spec.name_en).to_owned(),
        )
    };
    let mut warnings: Vec<Warning> =
        unheard.iter().flat_map(|line| warnings(&me, &frame, line, &names(&line.ladder))).collect();
    let more = warnings.len().saturating_sub(WARNINGS);
    warnings.truncate(WARNINGS);
    let page = Page {
        rows: stored.iter().map(|ladder| row(&me, &frame, ladder)).collect(),
        warnings,
        more,
        d: frame.d,
    };
    html(&page)
}

fn warnings(me: &Me, frame: &Frame, line: &Unheard, name: &str) -> Vec<Warning> {
    let (w, clock) = (me.w, &frame.d.clock);
    line.silences
        .iter()
        .map(|silence| Warning {
            text: w.ladder_unheard(
                line.level.to_string(),
                name,
                frame.unit(line.responsible),
                clock.full(silence.period.start()),
                clock.full(silence.period.end()),
            ),
            why: match silence.why {
                Why::NoUnit => w.ladder_why_no_unit(),
                Why::NobodyOnDuty => w.ladder_why_duty(frame.unit(line.at)),
                Why::NobodyInPost => w.ladder_why_post(frame.unit(line.at)),
                Why::NoPhone => w.ladder_why_phone(frame.unit(line.at)),
            },
        })
        .collect()
}

fn row(me: &Me, frame: &Frame, stored: &ladder::Stored) -> Row {
    let (w, spec) = (me.w, &stored.spec);
    let ended = spec.clone().ending_at_the_leader();
    let until = match spec.until {
        Until::Accepted => w.ladder_until_accepted(),
        Until::Answered => w.ladder_until_answered(),
    };
    let mut facts = vec![
        (w.ladder_until(), until),
        (w.ladder_due(), format!("{} · {}", length(w, spec.due), clock_word(w, spec.clock))),
    ];
    if let Some(warn) = spec.warn {
        facts.push((w.ladder_warn(), length(w, warn)));
    }
    Row {
        name: w.lang().pick(&spec.name_vi, &spec.name_en).to_owned(),
        version: stored.version,
        urgent: spec.severity == Severity::Emergency,
        facts,
        steps: ended
            .levels
            .iter()
            .enumerate()
            .map(|(index, level)| Step {
                number: index + 1,
                whom: whom_word(frame, &level.whom),
                after: if index == 0 && level.after.is_zero() {
                    w.ladder_at_once()
                } else {
                    w.ladder_after(length(w, level.after))
                },
                how: how(w, &level.channels, level.tone),
            })
            .collect(),
        edit: permits(&me.actor, Action::LadderEdit, Scope::Tenant)
            .then(|| me.at(format!("ladders/{}", spec.code))),
    }
}

fn how(w: Words, channels: &[Channel], tone: Tone) -> String {
    let mut parts: Vec<String> = channels.iter().map(|channel| channel_word(w, *channel)).collect();
    parts.push(tone_word(w, tone));
    parts.join(" · ")
}

fn clock_word(w: Words, clock: duty::calendars::ClockKind) -> String {
    match clock {
        duty::calendars::ClockKind::Calendar => w.ladder_clock_calendar(),
        duty::calendars::ClockKind::Working => w.ladder_clock_working(),
    }
}

fn channel_word(w: Words, channel: Channel) -> String {
    match channel {
        Channel::Desk => w.ladder_channel_desk(),
        Channel::Call => w.ladder_channel_call(),
        Channel::Email => w.ladder_channel_email(),
        Channel::Sms => w.ladder_channel_sms(),
        Channel::Push => w.ladder_channel_push(),
    }
}

fn tone_word(w: Words, tone: Tone) -> String {
    match tone {
        Tone::Ring => w.ladder_tone_ring(),
        Tone::Notice => w.ladder_tone_notice(),
    }
}

/// "48 giờ", not "2 ngày 0 giờ": terms are given in the unit in which they are written.
fn length(w: Words, length: SignedDuration) -> String {
    match length.as_secs() {
        seconds if seconds >= 86_400 && seconds % 3600 == 0 => w.span_hours((seconds / 3600).to_string()),
        seconds => time::span(w, seconds),
    }
}

fn who_word(w: Words, who: Who) -> String {
    match who {
        Who::Duty => w.ladder_who_duty(),
        Who::Head => w.ladder_who_head(),
        Who::Role(role) => w.by_key(&format!("role-{}", role.as_str().replace('_', "-"))),
    }
}

/// "Người đang trực · đơn vị chịu trách nhiệm"
fn whom_word(frame: &Frame, whom: &Whom) -> String {
    format!("{} · {}", who_word(frame.d.w, whom.who), at_word(frame, &whom.at))
}

fn at_word(frame: &Frame, at: &UnitRef) -> String {
    let w = frame.d.w;
    match at {
        UnitRef::Responsible => w.ladder_at_responsible(),
        UnitRef::Leader => w.ladder_at_leader(),
        UnitRef::Parent(Line::Administrative) => w.ladder_at_parent_administrative(),
        UnitRef::Parent(Line::Professional) => w.ladder_at_parent_professional(),
        UnitRef::Ward(kind) => w.ladder_at_ward(kind_word(w, *kind)),
        UnitRef::Unit(code) => match frame.tree.by_code(code) {
            Some(unit) => unit.name_in(w.lang().as_str()).to_owned(),
            None => w.ladder_at_unknown(code.as_str()),
        },
    }
}

fn kind_word(w: Words, kind: duty::units::UnitKind) -> String {
    w.by_key(&format!("ladder-kind-{}", kind.as_str().replace('_', "-")))
}
