//! A row of a list of streets, alleys and apartment blocks.

use super::{rows::Ground, spelling, whom::Faults};
use crate::streets::{Kind, NewStreet};
use kernel::{ImportId, UnitId, ValueError, address::Address, text::tidy};

/// A stretch of a street, an alley or a block, and where it lies.
#[derive(Clone, Debug)]
pub(super) struct StreetRow {
    pub street: NewStreet,
}

impl StreetRow {
    pub fn read(ground: &Ground, faults: &mut Faults<'_>) -> Option<Self> {
        let row = faults.row;
        let ward = faults.kept("ward", ground.ward_of(row.text("ward")));
        let name = tidy(row.text("street_name"));
        let kind = match row.text("street_kind") {
            text if spelling::is_nothing(text) => Some(spelling::street_kind_of(&name)),
            text => faults.kept("street_kind", spelling::street_kind(text)),
        };
        let from_number = faults.optional("from_number", number);
        let to_number = faults.optional("to_number", number);
        let quarter = ward.and_then(|ward| quarter(ground, ward, faults));
        let parent = Some(tidy(row.text("parent"))).filter(|text| !spelling::is_nothing(text));
        let (name, parent) = alley(name, kind, parent);
        let (ward, kind) = (ward?, kind?);
        let street = NewStreet { ward, kind, name, parent, from_number, to_number, quarter, import: None };
        if let Some((field, key)) = street.fault() {
            faults.found.push(row.error(column(field), key));
        }
        Some(Self { street })
    }

    pub fn said(&self) -> String {
        let NewStreet { ward, kind, name, parent, from_number, to_number, quarter, import: _ } = &self.street;
        let number = |number: Option<i32>| number.map(|n| n.to_string()).unwrap_or_default();
        let quarter = quarter.map(|unit| unit.to_string()).unwrap_or_default();
        let parent = parent.as_deref().unwrap_or_default();
        format!(
            "street|{ward}|{}|{name}|{parent}|{}|{}|{quarter}",
            kind.as_str(),
            number(*from_number),
            number(*to_number)
        )
    }

    /// As it goes on record with a list.
    pub fn of(&self, import: ImportId) -> NewStreet {
        NewStreet { import: Some(import), ..self.street.clone() }
    }
}

/// The column of a field of [`NewStreet`].
pub(super) fn column(field: &'static str) -> &'static str {
    if field == "name" { "street_name" } else { field }
}

/// "Hẻm 1806 Huỳnh Tấn Phát" in one cell: the alley, and the street it leaves.
fn alley(name: String, kind: Option<Kind>, parent: Option<String>) -> (String, Option<String>) {
    if kind != Some(Kind::Alley) || parent.is_some() {
        return (name, parent);
    }
    let parts = Address::parse(&name).ok().map(|address| address.parts().clone());
    match parts.map(|parts| (parts.alley, parts.street)) {
        Some((Some(alley), Some(street))) => (format!("Hẻm {alley}"), Some(street)),
        _ => (name, None),
    }
}

/// The khu phố or tổ that the row names. One that the ward does not have is an error; a tổ that is not
/// known of a khu phố that is counts as the khu phố.
fn quarter(ground: &Ground, ward: UnitId, faults: &mut Faults<'_>) -> Option<UnitId> {
    let row = faults.row;
    let cell = |field| Some(row.text(field)).filter(|text| !spelling::is_nothing(text)).unwrap_or_default();
    let (quarter, group) = (cell("quarter"), cell("group"));
    let field = match (quarter.is_empty(), group.is_empty()) {
        (true, true) => return None,
        (false, _) => "quarter",
        (true, false) => "group",
    };
    let found = ground.quarter(ward, quarter, group);
    if found.is_none() {
        faults.found.push(row.error(field, "error-quarter-unknown"));
    }
    found
}

/// A house number as the end of a stretch: 199, 12A.
fn number(text: &str) -> Result<i32, ValueError> {
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().map_err(|_| ValueError::new("error-street-number"))
}
