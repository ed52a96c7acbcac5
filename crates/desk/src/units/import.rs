//! A list of units (wards, khu phố, tổ dân phố) from a spreadsheet: first read without writing anything, then taken in. Broken
//! rows come back as a file with the reason beside each.

use super::keeper;
use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    extract::Multipart,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::BASE64;
use duty::{
    sheets::{self, RowError},
    units::{self, COLUMNS, Import},
};
use kernel::Error;
use pages::{Desk, Outcome, Words, forms::Errors, html};

/// Broken rows shown on the page; all of them are in the file.
const SHOWN: usize = 200;
/// Lists up to this size are carried along from the first reading, so that nobody picks the file twice.
const CARRIED: usize = 2 * 1024 * 1024;

struct Fault {
    line: String,
    column: String,
    value: String,
    text: String,
}

/// What became of the list, or would.
struct Done {
    applied: bool,
    added: String,
    changed: String,
    unchanged: String,
    refused: usize,
    unknown: String,
    faults: Vec<Fault>,
    /// The file again, for the next step.
    carried: Option<String>,
}

#[derive(Template)]
#[template(path = "units_import.html")]
struct Page {
    d: Desk,
    columns: String,
    done: Option<Done>,
    errors: Errors,
}

/// `GET /{tenant}/desk/units/import`
pub async fn page(me: Me) -> Outcome {
    show(&me, None, Errors::default()).await
}

async fn show(me: &Me, done: Option<Done>, errors: Errors) -> Outcome {
    keeper(me)?;
    let frame = Frame::new(me, "units").await?;
    let wrong = !errors.is_empty();
    let names = COLUMNS.iter().filter_map(|column| Some((column.names.first()?, column.required)));
    let columns: Vec<String> = names
        .map(|(name, required)| if required { format!("{name} *") } else { (*name).to_owned() })
        .collect();
    let mut response = html(&Page { columns: columns.join(", "), done, errors, d: frame.d })?;
    if wrong {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// The fields of the form.
#[derive(Default)]
struct Typed {
    csrf: String,
    act: String,
    file: Vec<u8>,
    /// The form ended before its end.
    broken: bool,
}

async fn read(mut form: Multipart) -> Typed {
    let mut typed = Typed::default();
    typed.broken = typed.fill(&mut form).await.is_none();
    typed
}

impl Typed {
    /// Takes in field after field; `None` when one cannot be read.
    async fn fill(&mut self, form: &mut Multipart) -> Option<()> {
        while let Some(field) = form.next_field().await.ok()? {
            match field.name().unwrap_or_default() {
                "csrf" => self.csrf = field.text().await.ok()?,
                "act" => self.act = field.text().await.ok()?,
                "file" => {
                    let file = field.bytes().await.ok()?;
                    if !file.is_empty() {
                        self.file = file.to_vec();
                    }
                }
                "carried" => self.file = BASE64.decode(field.text().await.ok()?.trim().as_bytes()).ok()?,
                _ => {}
            }
        }
        Some(())
    }
}

/// `POST /{tenant}/desk/units/import`: `act` is `check`, `apply` or `faults`.
pub async fn import(me: Me, form: Multipart) -> Outcome {
    let typed = read(form).await;
    me.check(&typed.csrf)?;
    keeper(&me)?;
    let apply = typed.act == "apply";
    let done = match run(&me, &typed, apply).await {
        Ok(done) if typed.act == "faults" => return faults_file(&me, &done),
        Ok(done) => done,
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            return show(&me, None, errors).await;
        }
    };
    let faults: Vec<Fault> = done
        .sheet
        .errors
        .iter()
        .chain(&done.errors)
        .take(SHOWN)
        .map(|error| fault(me.w, &done, error))
        .collect();
    let refused = done.sheet.errors.len() + done.errors.len();
    let carry = (!apply || refused > 0) && typed.file.len() <= CARRIED;
    let view = Done {
        applied: apply,
        added: done.added.to_string(),
        changed: done.changed.to_string(),
        unchanged: done.unchanged.to_string(),
        refused,
        unknown: done.sheet.unknown_columns.join(", "),
        faults,
        carried: carry.then(|| BASE64.encode(&typed.file)),
    };
    show(&me, Some(view), Errors::default()).await
}

async fn run(me: &Me, typed: &Typed, apply: bool) -> Result<Import, Error> {
    if typed.broken {
        return Err(Error::invalid("file", "error-file-broken"));
    }
    if typed.file.is_empty() {
        return Err(Error::invalid("file", "error-units-file-missing"));
    }
    let mut cx = me.begin().await?;
    let done = units::import(&mut cx, &typed.file, None, apply).await?;
    if apply {
        cx.commit().await?;
    }
    Ok(done)
}

fn fault(w: Words, import: &Import, error: &RowError) -> Fault {
    Fault {
        line: error.line.to_string(),
        // The column as the office itself calls it.
        column: import.sheet.mapping.get(error.field).cloned().unwrap_or_else(|| w.staff_import_row()),
        value: error.value.clone(),
        text: w.by_key(error.key),
    }
}

fn faults_file(me: &Me, import: &Import) -> Outcome<Response> {
    let now = me.app.store().clock().now().to_zoned(me.tenant.timezone()).datetime();
    let say = |error: &RowError| me.w.by_key(error.key);
    let made = sheets::errors_file(&import.sheet, &import.errors, &me.w.staff_import_fault(), say, now)
        .map_err(|error| Error::invalid("file", error.key))?;
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"don-vi-dong-loi.xlsx\""),
    ];
    Ok((headers, made.xlsx).into_response())
}
