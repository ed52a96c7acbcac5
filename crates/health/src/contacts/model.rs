use crate::{
    codes::codes,
    fault::{Fault, kept, optional},
    people::{Birth, NewPerson},
};
use jiff::civil::Date;
use kernel::{
    CaseId, ContactId, Error, Phone, PlaceId, UnitId, ValueError, address::Address, citizen_id::Sex,
    dates::parse_date_near, names::PersonName,
};

codes! {
    /// How it is known that somebody was near.
    Basis in "basis" {
        Household = "household",
        Workplace = "workplace",
        Place = "place",
        Named = "named",
        List = "list",
        CheckIn = "checkin",
    }
    State in "state" {
        /// By the program; somebody has to say whether it is so.
        Proposed = "proposed",
        Listed = "listed",
        Reached = "reached",
        Done = "done",
        Refused = "refused",
        Lost = "lost",
        NotAContact = "not_a_contact",
        BecameCase = "became_case",
    }
    /// How a person ends a contact.
    Ended in "ended_as" {
        Refused = "refused",
        /// Nobody can find him.
        Lost = "lost",
        NotAContact = "not_a_contact",
    }
}

impl State {
    /// Somebody still has to do something about him.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Listed)
    }

    /// Whether he can be reached now: whoever was lost or refused may be after all.
    ///
    /// Errors: Conflict `error-contact-reached`, `error-contact-over`.
    pub(super) fn may_reach(self) -> Result<(), Error> {
        match self {
            Self::Proposed | Self::Listed | Self::Lost | Self::Refused => Ok(()),
            Self::Reached => Err(Error::Conflict("error-contact-reached")),
            Self::Done | Self::NotAContact | Self::BecameCase => Err(Error::Conflict("error-contact-over")),
        }
    }

    /// Whether he can end so: whoever is only proposed can only be none.
    ///
    /// Errors: Conflict `error-contact-over`.
    pub(super) fn may_end(self, ended: Ended) -> Result<(), Error> {
        match (self, ended) {
            (Self::Proposed, Ended::NotAContact) | (Self::Listed | Self::Reached, _) => Ok(()),
            _ => Err(Error::Conflict("error-contact-over")),
        }
    }
}

impl From<Ended> for State {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Refused => Self::Refused,
            Ended::Lost => Self::Lost,
            Ended::NotAContact => Self::NotAContact,
        }
    }
}

/// A contact as a form names him. Texts are checked here, so that what was typed can be shown again.
#[derive(Clone, Debug, Default)]
pub struct NewContact {
    pub full_name: String,
    /// A year or a day; may be empty.
    pub birth: String,
    pub sex: Option<Sex>,
    /// May be empty.
    pub phone: String,
    /// May be empty.
    pub address: String,
    /// Where he lives; the ward of the case when `None`.
    pub ward: Option<UnitId>,
    /// He was near a contact, not near the case itself.
    pub second: bool,
    /// At which of the places where the case was.
    pub place: Option<PlaceId>,
    /// The first day on which he was near the case; may be empty.
    pub first_on: String,
    /// The last.
    pub last_on: String,
    /// Full doses, or recovered, as he says.
    pub protected: Option<bool>,
}

/// A contact that has been checked.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub person: NewPerson,
    pub exposed_from: Option<Date>,
    pub exposed_to: Date,
}

impl NewContact {
    /// Everything that must be mended, in the order of the form; `today` is the district's day.
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        self.check(today, None).err().unwrap_or_default()
    }

    pub(super) fn check(&self, today: Date, ward: Option<UnitId>) -> Result<Described, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = kept(&mut faults, "full_name", PersonName::parse(&self.full_name));
        let birth = optional(&mut faults, "birth", &self.birth, |text| Birth::parse(text, today));
        let phone = optional(&mut faults, "phone", &self.phone, Phone::parse);
        let address = optional(&mut faults, "address", &self.address, Address::parse);
        let day = |text: &str| -> Result<Date, ValueError> {
            let day = parse_date_near(text, today)?;
            if day > today { Err(ValueError::new("error-date-future")) } else { Ok(day) }
        };
        let from = optional(&mut faults, "first_on", &self.first_on, day);
        let to = optional(&mut faults, "last_on", &self.last_on, day);
        if self.last_on.trim().is_empty() {
            faults.push(Fault { field: "last_on", key: "error-date-empty" });
        }
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            faults.push(Fault { field: "last_on", key: "error-visit-backwards" });
        }
        match (name, to) {
            (Some(name), Some(exposed_to)) if faults.is_empty() => Ok(Described {
                person: NewPerson {
                    name,
                    birth,
                    sex: self.sex,
                    citizen_id: None,
                    phone,
                    address,
                    ward: self.ward.or(ward),
                    ward_guessed: self.ward.is_none(),
                    quarter: None,
                    import: None,
                },
                exposed_from: from,
                exposed_to,
            }),
            _ => Err(faults),
        }
    }
}

/// What naming somebody came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// He is to be reached.
    Listed(ContactId),
    /// He is followed already, so he counts as reached.
    Followed(ContactId),
    /// He stands there already.
    Known(ContactId),
    /// He is an F0 himself: tied to that case, and no F1.
    IsCase(ContactId, CaseId),
}

impl Named {
    pub fn contact(self) -> ContactId {
        match self {
            Self::Listed(id) | Self::Followed(id) | Self::Known(id) | Self::IsCase(id, _) => id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn faults(edit: impl Fn(&mut NewContact)) -> Vec<(&'static str, &'static str)> {
        let mut new = NewContact {
            full_name: "Ngô Văn Gần".into(),
            phone: "0900 000 333".into(),
            last_on: "24/9/2021".into(),
            ..NewContact::default()
        };
        edit(&mut new);
        new.faults(date(2021, 9, 25)).into_iter().map(|fault| (fault.field, fault.key)).collect()
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        assert_eq!(faults(|_| {}), []);
        assert_eq!(faults(|new| new.full_name = " ".into()), [("full_name", "error-name-empty")]);
        assert_eq!(faults(|new| new.phone = "115".into()), [("phone", "error-phone-short")]);
        assert_eq!(faults(|new| new.last_on.clear()), [("last_on", "error-date-empty")]);
        assert_eq!(faults(|new| new.last_on = "26/9/2021".into()), [("last_on", "error-date-future")]);
        assert_eq!(faults(|new| new.first_on = "25/9/2021".into()), [("last_on", "error-visit-backwards")]);
    }

    #[test]
    fn who_is_only_proposed_is_reached_or_is_none() {
        let ends = |state: State| Ended::ALL.iter().filter(|one| state.may_end(**one).is_ok()).count();
        assert_eq!(ends(State::Proposed), 1);
        assert_eq!(ends(State::Listed), 3);
        assert_eq!(ends(State::BecameCase), 0);
        let reached =
            State::ALL.iter().filter(|state| state.may_reach().is_ok()).copied().collect::<Vec<_>>();
        assert_eq!(reached, [State::Proposed, State::Listed, State::Refused, State::Lost]);
    }
}
