//! Who is to be reached, those who wait longest first.

use crate::{
    Me,
    frame::{self, Frame},
    traces::{Tab, tabs, wards, words},
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::{Action, Scope, permits};
use health::contacts::{self, Task};
use kernel::{Error, UnitId, dates};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    ward: String,
    page: i64,
}

struct Due {
    left: String,
    pressure: &'static str,
    rfc: String,
    full: String,
}

struct Row {
    name: String,
    about: String,
    phone: String,
    ward: String,
    basis: String,
    until: String,
    case: String,
    case_href: Option<String>,
    due: Due,
    call: Option<String>,
    reach: Option<String>,
    end: Option<String>,
}

#[derive(Template)]
#[template(path = "contacts.html")]
struct Page {
    d: Desk,
    tabs: Vec<Tab>,
    address: String,
    wards: Vec<(String, String, bool)>,
    state: String,
    late: String,
    rows: Vec<Row>,
    before: Option<String>,
    next: Option<String>,
}

/// `GET /{tenant}/desk/contacts`
pub async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    if !permits(&me.actor, Action::CaseSee, Scope::Tenant) {
        return Err(Error::Forbidden(Action::CaseSee.as_str()).into());
    }
    let mut frame = Frame::new(&me, "contacts").await?;
    let ward = if asked.ward.is_empty() { None } else { Some(asked.ward.parse::<UnitId>()?) };
    let tasks = contacts::to_reach(&mut frame.cx, ward, asked.page).await?;
    let w = me.w;
    let seen = crate::cases::wards(&me, &frame, Action::CaseSee);
    let address = |page: i64| {
        let ward = ward.map(|ward| format!("&ward={ward}")).unwrap_or_default();
        format!("{}?page={page}{ward}", me.at("contacts"))
    };
    let page = Page {
        tabs: tabs(&me, "contacts"),
        address: address(asked.page),
        wards: wards(&frame, &asked.ward)
            .into_iter()
            .filter(|(id, ..)| seen.iter().any(|ward| ward.to_string() == *id))
            .collect(),
        state: w.contacts_waiting(tasks.waiting.to_string()),
        late: if tasks.late > 0 { w.contacts_late(tasks.late.to_string()) } else { String::new() },
        rows: tasks.tasks.iter().map(|task| row(&me, &frame, task)).collect(),
        before: (asked.page > 0).then(|| address(asked.page - 1)),
        next: tasks.more.then(|| address(asked.page + 1)),
        d: frame.d.clone(),
    };
    html(&page)
}

fn row(me: &Me, frame: &Frame, task: &Task) -> Row {
    let (w, clock) = (me.w, &frame.d.clock);
    let href = |act: &str| me.at(format!("contacts/{}/{act}", task.contact));
    let records = permits(&me.actor, Action::CaseRecord, Scope::Tenant);
    let may = |act| records.then(|| href(act));
    Row {
        name: task.person.full_name.clone(),
        about: words::who(w, task.second, &task.person),
        phone: task.person.phone_masked.clone().unwrap_or_else(|| "–".to_owned()),
        ward: frame::short(&frame.tree, &frame.d, Some(task.ward)),
        basis: words::basis(w, task.basis),
        until: dates::shown_date(task.exposed_to),
        case: task.case_name.clone().unwrap_or_else(|| w.contact_case_elsewhere()),
        case_href: task.case_name.as_ref().map(|_| me.at(format!("cases/{}", task.case))),
        due: Due {
            left: clock.left(w, task.due_at),
            pressure: clock.pressure(task.due_at, false),
            rfc: clock.rfc(task.due_at),
            full: clock.full(task.due_at),
        },
        call: may("call"),
        reach: may("reach"),
        end: may("end"),
    }
}
