//! The list of cases by day and ward, with the counts of the day on top.

use super::words;
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::Query;
use duty::permissions::{Action, Scope, permits};
use health::cases::{self, Care, Classification, Filter, WardCount};
use jiff::{Timestamp, civil::Date};
use kernel::{CaseId, Error, Result, UnitId, dates};
use pages::{Desk, Outcome, html};
use serde::Deserialize;

/// Lines of one page.
const LINES: i64 = 50;

/// What the list shows; the same words stand in the address. Empty means everything.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    day: String,
    #[serde(default)]
    ward: String,
    #[serde(default)]
    classification: String,
    #[serde(default)]
    care: String,
    #[serde(default)]
    import: String,
    #[serde(default)]
    after: String,
}

struct Row {
    href: String,
    name: String,
    birth: String,
    phone: String,
    ward: String,
    reported: String,
    reported_full: String,
    classification: String,
    f0: bool,
    basis: String,
    care: String,
}

struct Tile {
    href: String,
    ward: String,
    confirmed: i64,
    suspected: i64,
    here: bool,
}

struct View {
    href: String,
    label: String,
    here: bool,
}

/// Id, label, chosen.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "cases.html")]
struct Page {
    d: Desk,
    address: String,
    views: Vec<View>,
    day: String,
    day_fault: Option<String>,
    counts_title: String,
    tiles: Vec<Tile>,
    wards: Vec<Choice>,
    classifications: Vec<Choice>,
    cares: Vec<Choice>,
    import: String,
    clear: String,
    rows: Vec<Row>,
    next: Option<String>,
    first: Option<String>,
    new_href: Option<String>,
    imports_href: Option<String>,
    /// Records that may be of one person.
    duplicates_href: Option<String>,
}

/// `GET /{tenant}/desk/cases`
pub async fn list(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "cases").await?;
    let seen = wards(&me, &frame, Action::CaseSee);
    if seen.is_empty() {
        return Err(Error::Forbidden("case.see").into());
    }
    let today = frame.d.clock.today();
    let day = match asked.day.trim() {
        "" => Ok(None),
        text => dates::parse_date_near(text, today).map(Some),
    };
    let filter = filter(&asked, day.unwrap_or_default())?;
    let page = cases::list(&mut frame.cx, &filter).await?;
    let counted = filter.day.unwrap_or(today);
    let counts = cases::by_ward(&mut frame.cx, counted).await?;
    let rows = page.lines.iter().map(|line| row(&me, &frame, line)).collect();
    let chosen = |of: &str, id: &str| of == id;
    let (w, address) = (me.w, me.at("cases"));
    let page = Page {
        views: views(&me, &asked, filter.day, today),
        day: filter.day.map_or_else(|| asked.day.clone(), dates::shown_date),
        day_fault: day.err().map(|error| w.by_key(error.key)),
        counts_title: w.cases_counts(dates::shown_date(counted)),
        tiles: counts.iter().map(|count| tile(&me, &frame, &asked, *count)).collect(),
        wards: seen
            .iter()
            .map(|ward| {
                (
                    ward.to_string(),
                    frame::short(&frame.tree, &frame.d, Some(*ward)),
                    chosen(&asked.ward, &ward.to_string()),
                )
            })
            .collect(),
        classifications: Classification::ALL
            .iter()
            .map(|one| {
                (
                    one.as_str().to_owned(),
                    words::classification(w, *one),
                    chosen(&asked.classification, one.as_str()),
                )
            })
            .collect(),
        cares: Care::ALL
            .iter()
            .map(|one| (one.as_str().to_owned(), words::care(w, *one), chosen(&asked.care, one.as_str())))
            .collect(),
        import: filter.import.map(|id| id.to_string()).unwrap_or_default(),
        clear: address.clone(),
        rows,
        next: page.next.map(|(at, id)| {
            let there = Asked { after: format!("{}_{id}", at.as_microsecond()), ..asked.clone() };
            format!("{address}{}", there.query())
        }),
        first: filter
            .after
            .map(|_| format!("{address}{}", Asked { after: String::new(), ..asked.clone() }.query())),
        address: format!("{address}{}", asked.query()),
        new_href: (!wards(&me, &frame, Action::CaseRecord).is_empty()).then(|| me.at("cases/new")),
        imports_href: permits(&me.actor, Action::CaseImport, Scope::Tenant).then(|| me.at("imports")),
        duplicates_href: permits(&me.actor, Action::PersonRead, Scope::Tenant)
            .then(|| me.at("people/duplicates")),
        d: frame.d,
    };
    html(&page)
}

/// The wards for whose people the actor may do this, by himself or through their station.
pub fn wards(me: &Me, frame: &Frame, action: Action) -> Vec<UnitId> {
    let tree = &frame.tree;
    let mut wards: Vec<_> = tree
        .wards()
        .filter(|ward| {
            let station = tree.in_ward(ward.id, duty::units::UnitKind::Station);
            let units: Vec<UnitId> = std::iter::once(ward.id).chain(station).collect();
            permits(&me.actor, action, Scope::Units(&units))
        })
        .map(|ward| (&ward.short, ward.id))
        .collect();
    wards.sort();
    wards.into_iter().map(|(_, id)| id).collect()
}

/// A choice that is not one of the list's own is not found: the address was changed by hand.
fn filter(asked: &Asked, day: Option<Date>) -> Result<Filter> {
    fn chosen<T: std::str::FromStr>(text: &str) -> Result<Option<T>> {
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| Error::NotFound) }
    }
    let after = asked.after.split_once('_').and_then(|(at, id)| {
        Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse::<CaseId>().ok()?))
    });
    Ok(Filter {
        ward: chosen(&asked.ward)?,
        day,
        classification: chosen(&asked.classification)?,
        care: chosen(&asked.care)?,
        import: chosen(&asked.import)?,
        after,
        limit: LINES,
    })
}

impl Asked {
    /// The part of the address after the path.
    fn query(&self) -> String {
        let parts: Vec<String> = [
            ("day", &self.day),
            ("ward", &self.ward),
            ("classification", &self.classification),
            ("care", &self.care),
            ("import", &self.import),
            ("after", &self.after),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| {
            let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.');
            format!("{name}={}", value.chars().filter(plain).collect::<String>())
        })
        .collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

fn views(me: &Me, asked: &Asked, day: Option<Date>, today: Date) -> Vec<View> {
    let w = me.w;
    let view = |label: String, to: Option<Date>| {
        let there = Asked {
            day: to.map(|day| day.to_string()).unwrap_or_default(),
            after: String::new(),
            ..asked.clone()
        };
        View { href: format!("{}{}", me.at("cases"), there.query()), label, here: day == to }
    };
    let mut views = vec![view(w.cases_view_all(), None), view(w.cases_view_today(), Some(today))];
    if let Ok(yesterday) = today.yesterday() {
        views.push(view(w.cases_view_yesterday(), Some(yesterday)));
    }
    views
}

fn tile(me: &Me, frame: &Frame, asked: &Asked, count: WardCount) -> Tile {
    let ward = count.ward.to_string();
    let here = asked.ward == ward;
    // Pressed again, a ward's tile shows all wards.
    let there =
        Asked { ward: if here { String::new() } else { ward }, after: String::new(), ..asked.clone() };
    Tile {
        href: format!("{}{}", me.at("cases"), there.query()),
        ward: frame::short(&frame.tree, &frame.d, Some(count.ward)),
        confirmed: count.confirmed,
        suspected: count.suspected,
        here,
    }
}

fn row(me: &Me, frame: &Frame, line: &cases::Line) -> Row {
    let (w, clock) = (me.w, &frame.d.clock);
    Row {
        href: me.at(format!("cases/{}", line.id)),
        name: line.person.full_name.clone(),
        birth: words::birth_and_sex(w, &line.person),
        phone: line.person.phone_masked.clone().unwrap_or_else(|| "–".to_owned()),
        ward: frame::short(&frame.tree, &frame.d, Some(line.ward)),
        reported: clock.short(line.reported_at),
        reported_full: clock.full(line.reported_at),
        classification: words::classification(w, line.classification),
        f0: line.classification == Classification::Confirmed,
        basis: words::test_kind(w, line.basis),
        care: words::care(w, line.care),
    }
}
