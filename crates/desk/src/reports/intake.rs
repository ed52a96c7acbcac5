//! What an operator writes down while somebody speaks: one page, the telephone number first, and
//! at its end the code that is read aloud.

use super::{category_of, category_word, emergency_number, form::Sent, is_urgent, list::Row};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::{
    extract::{Multipart, Path},
    http::StatusCode,
};
use duty::{
    permissions::{Action, Scope, permits},
    tenants::pack::CategoryKind,
};
use kernel::{Error, FileId, Phone, ReportId, Role};
use pages::{Desk, Outcome, forms::Errors, html, see_other};
use town::{
    files::{self, Purpose},
    reports::{self, Channel, NewReport},
};

/// Length of the form's key: a second press sends the same one and gets the same report.
const KEY: usize = 24;

#[derive(Clone, Default)]
pub struct Typed {
    key: String,
    channel: String,
    phone: String,
    name: String,
    anonymous: String,
    category: String,
    ward: String,
    address: String,
    /// Latitude and longitude, as maps copy them: `10.7296, 106.7055`.
    point: String,
    details: String,
    /// Pictures that arrived with an earlier try.
    kept: Vec<FileId>,
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

/// `POST /{tenant}/desk/reports/new`, `multipart/form-data`. A picture that has arrived is kept even
/// when something else was refused, so that it is sent once.
pub async fn take(me: Me, form: Multipart) -> Outcome {
    let mut sent = Sent::read(form).await;
    me.check(&sent.text("csrf"))?;
    let mut typed = Typed::of(&mut sent);
    let mut errors = Errors::default();
    for file in std::mem::take(&mut sent.files) {
        match keep(&me, file).await {
            Ok(file) => typed.kept.push(file),
            Err(Error::Invalid { key, .. }) => errors.add("file", me.w.by_key(key)),
            Err(other) => return Err(other.into()),
        }
    }
    if typed.step == "look" {
        return page(&me, typed, errors).await;
    }
    let mut cx = me.begin().await?;
    let new = typed.report();
    if new.point.is_some_and(|(lat, lon)| lat.is_nan() || lon.is_nan()) {
        errors.add("point", me.w.by_key("error-point-format"));
    }
    for fault in reports::faults(&mut cx, &me.tenant, &new).await? {
        errors.add(fault.field, me.w.by_key(fault.key));
    }
    if errors.is_empty() {
        match reports::submit(&mut cx, &me.tenant, new).await {
            Ok(submitted) => {
                cx.commit().await?;
                return Ok(see_other(&me.at(format!("reports/{}/code", submitted.id))));
            }
            // Somebody went back to a form that was taken and wrote something else: another report.
            Err(Error::Conflict(key @ "error-report-key-used")) => {
                typed.key = me.app.store().rng().code(KEY);
                errors.add("details", me.w.by_key(key));
            }
            Err(Error::Conflict(key @ "error-file-gone")) => {
                typed.kept.clear();
                errors.add("file", me.w.by_key(key));
            }
            Err(other) => return Err(other.into()),
        }
    }
    drop(cx);
    page(&me, typed, errors).await
}

async fn keep(me: &Me, file: Result<Vec<u8>, Error>) -> Result<FileId, Error> {
    let mut cx = me.begin().await?;
    let kept = files::keep(&mut cx, me.app.vault(), file?, Purpose::Report).await?;
    cx.commit().await?;
    Ok(kept)
}

impl Typed {
    fn of(sent: &mut Sent) -> Self {
        Self {
            key: sent.text("key"),
            channel: sent.text("channel"),
            phone: sent.text("phone"),
            name: sent.text("name"),
            anonymous: sent.text("anonymous"),
            category: sent.text("category"),
            ward: sent.text("ward"),
            address: sent.text("address"),
            point: sent.text("point"),
            details: sent.text("details"),
            kept: sent.text("kept").split_whitespace().filter_map(|id| id.parse().ok()).collect(),
            step: sent.text("step"),
        }
    }

    /// The point, where one was told; what cannot be read is nowhere.
    fn point(&self) -> Option<(f64, f64)> {
        let typed = self.point.trim();
        let degrees = |text: &str| text.trim().parse().unwrap_or(f64::NAN);
        (!typed.is_empty()).then(|| match typed.split_once([',', ';', ' ']) {
            Some((lat, lon)) => (degrees(lat), degrees(lon)),
            None => (f64::NAN, f64::NAN),
        })
    }

    fn kept(&self) -> String {
        self.kept.iter().map(FileId::to_string).collect::<Vec<_>>().join(" ")
    }

    fn report(&self) -> NewReport {
        NewReport {
            key: self.key.clone(),
            channel: Some(self.channel()),
            category: self.category.clone(),
            ward: self.ward.parse().ok(),
            address: self.address.clone(),
            point: self.point(),
            details: self.details.clone(),
            files: self.kept.clone(),
            anonymous: !self.anonymous.is_empty(),
            name: self.name.clone(),
            phone: self.phone.clone(),
            ..NewReport::default()
        }
    }

    fn channel(&self) -> Channel {
        self.channel
            .parse()
            .ok()
            .filter(|channel: &Channel| channel.is_entered_by_staff())
            .unwrap_or(Channel::Phone)
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
                let lines = reports::of_phone(&mut frame.cx, &phone, typed.channel(), &typed.key).await?;
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
        channels: [
            (Channel::Phone, w.desk_report_channel_phone()),
            (Channel::Counter, w.desk_report_channel_counter()),
        ]
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
