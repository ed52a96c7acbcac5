//! A month's table from a spreadsheet: first looked at, then taken over, and taken back as one. The
//! file travels with the form between the two steps, so nothing is kept that nobody agreed to.

use super::{Asked, Typed, at, changes::back, must_manage, unit_of, unprocessable};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    Form,
    extract::{Multipart, Path, Query},
    http::header,
    response::IntoResponse,
};
use data_encoding::BASE64URL_NOPAD as BASE64;
use duty::{
    rosters::{self, Import},
    sheets::{RowError, errors_file},
};
use kernel::{Error, Result, UnitId, dates};
use pages::{Desk, Outcome, Words, forms::Errors, html, see_other};
use uuid::Uuid;

/// A unit's month is a few kilobytes; what comes back in the form stays within a request.
const MOST_BYTES: usize = 1024 * 1024;

/// What a trial run found.
struct Found {
    days: String,
    shifts: usize,
    faults: Vec<Line>,
    remarks: Vec<Line>,
    file: String,
}

struct Line {
    line: u32,
    text: String,
    value: String,
}

#[derive(Template)]
#[template(path = "roster_import.html")]
struct Page {
    d: Desk,
    unit: String,
    unit_id: String,
    back: String,
    errors: Errors,
    found: Option<Found>,
}

/// `GET /{tenant}/desk/rosters/import`
pub async fn form(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    must_manage(&mut frame, unit).await?;
    page(&me, frame, unit, Errors::default(), None)
}

/// `POST /{tenant}/desk/rosters/import`: reads the table and changes nothing.
pub async fn look(me: Me, Query(asked): Query<Asked>, mut parts: Multipart) -> Outcome {
    let (mut csrf, mut file) = (String::new(), Vec::new());
    while let Some(part) =
        parts.next_field().await.map_err(|_| Error::invalid("file", "error-sheet-too-big"))?
    {
        match part.name() {
            Some("csrf") => csrf = part.text().await.map_err(|_| Error::Forbidden("csrf"))?,
            Some("file") => {
                let bytes = part.bytes().await.map_err(|_| Error::invalid("file", "error-sheet-too-big"))?;
                file = bytes.to_vec();
            }
            _ => {}
        }
    }
    me.check(&csrf)?;
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    match read(&mut frame, unit, &file, false).await {
        Ok(import) => {
            let found = found(me.w, &import, &file);
            page(&me, frame, unit, Errors::default(), Some(found))
        }
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            unprocessable(page(&me, frame, unit, errors, None))
        }
    }
}

async fn read(frame: &mut Frame, unit: UnitId, file: &[u8], apply: bool) -> Result<Import> {
    if file.len() > MOST_BYTES {
        return Err(Error::invalid("file", "error-roster-file-size"));
    }
    rosters::import(&mut frame.cx, unit, file, None, apply).await
}

fn carried(typed: &Typed) -> Result<Vec<u8>> {
    BASE64.decode(typed.get("file").as_bytes()).map_err(|_| Error::invalid("file", "error-sheet-damaged"))
}

/// `POST /{tenant}/desk/rosters/import/apply`
pub async fn apply(me: Me, Query(asked): Query<Asked>, Form(typed): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    let file = carried(&typed)?;
    match read(&mut frame, unit, &file, true).await {
        Ok(_) => {
            frame.cx.commit().await?;
            Ok(see_other(&at(&me, "", unit)))
        }
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            unprocessable(page(&me, Frame::new(&me, "rosters").await?, unit, errors, None))
        }
    }
}

/// `POST /{tenant}/desk/rosters/import/errors`: the rows left out, with the reason beside each, as a
/// spreadsheet to correct and hand in again.
pub async fn errors(me: Me, Query(asked): Query<Asked>, Form(typed): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut frame = Frame::new(&me, "rosters").await?;
    let unit = unit_of(&frame, asked.unit)?;
    let import = read(&mut frame, unit, &carried(&typed)?, false).await?;
    let clock = &frame.d.clock;
    let made = clock.now.to_zoned(clock.zone.clone()).datetime();
    let given =
        errors_file(&import.sheet, &import.faults, &me.w.roster_import_reason(), |e| say(me.w, e), made)
            .map_err(|error| Error::invalid("file", error.key))?;
    let head = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (header::CONTENT_DISPOSITION, r#"attachment; filename="lich-truc-can-sua.xlsx""#),
    ];
    Ok((head, given.xlsx).into_response())
}

/// `POST /{tenant}/desk/rosters/imports/{plan}/undo`
pub async fn undo(
    me: Me,
    Path((_, plan)): Path<(String, Uuid)>,
    Form(typed): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(typed);
    me.check(typed.get("csrf"))?;
    let mut cx = me.begin().await?;
    rosters::undo_import(&mut cx, plan).await?;
    cx.commit().await?;
    Ok(back(&me, &typed))
}

fn found(w: Words, import: &Import, file: &[u8]) -> Found {
    let lines = |errors: &mut dyn Iterator<Item = &RowError>| -> Vec<Line> {
        errors.map(|e| Line { line: e.line, text: say(w, e), value: e.value.clone() }).collect()
    };
    Found {
        days: import.days.map_or_else(String::new, |(first, last)| {
            format!("{} – {}", dates::shown_date(first), dates::shown_date(last))
        }),
        shifts: import.shifts.len(),
        faults: lines(&mut import.sheet.errors.iter().chain(&import.faults)),
        remarks: lines(&mut import.remarks.iter()),
        file: BASE64.encode(file),
    }
}

/// A row's error in words; the other row it speaks of stands behind.
fn say(w: Words, error: &RowError) -> String {
    let text = w.by_key(error.key);
    match error.args.iter().find(|(name, _)| *name == "line") {
        Some((_, line)) => format!("{text} ({})", w.roster_import_line(line.as_str())),
        None => text,
    }
}

fn page(me: &Me, frame: Frame, unit: UnitId, errors: Errors, found: Option<Found>) -> Outcome {
    let page = Page {
        unit: frame.unit(unit),
        unit_id: unit.to_string(),
        back: at(me, "", unit),
        errors,
        found,
        d: frame.d,
    };
    html(&page)
}
