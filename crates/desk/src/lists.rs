//! A list from a spreadsheet: first read without writing anything, then taken in. Broken rows come
//! back as a file with the reason beside each.

use crate::{Me, frame::Frame};
use askama::Template;
use axum::{
    extract::Multipart,
    http::header,
    response::{IntoResponse, Response},
};
use data_encoding::BASE64;
use duty::sheets::{self, Column, RowError, Taken};
use kernel::Error;
use pages::{Desk, Outcome, Words, form_page, forms::Errors};

/// Broken rows shown on the page; all of them are in the file.
const SHOWN: usize = 200;
/// Lists up to this size are carried along from the first reading, so that nobody picks the file twice.
const CARRIED: usize = 2 * 1024 * 1024;

/// What lists of one kind are called, and where.
pub struct List {
    /// The part of the desk, below which `import` stands.
    pub area: &'static str,
    pub columns: &'static [Column],
    /// What is said when no file came.
    pub missing: &'static str,
    /// The file of broken rows.
    pub faults_name: &'static str,
    pub back: fn(Words) -> String,
    pub title: fn(Words) -> String,
    pub file: fn(Words) -> String,
    /// With the columns.
    pub hint: fn(Words, &str) -> String,
}

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
#[template(path = "list_import.html")]
struct Page {
    d: Desk,
    title: String,
    back: String,
    back_href: String,
    action: String,
    file: String,
    hint: String,
    done: Option<Done>,
    errors: Errors,
}

/// What was sent; `act` is `check`, `apply` or `faults`.
#[derive(Default)]
pub struct Sent {
    csrf: String,
    act: String,
    file: Vec<u8>,
    /// The form ended before its end.
    broken: bool,
}

impl Sent {
    /// Reads the form, and sees that it is of a page of ours.
    pub async fn read(me: &Me, mut form: Multipart) -> Result<Self, Error> {
        let mut sent = Self::default();
        sent.broken = sent.fill(&mut form).await.is_none();
        me.check(&sent.csrf)?;
        Ok(sent)
    }

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

    pub fn applies(&self) -> bool {
        self.act == "apply"
    }
}

impl List {
    pub async fn page(&self, me: &Me) -> Outcome {
        self.show(me, None, Errors::default()).await
    }

    /// The file that was sent.
    pub fn file_of<'a>(&self, sent: &'a Sent) -> Result<&'a [u8], Error> {
        if sent.broken {
            return Err(Error::invalid("file", "error-file-broken"));
        }
        if sent.file.is_empty() {
            return Err(Error::invalid("file", self.missing));
        }
        Ok(&sent.file)
    }

    /// The page again with what became of the list, or its broken rows as a file.
    pub async fn answer(&self, me: &Me, sent: &Sent, taken: Result<Taken, Error>) -> Outcome {
        let taken = match taken {
            Ok(taken) if sent.act == "faults" => return self.faults_file(me, &taken),
            Ok(taken) => taken,
            Err(error) => {
                let mut errors = Errors::default();
                errors.take(me.w, error)?;
                return self.show(me, None, errors).await;
            }
        };
        let broken = taken.sheet.errors.iter().chain(&taken.errors);
        let faults = broken.take(SHOWN).map(|error| fault(me.w, &taken, error)).collect();
        let refused = taken.sheet.errors.len() + taken.errors.len();
        let carry = (!sent.applies() || refused > 0) && sent.file.len() <= CARRIED;
        let done = Done {
            applied: sent.applies(),
            added: taken.added.to_string(),
            changed: taken.changed.to_string(),
            unchanged: taken.unchanged.to_string(),
            refused,
            unknown: taken.sheet.unknown_columns.join(", "),
            faults,
            carried: carry.then(|| BASE64.encode(&sent.file)),
        };
        self.show(me, Some(done), Errors::default()).await
    }

    async fn show(&self, me: &Me, done: Option<Done>, errors: Errors) -> Outcome {
        let frame = Frame::new(me, self.area).await?;
        let wrong = !errors.is_empty();
        let names = self.columns.iter().filter_map(|column| Some((column.names.first()?, column.required)));
        let columns: Vec<String> = names
            .map(|(name, required)| if required { format!("{name} *") } else { (*name).to_owned() })
            .collect();
        let page = Page {
            title: (self.title)(me.w),
            back: (self.back)(me.w),
            back_href: me.at(self.area),
            action: me.at(format!("{}/import", self.area)),
            file: (self.file)(me.w),
            hint: (self.hint)(me.w, &columns.join(", ")),
            done,
            errors,
            d: frame.d,
        };
        form_page(&page, wrong)
    }

    fn faults_file(&self, me: &Me, taken: &Taken) -> Outcome<Response> {
        let now = me.app.store().clock().now().to_zoned(me.tenant.timezone()).datetime();
        let say = |error: &RowError| me.w.by_key(error.key);
        let made = sheets::errors_file(&taken.sheet, &taken.errors, &me.w.staff_import_fault(), say, now)
            .map_err(|error| Error::invalid("file", error.key))?;
        let headers = [
            (
                header::CONTENT_TYPE,
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
            ),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", self.faults_name)),
        ];
        Ok((headers, made.xlsx).into_response())
    }
}

fn fault(w: Words, taken: &Taken, error: &RowError) -> Fault {
    Fault {
        line: error.line.to_string(),
        // The column as the office itself calls it.
        column: taken.sheet.mapping.get(error.field).cloned().unwrap_or_else(|| w.staff_import_row()),
        value: error.value.clone(),
        text: w.by_key(error.key),
    }
}
