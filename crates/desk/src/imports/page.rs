//! One list: the dry run with its counts and first errors, how far it is, what can be done.

use super::words;
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::Path;
use duty::staff;
use health::imports::{self, BrokenRow, Import, Kind, State};
use kernel::{ImportId, Result};
use pages::{Desk, Outcome, html};

struct Fault {
    line: i32,
    positive: bool,
    /// Column and reason.
    faults: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "import.html")]
struct Page {
    d: Desk,
    address: String,
    title: String,
    state: State,
    state_word: String,
    counts: Vec<(String, i64)>,
    positive_errors: i64,
    good: i64,
    /// Rows of which somebody has to say whose they are.
    unmatched: i64,
    /// A job is at work on it: how far it is in words, and in per cent where that is known.
    working: Option<String>,
    progress: Option<u8>,
    is_results: bool,
    /// Whoever is perhaps one person, for those who decide it.
    pairs: Option<String>,
    told: Option<String>,
    facts: Vec<(String, String)>,
    columns: Vec<(String, String)>,
    faults_told: String,
    faults: Vec<Fault>,
    cases_href: String,
}

/// Broken rows on the page; all of them are in the file.
const FAULTS: i64 = 20;

/// `GET /{tenant}/desk/imports/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, ImportId)>) -> Outcome {
    let mut frame = Frame::new(&me, "cases").await?;
    let import = imports::find(&mut frame.cx, id).await?;
    let broken = match import.state {
        // Nothing of it is kept.
        State::Unreadable => Vec::new(),
        _ => imports::broken_rows(&mut frame.cx, id, FAULTS).await?,
    };
    let w = me.w;
    let counts = import.counts;
    let page = Page {
        address: me.at(format!("imports/{id}")),
        title: w.import_title(import.code.as_str()),
        state: import.state,
        state_word: words::state(w, import.state),
        counts: tiles(&me, &import),
        positive_errors: counts.positive_errors,
        good: counts.good,
        working: working(&me, &import),
        unmatched: counts.unmatched,
        progress: import.progress(),
        is_results: import.kind == Kind::Results,
        pairs: (counts.pairs > 0 && import.state != State::Undone)
            .then(|| w.import_pairs_note(counts.pairs.to_string())),
        told: told(&me, &frame, &import),
        columns: columns(&me, &import),
        faults_told: w.import_faults_first(broken.len().to_string(), counts.errors.to_string()),
        faults: broken.into_iter().map(|row| fault(&me, row)).collect(),
        cases_href: me.at(format!("cases?import={id}")),
        facts: facts(&me, &mut frame, &import).await?,
        d: frame.d,
    };
    html(&page)
}

/// The counts of a list, by what it is about and how far it is.
fn tiles(me: &Me, import: &Import) -> Vec<(String, i64)> {
    let (w, counts) = (me.w, import.counts);
    if import.state == State::Unreadable {
        return Vec::new();
    }
    let rows = if import.state == State::Reading { counts.read } else { counts.rows };
    let mut tiles = vec![
        (w.import_rows(), rows),
        (w.import_good(), counts.good),
        (w.import_done(), counts.done),
        (w.import_known(), counts.known),
        (w.import_errors(), counts.errors),
    ];
    if import.kind == Kind::Results {
        tiles.push((w.import_positives(), counts.positives));
    } else if !import.kind.of_people() {
        return tiles;
    } else if matches!(import.state, State::Reading | State::Staged) {
        tiles.push((w.import_foreseen_new(), counts.made));
        tiles.push((w.import_foreseen_known(), counts.matched));
        tiles.push((w.import_foreseen_pairs(), counts.pairs));
    } else {
        tiles.push((w.import_made(), counts.made));
        tiles.push((w.import_pairs(), counts.pairs));
    }
    tiles
}

/// How far a job is, in words.
fn working(me: &Me, import: &Import) -> Option<String> {
    let (w, counts) = (me.w, import.counts);
    match import.state {
        State::Reading => Some(w.import_reading(counts.read.to_string())),
        State::Applying => Some(w.import_progress(import.progress().unwrap_or_default().to_string())),
        State::Undoing => Some(w.import_undoing()),
        _ => None,
    }
}

/// What the state means, and what follows from it.
fn told(me: &Me, frame: &Frame, import: &Import) -> Option<String> {
    let (w, clock) = (me.w, &frame.d.clock);
    match import.state {
        State::Staged => Some(w.import_staged_note()),
        State::Reading => Some(w.import_reading_note()),
        State::Unreadable => import.fault.as_deref().map(|key| w.by_key(key)),
        State::Applying | State::Undoing => None,
        State::Applied => import.finished_at.map(|at| w.import_applied_note(clock.full(at))),
        State::Undone => import.undone_at.map(|at| w.import_undone_note(clock.full(at))),
        State::Expired => Some(w.import_expired_note()),
    }
}

async fn facts(me: &Me, frame: &mut Frame, import: &Import) -> Result<Vec<(String, String)>> {
    let w = me.w;
    let author = match import.staged_by {
        Some(id) => staff::of(&mut frame.cx, &[id]).await?.remove(&id).map(|one| one.full_name),
        None => None,
    };
    Ok(vec![
        (w.imports_list(), words::kind(w, import.kind)),
        (w.imports_file(), import.file_name.clone()),
        (w.imports_unit(), frame::name(&frame.tree, &frame.d, Some(import.unit))),
        (w.imports_by(), author.unwrap_or_else(|| "–".to_owned())),
        (w.imports_at(), frame.d.clock.full(import.staged_at)),
    ])
}

/// The columns as they were understood, in the order in which they are always told.
fn columns(me: &Me, import: &Import) -> Vec<(String, String)> {
    import
        .kind
        .columns()
        .iter()
        .filter_map(|column| {
            Some((words::column(me.w, column.field), import.mapping.get(column.field)?.clone()))
        })
        .collect()
}

fn fault(me: &Me, row: BrokenRow) -> Fault {
    let faults =
        row.faults.into_iter().map(|(field, key)| (words::column(me.w, field), me.w.by_key(key))).collect();
    Fault { line: row.line, positive: row.positive, faults }
}
