//! By unit or by official, over the days that are asked for.

use super::{Asked, Choice, Column, Shown, how, periods};
use crate::{
    Me,
    frame::{self, Frame},
    numbers::download,
};
use askama::Template;
use axum::extract::Query;
use duty::{
    staff,
    tickets::record::{self, Figures, Record},
};
use kernel::{Error, Result, StaffId, UnitId};
use pages::{Desk, Outcome, form_page, forms::Errors};

/// A column's head, which puts the lines in its order.
struct HeadLink {
    label: String,
    href: String,
    /// `ascending` or `descending`, where the lines stand in it.
    sorted: Option<&'static str>,
}

struct Figure {
    label: String,
    text: String,
    href: Option<String>,
}

struct Line {
    name: String,
    href: Option<String>,
    figures: Vec<Figure>,
}

#[derive(Template)]
#[template(path = "record.html")]
struct Page {
    d: Desk,
    title: String,
    said: String,
    action: String,
    errors: Errors,
    from: String,
    to: String,
    by_staff: bool,
    unit: Option<String>,
    /// All units again, where one is shown.
    whole_href: Option<String>,
    periods: Vec<Choice>,
    ways: Vec<Choice>,
    first: String,
    head: Vec<HeadLink>,
    lines: Vec<Line>,
    csv_href: String,
    how: Vec<String>,
}

/// One line before it has an address: what it is about, its name, its figures.
struct Counted {
    unit: Option<UnitId>,
    staff: Option<StaffId>,
    name: String,
    figures: Figures,
}

/// `GET /{tenant}/desk/record?period=…&by=…&unit=…&sort=…`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "record").await?;
    let (w, today) = (me.w, frame.d.clock.today());
    let (mut shown, mut errors) = Shown::new(w, &asked, today, "7")?;
    let (mut counted, whole) = match count(&mut frame, &shown).await {
        Err(error @ Error::Invalid { .. }) => {
            errors.take(w, error)?;
            shown.mend(today);
            count(&mut frame, &shown).await?
        }
        counted => counted?,
    };
    sort(&mut counted, &shown);
    let mut lines: Vec<Line> = counted.iter().map(|one| line(&me, &shown, one)).collect();
    if lines.len() > 1 {
        let all = Counted { unit: shown.unit, staff: None, name: w.call_record_all(), figures: whole };
        // Calls that reached nobody stand in no official's line, and so in no list of all of them.
        lines.push(Line { href: None, ..line(&me, &shown, &all) });
    }
    let base = |shown: &Shown| me.at(format!("record{}", shown.query()));
    let way = |label: String, by_staff: bool| Choice {
        label,
        href: base(&Shown { by_staff, ..shown.clone() }),
        here: shown.by_staff == by_staff,
    };
    let wrong = !errors.is_empty();
    let page = Page {
        title: match shown.unit {
            Some(unit) => w.call_record_title_of(frame.unit(unit)),
            None => w.call_record_title(),
        },
        said: shown.said(w),
        action: me.at("record"),
        errors,
        from: shown.from.to_string(),
        to: shown.to.to_string(),
        by_staff: shown.by_staff,
        unit: shown.unit.map(|unit| unit.to_string()),
        whole_href: shown.unit.map(|_| base(&Shown { unit: None, ..shown.clone() })),
        periods: periods(w, &shown, base),
        ways: vec![way(w.call_record_by_unit(), false), way(w.call_record_by_staff(), true)],
        first: if shown.by_staff { w.call_record_official() } else { w.call_record_unit() },
        head: Column::ALL.into_iter().map(|column| head(&me, &shown, column)).collect(),
        lines,
        csv_href: me.at(format!("record/csv{}", shown.query())),
        how: how(w),
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// `GET /{tenant}/desk/record/csv`: the same lines for a spreadsheet.
pub async fn csv(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "record").await?;
    let (w, today) = (me.w, frame.d.clock.today());
    let (shown, _) = Shown::new(w, &asked, today, "7")?;
    let (mut counted, _) = count(&mut frame, &shown).await?;
    sort(&mut counted, &shown);
    let first = if shown.by_staff { w.call_record_official() } else { w.call_record_unit() };
    let head = std::iter::once(first).chain(Column::ALL.into_iter().map(|column| column.label(w)));
    let mut table: Vec<Vec<String>> = vec![head.collect()];
    for one in counted {
        let figures = Column::ALL.into_iter().map(|column| column.plain(&one.figures));
        table.push(std::iter::once(one.name.clone()).chain(figures).collect());
    }
    Ok(download("goi-nhan-viec", shown.to, &table)?)
}

async fn count(frame: &mut Frame, shown: &Shown) -> Result<(Vec<Counted>, Figures)> {
    let units: Vec<UnitId> = shown.unit.into_iter().collect();
    if shown.by_staff {
        let Record { lines, whole } = record::of_staff(&mut frame.cx, shown.from, shown.to, &units).await?;
        let ids: Vec<StaffId> = lines.iter().map(|(id, _)| *id).collect();
        let badges = staff::badges(&mut frame.cx, &ids).await?;
        let lines = lines.into_iter().map(|(id, figures)| {
            let badge = badges.get(&id);
            let unit = frame::short(&frame.tree, &frame.d, badge.and_then(|badge| badge.unit));
            let name = badge.map_or("–", |badge| badge.full_name.as_str());
            Counted { unit: shown.unit, staff: Some(id), name: format!("{unit} · {name}"), figures }
        });
        Ok((lines.collect(), whole))
    } else {
        let Record { lines, whole } = record::of_units(&mut frame.cx, shown.from, shown.to, &units).await?;
        let lines = lines.into_iter().map(|(id, figures)| Counted {
            unit: Some(id),
            staff: None,
            name: frame.unit(id),
            figures,
        });
        Ok((lines.collect(), whole))
    }
}

/// In the order asked for; whoever has nothing to tell there stands last, otherwise by name.
fn sort(counted: &mut [Counted], shown: &Shown) {
    counted.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some((column, most)) = shown.sort {
        counted.sort_by_key(|one| {
            let value = column.value(&one.figures);
            (value.is_none(), value.map(|value| if most { -value } else { value }))
        });
    }
}

fn head(me: &Me, shown: &Shown, column: Column) -> HeadLink {
    let sorted = shown.sort.filter(|(sorted, _)| *sorted == column).map(|(_, most)| most);
    // The greatest first, then the other way round.
    let sign = if sorted == Some(true) { "" } else { "-" };
    HeadLink {
        label: column.label(me.w),
        href: me.at(format!("record{}&sort={sign}{}", shown.query(), column.as_str())),
        sorted: sorted.map(|most| if most { "descending" } else { "ascending" }),
    }
}

fn line(me: &Me, shown: &Shown, one: &Counted) -> Line {
    let days = shown.days();
    let unit = one.unit.map_or_else(String::new, |unit| format!("&unit={unit}"));
    let staff = one.staff;
    let list = |column: Column| {
        let what = column.what()?;
        // What the line of all officials counts together is opened by unit, where it is whole.
        if shown.by_staff && staff.is_none() {
            return None;
        }
        Some(me.at(match staff {
            Some(staff) => format!("record/staff/{staff}{days}{unit}&what={}", what.as_str()),
            None => format!("record/calls{days}{unit}&what={}", what.as_str()),
        }))
    };
    Line {
        href: Some(me.at(match (staff, one.unit) {
            (Some(staff), _) => format!("record/staff/{staff}{days}{unit}"),
            (None, _) => format!("record{days}&by=staff{unit}"),
        })),
        figures: Column::ALL
            .into_iter()
            .map(|column| Figure {
                label: column.label(me.w),
                text: column.text(me.w, &one.figures),
                href: list(column).filter(|_| column.value(&one.figures) != Some(0)),
            })
            .collect(),
        name: one.name.clone(),
    }
}
