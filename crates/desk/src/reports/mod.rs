//! Citizens' reports at the desk: the list by time left, one report with what its unit may do with
//! it, and the page on which an operator writes down what a caller says. Who sent a report is
//! opened only by the centre, or by the unit from which a sick person waits for a call, with a
//! reason, and shown once: no page keeps it.

mod act;
mod answer;
mod detail;
mod file;
mod form;
mod intake;
mod list;
mod reporter;

use crate::Me;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use duty::{tenants::pack::Category, tickets::Severity};
use kernel::Error;
use pages::{App, Words, forms::Errors};
use town::reports::{Channel, State};

/// A file past its limit is still taken in to its end, unkept, so that the answer reaches the
/// browser; past this, in bytes, the connection is cut.
const BODY_LIMIT: usize = 64 << 20;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/{tenant}/desk/reports", get(list::page))
        .route(
            "/{tenant}/desk/reports/new",
            get(intake::form).post(intake::take).layer(DefaultBodyLimit::max(BODY_LIMIT)),
        )
        .route("/{tenant}/desk/reports/{id}", get(detail::page))
        .route("/{tenant}/desk/reports/{id}/code", get(intake::code))
        .route(
            "/{tenant}/desk/reports/{id}/answer",
            get(answer::form).post(answer::answer).layer(DefaultBodyLimit::max(BODY_LIMIT)),
        )
        .route("/{tenant}/desk/reports/{id}/reporter", get(reporter::form).post(reporter::open))
        .route("/{tenant}/desk/reports/{id}/duplicates/{other}", post(act::duplicate))
        .route("/{tenant}/desk/reports/{id}/files/{file}", get(file::file))
        .route("/{tenant}/desk/reports/{id}/{act}", get(act::form).post(act::act))
}

fn category_of<'a>(me: &'a Me, code: &str) -> Option<&'a Category> {
    me.tenant.pack.category(code)
}

/// The name of a category in the reader's language; its code when the pack no longer has it.
fn category_word(me: &Me, code: &str) -> String {
    let name = category_of(me, code).map(|category| me.w.lang().pick(&category.name_vi, &category.name_en));
    name.unwrap_or(code).to_owned()
}

fn is_urgent(me: &Me, code: &str) -> bool {
    category_of(me, code).is_some_and(|category| category.severity == Some(Severity::Emergency))
}

/// The number to call before anything else, for categories where life or safety may be at stake.
fn emergency_number<'a>(me: &'a Me, category: &Category) -> Option<&'a str> {
    let numbers = &me.tenant.pack.place.emergency;
    match category.emergency_hint.as_deref()? {
        "medical" => Some(&numbers.medical),
        "police" => Some(&numbers.police),
        "fire" => Some(&numbers.fire),
        "city" => Some(&numbers.city),
        _ => None,
    }
}

fn state_word(w: Words, state: State) -> String {
    match state {
        State::Received => w.desk_report_state_received(),
        State::InProgress => w.desk_report_state_in_progress(),
        State::Answered => w.desk_report_state_answered(),
        State::Closed => w.desk_report_state_closed(),
        State::Reopened => w.desk_report_state_reopened(),
    }
}

fn channel_word(w: Words, channel: Channel) -> String {
    match channel {
        Channel::Web => w.desk_report_channel_web(),
        Channel::Phone => w.desk_report_channel_phone(),
        Channel::Counter => w.desk_report_channel_counter(),
        Channel::Line1022 => w.desk_report_channel_1022(),
        Channel::Sms => w.desk_report_channel_sms(),
        Channel::Email => w.desk_report_channel_email(),
        Channel::Zalo => w.desk_report_channel_zalo(),
        Channel::Api => w.desk_report_channel_api(),
    }
}

/// Puts what went wrong beside the form's one text field, so that nothing typed is lost: also when
/// somebody else was faster. Gives back what belongs on a page of its own.
fn beside_text(w: Words, error: Error) -> Result<Errors, Error> {
    let mut errors = Errors::default();
    match error {
        Error::Invalid { field: "why", key } | Error::Conflict(key) => errors.add("text", w.by_key(key)),
        other => errors.take(w, other)?,
    }
    Ok(errors)
}
