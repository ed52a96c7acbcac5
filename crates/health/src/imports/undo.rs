//! Taking a list back.

use super::{
    apply::{QUEUE, rows_of},
    import::{self, State},
    kinds::Kind,
    place, sql, sql_people, sql_rows,
};
use crate::{cases, contacts, facts, followups, people, samples, streets};
use async_trait::async_trait;
use duty::tickets;
use jiff::SignedDuration;
use kernel::{Actor, Error, ImportId, PersonId, Result, text::paragraphs};
use serde_json::json;
use std::collections::BTreeSet;
use store::{
    Cx, Event, Job, Store, Topic,
    jobs::{OnJob, Taken},
};

const KIND: &str = "imports.undo";

/// What asking to take a list back came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undone {
    Done {
        cases: u64,
        results: u64,
    },
    /// A job takes it back, row by row.
    Begun,
    /// On so many of its cases somebody has acted, or so many of its people have come to something;
    /// nothing was changed.
    Refused {
        acted: u64,
    },
}

/// Takes an applied list off the record: its results and cases, its doses, its contacts, its streets and
/// whom they put into a quarter, the people it made, and the tickets that rang for it. Only while nobody
/// has acted on any of its cases or reached any of its contacts, and while none of the people that a list
/// of people made has come to anything; a contact who is reached while a job takes the list back stays, and
/// is counted as done by it. What it told of people who were known before (a phone, an address, a ward)
/// stays with them, and so does whoever another list names too.
///
/// Errors: `NotFound`; `Conflict` `error-import-not-applied`; `why`: `error-reason-missing`,
/// `error-text-too-long`.
pub async fn undo(cx: &mut Cx, id: ImportId, why: &str) -> Result<Undone> {
    let import = sql::lock(cx, id).await?;
    import::permit(cx, import.unit).await?;
    if import.state != State::Applied {
        return Err(Error::Conflict("error-import-not-applied"));
    }
    let why = paragraphs(why, 500).map_err(|error| Error::invalid("why", error.key))?;
    if why.is_empty() {
        return Err(Error::invalid("why", "error-reason-missing"));
    }
    let undone = match import.kind {
        Kind::Results => results(cx, id, &import, &why).await?,
        Kind::People => match sql_people::settled(cx, id).await? {
            0 => begin(cx, id, &import, &why).await?,
            acted => Undone::Refused { acted: acted.unsigned_abs() },
        },
        Kind::Contacts => match sql_people::sought(cx, id).await? {
            0 => begin(cx, id, &import, &why).await?,
            acted => Undone::Refused { acted: acted.unsigned_abs() },
        },
        Kind::Vaccinations | Kind::Streets => begin(cx, id, &import, &why).await?,
    };
    cx.tell(Topic::screen("imports"));
    Ok(undone)
}

/// At once: phones ring for it.
async fn results(cx: &mut Cx, id: ImportId, import: &sql::Locked, why: &str) -> Result<Undone> {
    let (matters, made) = sql_rows::brought(cx, id).await?;
    let acted = cases::acted_upon(cx, id, &matters).await? + followups::heard_of(cx, id).await?;
    if acted > 0 {
        return Ok(Undone::Refused { acted: acted.unsigned_abs() });
    }
    let withdrawn = cases::withdraw(cx, id, &matters, &made, why).await?;
    followups::give_up(cx, id).await?;
    samples::give_up(cx, id).await?;
    if let Some(ticket) = sql::unmatched_ticket(cx, id).await? {
        tickets::withdraw(cx, ticket, "Danh sách kết quả đã được hoàn tác.").await?;
    }
    sql_rows::undone(cx, id).await?;
    sql::set_state(cx, id, State::Undone).await?;
    cx.record(
        Event::new("import.undone", id)
            .unit(import.unit)
            .data(json!({ "cases": withdrawn.cases, "results": withdrawn.results }))
            .payload(json!({ "why": why })),
    );
    Ok(Undone::Done { cases: withdrawn.cases, results: withdrawn.results })
}

async fn begin(cx: &mut Cx, id: ImportId, import: &sql::Locked, why: &str) -> Result<Undone> {
    sql::set_state(cx, id, State::Undoing).await?;
    cx.record(Event::new("import.undo_begun", id).unit(import.unit).payload(json!({ "why": why })));
    cx.enqueue(Job {
        queue: QUEUE,
        kind: KIND,
        key: id.to_string(),
        args: json!({ "import": id }),
        run_at: None,
    });
    Ok(Undone::Begun)
}

/// The handler of `imports.undo`: so many rows a transaction, the last ones first.
pub struct Undo;

#[async_trait]
impl OnJob for Undo {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, store: &Store, job: &Taken) -> Result<()> {
        let id: ImportId = serde_json::from_value(job.args["import"].clone()).map_err(Error::internal)?;
        let mut before = i32::MAX;
        loop {
            let mut cx = store.begin(job.tenant, Actor::system(KIND)).await?;
            let import = sql::lock(&mut cx, id).await?;
            if import.state != State::Undoing {
                return Ok(());
            }
            cx.actor.on_behalf_of = import.undone_by;
            let rows = sql_rows::kept_before(&mut cx, id, before, rows_of(import.kind)).await?;
            let last = rows.last().map(|row| row.line);
            let more = match last {
                Some(line) => {
                    take_back(&mut cx, id, import.kind, &rows).await?;
                    before = line;
                    true
                }
                None if import.kind == Kind::Streets => place::take_back(&mut cx, id, &import).await?,
                None => false,
            };
            if !more {
                sql::set_state(&mut cx, id, State::Undone).await?;
                cx.record(Event::new("import.undone", id).unit(import.unit));
            }
            cx.tell(Topic::screen("imports"));
            cx.commit().await?;
            if !more {
                return Ok(());
            }
        }
    }

    fn lease(&self) -> SignedDuration {
        SignedDuration::from_mins(10)
    }
}

async fn take_back(cx: &mut Cx, id: ImportId, kind: Kind, rows: &[sql_rows::Kept]) -> Result<()> {
    if kind == Kind::Vaccinations {
        let told: Vec<PersonId> = rows.iter().filter_map(|row| row.person).collect();
        let whose = facts::withdraw_listed(cx, id, &told).await?;
        followups::rejudge(cx, &whose).await?;
    }
    let mut stay = BTreeSet::new();
    if kind == Kind::Contacts {
        let mut put = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(contact) = row.contact {
                let before = row.before.clone().map(serde_json::from_value).transpose();
                put.push((contact, before.map_err(Error::internal)?.unwrap_or_default()));
            }
        }
        stay = contacts::take_back(cx, id, &put).await?;
    }
    if kind == Kind::Streets {
        let mut put = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(street) = row.street {
                let before = row.before.clone().map(serde_json::from_value).transpose();
                put.push((street, before.map_err(Error::internal)?));
            }
        }
        streets::take_back(cx, id, &put).await?;
    }
    let made: Vec<PersonId> =
        rows.iter().filter(|row| row.made_person).filter_map(|row| row.person).collect();
    let nobodies = sql_people::nobodies(cx, id, &made).await?;
    people::erase(cx, &nobodies).await?;
    // Whoever was reached since the list was asked back is still on record by it.
    let gone = |row: &&sql_rows::Kept| row.contact.is_none_or(|contact| !stay.contains(&contact));
    let lines: Vec<i32> = rows.iter().filter(gone).map(|row| row.line).collect();
    sql_rows::undone_lines(cx, id, &lines).await
}
