//! Judging the rows of a list beside the requests: cells, hash and sealed text are made ready on a
//! thread of their own, so that a transaction only has to write them.

use super::{
    kinds::Kind,
    rows::{Checked, Ground},
    sql_rows::{self, NewRow},
};
use crate::cases::{TestKind, TestResult};
use duty::sheets::{self, ColumnMap, Head, Overrides, Row, RowError, SheetError};
use kernel::{ImportId, Result, Rng};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    ops::ControlFlow,
    sync::Arc,
};
use store::{Cx, keys::TenantKeys};

/// What is kept of a row until it is on record.
#[derive(Deserialize)]
pub(super) struct Body {
    raw: Vec<String>,
    cells: BTreeMap<String, String>,
}

impl Body {
    pub fn row(self, kind: Kind, line: i32) -> Row {
        let columns = kind.columns();
        let cells = self
            .cells
            .into_iter()
            .filter_map(|(name, text)| {
                Some((columns.iter().find(|column| column.field == name)?.field, text))
            })
            .collect();
        Row { line: u32::try_from(line).unwrap_or_default(), cells, raw: self.raw }
    }
}

/// A row made ready to be written.
pub(super) struct Ready {
    pub row: NewRow,
    /// What it says, where it can be used.
    pub checked: Option<Checked>,
    /// The same row stands above in this list.
    pub twice: bool,
    /// The row and its faults, where it cannot be used.
    pub broken: Option<(Row, Vec<RowError>)>,
    /// The row itself, where it has to be looked up yet whether it can be used.
    pub source: Option<Row>,
}

/// What rows of one list are judged by.
pub(super) struct Judge {
    kind: Kind,
    ground: Ground,
    import: ImportId,
    /// For a list of results that does not say how its samples were tested.
    test_kind: Option<TestKind>,
    keys: Arc<TenantKeys>,
    rng: Rng,
    seen: HashSet<Vec<u8>>,
}

impl Judge {
    pub fn new(
        cx: &Cx,
        import: ImportId,
        kind: Kind,
        ground: Ground,
        test_kind: Option<TestKind>,
    ) -> Result<Self> {
        let test_kind = test_kind.filter(|_| kind == Kind::Results);
        let (keys, rng) = (cx.keys()?, cx.rng().clone());
        Ok(Self { kind, ground, import, test_kind, keys, rng, seen: HashSet::new() })
    }

    /// Reads a file through and hands on its rows, judged; ends early where `each` says so.
    pub fn read(
        &mut self,
        bytes: &[u8],
        overrides: &Overrides,
        mut each: impl FnMut(Ready) -> ControlFlow<()>,
    ) -> std::result::Result<Head, SheetError> {
        let map = ColumnMap { overrides: Some(overrides), ..ColumnMap::new(self.kind.columns()) };
        sheets::read_rows(bytes, &map, |row, faults| each(self.ready(row, faults)))
    }

    fn ready(&mut self, mut row: Row, mut faults: Vec<RowError>) -> Ready {
        if let Some(kind) = self.test_kind {
            row.cells.entry("kind").or_insert_with(|| kind.as_str().replace('_', " "));
        }
        let judged = match self.ground.check(self.kind, &row) {
            Ok(good) if faults.is_empty() => Ok(good),
            judged => {
                // What the cells say comes on top, but a missing value is said once.
                let said: BTreeSet<&str> = faults.iter().map(|fault| fault.field).collect();
                let own = judged.err().unwrap_or_default();
                let own: Vec<RowError> =
                    own.into_iter().filter(|fault| !said.contains(fault.field)).collect();
                faults.extend(own);
                Err(faults)
            }
        };
        // No sheet has so many lines.
        let line = i32::try_from(row.line).unwrap_or(i32::MAX);
        let body = json!({ "raw": row.raw, "cells": row.cells }).to_string();
        let place = (self.import.uuid(), line.to_string());
        let sealed = self.keys.seal(&self.rng, sql_rows::ROWS, place.0, &place.1, body.as_bytes());
        match judged {
            Ok(good) => {
                let row_hash = self.keys.blind("import_row", &good.said());
                let twice = !self.seen.insert(row_hash.clone());
                let source = (self.kind == Kind::Contacts).then_some(row);
                let row = NewRow {
                    line,
                    state: "good",
                    row_hash,
                    ward: good.ward(),
                    positive: good.goes_first(),
                    body: Some(sealed),
                    faults: None,
                    person: None,
                    made_person: false,
                    case: None,
                };
                Ready { row, checked: Some(good), twice, broken: None, source }
            }
            Err(faults) => {
                let said = super::spelling::result(row.text("result"));
                let new = NewRow {
                    line,
                    state: "error",
                    row_hash: self.keys.blind("import_row_raw", &row.raw.join("|")),
                    ward: None,
                    positive: said.is_ok_and(|result| result == TestResult::Positive),
                    body: Some(sealed),
                    faults: Some(told(&faults)),
                    person: None,
                    made_person: false,
                    case: None,
                };
                Ready { row: new, checked: None, twice: false, broken: Some((row, faults)), source: None }
            }
        }
    }
}

/// Faults as they lie in the database: field and message key of each.
pub(super) fn told(faults: &[RowError]) -> serde_json::Value {
    json!(faults.iter().map(|fault| [fault.field, fault.key]).collect::<Vec<_>>())
}
