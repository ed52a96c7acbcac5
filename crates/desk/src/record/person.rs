//! One official's calls: what his leaders read of him, and what he himself can read and contest.

use super::{
    Asked, Choice, Column, Shown, how,
    list::{self, Calls},
    periods,
};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::extract::{Path, Query};
use duty::{staff, tickets::record};
use jiff::Span;
use kernel::{Error, Result, StaffId};
use pages::{Desk, Outcome, form_page, forms::Errors};

/// Days that the account page speaks of.
pub const DAYS: &str = "30";

/// A figure with the list that it opens.
struct Figure {
    label: String,
    text: String,
    href: Option<String>,
    here: bool,
}

#[derive(Template)]
#[template(path = "record_person.html")]
struct Page {
    d: Desk,
    title: String,
    who: String,
    said: String,
    back: String,
    action: String,
    errors: Errors,
    from: String,
    to: String,
    periods: Vec<Choice>,
    figures: Vec<Figure>,
    list_title: String,
    calls: Calls,
    named: bool,
    /// Whether it is the reader's own, who may say what is wrong.
    contests: bool,
    more_href: String,
    how: Vec<String>,
}

/// `GET /{tenant}/desk/record/staff/{id}?period=…&what=…`
pub async fn page(me: Me, Path((_, id)): Path<(String, StaffId)>, Query(asked): Query<Asked>) -> Outcome {
    let own = id == me.staff;
    let mut frame = Frame::new(&me, if own { "account" } else { "record" }).await?;
    let (w, today) = (me.w, frame.d.clock.today());
    let (mut shown, mut errors) = Shown::new(w, &asked, today, DAYS)?;
    // The figures are about him wherever he stood; a number of one unit's table opens that unit's calls.
    if own {
        shown.unit = None;
    }
    let unit = shown.unit.map(|unit| frame.unit(unit));
    let narrowed = shown.unit.map_or_else(String::new, |unit| format!("&unit={unit}"));
    let figures = match record::of_person(&mut frame.cx, shown.from, shown.to, id).await {
        Err(error @ Error::Invalid { .. }) => {
            errors.take(w, error)?;
            shown.mend(today);
            record::of_person(&mut frame.cx, shown.from, shown.to, id).await?
        }
        figures => figures?,
    };
    let badge = staff::badges(&mut frame.cx, &[id]).await?.remove(&id).ok_or(Error::NotFound)?;
    let calls = list::calls(&me, &mut frame, &shown, Some(id)).await?;
    let at = |what: &str| me.at(format!("record/staff/{id}{}&what={what}", shown.days()));
    let wrong = !errors.is_empty();
    let title = w.lang().pick(&badge.title, &badge.title_en);
    let page = Page {
        title: if own { w.call_record_own() } else { w.call_record_title_of(badge.full_name.as_str()) },
        who: format!("{} · {title} · {}", frame.unit(badge.unit), badge.full_name),
        said: shown.said(w),
        back: if own { me.at("account") } else { me.at(format!("record{}&by=staff", shown.days())) },
        action: me.at(format!("record/staff/{id}")),
        errors,
        from: shown.from.to_string(),
        to: shown.to.to_string(),
        periods: periods(w, &shown, |shown| me.at(format!("record/staff/{id}{}", shown.days()))),
        figures: Column::ALL
            .into_iter()
            .map(|column| Figure {
                label: column.label(w),
                text: column.text(w, &figures),
                href: column
                    .what()
                    .filter(|_| column.value(&figures) != Some(0))
                    .map(|what| at(what.as_str())),
                here: column.what() == Some(shown.what),
            })
            .collect(),
        list_title: match unit {
            Some(unit) => format!("{} · {unit}", list::what_word(w, shown.what)),
            None => list::what_word(w, shown.what),
        },
        more_href: format!("{}{narrowed}&page={}", at(shown.what.as_str()), shown.page + 1),
        calls,
        named: !own,
        contests: own,
        how: how(w),
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// What the account page says of the reader's own calls of the last thirty days.
pub async fn summary(me: &Me, frame: &mut Frame) -> Result<String> {
    let today = frame.d.clock.today();
    let from = today.saturating_sub(Span::new().days(29));
    let figures = record::of_person(&mut frame.cx, from, today, me.staff).await?;
    let text = |n: i64| n.to_string();
    Ok(me.w.call_record_own_summary(
        text(figures.calls),
        text(figures.answered()),
        text(figures.accepted),
        text(figures.missed()),
    ))
}
