//! All points that the reader sees.

use super::{decides, late, place};
use crate::{Me, frame::Frame};
use askama::Template;
use health::lockdowns::{self, Listed};
use kernel::dates::shown_date;
use pages::{Desk, Outcome, html};

struct Row {
    href: String,
    name: String,
    place: String,
    number: String,
    until: String,
    late: String,
    guards: String,
    gap: String,
    tests: String,
    tests_late: String,
    households: i64,
    wanted: i64,
}

#[derive(Template)]
#[template(path = "lockdowns.html")]
struct Page {
    d: Desk,
    decides: bool,
    rows: Vec<Row>,
}

/// `GET /{tenant}/desk/lockdowns`
pub async fn page(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "lockdowns").await?;
    let listed = lockdowns::list(&mut frame.cx).await?;
    let page = Page {
        decides: decides(&me),
        rows: listed.iter().map(|one| row(&me, &frame, one)).collect(),
        d: frame.d,
    };
    html(&page)
}

fn row(me: &Me, frame: &Frame, one: &Listed) -> Row {
    let (w, kept, today) = (me.w, &one.kept, frame.d.clock.today());
    let lifted = kept.lifted.is_some();
    let dash = || "–".to_owned();
    Row {
        href: me.at(format!("lockdowns/{}", kept.id)),
        name: kept.name.clone(),
        place: place(frame, kept.ward, kept.quarter),
        number: kept.number.clone(),
        until: match &kept.lifted {
            Some((_, number, on)) => w.lockdown_lifted(shown_date(*on), number.as_str()),
            None => kept.planned_until.map_or_else(dash, shown_date),
        },
        late: late(w, kept.planned_until, lifted, today),
        guards: if lifted { dash() } else { w.lockdown_guarded() },
        gap: one.gap.as_ref().map_or_else(String::new, |gap| {
            w.lockdown_gap(frame.d.clock.short(gap.period.start()), frame.d.clock.short(gap.period.end()))
        }),
        tests: kept.tests_due.map_or_else(dash, shown_date),
        tests_late: late(w, kept.tests_due, lifted, today),
        households: one.households,
        wanted: one.wanted,
    }
}
