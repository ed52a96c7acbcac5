//! What an operator writes down while somebody speaks: one page, the telephone number first, and
//! at its end the code that is read aloud.

use super::{category_of, category_word, emergency_number, is_urgent, list::Row};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::{Form, extract::Path, http::StatusCode};
use duty::{
    permissions::{Action, Scope, permits},
    tenants::pack::CategoryKind,
};
use kernel::{Error, Phone, ReportId, Role};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use serde::Deserialize;
use town::reports::{self, Channel, NewReport};

/// Length of the form's key: a second press sends the same one and gets the same report.
const KEY: usize = 24;

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    key: String,
    channel: String,
    phone: String,
    name: String,
    anonymous: String,
    category: String,
    ward: String,
    address: String,
    details: String,
    /// `look` asks for the caller's earlier reports and takes nothing in.
    step: String,
}

struct CategoryChoice {
    code: String,
    name: String,
    urgent: bool,
    /// Which number comes first.
    number: Option<String>,
    here: bool,
}

#[derive(Template)]
#[template(path = "reports_new.html")]
struct Page {
    d: Desk,
    typed: Typed,
    errors: Errors,
    channels: Vec<(&'static str, String, bool)>,
    categories: Vec<CategoryChoice>,
    /// What is no report: its name and where it goes instead.
    elsewhere: Vec<(String, String)>,
    wards: Vec<(String, String)>,
    may_look: bool,
    /// The caller's earlier reports; `None` until they were asked for.
    before: Option<Vec<Row>>,
    numbers: [(String, String); 3],
}

/// `GET /{tenant}/desk/reports/new`
pub async fn form(me: Me) -> Outcome {
    let channel = if me.actor.has(Role::Operator) { Channel::Phone } else { Channel::Counter };
    let typed = Typed {
        key: me.app.store().rng().code(KEY),
        channel: channel.as_str().to_owned(),
        ..Typed::default()
    };
    page(&me, typed, Errors::default()).await
}

/// `POST /{tenant}/desk/reports/new`
pub async fn take(me: Me, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    if typed.step == "look" {
        return page(&me, typed, Errors::default()).await;
    }
    let mut cx = me.begin().await?;
    let new = typed.report();
    let faults = reports::faults(&mut cx, &me.tenant, &new).await?;
    if faults.is_empty() {
        let submitted = reports::submit(&mut cx, &me.tenant, new).await?;
        cx.commit().await?;
        return Ok(see_other(&me.at(format!("reports/{}/code", submitted.id))));
    }
    drop(cx);
    let mut errors = Errors::default();
    for fault in faults {
        errors.add(fault.field, me.w.by_key(fault.key));
    }
    page(&me, typed, errors).await
}

impl Typed {
    fn report(&self) -> NewReport {
        NewReport {
            key: self.key.clone(),
            channel: Some(self.channel()),
            category: self.category.clone(),
            ward: self.ward.parse().ok(),
            address: self.address.clone(),
            details: self.details.clone(),
            anonymous: !self.anonymous.is_empty(),
            name: self.name.clone(),
            phone: self.phone.clone(),
            ..NewReport::default()
        }
    }

    fn channel(&self) -> Channel {
        self.channel.parse().ok().filter(|channel: &Channel| channel.is_entered_by_staff()).unwrap_or(Channel::Phone)
    }
}

async fn page(me: &Me, mut typed: Typed, mut errors: Errors) -> Outcome {
    if !permits(&me.actor, Action::ReportEnter, Scope::Tenant) {
        return Err(Error::Forbidden(Action::ReportEnter.as_str()).into());
    }
    let may_look = permits(&me.actor, Action::ReportIdentity, Scope::Tenant);
    let mut frame = Frame::new(me, "reports").await?;
    let mut before = None;
    if typed.step == "look" && may_look {
        match Phone::parse(&typed.phone) {
            Ok(phone) => {
                let lines = reports::of_phone(&mut frame.cx, &phone).await?;
                before = Some(lines.iter().map(|line| Row::new(me, &frame, line)).collect());
            }
            Err(error) => errors.add("phone", me.w.by_key(error.key)),
        }
    }
    let (w, numbers) = (me.w, &me.tenant.pack.place.emergency);
    let channel = typed.channel();
    let wards: Vec<(String, String)> = frame
        .tree
        .wards()
        .filter(|ward| permits(&me.actor, Action::ReportEnter, Scope::Units(&[ward.id])))
        .map(|ward| (ward.id.to_string(), frame::short(&frame.tree, &frame.d, Some(ward.id))))
        .collect();
    if let [(only, _)] = wards.as_slice() {
        typed.ward.clone_from(only);
    }
    let wrong = !errors.is_empty();
    let page = Page {
        channels: [(Channel::Phone, w.desk_report_channel_phone()), (Channel::Counter, w.desk_report_channel_counter())]
            .into_iter()
            .map(|(one, label)| (one.as_str(), label, one == channel))
            .collect(),
        categories: categories(me, &typed.category),
        elsewhere: elsewhere(me),
        wards,
        may_look,
        before,
        numbers: [
            (w.desk_report_call_medical(), numbers.medical.clone()),
            (w.desk_report_call_police(), numbers.police.clone()),
            (w.desk_report_call_fire(), numbers.fire.clone()),
        ],
        typed,
        errors,
        d: frame.d,
    };
    let mut response = html(&page)?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    // That somebody's reports were looked up is on record.
    frame.cx.commit().await?;
    Ok(response)
}

fn categories(me: &Me, chosen: &str) -> Vec<CategoryChoice> {
    let all = me.tenant.pack.categories.iter();
    all.filter(|category| category.kind == CategoryKind::Report)
        .map(|category| CategoryChoice {
            code: category.code.clone(),
            name: category_word(me, &category.code),
            urgent: is_urgent(me, &category.code),
            number: emergency_number(me, category).map(str::to_owned),
            here: category.code == chosen,
        })
        .collect()
}

fn elsewhere(me: &Me) -> Vec<(String, String)> {
    let all = me.tenant.pack.categories.iter();
    all.filter(|category| category.kind == CategoryKind::Redirect)
        .map(|category| {
            let hint = me.w.lang().pick(&category.hint_vi, &category.hint_en).to_owned();
            (category_word(me, &category.code), hint)
        })
        .collect()
}

#[derive(Template)]
#[template(path = "reports_code.html")]
struct CodePage {
    d: Desk,
    /// The code in its groups of four, to be read one at a time.
    groups: Vec<String>,
    category: String,
    ward: String,
    unit: String,
    received: String,
    due: String,
    track: String,
    number: Option<String>,
    report_href: String,
    new_href: Option<String>,
}

/// `GET /{tenant}/desk/reports/{id}/code`: to read aloud or to print. On record each time.
pub async fn code(me: Me, Path((_, id)): Path<(String, ReportId)>) -> Outcome {
    let mut frame = Frame::new(&me, "reports").await?;
    let report = reports::report(&mut frame.cx, id).await?;
    let code = reports::code(&mut frame.cx, id).await?;
    let clock = &frame.d.clock;
    let page = CodePage {
        groups: code.to_string().split('-').map(str::to_owned).collect(),
        category: category_word(&me, &report.category),
        ward: frame::short(&frame.tree, &frame.d, Some(report.ward)),
        unit: frame.unit(report.unit),
        received: clock.full(report.received_at),
        due: clock.full(report.due_at),
        track: format!("{}/{}/track", me.app.place().public_url, me.tenant.slug),
        number: category_of(&me, &report.category)
            .filter(|_| is_urgent(&me, &report.category))
            .and_then(|category| emergency_number(&me, category))
            .map(str::to_owned),
        report_href: me.at(format!("reports/{id}")),
        new_href: permits(&me.actor, Action::ReportEnter, Scope::Tenant).then(|| me.at("reports/new")),
        d: frame.d,
    };
    let response = html(&page)?;
    frame.cx.commit().await?;
    Ok(response)
}
