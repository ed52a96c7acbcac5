//! What a station has to do about tests.

use super::words;
use crate::{Me, cases, frame, frame::Frame};
use askama::Template;
use axum::extract::Query;
use health::samples::{self, Pool, PoolState, Told};
use kernel::dates;
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
pub struct After {
    /// What the form that led here came to.
    #[serde(default)]
    done: String,
}

/// A self-test that nobody has looked at.
struct ToSee {
    href: String,
    name: String,
    about: String,
    code: String,
    household_href: String,
    result: String,
    /// Somebody has to say whether he is an F0.
    asks: bool,
    day: String,
    time: String,
    full: String,
    photo: bool,
}

struct Tube {
    href: String,
    code: String,
    unit: String,
    kind: String,
    day: String,
    people: String,
    state: String,
}

#[derive(Template)]
#[template(path = "samples.html")]
struct Page {
    d: Desk,
    address: String,
    message: String,
    to_see: Vec<ToSee>,
    due: Vec<cases::Due>,
    tubes: Vec<Tube>,
}

/// `GET /{tenant}/desk/samples`
pub async fn list(me: Me, Query(after): Query<After>) -> Outcome {
    let mut frame = Frame::new(&me, "samples").await?;
    let to_see = samples::to_see(&mut frame.cx).await?;
    let due = samples::due(&mut frame.cx).await?;
    let pools = samples::pools(&mut frame.cx).await?;
    let page = Page {
        address: me.at("samples"),
        message: message(&me, &after.done),
        to_see: to_see.iter().map(|one| told(&me, &frame, one)).collect(),
        due: due.iter().map(|one| cases::due_line(&me, &frame, one)).collect(),
        tubes: pools.iter().map(|one| tube(&me, &frame, one)).collect(),
        d: frame.d,
    };
    html(&page)
}

fn message(me: &Me, done: &str) -> String {
    let w = me.w;
    match done {
        "confirmed" => w.sample_done_confirmed(),
        "refused" => w.sample_done_refused(),
        "pcr_ordered" => w.sample_done_pcr(),
        "noted" => w.sample_done_noted(),
        "seen-known" => w.sample_done_seen_known(),
        "pool" => w.sample_done_pool(),
        "pool-negative" => w.sample_done_pool_negative(),
        "pool-opened" => w.sample_done_pool_opened(),
        "pool-known" => w.sample_done_pool_known(),
        "result" => w.sample_done_result(),
        "result-f0" => w.sample_done_result_f0(),
        "result-known" => w.sample_done_result_known(),
        "withdraw" => w.sample_done_withdraw(),
        "withdraw-known" => w.sample_done_withdraw_known(),
        _ => String::new(),
    }
}

fn told(me: &Me, frame: &Frame, one: &Told) -> ToSee {
    let (w, clock) = (me.w, &frame.d.clock);
    ToSee {
        href: me.at(format!("samples/tests/{}", one.test)),
        name: one.person.full_name.clone(),
        about: cases::birth_and_sex(w, &one.person),
        code: one.code.clone(),
        household_href: me.at(format!("households/{}", one.household)),
        result: cases::test_result(w, one.result),
        asks: one.asks(),
        day: dates::shown_date(one.on_day),
        time: clock.short(one.told_at),
        full: clock.full(one.told_at),
        photo: one.file.is_some(),
    }
}

fn tube(me: &Me, frame: &Frame, one: &Pool) -> Tube {
    let w = me.w;
    let names: Vec<&str> = one.members.iter().map(|member| member.full_name.as_str()).collect();
    Tube {
        href: me.at(format!("samples/pools/{}", one.id)),
        code: one.code.clone(),
        unit: frame::short(&frame.tree, &frame.d, Some(one.unit)),
        kind: cases::test_kind(w, one.kind),
        day: dates::shown_date(one.sample_on),
        people: names.join(", "),
        state: match one.result {
            Some(result) if one.state == PoolState::Opened => {
                format!("{} · {}", cases::test_result(w, result), words::pool_state(w, one.state))
            }
            _ => words::pool_state(w, one.state),
        },
    }
}
