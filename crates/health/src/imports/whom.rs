//! Who a row of a list is about, and what is wrong with it.

use super::spelling;
use crate::people::{Birth, NewPerson};
use duty::sheets::{Row, RowError};
use kernel::{
    Phone, UnitId, ValueError,
    address::Address,
    citizen_id::{CitizenId, Sex},
    names::PersonName,
};

/// Who a row is about, as far as it could be read.
pub(super) struct Whom {
    pub name: Option<PersonName>,
    pub birth: Option<Birth>,
    pub sex: Option<Sex>,
    pub citizen_id: Option<CitizenId>,
    pub phone: Option<Phone>,
    pub address: Option<Address>,
    pub ward: Option<UnitId>,
    /// The row names no ward; it is that of the unit.
    pub ward_guessed: bool,
}

impl Whom {
    /// The person and his ward, once nothing is missing.
    pub fn person(self) -> Option<(NewPerson, UnitId)> {
        let Self { name, birth, sex, citizen_id, phone, address, ward, ward_guessed } = self;
        let (name, ward) = (name?, ward?);
        let (quarter, import) = (None, None);
        let person = NewPerson {
            name,
            birth,
            sex,
            citizen_id,
            phone,
            address,
            ward: Some(ward),
            ward_guessed,
            quarter,
            import,
        };
        Some((person, ward))
    }

    /// The person as far as he can be told; his ward may be missing.
    pub fn somebody(self) -> Option<NewPerson> {
        let Self { name, birth, sex, citizen_id, phone, address, ward, ward_guessed } = self;
        let (quarter, import) = (None, None);
        Some(NewPerson {
            name: name?,
            birth,
            sex,
            citizen_id,
            phone,
            address,
            ward,
            ward_guessed,
            quarter,
            import,
        })
    }

    /// A contact is sought by his number or at his door: a name alone cannot be.
    pub fn must_be_findable(&self, faults: &mut Faults<'_>) {
        if self.address.is_none() {
            self.must_be_somebody(faults);
        }
    }

    /// A name alone is nobody: the next list with that name would be somebody else, or not.
    pub fn must_be_somebody(&self, faults: &mut Faults<'_>) {
        if self.birth.is_none()
            && self.citizen_id.is_none()
            && self.phone.is_none()
            && faults.found.is_empty()
        {
            faults.found.push(faults.row.error("", "error-person-too-little"));
        }
    }
}

/// Everything that is said of a person, in one spelling.
pub(super) fn said_of(person: &NewPerson) -> String {
    format!(
        "{}|{}|{}|{}|{}",
        person.name.search_key(),
        person.birth.map(Birth::shown).unwrap_or_default(),
        person.citizen_id.as_ref().map_or("", |id| id.as_str()),
        person.phone.as_ref().map_or("", |phone| phone.as_e164()),
        person.address.as_ref().map(Address::search_key).unwrap_or_default(),
    )
}

/// What is wrong with the row in hand.
pub(super) struct Faults<'a> {
    pub row: &'a Row,
    pub found: Vec<RowError>,
}

impl Faults<'_> {
    pub fn kept<T>(&mut self, field: &'static str, value: Result<T, ValueError>) -> Option<T> {
        value.map_err(|error| self.found.push(self.row.error(field, error.key))).ok()
    }

    pub fn optional<T>(
        &mut self,
        field: &'static str,
        parse: impl Fn(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        let text = self.row.text(field);
        if spelling::is_nothing(text) { None } else { self.kept(field, parse(text)) }
    }
}
