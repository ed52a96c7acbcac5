//! `GET /{tenant}/desk/rosters/form?unit=&month=2021-09`: the month's roster as the paper that the
//! head of the unit signs.

use super::{Asked, at, unit_of};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::extract::Query;
use duty::rosters::{self, RosterForm};
use jiff::{ToSpan, civil::Date};
use kernel::Error;
use pages::{Desk, Outcome, html};

#[derive(Template)]
#[template(path = "roster_form.html")]
struct Page {
    d: Desk,
    back: String,
    before: String,
    after: String,
    month: String,
    unit_id: String,
    form: RosterForm,
    /// Days on which a place is still open.
    open: String,
}

pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    let month: Date = match asked.month.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => {
            format!("{text}-01").parse().map_err(|_| Error::invalid("month", "error-date-format"))?
        }
        None => frame.d.clock.today().first_of_month(),
    };
    let form = rosters::month_form(&mut frame.cx, unit, month).await?;
    let link = |day: Date| format!("{}&month={}", at(&me, "/form", unit), day.strftime("%Y-%m"));
    let open: Vec<String> = form.open_days().map(|day| day.day().to_string()).collect();
    let page = Page {
        back: at(&me, "", unit),
        before: link(month.saturating_sub(1.month())),
        after: link(month.saturating_add(1.month())),
        month: month.strftime("%Y-%m").to_string(),
        unit_id: unit.to_string(),
        open: open.join(", "),
        form,
        d: frame.d,
    };
    html(&page)
}

impl Page {
    /// A day as the paper's first column writes it: 01/09.
    fn day(&self, date: Date) -> String {
        date.strftime("%d/%m").to_string()
    }
}
