//! A dry run: the conversation in writing, with typed keys, for up to three invented members. What was typed
//! travels in the form; nothing is called and nothing is kept.

use super::{page::Which, symptom, title, version};
use crate::{Me, frame::Frame, households, rosters::Typed};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use health::{
    alerts::Grade,
    scripts::{self, Effect, Line, Listed, Member, Played, Slots},
};
use kernel::{Error, PersonId};
use pages::{Desk, Outcome, Words, html};
use std::collections::BTreeSet;
use uuid::Uuid;

const MEMBERS: usize = 3;
/// Answers of one dry run, and keys of one answer.
const ANSWERS: usize = 200;
const KEYS: usize = 12;
/// A silence among the answers, in the form.
const SILENCE: &str = "-";

struct Said {
    who: String,
    words: String,
    /// Pressed, not said.
    pressed: bool,
    /// Something came of it.
    came: bool,
}

struct Written {
    name: String,
    readings: Vec<(String, String)>,
    note: String,
    grade: String,
    rings: bool,
    flagged: bool,
    finished: bool,
    nothing: bool,
}

#[derive(Template)]
#[template(path = "script_try.html")]
struct Page {
    d: Desk,
    title: String,
    name: String,
    back: String,
    action: String,
    number: i32,
    counts: Vec<(String, String, bool)>,
    played: String,
    lines: Vec<Said>,
    waits: bool,
    person: bool,
    may_go_back: bool,
    written: Vec<Written>,
}

/// `GET /{tenant}/desk/scripts/{key}/try?version=2`; the one in force without a number.
pub async fn start(me: Me, Path((_, key)): Path<(String, String)>, Query(which): Query<Which>) -> Outcome {
    show(&me, &key, which.version, 1, &[]).await
}

/// `POST /{tenant}/desk/scripts/{key}/try`
pub async fn go(
    me: Me,
    Path((_, key)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.get("csrf"))?;
    let members = typed.get("members").parse().unwrap_or(1).clamp(1, MEMBERS);
    let mut answers: Vec<String> = typed.get("played").split_whitespace().map(answer).take(ANSWERS).collect();
    match typed.get("do") {
        "restart" => answers.clear(),
        "back" => {
            answers.pop();
        }
        "silence" => answers.push(String::new()),
        // Nothing typed is a silence too.
        _ => answers.push(answer(typed.get("keys"))),
    }
    answers.truncate(ANSWERS);
    show(&me, &key, typed.get("version").parse().ok(), members, &answers).await
}

/// Keys of a telephone, without the `#` that ends an answer; whatever else was typed is no key.
fn answer(text: &str) -> String {
    let keys: String =
        text.chars().filter(|key| key.is_ascii_digit() || matches!(key, '*' | '#')).take(KEYS).collect();
    match keys.strip_suffix('#') {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => keys,
    }
}

fn carried(answers: &[String]) -> String {
    let words = answers.iter().map(|keys| if keys.is_empty() { SILENCE } else { keys.as_str() });
    words.collect::<Vec<_>>().join(" ")
}

async fn show(me: &Me, key: &str, number: Option<i32>, members: usize, answers: &[String]) -> Outcome {
    let mut frame = Frame::new(me, "scripts").await?;
    let all = scripts::versions(&mut frame.cx, key).await?;
    let tried: &Listed = all
        .iter()
        .find(|one| number.map_or(one.in_force, |number| one.script.version == number))
        .ok_or(Error::NotFound)?;
    let w = me.w;
    let people: Vec<Member> = (1..=members).map(|n| member(w, n)).collect();
    let slots =
        Slots { ward: w.script_try_ward(), station: w.script_try_station(), number: "1022".to_owned() };
    let played = scripts::play(&tried.script, people.clone(), slots, answers);
    let mut written = Vec::with_capacity(people.len());
    for one in &people {
        let entry = played.run.entry(one.person);
        let grade = scripts::judged(&mut frame.cx, &entry).await?.grade;
        written.push(row(w, one, &played, grade));
    }
    let page = Page {
        title: w.script_try_title(title(w, key)),
        name: version(w, &tried.script),
        back: me.at(format!("scripts/{key}?version={}", tried.script.version)),
        action: me.at(format!("scripts/{key}/try")),
        number: tried.script.version,
        counts: (1..=MEMBERS)
            .map(|n| (n.to_string(), w.script_try_members(n.to_string()), n == members))
            .collect(),
        played: carried(answers),
        lines: played.lines.iter().map(|line| said(w, &people, line)).collect(),
        waits: played.waits,
        person: played.person,
        may_go_back: !answers.is_empty(),
        written,
        d: frame.d,
    };
    html(&page)
}

/// Somebody who does not exist.
fn member(w: Words, n: usize) -> Member {
    let person = PersonId(Uuid::from_u128(n as u128));
    Member { person, name_words: w.script_try_member(n.to_string()), asked: BTreeSet::new() }
}

fn name(people: &[Member], person: PersonId) -> &str {
    people.iter().find(|one| one.person == person).map_or("", |one| one.name_words.as_str())
}

fn said(w: Words, people: &[Member], line: &Line) -> Said {
    let of = |who: String, words: String| Said { who, words, pressed: false, came: false };
    match line {
        Line::Said(words) => of(w.script_try_caller(), words.clone()),
        Line::Pressed(keys) => {
            let words = if keys.is_empty() { w.script_try_silent() } else { keys.clone() };
            Said { pressed: true, ..of(w.script_try_listener(), words) }
        }
        Line::Came(effect) => {
            let words = match effect {
                Effect::MemberDone(person) => w.script_try_done(name(people, *person)),
                Effect::Flagged(person) => w.script_try_flagged(name(people, *person)),
                Effect::WantsPerson => w.script_try_wants_person(),
                Effect::Refused => w.script_try_refused(),
                Effect::GaveUp => w.script_try_gave_up(),
                Effect::Next | Effect::Repeat => String::new(),
            };
            Said { came: true, ..of(w.script_try_came(), words) }
        }
    }
}

fn row(w: Words, one: &Member, played: &Played, grade: Grade) -> Written {
    let entry = played.run.entry(one.person);
    let mut readings: Vec<(String, String)> = [
        (w.script_kind_temperature(), entry.temperature),
        (w.script_kind_spo2(), entry.spo2),
        (w.script_kind_pulse(), entry.pulse),
        (w.script_kind_respiratory_rate(), entry.respiratory_rate),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .collect();
    let signs: Vec<String> = entry.symptoms.iter().map(|one| symptom(w, *one)).collect();
    if !signs.is_empty() {
        readings.push((w.script_try_signs(), signs.join(", ")));
    }
    Written {
        name: one.name_words.clone(),
        nothing: readings.is_empty() && entry.note.is_empty(),
        readings,
        note: entry.note,
        grade: households::grade(w, grade),
        rings: grade == Grade::Emergency,
        flagged: played.flagged.contains(&one.person),
        finished: played.run.finished().contains(&one.person),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_a_telephone_are_typed() {
        for (text, keys) in
            [("375#", "375"), ("#", "#"), (" 36,5 ", "365"), ("36*5", "36*5"), ("-", ""), ("một", "")]
        {
            assert_eq!(answer(text), keys, "{text}");
        }
        assert_eq!(answer(&"7".repeat(1000)).len(), KEYS);
        assert_eq!(carried(&["1".into(), String::new()]), "1 -");
    }
}
