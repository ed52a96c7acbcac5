//! The editor: levels as rows, added and taken away by buttons that send the form and get it back.

use super::{at_word, channel_word, clock_word, kind_word, tone_word, who_word};
use crate::{
    Me,
    frame::Frame,
    rosters::{Choice, Typed, drop_numbered},
};
use askama::Template;
use axum::{Form, extract::Path, http::StatusCode};
use duty::{
    calendars::ClockKind,
    permissions::{Action, Permit, Scope},
    tickets::{
        Channel, Severity, Tone,
        ladder::{self, LadderSpec, Level, Until},
    },
    units::{Line, UnitKind, UnitRef, Who, Whom},
};
use jiff::SignedDuration;
use kernel::{Error, Result, Role};
use pages::{Desk, Outcome, Words, forms::Errors, html, see_other};

/// As many levels as `LadderSpec::check` lets through.
const LEVELS: usize = 9;
/// A year, as the longest time anything is given.
const MOST_SECONDS: i64 = 366 * 86_400;

#[derive(Template)]
#[template(path = "ladder_edit.html")]
struct Page {
    d: Desk,
    title: String,
    code: String,
    version: i32,
    back: String,
    action: String,
    typed: Typed,
    errors: Errors,
    whos: Vec<Choice>,
    places: Vec<Choice>,
    channels: Vec<Choice>,
    tones: Vec<Choice>,
    units: Vec<Choice>,
    untils: Vec<Choice>,
    clocks: Vec<Choice>,
    severities: Vec<Choice>,
}

/// `GET /{tenant}/desk/ladders/{code}`
pub async fn form(me: Me, Path((_, code)): Path<(String, String)>) -> Outcome {
    let (frame, stored) = open(&me, &code).await?;
    let typed = written(&stored.spec);
    page(&me, frame, &stored, typed, Errors::default())
}

/// `POST /{tenant}/desk/ladders/{code}`: a button that changes rows, or the saving of a new version.
pub async fn save(
    me: Me,
    Path((_, code)): Path<(String, String)>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Outcome {
    let mut typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let (mut frame, stored) = open(&me, &code).await?;
    let pressed = typed.get("do").to_owned();
    if pressed != "save" {
        rows(&mut typed, &pressed);
        return page(&me, frame, &stored, typed, Errors::default());
    }
    let mut errors = Errors::default();
    if let Some(spec) = read(&me, &code, &typed, &mut errors) {
        ladder::save(&mut frame.cx, &spec).await?;
        frame.cx.commit().await?;
        Ok(see_other(&me.at("ladders")))
    } else {
        let mut response = page(&me, frame, &stored, typed, errors)?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(response)
    }
}

async fn open(me: &Me, code: &str) -> Result<(Frame, ladder::Stored)> {
    let mut frame = Frame::new(me, "ladders").await?;
    frame.cx.permit_sight(Action::LadderSee, Scope::Tenant)?;
    frame.cx.permit(Action::LadderEdit, Scope::Tenant)?;
    let all = ladder::all(&mut frame.cx).await?;
    let stored = all.into_iter().find(|stored| stored.spec.code == code).ok_or(Error::NotFound)?;
    Ok((frame, stored))
}

/// A ladder written into the form.
fn written(spec: &LadderSpec) -> Typed {
    let mut typed = Typed::default();
    typed.put("name_vi", spec.name_vi.clone());
    typed.put("name_en", spec.name_en.clone());
    typed.put("until", if spec.until == Until::Accepted { "accepted" } else { "answered" });
    typed.put("severity", spec.severity.as_str());
    typed.put("clock", spec.clock.as_str());
    put_length(&mut typed, "due", Some(spec.due));
    put_length(&mut typed, "warn", spec.warn);
    typed.put("levels", spec.levels.len().to_string());
    for (n, level) in spec.levels.iter().enumerate() {
        put_level(&mut typed, n, level);
    }
    typed
}

fn put_level(typed: &mut Typed, n: usize, level: &Level) {
    let whom = level.whom.to_string();
    let (who, at) = whom.split_once('@').unwrap_or(("duty", "leader"));
    typed.put(format!("l{n}-who"), who);
    typed.put(format!("l{n}-at"), at);
    put_length(typed, &format!("l{n}-after"), Some(level.after));
    for channel in &level.channels {
        typed.put(format!("l{n}-channels"), channel.as_str());
    }
    typed.put(format!("l{n}-tone"), level.tone.as_str());
}

/// A length in the largest unit that holds it whole.
fn put_length(typed: &mut Typed, name: &str, length: Option<SignedDuration>) {
    let seconds = length.map(|length| length.as_secs());
    let (number, unit) = match seconds {
        None => (String::new(), "h"),
        Some(s) if s > 0 && s % 3600 == 0 => ((s / 3600).to_string(), "h"),
        Some(s) if s > 0 && s % 60 == 0 => ((s / 60).to_string(), "m"),
        Some(s) => (s.to_string(), "s"),
    };
    typed.put(name, number);
    typed.put(format!("{name}-unit"), unit);
}

/// `add-level`, or `drop-level-2`; at least one level stays.
fn rows(typed: &mut Typed, pressed: &str) {
    let count = typed.count("levels", LEVELS);
    if pressed == "add-level" && count < LEVELS {
        typed.0.retain(|(key, _)| key != "levels");
        typed.put("levels", (count + 1).to_string());
        let next = Level {
            whom: Whom::duty_leader(),
            after: SignedDuration::from_secs(60),
            channels: vec![Channel::Desk, Channel::Call],
            tone: Tone::Ring,
        };
        put_level(typed, count, &next);
    } else if let Some(n) = pressed.strip_prefix("drop-level-").and_then(|n| n.parse().ok())
        && count > 1
    {
        drop_numbered(typed, 'l', n, "levels", LEVELS);
    }
}

/// The ladder that was typed; `None` when something beside a field says what is wrong.
fn read(me: &Me, code: &str, typed: &Typed, errors: &mut Errors) -> Option<LadderSpec> {
    let w = me.w;
    for name in ["name_vi", "name_en"] {
        if typed.get(name).is_empty() {
            errors.add(name, w.error_text_missing());
        }
    }
    let due = length(typed, "due");
    if due.is_none() {
        errors.add("due", w.by_key("error-ladder-due"));
    }
    let warn = if typed.get("warn").is_empty() {
        None
    } else {
        let warn = length(typed, "warn");
        if warn.is_none() {
            errors.add("warn", w.by_key("error-ladder-warn"));
        }
        warn
    };
    let levels: Vec<Level> =
        (0..typed.count("levels", LEVELS)).filter_map(|n| level(w, typed, n, errors)).collect();
    if !errors.is_empty() {
        return None;
    }
    let spec = LadderSpec {
        code: code.to_owned(),
        name_vi: typed.get("name_vi").to_owned(),
        name_en: typed.get("name_en").to_owned(),
        until: if typed.get("until") == "answered" { Until::Answered } else { Until::Accepted },
        severity: if typed.get("severity") == "notice" { Severity::Notice } else { Severity::Emergency },
        due: due?,
        clock: if typed.get("clock") == "working" { ClockKind::Working } else { ClockKind::Calendar },
        warn,
        levels,
    };
    match spec.check() {
        Ok(()) => Some(spec),
        Err(Error::Invalid { field, key }) => {
            errors.add(&place(&spec, field), w.by_key(key));
            None
        }
        // The check speaks of fields only.
        Err(_) => None,
    }
}

/// The field of the level that the check means.
fn place(spec: &LadderSpec, field: &str) -> String {
    let short = SignedDuration::from_secs(10);
    let level = match field {
        "channels" => spec.levels.iter().position(|level| level.channels.is_empty()),
        "after" => spec.levels.iter().enumerate().position(|(n, level)| n > 0 && level.after < short),
        _ => None,
    };
    level.map_or_else(|| field.to_owned(), |n| format!("l{n}-{field}"))
}

fn level(w: Words, typed: &Typed, n: usize, errors: &mut Errors) -> Option<Level> {
    let field = |name: &str| format!("l{n}-{name}");
    let whom: Option<Whom> = format!("{}@{}", typed.get(&field("who")), typed.get(&field("at"))).parse().ok();
    if whom.is_none() {
        errors.add(&field("who"), w.by_key("error-whom-format"));
    }
    let after = length(typed, &field("after"));
    if after.is_none() {
        errors.add(&field("after"), w.by_key("error-ladder-after"));
    }
    let channels = typed.all(&field("channels")).filter_map(|channel| channel.parse().ok()).collect();
    let tone = if typed.get(&field("tone")) == "notice" { Tone::Notice } else { Tone::Ring };
    Some(Level { whom: whom?, after: after?, channels, tone })
}

/// A number and its unit as a length of time.
fn length(typed: &Typed, name: &str) -> Option<SignedDuration> {
    let number: i64 = typed.get(name).parse().ok()?;
    let unit = match typed.get(&format!("{name}-unit")) {
        "s" => 1,
        "m" => 60,
        _ => 3600,
    };
    let seconds = number.checked_mul(unit)?;
    (0..=MOST_SECONDS).contains(&seconds).then(|| SignedDuration::from_secs(seconds))
}

fn page(me: &Me, frame: Frame, stored: &ladder::Stored, typed: Typed, errors: Errors) -> Outcome {
    let w = me.w;
    let choice = |id: &str, label: String| (id.to_owned(), label);
    let mut whos = vec![choice("duty", who_word(w, Who::Duty)), choice("head", who_word(w, Who::Head))];
    whos.extend(
        Role::ALL.into_iter().map(|role| choice(&format!("role:{role}"), who_word(w, Who::Role(role)))),
    );
    let page = Page {
        title: w.lang().pick(&stored.spec.name_vi, &stored.spec.name_en).to_owned(),
        code: stored.spec.code.clone(),
        version: stored.version,
        back: me.at("ladders"),
        action: me.at(format!("ladders/{}", stored.spec.code)),
        typed,
        errors,
        whos,
        places: places(&frame, w),
        channels: Channel::ALL
            .iter()
            .map(|channel| choice(channel.as_str(), channel_word(w, *channel)))
            .collect(),
        tones: [Tone::Ring, Tone::Notice].map(|tone| choice(tone.as_str(), tone_word(w, tone))).into(),
        units: vec![
            choice("s", w.ladder_seconds()),
            choice("m", w.ladder_minutes()),
            choice("h", w.ladder_hours()),
        ],
        untils: vec![
            choice("accepted", w.ladder_until_accepted()),
            choice("answered", w.ladder_until_answered()),
        ],
        clocks: [ClockKind::Calendar, ClockKind::Working]
            .map(|clock| choice(clock.as_str(), clock_word(w, clock)))
            .into(),
        severities: vec![
            choice("emergency", w.ladder_severity_emergency()),
            choice("notice", w.ladder_severity_notice()),
        ],
        d: frame.d,
    };
    html(&page)
}

/// Where a level may ring: by place in the tree first, then every unit of the district itself.
fn places(frame: &Frame, w: Words) -> Vec<Choice> {
    let mut list: Vec<Choice> = [
        UnitRef::Responsible,
        UnitRef::Parent(Line::Administrative),
        UnitRef::Parent(Line::Professional),
        UnitRef::Leader,
    ]
    .into_iter()
    .map(|at| (at.to_string(), at_word(frame, &at)))
    .collect();
    let in_wards = UnitKind::ALL.iter().filter(|kind| {
        **kind == UnitKind::Committee
            || frame.tree.iter().any(|unit| unit.kind == **kind && unit.ward.is_some())
    });
    list.extend(
        in_wards.map(|kind| (UnitRef::Ward(*kind).to_string(), w.ladder_at_ward(kind_word(w, *kind)))),
    );
    let mut units: Vec<Choice> = frame
        .tree
        .iter()
        .map(|unit| {
            (UnitRef::Unit(unit.code.clone()).to_string(), unit.name_in(w.lang().as_str()).to_owned())
        })
        .collect();
    units.sort_by(|a, b| a.1.cmp(&b.1));
    list.extend(units);
    list
}

impl Page {
    fn levels(&self) -> std::ops::Range<usize> {
        0..self.typed.count("levels", LEVELS)
    }

    fn may_add(&self) -> bool {
        self.levels().len() < LEVELS
    }

    fn value(&self, name: &str) -> String {
        self.typed.get(name).to_owned()
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.typed.all(name).any(|chosen| chosen == value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> LadderSpec {
        let level = |after| Level {
            whom: "duty@responsible".parse().unwrap(),
            after: SignedDuration::from_secs(after),
            channels: vec![Channel::Desk],
            tone: Tone::Ring,
        };
        LadderSpec {
            code: "f0_news".into(),
            name_vi: "Tin".into(),
            name_en: "News".into(),
            until: Until::Accepted,
            severity: Severity::Emergency,
            due: SignedDuration::from_hours(24),
            clock: ClockKind::Calendar,
            warn: None,
            levels: vec![level(0), level(60)],
        }
    }

    #[test]
    fn a_level_reads_as_it_was_written() {
        let typed = written(&spec());
        let mut errors = Errors::default();
        let w = Words::default();
        assert_eq!(level(w, &typed, 1, &mut errors), Some(spec().levels[1].clone()));
        assert_eq!((typed.get("due"), typed.get("due-unit")), ("24", "h"));
        assert_eq!((typed.get("l1-after"), typed.get("l1-after-unit")), ("1", "m"));
    }

    #[test]
    fn levels_come_and_go_and_one_stays() {
        let mut typed = written(&spec());
        rows(&mut typed, "add-level");
        assert_eq!((typed.get("levels"), typed.get("l2-at")), ("3", "leader"));
        for _ in 0..5 {
            rows(&mut typed, "drop-level-0");
        }
        assert_eq!(typed.get("levels"), "1");
    }

    #[test]
    fn the_check_points_at_the_level_it_means() {
        let mut spec = spec();
        spec.levels[1].after = SignedDuration::from_secs(5);
        assert_eq!(place(&spec, "after"), "l1-after");
        spec.levels[0].channels.clear();
        assert_eq!(place(&spec, "channels"), "l0-channels");
        assert_eq!(place(&spec, "due"), "due");
    }
}
