//! The part of a case's page that is about tracing: who was near it, where it was, who infected it, and
//! whether somebody is on it.

use super::words;
use crate::{
    Me,
    frame::{self, Frame},
};
use duty::permissions::{Action, Scope, permits};
use health::{
    contacts::{self, Contact, State, Traced},
    places,
};
use kernel::{CaseId, ContactId, Result, UnitId, dates};

/// One contact of the case.
pub struct Line {
    pub name: String,
    /// F1 or F2, birth and sex.
    pub about: String,
    pub phone: String,
    pub ward: String,
    pub basis: String,
    pub exposure: String,
    pub state: String,
    /// Somebody has to do something about him.
    pub open: bool,
    /// Since when, and why; may be empty.
    pub note: String,
    /// A proposal is accepted by one press.
    pub accept: Option<String>,
    pub call: Option<String>,
    /// What else can be done: address, label.
    pub acts: Vec<(String, String)>,
    /// His own case.
    pub case_href: Option<String>,
}

pub struct Section {
    pub f0: bool,
    /// How far tracing has come, in words.
    pub state: String,
    pub window: String,
    pub lines: Vec<Line>,
    /// How many are only proposed, in words; empty when nobody is.
    pub proposed: String,
    /// Where all who are proposed here are listed, and where they are dismissed, at once.
    pub at_once: Option<(String, String)>,
    /// What can be done for the case: address, icon, label.
    pub buttons: Vec<(String, &'static str, String)>,
    pub source: String,
    pub source_href: Option<String>,
    pub cluster: Option<(String, String)>,
    /// Where it was: address, name, words about it.
    pub places: Vec<(String, String, String)>,
}

impl Section {
    pub async fn new(me: &Me, frame: &mut Frame, id: CaseId, standing: &[UnitId]) -> Result<Self> {
        let traced = contacts::of_case(&mut frame.cx, id).await?;
        let at = places::at(&mut frame.cx, id).await?;
        let w = me.w;
        let records = traced.is_f0 && permits(&me.actor, Action::CaseRecord, Scope::Units(standing));
        let button = |act: &str, icon, label| (me.at(format!("cases/{id}/{act}")), icon, label);
        let buttons = if records {
            let mut buttons = vec![
                button("contacts", "user-plus", w.contact_do_name()),
                button("visits", "map-pin", w.contact_do_visit()),
                button("source", "arrows-exchange", w.contact_do_source()),
            ];
            if permits(&me.actor, Action::CheckInRead, Scope::Units(standing)) {
                buttons.push(button("checkins", "qrcode", w.contact_do_checkins()));
            }
            if traced.traced_at.is_none() && !traced.contacts.iter().any(|one| one.state == State::Listed) {
                buttons.push(button("trace", "checks", w.contact_do_close()));
            }
            buttons
        } else {
            Vec::new()
        };
        let proposals: Vec<ContactId> =
            traced.contacts.iter().filter(|one| one.state == State::Proposed).map(|one| one.id).collect();
        let at_once = proposals.iter().max().filter(|_| records && proposals.len() > 1).map(|last| {
            let href = |act: &str| me.at(format!("cases/{id}/proposals/{act}?until={last}"));
            (href("take"), href("dismiss"))
        });
        Ok(Self {
            proposed: match proposals.len() {
                0 => String::new(),
                n => w.contact_proposed_count(n.to_string()),
            },
            at_once,
            f0: traced.is_f0,
            state: state(me, frame, &traced),
            window: w
                .contact_window(dates::shown_date(traced.infectious_from), dates::shown_date(traced.day)),
            lines: traced.contacts.iter().map(|one| line(me, frame, one)).collect(),
            buttons,
            source: source(me, &traced),
            source_href: traced
                .source
                .filter(|_| traced.source_name.is_some())
                .map(|source| me.at(format!("cases/{}", source.by))),
            cluster: traced.cluster.as_ref().map(|cluster| {
                let label = w.cluster_line(cluster.code.clone(), cluster.cases.to_string());
                (me.at(format!("clusters/{}", cluster.id)), label)
            }),
            places: at
                .iter()
                .map(|(place, role)| {
                    let about = format!("{} · {}", words::role(w, *role), words::place_state(w, place.state));
                    (me.at(format!("places/{}", place.id)), place.name.clone(), about)
                })
                .collect(),
        })
    }
}

fn is_open(state: State) -> bool {
    matches!(state, State::Proposed | State::Listed)
}

fn state(me: &Me, frame: &Frame, traced: &Traced) -> String {
    let (w, clock) = (me.w, &frame.d.clock);
    if !traced.is_f0 {
        return w.contact_trace_none();
    }
    let waiting = traced.contacts.iter().filter(|one| one.state == State::Listed).count();
    match (traced.traced_at, traced.begun_at) {
        (Some(at), _) => w.contact_trace_done(clock.short(at)),
        (None, Some(at)) => w.contact_trace_begun(clock.short(at), waiting.to_string()),
        (None, None) => w.contact_trace_not_begun(waiting.to_string()),
    }
}

fn source(me: &Me, traced: &Traced) -> String {
    let w = me.w;
    let Some(source) = traced.source else { return w.contact_source_unknown() };
    let name = traced.source_name.clone().unwrap_or_else(|| w.contact_case_elsewhere());
    if source.sure { name } else { w.contact_source_proposed(name) }
}

fn line(me: &Me, frame: &Frame, one: &Contact) -> Line {
    let (w, clock) = (me.w, &frame.d.clock);
    let units: Vec<UnitId> = [Some(one.ward), frame.tree.in_ward(one.ward, duty::units::UnitKind::Station)]
        .into_iter()
        .flatten()
        .collect();
    // The station of the case may act too; whoever sees this page and records cases at all may try.
    let records = permits(&me.actor, Action::CaseRecord, Scope::Units(&units))
        || permits(&me.actor, Action::CaseRecord, Scope::Tenant);
    let href = |act: &str| me.at(format!("contacts/{}/{act}", one.id));
    let may_reach = matches!(one.state, State::Proposed | State::Listed | State::Lost | State::Refused);
    let may_end = matches!(one.state, State::Proposed | State::Listed | State::Reached);
    let mut acts = Vec::new();
    if records && may_reach {
        acts.push((href("reach"), w.contact_do_reach()));
    }
    if records && may_end {
        acts.push((href("end"), w.contact_do_end()));
    }
    let since = match (one.ended_at, one.reached_at, one.listed_at) {
        (Some(at), ..) | (None, Some(at), _) | (None, None, Some(at)) => clock.short(at),
        _ => String::new(),
    };
    let note: Vec<String> =
        [since, one.why.clone().unwrap_or_default()].into_iter().filter(|text| !text.is_empty()).collect();
    Line {
        name: one.person.full_name.clone(),
        about: match one.became {
            Some(_) => words::ill(w, &one.person),
            None => words::who(w, one.second, &one.person),
        },
        phone: one.person.phone_masked.clone().unwrap_or_else(|| "–".to_owned()),
        ward: frame::short(&frame.tree, &frame.d, Some(one.ward)),
        basis: basis(me, one),
        exposure: exposure(me, one),
        state: words::state(w, one.state),
        open: is_open(one.state),
        note: note.join(" · "),
        accept: (records && one.state == State::Proposed).then(|| href("accept")),
        call: (records && may_reach).then(|| href("call")),
        acts,
        case_href: one.became.map(|case| me.at(format!("cases/{case}"))),
    }
}

/// How it is known, and what the list says about it.
fn basis(me: &Me, one: &Contact) -> String {
    let known = words::basis(me.w, one.basis);
    match &one.relation {
        Some(told) => format!("{known} · {told}"),
        None => known,
    }
}

/// "22/09/2021 – 24/09/2021"
fn exposure(me: &Me, one: &Contact) -> String {
    let to = dates::shown_date(one.exposed_to);
    match one.exposed_from {
        Some(from) if from < one.exposed_to => format!("{} – {to}", dates::shown_date(from)),
        Some(_) => to,
        None => me.w.contact_until(to),
    }
}
