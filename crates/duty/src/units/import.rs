//! A list of units, CSV or XLSX: new ones in, known ones renamed or relinked from a day on, broken
//! rows given back. Importing the same list again changes nothing.

use super::{
    Line, Tree, Unit, UnitKind, UnitSpec, changes,
    changes_sql::{self, NewName},
    pack::in_order,
    spec::described,
    sql,
};
use crate::{
    permissions::{Action, Permit, Scope},
    sheets::{self, Column, ColumnMap, Overrides, Row, RowError, Taken},
};
use jiff::civil::Date;
use kernel::{Error, Result, UnitId};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{Cx, Event};

/// The columns of a list of units.
pub const COLUMNS: &[Column] = &[
    Column {
        field: "code", required: true, names: &["mã đơn vị", "mã", "ký hiệu", "code", "unit code"]
    },
    Column {
        field: "name", required: true, names: &["tên đơn vị", "tên", "đơn vị", "name", "unit"]
    },
    Column { field: "kind", required: true, names: &["loại", "loại đơn vị", "kind", "type"] },
    Column {
        field: "short", required: false, names: &["tên ngắn", "tên viết tắt", "short", "short name"]
    },
    Column { field: "name_en", required: false, names: &["tên tiếng anh", "name en", "english name"] },
    Column {
        field: "ward", required: false, names: &["phường", "mã phường", "thuộc phường", "ward"]
    },
    Column {
        field: "admin_code", required: false, names: &["mã hành chính", "mã nhà nước", "admin code"]
    },
    Column {
        field: "administrative",
        required: false,
        names: &[
            "cấp trên",
            "đơn vị cấp trên",
            "trực thuộc",
            "quản lý hành chính",
            "administrative",
            "parent",
        ],
    },
    Column {
        field: "professional",
        required: false,
        names: &["cấp trên chuyên môn", "chỉ đạo chuyên môn", "chuyên môn", "professional"],
    },
    Column {
        field: "from", required: false, names: &["từ ngày", "hiệu lực từ", "from", "valid from"]
    },
    Column { field: "lat", required: false, names: &["vĩ độ", "lat", "latitude"] },
    Column { field: "lon", required: false, names: &["kinh độ", "lon", "lng", "longitude"] },
    Column { field: "citation", required: false, names: &["căn cứ", "văn bản", "citation", "source"] },
];

/// Reads a list of units; with `apply` false nothing is written. A unit is known again by its code.
/// Errors of the file as a whole are `Invalid` at `file`.
pub async fn import(cx: &mut Cx, file: &[u8], overrides: Option<&Overrides>, apply: bool) -> Result<Taken> {
    cx.permit(Action::UnitEdit, Scope::Tenant)?;
    let map = ColumnMap { columns: COLUMNS, overrides, worksheet: None };
    let sheet = sheets::read(file, &map).map_err(|error| Error::invalid("file", error.key))?;
    if !sheet.missing_columns.is_empty() {
        return Err(Error::invalid("file", "error-sheet-columns-missing"));
    }
    let tree = super::tree(cx).await?;
    let today = sql::today(cx).await?;
    let mut errors = Vec::new();
    let mut wanted: Vec<(&Row, UnitSpec)> = Vec::new();
    let mut codes = BTreeSet::new();
    for row in sheet.sound_rows() {
        match spec(row, today) {
            Ok(spec) if !codes.insert(spec.code.clone()) => {
                errors.push(row.error("code", "error-row-repeated"));
            }
            Ok(spec) => wanted.push((row, spec)),
            Err(error) => errors.push(error),
        }
    }
    // Codes of units that are no more, or not yet: they stay those units'.
    let days = changes_sql::codes(cx).await?;
    let elsewhere = days.keys().filter(|code| tree.by_code(code).is_none()).cloned().collect();
    sift(&tree, &elsewhere, &mut wanted, &mut errors);
    let (mut added, mut changed, mut unchanged) = (0, 0, 0);
    let mut codes: BTreeMap<String, UnitId> = tree.iter().map(|unit| (unit.code.clone(), unit.id)).collect();
    let new = wanted.iter().filter(|(_, spec)| tree.by_code(&spec.code).is_none()).collect();
    let (order, _) = in_order(new, |one: &&(&Row, UnitSpec)| &one.1, |code| tree.by_code(code).is_some());
    for (row, spec) in &wanted {
        let placed = || order.iter().any(|(_, other)| other.code == spec.code);
        if tree.by_code(&spec.code).is_none() && !placed() {
            errors.push(row.error("administrative", "error-unit-circle"));
        }
    }
    for (_, spec) in order {
        added += 1;
        if apply {
            let id = changes::put_in(cx, spec, &codes).await?;
            codes.insert(spec.code.clone(), id);
        }
    }
    for (row, spec) in &wanted {
        let Some(unit) = tree.by_code(&spec.code) else { continue };
        let change = Change::between(unit, spec, &tree);
        if change.is_none() {
            unchanged += 1;
            continue;
        }
        if let Some(Err(Error::Invalid { key, .. } | Error::Conflict(key))) =
            days.get(&spec.code).map(|days| days.refuse(spec.valid_from))
        {
            errors.push(row.error("from", key));
            continue;
        }
        changed += 1;
        if apply {
            change.make(cx, unit, spec, &codes).await?;
        }
    }
    if apply {
        if added > 0 {
            sql::touch(cx).await?;
        }
        let tenant = cx.tenant();
        let refused = errors.len() + sheet.errors.len();
        cx.record(Event::new("unit.imported", tenant).data(json!({
            "added": added, "changed": changed, "unchanged": unchanged, "refused": refused,
        })));
    }
    Ok(Taken { sheet, errors, added, changed, unchanged })
}

/// A row as the pack would write it.
fn spec(row: &Row, today: Date) -> std::result::Result<UnitSpec, RowError> {
    described(|field| row.text(field), today).map_err(|error| match error {
        Error::Invalid { field, key } => row.error(field, key),
        _ => row.error("code", "error-row-unusable"),
    })
}

/// Takes rows out whose references name nothing, again and again: a row taken out may have been
/// what another one referred to.
fn sift(
    tree: &Tree,
    elsewhere: &BTreeSet<String>,
    wanted: &mut Vec<(&Row, UnitSpec)>,
    errors: &mut Vec<RowError>,
) {
    wanted.retain(|(row, spec)| {
        let used = elsewhere.contains(&spec.code);
        if used {
            errors.push(row.error("code", "error-unit-code-used"));
        }
        !used
    });
    loop {
        let coming: BTreeSet<String> = wanted.iter().map(|(_, spec)| spec.code.clone()).collect();
        let before = wanted.len();
        wanted.retain(|(row, spec)| match fault(tree, &coming, row, spec) {
            None => true,
            Some(error) => {
                errors.push(error);
                false
            }
        });
        let turning = circle(tree, wanted);
        wanted.retain(|(row, spec)| {
            let bad = turning.contains(&spec.code);
            if bad {
                errors.push(row.error("administrative", "error-unit-circle"));
            }
            !bad
        });
        if wanted.len() == before {
            errors.sort_by_key(|error| error.line);
            return;
        }
    }
}

fn fault(tree: &Tree, coming: &BTreeSet<String>, row: &Row, spec: &UnitSpec) -> Option<RowError> {
    let known = |code: &String| coming.contains(code) || tree.by_code(code).is_some();
    for (field, code) in
        [("ward", &spec.ward), ("administrative", &spec.administrative), ("professional", &spec.professional)]
    {
        if code.as_ref().is_some_and(|code| !known(code)) {
            return Some(row.error(field, "error-unit-unknown"));
        }
    }
    let no_ward = spec
        .ward
        .as_ref()
        .and_then(|code| tree.by_code(code))
        .is_some_and(|unit| unit.kind != UnitKind::Ward);
    if no_ward {
        return Some(row.error("ward", "error-unit-no-ward"));
    }
    let unit = tree.by_code(&spec.code)?;
    (unit.kind.as_str() != spec.kind).then(|| row.error("kind", "error-unit-kind-changed"))
}

/// Codes of rows that would stand above themselves in a line.
fn circle(tree: &Tree, wanted: &[(&Row, UnitSpec)]) -> BTreeSet<String> {
    let specs: BTreeMap<&str, &UnitSpec> =
        wanted.iter().map(|(_, spec)| (spec.code.as_str(), spec)).collect();
    let mut bad = BTreeSet::new();
    for line in [Line::Administrative, Line::Professional] {
        let parent = |code: &str| -> Option<String> {
            let said = specs.get(code).and_then(|spec| match line {
                Line::Administrative => spec.administrative.clone(),
                Line::Professional => spec.professional.clone(),
            });
            said.or_else(|| Some(tree.get(tree.by_code(code)?.parent(line)?)?.code.clone()))
        };
        for code in specs.keys() {
            let mut at = (*code).to_owned();
            let mut seen = BTreeSet::new();
            while let Some(next) = parent(&at).filter(|next| seen.insert(next.clone())) {
                if next == *code {
                    bad.insert(next);
                    break;
                }
                at = next;
            }
        }
    }
    bad
}

/// What a row says differently from the unit as it is.
struct Change {
    name: bool,
    lines: Vec<(Line, String)>,
    ward: Option<String>,
    place: Option<(f64, f64)>,
}

impl Change {
    /// An empty cell says nothing.
    fn between(unit: &Unit, spec: &UnitSpec, tree: &Tree) -> Self {
        let other = |said: &str, is: &str| said != spec.name && said != is;
        let name = spec.name != unit.name
            || other(&spec.short, &unit.short)
            || other(&spec.name_en, &unit.name_en)
            || spec.admin_code.is_some() && spec.admin_code != unit.admin_code;
        let code = |line| unit.parent(line).and_then(|id| tree.get(id)).map(|parent| parent.code.clone());
        let lines = [(Line::Administrative, &spec.administrative), (Line::Professional, &spec.professional)]
            .into_iter()
            .filter_map(|(line, said)| Some((line, said.clone()?)))
            .filter(|(line, said)| code(*line).as_ref() != Some(said))
            .collect();
        let of = |id: Option<UnitId>| id.and_then(|id| tree.get(id)).map(|ward| &ward.code);
        let ward =
            spec.ward.clone().filter(|said| unit.kind != UnitKind::Ward && of(unit.ward) != Some(said));
        let is = unit.place.as_ref().map(|place| (place.lat, place.lon));
        let place = spec.place.as_ref().map(|place| (place.lat, place.lon)).filter(|said| is != Some(*said));
        Self { name, lines, ward, place }
    }

    fn is_none(&self) -> bool {
        !self.name && self.lines.is_empty() && self.ward.is_none() && self.place.is_none()
    }

    async fn make(
        self,
        cx: &mut Cx,
        unit: &Unit,
        spec: &UnitSpec,
        codes: &BTreeMap<String, UnitId>,
    ) -> Result<()> {
        if self.name {
            // A cell left empty came out as the name; the unit keeps what it had.
            let kept =
                |said: &String, is: &String| if *said == spec.name { is.clone() } else { said.clone() };
            let name = NewName {
                name: spec.name.clone(),
                short: kept(&spec.short, &unit.short),
                name_en: kept(&spec.name_en, &unit.name_en),
                admin_code: spec.admin_code.clone().or_else(|| unit.admin_code.clone()),
                citation: spec.citation.clone(),
                verified: false,
            };
            changes::rename(cx, unit.id, spec.valid_from, &name).await?;
        }
        for (line, code) in self.lines {
            let parent = codes.get(&code).copied();
            // That no circle closes was seen over the whole list; on the way to it one may seem to.
            changes::put_under(cx, unit.id, line, parent, spec.valid_from).await?;
        }
        if self.ward.is_some() || self.place.is_some() {
            let ward = self.ward.and_then(|code| codes.get(&code).copied());
            changes::lay(cx, unit.id, ward, self.place).await?;
        }
        Ok(())
    }
}
