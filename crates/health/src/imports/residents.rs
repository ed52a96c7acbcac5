//! A row of a list of residents.

use super::whom::{Faults, Whom, said_of};
use crate::people::NewPerson;
use kernel::UnitId;

/// Somebody who lives here.
#[derive(Clone, Debug)]
pub(super) struct ResidentRow {
    pub person: NewPerson,
    pub ward: UnitId,
}

impl ResidentRow {
    pub fn read(whom: Whom, faults: &mut Faults<'_>) -> Option<Self> {
        whom.must_be_somebody(faults);
        let (person, ward) = whom.person()?;
        Some(Self { person, ward })
    }

    pub fn said(&self) -> String {
        format!("resident|{}|{}", said_of(&self.person), self.ward)
    }
}
