//! Necessities of a household: asked for by staff who was told, and said to have come.

use super::{
    Ground,
    act::{Asked, Sent},
    supplies, words,
};
use crate::Me;
use askama::Template;
use health::{
    care::needs::{self, Channel, Item, Need, NewNeed},
    followups,
};
use kernel::{Error, HouseholdId, NeedId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use uuid::Uuid;

/// Something that was asked for.
struct Row {
    id: String,
    what: String,
    note: String,
    asked: String,
    full: String,
    /// By whom: the household, or staff.
    by: String,
    met: String,
}

#[derive(Template)]
#[template(path = "household_needs.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    message: String,
    form_key: Uuid,
    /// Code, label, ticked.
    items: Vec<(String, String, bool)>,
    note: String,
    rows: Vec<Row>,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/needs`
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    show(me, id, &asked.done, &Sent(Vec::new()), Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/needs`: `do` is `ask` or `met`
pub async fn act(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    // Only who may record may know what is needed.
    drop(Ground::of(me, id).await?);
    let done = match sent.of("do") {
        "ask" => ask(me, id, sent).await,
        "met" => met(me, sent).await,
        _ => return Err(Error::NotFound.into()),
    };
    let error = match done {
        Ok(done) => return Ok(see_other(&me.at(format!("households/{id}/needs?done={done}")))),
        Err(error) => error,
    };
    let mut errors = Errors::default();
    match error {
        Error::Invalid { field: "note", key: "error-text-too-long" } => {
            errors.add("note", me.w.case_text_too_long("500"));
        }
        other => errors.take(me.w, other)?,
    }
    show(me, id, "", sent, errors).await
}

async fn ask(me: &Me, id: HouseholdId, sent: &Sent) -> Result<&'static str> {
    let mut cx = me.begin().await?;
    let form_key = sent.of("form_key").parse().unwrap_or_else(|_| cx.id::<Uuid>());
    let items = sent.all("items").filter_map(|code| code.parse::<Item>().ok()).collect();
    let new = NewNeed { form_key, items, note: sent.of("note").to_owned() };
    let asked = needs::ask(&mut cx, id, &new).await?;
    cx.commit().await?;
    Ok(if asked.is_some() { "asked" } else { "known" })
}

async fn met(me: &Me, sent: &Sent) -> Result<&'static str> {
    let need = sent.of("need").parse::<NeedId>()?;
    let mut cx = me.begin().await?;
    match needs::meet(&mut cx, need).await {
        Ok(_) => {
            cx.commit().await?;
            Ok("met")
        }
        Err(Error::Conflict("error-need-met")) => Ok("known"),
        Err(other) => Err(other),
    }
}

async fn show(me: &Me, id: HouseholdId, done: &str, sent: &Sent, errors: Errors) -> Outcome {
    let w = me.w;
    let mut ground = Ground::of(me, id).await?;
    let all = needs::of_household(&mut ground.frame.cx, id).await?;
    let ticked: Vec<&str> = sent.all("items").collect();
    let wrong = !errors.is_empty();
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/needs")),
        message: match done {
            "asked" => w.need_done_asked(),
            "met" => w.need_done_met(),
            "known" => w.need_done_known(),
            _ => String::new(),
        },
        form_key: ground.frame.cx.id(),
        items: Item::ALL
            .iter()
            .map(|one| (one.as_str().to_owned(), supplies::need(w, *one), ticked.contains(&one.as_str())))
            .collect(),
        note: sent.of("note").to_owned(),
        rows: all.iter().map(|need| row(me, &ground, need)).collect(),
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}

fn row(me: &Me, ground: &Ground, need: &Need) -> Row {
    let (w, clock) = (me.w, &ground.frame.d.clock);
    let what: Vec<String> = need.items.iter().map(|one| supplies::need(w, *one)).collect();
    Row {
        id: need.id.to_string(),
        what: what.join(", "),
        note: need.note.clone().unwrap_or_default(),
        asked: clock.short(need.asked_at),
        full: clock.full(need.asked_at),
        by: match need.channel {
            Channel::Household => words::channel(w, followups::Channel::Household),
            Channel::Staff => words::channel(w, followups::Channel::Station),
        },
        met: need.met_at.map_or_else(String::new, |at| w.need_met_at(clock.short(at))),
    }
}
