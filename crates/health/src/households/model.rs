use crate::{
    codes::codes,
    fault::{Fault, kept, optional},
    people::{Birth, Brief, NewPerson},
};
use jiff::{Timestamp, civil::Date};
use kernel::{HouseholdId, PersonId, Phone, UnitId, citizen_id::Sex, names::PersonName};

codes! {
    /// What somebody is to the one who speaks for the household.
    Relation in "relation" {
        Head = "head",
        Spouse = "spouse",
        Child = "child",
        Parent = "parent",
        Grandparent = "grandparent",
        Sibling = "sibling",
        Tenant = "tenant",
        Helper = "helper",
        Other = "other",
    }
    /// Oxygen in the house.
    Oxygen in "oxygen" { None = "none", AtHand = "at_hand", InUse = "in_use" }
}

/// A household as its page shows it.
#[derive(Clone, Debug)]
pub struct Home {
    pub id: HouseholdId,
    /// Said on the telephone, printed on the notice at the door.
    pub code: String,
    pub ward: UnitId,
    pub station: UnitId,
    pub mobile_station: Option<UnitId>,
    pub care_team: Option<UnitId>,
    pub address: Option<String>,
    /// `0903 ··· 456`.
    pub contact_masked: Option<String>,
    pub contact_person: Option<PersonId>,
    pub oximeters: i16,
    pub oxygen: Oxygen,
    pub opened_at: Timestamp,
    /// Those who live there now, in the order in which they came.
    pub members: Vec<Member>,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub person: Brief,
    pub relation: Option<Relation>,
    /// Who looks after this one.
    pub carer: Option<PersonId>,
    pub joined_at: Timestamp,
}

/// A member as a form tells of him. Texts are checked here, so that what was typed can be shown again.
#[derive(Clone, Debug, Default)]
pub struct NewMember {
    pub full_name: String,
    /// A year or a day; may be empty.
    pub birth: String,
    pub sex: Option<Sex>,
    /// May be empty: the household has a number.
    pub phone: String,
    pub relation: Option<Relation>,
}

impl NewMember {
    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        self.check(today, None).err().unwrap_or_default()
    }

    pub(super) fn check(&self, today: Date, ward: Option<UnitId>) -> Result<NewPerson, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = kept(&mut faults, "full_name", PersonName::parse(&self.full_name));
        let birth = optional(&mut faults, "birth", &self.birth, |text| Birth::parse(text, today));
        let phone = optional(&mut faults, "phone", &self.phone, Phone::parse);
        match name {
            Some(name) if faults.is_empty() => Ok(NewPerson {
                name,
                birth,
                sex: self.sex,
                citizen_id: None,
                phone,
                address: None,
                ward,
                ward_guessed: false,
                quarter: None,
                import: None,
            }),
            _ => Err(faults),
        }
    }
}

/// What the station writes about a household; `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The number at which it is called.
    pub contact: Option<String>,
    pub contact_person: Option<PersonId>,
    pub oximeters: Option<i16>,
    pub oxygen: Option<Oxygen>,
}

/// A household's place on the morning list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub household: HouseholdId,
    /// Members who are followed, and the F0s among them.
    pub followed: i16,
    pub f0: i16,
    pub rank: i16,
    pub due_at: Option<Timestamp>,
}
