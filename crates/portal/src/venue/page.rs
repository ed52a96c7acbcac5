//! How a place stands, and checking oneself in.

use super::{doorway::Asker, take};
use crate::{home::Visit, report::Answers};
use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
};
use health::{
    cards, checkins,
    gates::{self, Direction, Gate},
};
use kernel::{Actor, Error, Result};
use pages::{Outcome, Portal, forms::Errors, html, see_other};
use serde::Deserialize;
use store::Cx;
use uuid::Uuid;

/// Of what was typed so many characters are shown again.
const SHOWN: usize = 40;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct After {
    done: String,
}

/// How a place stands now: in a word with its shape, and in figures.
pub(super) struct State {
    pub name: String,
    /// "Chợ · Vùng xanh, cấp 1"
    pub what: String,
    /// `done` or `warning`: the look of its panel.
    pub tone: &'static str,
    pub icon: &'static str,
    pub title: String,
    pub text: String,
}

#[derive(Template)]
#[template(path = "venue.html")]
struct Page {
    p: Portal,
    state: State,
    action: String,
    owner_href: String,
    /// Made with the form, so that what is sent twice counts once.
    key: String,
    direction: String,
    typed: String,
    /// What came of the form: "in", "out"; empty before.
    done: String,
    errors: Errors,
}

impl Page {
    fn goes(&self, direction: &str) -> bool {
        self.direction == direction
    }
}

impl State {
    pub(super) async fn of(cx: &mut Cx, visit: &Visit, gate: &Gate) -> Result<Self> {
        let w = visit.w;
        let today = visit.frame().clock.today();
        let law = cards::pack_on(cx, today).await?;
        let limit = gates::limit(law.as_ref(), gate);
        let inside = checkins::counted(cx, &[gate.id]).await?.remove(&gate.id);
        let word = |start: &str, word: &str| w.by_key(&format!("{start}{}", word.replace('_', "-")));
        let zone = gate.setting.zone.map(|zone| word("gate-zone-", zone.as_str()));
        let level = gate.setting.level.map(|level| w.gate_level_of(level.to_string()));
        let what = [Some(word("gate-place-kind-", gate.kind.as_str())), zone, level];
        let full = inside.zip(limit).is_some_and(|(inside, limit)| i64::from(inside) >= limit);
        let (tone, icon, title) = if gates::closed(law.as_ref(), gate) {
            ("warning", "circle-x", w.venue_closed())
        } else if full {
            ("warning", "alert-triangle", w.venue_full())
        } else {
            ("done", "circle-check", w.venue_open())
        };
        let text = match (inside, limit) {
            (Some(inside), Some(limit)) => w.venue_inside_of(inside.to_string(), limit.to_string()),
            (Some(inside), None) => w.venue_inside(inside.to_string()),
            (None, Some(limit)) => w.venue_limit(limit.to_string()),
            (None, None) => String::new(),
        };
        let what = what.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        Ok(Self { name: gate.name.clone(), what, tone, icon, title, text })
    }
}

/// `GET /{tenant}/v/{code}`
pub(super) async fn page(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    Query(after): Query<After>,
) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let gate = match gates::of_poster(&mut cx, &code).await {
        Ok(gate) => gate,
        Err(error) => return asker.refuse(&code, error),
    };
    let done = after.done.parse::<Direction>().map(|done| done.as_str().to_owned()).unwrap_or_default();
    let mut page = shown(&mut cx, visit, &gate, &Answers::default(), Errors::default()).await?;
    page.done = done;
    Ok(visit.keep_language(html(&page)?))
}

/// `POST /{tenant}/v/{code}` with `direction`, `code` and `key`: what is wrong stands beside its field; whether a
/// code is anybody's is not told.
pub(super) async fn check_in(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    answers: Answers,
) -> Outcome {
    if let Some(waits) = asker.told_to_wait() {
        return waits;
    }
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let gate = match gates::of_poster(&mut cx, &code).await {
        Ok(gate) => gate,
        Err(error) => return asker.refuse(&code, error),
    };
    let mut errors = Errors::default();
    let typed = |name: &str| answers.get(name).unwrap_or_default();
    // A form without a key of ours is one of nobody's: it counts each time.
    let key = typed("key").parse::<Uuid>().ok().filter(|key| key.get_version_num() == 7);
    let key = key.unwrap_or_else(|| cx.id());
    match gates::check_in(key, gate.id, typed("direction"), typed("code")) {
        Ok(check_in) => {
            // No transaction waits for another.
            cx.rollback().await?;
            match take::take(visit, check_in).await {
                Ok(()) => {
                    let done = check_in.direction.as_str();
                    return Ok(see_other(&visit.frame().at(format_args!("v/{}?done={done}", gate.poster))));
                }
                Err(error @ Error::Invalid { .. }) => {
                    asker.missed();
                    errors.take(visit.w, error)?;
                }
                Err(other) => return Err(other.into()),
            }
            cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
        }
        Err(error @ Error::Invalid { .. }) => errors.take(visit.w, error)?,
        Err(other) => return Err(other.into()),
    }
    let page = shown(&mut cx, visit, &gate, &answers, errors).await?;
    let mut response = html(&page)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(visit.keep_language(response))
}

async fn shown(cx: &mut Cx, visit: &Visit, gate: &Gate, answers: &Answers, errors: Errors) -> Result<Page> {
    let p = visit.frame();
    let text = |name: &str| answers.get(name).unwrap_or_default().chars().take(SHOWN).collect::<String>();
    let direction = text("direction");
    Ok(Page {
        state: State::of(cx, visit, gate).await?,
        action: p.at(format_args!("v/{}", gate.poster)),
        owner_href: p.at(format_args!("v/{}/owner", gate.poster)),
        key: cx.id::<Uuid>().to_string(),
        direction: if direction.is_empty() { Direction::In.as_str().to_owned() } else { direction },
        typed: text("code"),
        done: String::new(),
        errors,
        p,
    })
}
