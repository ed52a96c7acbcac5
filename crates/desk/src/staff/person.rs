//! One person: posts, how to reach him for those who keep the list, and letting him go.

use super::{chosen_unit, keeper, role_word, roles, units};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::{Form, extract::Path};
use duty::{
    accounts,
    permissions::{Action, Scope, permits},
    rosters,
    staff::{self, NewPost},
    tickets,
};
use jiff::civil::Date;
use kernel::{Error, Role, StaffId, dates};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use uuid::Uuid;

struct PostRow {
    unit: String,
    title: String,
    role: String,
    marks: String,
    from: String,
    to: String,
    end: Option<String>,
}

#[derive(Template)]
#[template(path = "staff_person.html")]
struct Page {
    d: Desk,
    here: String,
    name: String,
    code: String,
    left: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    posts: Vec<PostRow>,
    edits: bool,
    leaves: bool,
    account: Option<(String, String)>,
    units: Vec<(String, String)>,
    roles: Vec<(&'static str, String)>,
    typed: NewPostTyped,
    heir: String,
    errors: Errors,
}

/// `GET /{tenant}/desk/staff/{staff}`
pub async fn page(me: Me, Path((_, id)): Path<(String, StaffId)>) -> Outcome {
    show(&me, id, NewPostTyped::default(), String::new(), Errors::default()).await
}

async fn show(me: &Me, id: StaffId, typed: NewPostTyped, heir: String, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "staff").await?;
    let person = staff::seen(&mut frame.cx, id).await?;
    let edits = permits(&me.actor, Action::StaffEdit, Scope::Tenant) && person.left_on.is_none();
    let here = me.at(format!("staff/{id}"));
    let today = frame.d.clock.today();
    let posts = staff::post_rows(&mut frame.cx, id).await?;
    let posts = posts
        .into_iter()
        .map(|post| PostRow {
            unit: frame::name(&frame.tree, &frame.d, Some(post.unit)),
            role: role_word(me.w, post.role),
            marks: [(post.head, me.w.staff_head()), (post.on_call, me.w.staff_on_call())]
                .into_iter()
                .filter_map(|(is, word)| is.then_some(word))
                .collect::<Vec<_>>()
                .join(", "),
            from: dates::shown_date(post.valid_from),
            to: post.valid_to.map_or_else(|| "–".to_owned(), dates::shown_date),
            end: (edits && post.valid_to.is_none()).then(|| format!("{here}/posts/{}/end", post.id)),
            title: post.title,
        })
        .collect();
    // Numbers and addresses are for those who keep the list, not for lists that others see.
    let contact = if permits(&me.actor, Action::StaffEdit, Scope::Tenant) {
        staff::contacts(&mut frame.cx, &[id]).await?.pop()
    } else {
        None
    };
    let mut account = None;
    if permits(&me.actor, Action::AccountManage, Scope::Tenant) {
        let known = accounts::of(&mut frame.cx, id).await?;
        account = Some(match known {
            Some(_) => (me.w.staff_account(), me.at(format!("accounts/{id}"))),
            None => (
                me.w.account_invite(),
                me.at(format!("accounts/invite?staff={}", crate::session::quoted(&person.code))),
            ),
        });
        if person.left_on.is_some() {
            account = account.filter(|(_, href)| !href.contains("invite"));
        }
    }
    let wrong = !errors.is_empty();
    let mut typed = typed;
    if typed.from.is_empty() {
        typed.from = today.to_string();
    }
    let page = Page {
        name: person.full_name,
        code: person.code,
        left: person.left_on.map(dates::shown_date),
        phone: contact.as_ref().and_then(|contact| contact.phone.clone()),
        email: contact.and_then(|contact| contact.email),
        posts,
        edits,
        leaves: edits && id != me.staff,
        account,
        units: units(&frame, me, Action::StaffEdit),
        roles: roles(me.w),
        typed,
        heir,
        errors,
        here,
        d: frame.d,
    };
    form_page(&page, wrong)
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewPostTyped {
    pub csrf: String,
    pub unit: String,
    pub role: String,
    pub title: String,
    pub title_en: String,
    pub head: Option<String>,
    pub on_call: Option<String>,
    pub from: String,
}

impl NewPostTyped {
    /// The post it describes.
    pub fn read(&self, staff: StaffId, today: Date) -> Result<NewPost, Error> {
        let role: Role = self.role.parse().map_err(|_| Error::invalid("role", "error-choose"))?;
        let english = self.title_en.trim();
        Ok(NewPost {
            staff,
            unit: chosen_unit(&self.unit)?,
            role,
            title: self.title.trim().to_owned(),
            title_en: if english.is_empty() { self.title.trim().to_owned() } else { english.to_owned() },
            head: self.head.is_some(),
            on_call: self.on_call.is_some(),
            valid_from: day("from", &self.from, today)?,
        })
    }
}

/// A typed day; empty is today.
pub fn day(field: &'static str, text: &str, today: Date) -> Result<Date, Error> {
    match text.trim() {
        "" => Ok(today),
        text => dates::parse_date_near(text, today).map_err(|error| Error::invalid(field, error.key)),
    }
}

/// `POST /{tenant}/desk/staff/{staff}/posts`
pub async fn appoint(
    me: Me,
    Path((_, id)): Path<(String, StaffId)>,
    Form(typed): Form<NewPostTyped>,
) -> Outcome {
    me.check(&typed.csrf)?;
    let done = try_appoint(&me, id, &typed).await;
    settle(&me, id, done, typed, String::new()).await
}

async fn try_appoint(me: &Me, id: StaffId, typed: &NewPostTyped) -> Result<(), Error> {
    keeper(me)?;
    let mut cx = me.begin().await?;
    staff::seen(&mut cx, id).await?;
    let today = duty::units::today(&mut cx).await?;
    let post = typed.read(id, today)?;
    staff::appoint(&mut cx, &post).await?;
    cx.commit().await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ending {
    csrf: String,
    last: String,
}

/// `POST /{tenant}/desk/staff/{staff}/posts/{post}/end`
pub async fn end_post(
    me: Me,
    Path((_, id, post)): Path<(String, StaffId, Uuid)>,
    Form(typed): Form<Ending>,
) -> Outcome {
    me.check(&typed.csrf)?;
    let done = try_end_post(&me, id, post, &typed.last).await;
    settle(&me, id, done, NewPostTyped::default(), String::new()).await
}

async fn try_end_post(me: &Me, id: StaffId, post: Uuid, last: &str) -> Result<(), Error> {
    keeper(me)?;
    let mut cx = me.begin().await?;
    if staff::post_rows(&mut cx, id).await?.iter().all(|held| held.id != post) {
        return Err(Error::NotFound);
    }
    let today = duty::units::today(&mut cx).await?;
    let last = day("last", last, today)?;
    rosters::end_post(&mut cx, post, last).await?;
    cx.commit().await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Leaving {
    csrf: String,
    heir: String,
}

/// `POST /{tenant}/desk/staff/{staff}/leave`: gone from today. What he had in hand falls back to his
/// units, his hours on duty to whoever is named; an account he had closes.
pub async fn leave(me: Me, Path((_, id)): Path<(String, StaffId)>, Form(typed): Form<Leaving>) -> Outcome {
    me.check(&typed.csrf)?;
    let done = try_leave(&me, id, &typed.heir).await;
    settle(&me, id, done, NewPostTyped::default(), typed.heir).await
}

async fn try_leave(me: &Me, id: StaffId, heir: &str) -> Result<(), Error> {
    keeper(me)?;
    let mut cx = me.begin().await?;
    staff::seen(&mut cx, id).await?;
    let heir = match heir.trim() {
        "" => None,
        text => Some(staff::named(&mut cx, "heir", text).await?),
    };
    if permits(&me.actor, Action::AccountManage, Scope::Tenant) {
        accounts::close(&mut cx, id, heir).await?;
    } else {
        let today = duty::units::today(&mut cx).await?;
        rosters::leave(&mut cx, id, today, heir).await?;
        tickets::hand_over(&mut cx, id).await?;
    }
    cx.commit().await
}

async fn settle(me: &Me, id: StaffId, done: Result<(), Error>, typed: NewPostTyped, heir: String) -> Outcome {
    match done {
        Ok(()) => Ok(see_other(&me.at(format!("staff/{id}")))),
        Err(error) => {
            let mut errors = Errors::default();
            match error {
                Error::Conflict(key) => errors.add("main", me.w.by_key(key)),
                other => errors.take(me.w, other)?,
            }
            show(me, id, typed, heir, errors).await
        }
    }
}
