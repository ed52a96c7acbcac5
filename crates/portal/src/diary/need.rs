//! What a household that may not go out needs: ticked, and sent to its ward.

use super::{doorway::Asker, page as diary};
use crate::home::Visit;
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
    http::StatusCode,
};
use health::care::needs::{self, Item, Need, NewNeed};
use kernel::{Actor, Error, Result, SecretCode};
use pages::{Outcome, Portal, Words, forms::Errors, html, see_other};
use store::Turns;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "diary_need.html")]
struct Page {
    p: Portal,
    code: String,
    key: Uuid,
    /// What was asked just now is on its way.
    done: bool,
    /// Code, label, ticked.
    items: Vec<(String, String, bool)>,
    note: String,
    /// What was asked for before: what, when, whether it came.
    before: Vec<(String, String, String)>,
    errors: Errors,
}

impl Page {
    fn at(&self, path: &str) -> String {
        self.p.at(format_args!("diary/{}{path}", self.code))
    }
}

/// What was sent.
#[derive(Default)]
struct Typed {
    key: Option<Uuid>,
    items: Vec<String>,
    note: String,
}

impl Typed {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "key" => typed.key = value.trim().parse().ok(),
                "items" => typed.items.push(value),
                "note" => typed.note = value,
                _ => {}
            }
        }
        typed
    }
}

/// `GET /{tenant}/diary/{code}/need?done=`
pub(super) async fn page(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    Query(asked): Query<Vec<(String, String)>>,
) -> Outcome {
    let done = asked.iter().any(|(name, _)| name == "done");
    show(&asker, &code, done, &Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/diary/{code}/need`
pub(super) async fn ask(
    asker: Asker,
    Path((_, code)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let visit = &asker.visit;
    let typed = Typed::of(pairs);
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    if let Err(error) = diary::open(&mut cx, &code).await {
        return asker.refuse(&code, error);
    }
    let new = NewNeed {
        form_key: typed.key.unwrap_or_else(|| cx.id()),
        items: typed.items.iter().filter_map(|code| code.parse::<Item>().ok()).collect(),
        note: typed.note.clone(),
    };
    drop(cx);
    let mut turns = Turns::default();
    let asked = loop {
        match send(visit, &code, &new).await {
            Err(error) if turns.again(&error) => {}
            done => break done,
        }
    };
    let mut errors = Errors::default();
    match asked {
        Ok(()) => {
            let code = SecretCode::parse(&code)?;
            return Ok(see_other(&visit.frame().at(format_args!("diary/{code}/need?done=1"))));
        }
        Err(Error::Invalid { field: "note", key: "error-text-too-long" }) => {
            errors.add("note", visit.w.diary_need_note_long());
        }
        Err(error) => errors.take(visit.w, error)?,
    }
    show(&asker, &code, false, &typed, errors).await
}

async fn send(visit: &Visit, code: &str, new: &NewNeed) -> Result<()> {
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let (household, _) = diary::open(&mut cx, code).await?;
    needs::ask(&mut cx, household, new).await?;
    cx.commit().await
}

async fn show(asker: &Asker, code: &str, done: bool, typed: &Typed, errors: Errors) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let household = match diary::open(&mut cx, code).await {
        Ok((household, _)) => household,
        Err(error) => return asker.refuse(code, error),
    };
    let all = needs::of_household(&mut cx, household).await?;
    let (p, w) = (visit.frame(), visit.w);
    let wrong = !errors.is_empty();
    let before = all
        .iter()
        .map(|need| {
            let met =
                need.met_at.map_or_else(|| w.diary_need_coming(), |at| w.need_met_at(p.clock.short(at)));
            (what(w, need), p.clock.short(need.asked_at), met)
        })
        .collect();
    let page = Page {
        code: SecretCode::parse(code)?.to_string(),
        key: cx.id(),
        done,
        items: Item::ALL
            .iter()
            .map(|one| {
                let code = one.as_str().to_owned();
                let ticked = typed.items.contains(&code);
                (code, item(w, *one), ticked)
            })
            .collect(),
        note: typed.note.chars().take(2000).collect(),
        before,
        errors,
        p,
    };
    let mut response = html(&page)?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(visit.keep_language(response))
}

fn item(w: Words, one: Item) -> String {
    w.by_key(&format!("need-item-{}", one.as_str().replace('_', "-")))
}

fn what(w: Words, need: &Need) -> String {
    need.items.iter().map(|one| item(w, *one)).collect::<Vec<_>>().join(", ")
}
