use super::{category_word, channel_word, is_urgent, state_word};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::Query;
use duty::{
    permissions::{Action, Scope, allowed_units, permits},
    tenants::pack::CategoryKind,
};
use jiff::Timestamp;
use kernel::UnitId;
use pages::{Desk, Outcome, html};
use serde::Deserialize;
use std::str::FromStr;
use town::reports::{self, Channel, Filter, Line, State};

const LINES: i64 = 50;
/// Longest beginning of a report's words in the list, in characters.
const GLIMPSE: usize = 140;

/// What the list shows; the same words stand in the address. A field of a form that was left open
/// arrives as an empty text, and so does one that cannot be read.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// Empty: still owed an answer; `late`: past the due time; `all`.
    #[serde(default)]
    view: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    ward: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    channel: String,
    /// Day of receipt, 2021-09-25.
    #[serde(default)]
    day: String,
    #[serde(default)]
    after: String,
}

struct View {
    label: String,
    href: String,
    here: bool,
}

/// One line of the list.
pub struct Row {
    pub href: String,
    pub title: String,
    pub urgent: bool,
    pub glimpse: String,
    pub ward: String,
    pub unit: String,
    pub state: String,
    pub tags: Vec<String>,
    pub channel: String,
    pub received: String,
    pub open: bool,
    pub due: String,
    pub due_full: String,
    pub left: String,
    pub pressure: &'static str,
    pub soon: i64,
}

/// Choices of a filter: value, words, whether it is the one asked for.
type Choices = Vec<(String, String, bool)>;

#[derive(Template)]
#[template(path = "reports.html")]
struct Page {
    d: Desk,
    views: Vec<View>,
    view: String,
    day: String,
    filters: Vec<(&'static str, String, Choices)>,
    rows: Vec<Row>,
    more: Option<String>,
    address: String,
    new_href: Option<String>,
}

/// `GET /{tenant}/desk/reports`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "reports").await?;
    let mut lines = reports::list(&mut frame.cx, &me.tenant, &asked.filter()).await?;
    let shown = usize::try_from(LINES).unwrap_or(50);
    let more = (lines.len() > shown).then(|| {
        lines.truncate(shown);
        lines.last().map(|line| format!("{}_{}", line.due_at.as_microsecond(), line.id)).unwrap_or_default()
    });
    let w = me.w;
    let page = Page {
        views: [("", w.desk_report_view_open()), ("late", w.desk_report_view_late()), ("all", w.desk_report_view_all())]
            .into_iter()
            .map(|(view, label)| {
                let there = Asked { view: view.to_owned(), after: String::new(), ..asked.clone() };
                View { label, href: me.at(format!("reports{}", there.query())), here: asked.view == view }
            })
            .collect(),
        view: asked.view.clone(),
        day: asked.day.clone(),
        filters: filters(&me, &frame, &asked),
        rows: lines.iter().map(|line| Row::new(&me, &frame, line)).collect(),
        more: more.map(|after| me.at(format!("reports{}", Asked { after, ..asked.clone() }.query()))),
        address: me.at(format!("reports{}", asked.query())),
        new_href: permits(&me.actor, Action::ReportEnter, Scope::Tenant).then(|| me.at("reports/new")),
        d: frame.d,
    };
    html(&page)
}

/// What was asked for, when it can be read.
fn read<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

impl Asked {
    fn filter(&self) -> Filter {
        let after = self.after.split_once('_').and_then(|(due, id)| {
            Some((Timestamp::from_microsecond(due.parse().ok()?).ok()?, id.parse().ok()?))
        });
        let state: Option<State> = read(&self.state);
        Filter {
            unit: read(&self.unit),
            ward: read(&self.ward),
            category: Some(self.category.clone()).filter(|code| !code.is_empty()),
            state,
            // Who asks for answered reports by their state means them, whatever the view.
            open: self.view.is_empty() && !state.is_some_and(State::is_answered),
            overdue: self.view == "late",
            channel: read(&self.channel),
            day: read(&self.day),
            after,
            limit: LINES + 1,
        }
    }

    /// The part of the address after the path, of what could be read.
    fn query(&self) -> String {
        let parts: Vec<String> = [
            ("view", &self.view),
            ("unit", &self.unit),
            ("ward", &self.ward),
            ("category", &self.category),
            ("state", &self.state),
            ("channel", &self.channel),
            ("day", &self.day),
            ("after", &self.after),
        ]
        .into_iter()
        .map(|(name, value)| {
            let plain: String =
                value.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
            (name, plain)
        })
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

fn filters(me: &Me, frame: &Frame, asked: &Asked) -> Vec<(&'static str, String, Choices)> {
    let w = me.w;
    let allowed = allowed_units(&me.actor, Action::ReportSee);
    let seen = |id: &UnitId| allowed.as_ref().is_none_or(|allowed| allowed.contains(id));
    let short = |id: UnitId, asked: &str| {
        (id.to_string(), frame::short(&frame.tree, &frame.d, Some(id)), asked == id.to_string())
    };
    let mut units: Choices = frame
        .tree
        .iter()
        .filter(|unit| crate::tickets::takes_tickets(unit.kind) && seen(&unit.id))
        .map(|unit| short(unit.id, &asked.unit))
        .collect();
    units.sort_by(|a, b| a.1.cmp(&b.1));
    let wards = frame.tree.wards().filter(|ward| seen(&ward.id)).map(|ward| short(ward.id, &asked.ward)).collect();
    let categories = me
        .tenant
        .pack
        .categories
        .iter()
        .filter(|category| category.kind == CategoryKind::Report)
        .map(|category| (category.code.clone(), category_word(me, &category.code), asked.category == category.code))
        .collect();
    let states = State::ALL.iter().map(|state| (state.as_str().to_owned(), state_word(w, *state), asked.state == state.as_str()));
    let channels =
        Channel::ALL.iter().map(|one| (one.as_str().to_owned(), channel_word(w, *one), asked.channel == one.as_str()));
    vec![
        ("unit", w.desk_report_any_unit(), units),
        ("ward", w.desk_report_any_ward(), wards),
        ("category", w.desk_report_any_category(), categories),
        ("state", w.desk_report_any_state(), states.collect()),
        ("channel", w.desk_report_any_channel(), channels.collect()),
    ]
}

impl Row {
    pub fn new(me: &Me, frame: &Frame, line: &Line) -> Self {
        let (w, clock) = (me.w, &frame.d.clock);
        let urgent = is_urgent(me, &line.category);
        let glimpse = match &line.details {
            None => w.desk_report_hidden_words(),
            Some(details) if details.chars().count() > GLIMPSE => {
                details.chars().take(GLIMPSE).chain(['…']).collect()
            }
            Some(details) => details.clone(),
        };
        let mut tags = Vec::new();
        if line.with_leader && !line.state.is_answered() {
            tags.push(w.desk_report_with_leader());
        }
        if line.merged {
            tags.push(w.desk_report_merged());
        }
        if line.reopened > 0 {
            tags.push(w.desk_report_reopened_times(line.reopened.to_string()));
        }
        if line.anonymous && line.source_rate > 0 {
            tags.push(w.desk_report_rate_short(line.source_rate.to_string()));
        }
        Self {
            href: me.at(format!("reports/{}", line.id)),
            title: category_word(me, &line.category),
            urgent,
            glimpse,
            ward: frame::short(&frame.tree, &frame.d, Some(line.ward)),
            unit: frame::short(&frame.tree, &frame.d, line.unit),
            state: state_word(w, line.state),
            tags,
            channel: channel_word(w, line.channel),
            received: clock.short(line.received_at),
            open: !line.state.is_answered(),
            due: clock.rfc(line.due_at),
            due_full: clock.full(line.due_at),
            left: clock.left(w, line.due_at),
            pressure: clock.pressure(line.due_at, urgent),
            soon: if urgent { 900 } else { 6 * 3600 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_left_open_or_misspelt_asks_for_everything() {
        let asked = Asked { unit: "nowhere".into(), day: "31/31".into(), state: "lost".into(), ..Asked::default() };
        let filter = asked.filter();
        assert!(filter.unit.is_none() && filter.day.is_none() && filter.state.is_none() && filter.open);
        let answered = Asked { state: "answered".into(), ..Asked::default() };
        assert!(!answered.filter().open, "the first view would hide them all");
    }

    #[test]
    fn the_address_holds_what_was_asked_and_nothing_else() {
        let asked = Asked {
            view: "late".into(),
            category: "road_drain".into(),
            channel: "\"><script>".into(),
            after: "1632528300000000_0199".into(),
            ..Asked::default()
        };
        let query = asked.query();
        assert_eq!(query, "?view=late&category=road_drain&channel=script&after=1632528300000000_0199");
        assert_eq!(Asked::default().query(), "");
    }
}
