use crate::{
    codes::codes,
    fault::{Fault, kept, optional},
};
use jiff::civil::Date;
use kernel::{
    Error, OrganisationId, Result, UnitId, ValueError,
    address::Address,
    dates::parse_date_near,
    text::{line, search_key},
};

codes! {
    Kind in "kind" {
        Home = "home",
        Workplace = "workplace",
        Market = "market",
        School = "school",
        /// A block of flats.
        Block = "block",
        BoardingHouse = "boarding_house",
        Restaurant = "restaurant",
        Clinic = "clinic",
        Worship = "worship",
        Transport = "transport",
        Other = "other",
    }
    State in "state" {
        Known = "known",
        Watched = "watched",
        /// Declared by a person.
        Outbreak = "outbreak",
        Closed = "closed",
    }
    /// What a case had to do there.
    Role in "role" { Works = "works", Lives = "lives", Visited = "visited" }
    /// Who said that he was there.
    Told in "told" { Case = "case", Staff = "staff", List = "list", CheckIn = "checkin" }
    /// What was ordered at a place.
    Measure in "measure" {
        Stopped = "stopped",
        Disinfected = "disinfected",
        Tested = "tested",
        Distanced = "distanced",
        Reopened = "reopened",
    }
}

/// Longest name, in characters.
const NAME_CAP: usize = 200;
/// Where Vietnam lies: a point outside is a slip of the pen, most often the two numbers changed round.
const LATITUDES: std::ops::RangeInclusive<f64> = 8.0..=24.0;
const LONGITUDES: std::ops::RangeInclusive<f64> = 102.0..=110.0;

impl State {
    /// Whether a person may move a place from here to there.
    ///
    /// Errors: Conflict `error-place-unchanged`, `error-place-move`.
    pub(super) fn may(self, to: Self) -> Result<()> {
        match (self, to) {
            (one, two) if one == two => Err(Error::Conflict("error-place-unchanged")),
            // What has been declared is closed, or was an error: it never becomes merely known again.
            (_, Self::Known) => Err(Error::Conflict("error-place-move")),
            _ => Ok(()),
        }
    }
}

/// A place as a form tells of it. Texts are checked here, so that what was typed can be shown again.
#[derive(Clone, Debug, Default)]
pub struct NewPlace {
    pub name: String,
    pub kind: Option<Kind>,
    pub ward: Option<UnitId>,
    /// May be empty.
    pub address: String,
    /// `10.7296, 106.7055`; may be empty.
    pub point: String,
    /// A business or school that is on record there.
    pub organisation: Option<OrganisationId>,
}

/// A place that has been checked.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub name: String,
    pub search: String,
    pub kind: Kind,
    pub ward: UnitId,
    pub address: Option<Address>,
    pub point: Option<(f64, f64)>,
}

impl NewPlace {
    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self) -> Vec<Fault> {
        self.check().err().unwrap_or_default()
    }

    pub(super) fn check(&self) -> Result<Described, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = kept(&mut faults, "name", line(&self.name, NAME_CAP)).unwrap_or_default();
        let search = search_key(&name);
        if search.is_empty() && !faults.iter().any(|fault| fault.field == "name") {
            faults.push(Fault { field: "name", key: "error-place-name-empty" });
        }
        if self.kind.is_none() {
            faults.push(Fault { field: "kind", key: "error-choose" });
        }
        if self.ward.is_none() {
            faults.push(Fault { field: "ward", key: "error-ward-missing" });
        }
        let address = optional(&mut faults, "address", &self.address, Address::parse);
        let point = optional(&mut faults, "point", &self.point, point);
        match (self.kind, self.ward) {
            (Some(kind), Some(ward)) if faults.is_empty() => {
                Ok(Described { name, search, kind, ward, address, point })
            }
            _ => Err(faults),
        }
    }
}

/// Latitude and longitude, as maps give them.
///
/// Errors: `error-point-format`, `error-point-far`.
pub(crate) fn point(text: &str) -> Result<(f64, f64), ValueError> {
    let wrong = || ValueError::new("error-point-format");
    let (lat, lon) = text.split_once([',', ';', ' ']).ok_or_else(wrong)?;
    let lat: f64 = lat.trim().parse().map_err(|_| wrong())?;
    let lon: f64 = lon.trim().parse().map_err(|_| wrong())?;
    if LATITUDES.contains(&lat) && LONGITUDES.contains(&lon) {
        Ok((lat, lon))
    } else {
        Err(ValueError::new("error-point-far"))
    }
}

/// That a case was somewhere, as a form tells it.
#[derive(Clone, Debug)]
pub struct NewVisit {
    pub role: Role,
    pub told: Told,
    /// May be empty.
    pub from_on: String,
    /// May be empty.
    pub to_on: String,
}

impl NewVisit {
    /// First and last day, as far as they are known; everything that must be mended.
    pub(super) fn check(&self, today: Date) -> Result<(Option<Date>, Option<Date>), Vec<Fault>> {
        let mut faults = Vec::new();
        let day = |text: &str| {
            let day = parse_date_near(text, today)?;
            if day > today { Err(ValueError::new("error-date-future")) } else { Ok(day) }
        };
        let from = optional(&mut faults, "from_on", &self.from_on, day);
        let to = optional(&mut faults, "to_on", &self.to_on, day);
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            faults.push(Fault { field: "to_on", key: "error-visit-backwards" });
        }
        if faults.is_empty() { Ok((from, to)) } else { Err(faults) }
    }

    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        self.check(today).err().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    fn faults(edit: impl Fn(&mut NewPlace)) -> Vec<(&'static str, &'static str)> {
        let mut new = NewPlace {
            name: "Chợ Tân Phong".into(),
            kind: Some(Kind::Market),
            ward: Some(UnitId(Uuid::from_u128(1))),
            point: "10.7296, 106.7055".into(),
            ..NewPlace::default()
        };
        edit(&mut new);
        new.faults().into_iter().map(|fault| (fault.field, fault.key)).collect()
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        assert_eq!(faults(|_| {}), []);
        assert_eq!(faults(|new| new.name = " – ".into()), [("name", "error-place-name-empty")]);
        assert_eq!(faults(|new| new.name = "x".repeat(201)), [("name", "error-text-too-long")]);
        assert_eq!(faults(|new| new.kind = None), [("kind", "error-choose")]);
        assert_eq!(faults(|new| new.ward = None), [("ward", "error-ward-missing")]);
        assert_eq!(faults(|new| new.point = "sau chợ".into()), [("point", "error-point-format")]);
        assert_eq!(faults(|new| new.point = "106.7055, 10.7296".into()), [("point", "error-point-far")]);
        assert_eq!(faults(|new| new.point.clear()), []);
    }

    #[test]
    fn what_was_declared_is_closed_and_never_merely_known_again() {
        let may =
            |from: State| State::ALL.iter().filter(|to| from.may(**to).is_ok()).copied().collect::<Vec<_>>();
        assert_eq!(may(State::Known), [State::Watched, State::Outbreak, State::Closed]);
        assert_eq!(may(State::Outbreak), [State::Watched, State::Closed]);
        assert_eq!(may(State::Closed), [State::Watched, State::Outbreak]);
    }

    #[test]
    fn a_visit_lies_in_the_past_and_runs_forwards() {
        let visit = |from: &str, to: &str| {
            let new =
                NewVisit { role: Role::Visited, told: Told::Case, from_on: from.into(), to_on: to.into() };
            new.check(date(2021, 9, 25)).map_err(|faults| (faults[0].field, faults[0].key))
        };
        assert_eq!(visit("20/9/2021", "21/9/2021"), Ok((Some(date(2021, 9, 20)), Some(date(2021, 9, 21)))));
        assert_eq!(visit("", ""), Ok((None, None)));
        assert_eq!(visit("26/9/2021", ""), Err(("from_on", "error-date-future")));
        assert_eq!(visit("21/9/2021", "20/9/2021"), Err(("to_on", "error-visit-backwards")));
    }
}
