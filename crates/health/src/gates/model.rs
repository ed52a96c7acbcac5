use crate::{
    cards::Place,
    codes::codes,
    fault::{Fault, kept, optional},
    places,
};
use jiff::{SignedDuration, civil::Date};
use kernel::{
    GateId, OrganisationId, PlaceId, UnitId, ValueError,
    dates::parse_date_near,
    text::{line, search_key},
};
use serde::Serialize;

codes! {
    /// What kind of place it is: the words by which the rules of places know it.
    Kind in "kind" {
        Checkpoint = "checkpoint",
        Neighbourhood = "neighbourhood",
        Market = "market",
        WholesaleMarket = "wholesale_market",
        Supermarket = "supermarket",
        Mall = "mall",
        Shop = "shop",
        Restaurant = "restaurant",
        Office = "office",
        Factory = "factory",
        Construction = "construction",
        School = "school",
        Clinic = "clinic",
        Hospital = "hospital",
        Block = "block",
        Hotel = "hotel",
        Worship = "worship",
        Transport = "transport",
        Gym = "gym",
        Cinema = "cinema",
        Bar = "bar",
        Karaoke = "karaoke",
        Massage = "massage",
        Other = "other",
    }
    /// Who comes through it.
    Role in "role" {
        Visitor = "visitor",
        Staff = "staff",
        /// Who works there face to face with visitors.
        CustomerFacing = "customer_facing",
    }
    Zone in "zone" {
        Green = "green",
        Yellow = "yellow",
        Orange = "orange",
        Red = "red",
    }
}

/// A gate of which nothing was heard for so long is silent.
pub const SILENT_AFTER: SignedDuration = SignedDuration::from_hours(1);
/// A clock that is further off is told to whoever looks after the gate.
pub const CLOCK_TOLERATED: SignedDuration = SignedDuration::from_mins(2);

const NAME_CAP: usize = 120;
/// More people than this are a slip of the pen.
const CAPACITY: std::ops::RangeInclusive<i32> = 1..=100_000;
const SAMPLES: std::ops::RangeInclusive<i32> = 2..=100;
const LEVELS: std::ops::RangeInclusive<i16> = 1..=4;

/// A gate as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    pub id: GateId,
    pub name: String,
    pub kind: Kind,
    pub place: Option<PlaceId>,
    pub organisation: Option<OrganisationId>,
    /// Who answers for it.
    pub unit: UnitId,
    /// Latitude and longitude.
    pub point: Option<(f64, f64)>,
    pub capacity: Option<i32>,
    pub role: Role,
    /// At rush hours one in so many is looked at closely.
    pub sample_of: Option<i32>,
    pub poster: String,
    pub active_from: Date,
    /// The last day.
    pub active_until: Option<Date>,
    /// What holds there on the day it was asked for.
    pub setting: Setting,
}

impl Gate {
    /// As the law of cards asks for it.
    pub fn as_place(&self) -> Place {
        Place {
            kind: self.kind.as_str().to_owned(),
            role: self.role.as_str().to_owned(),
            zone: self.setting.zone.map(|zone| zone.as_str().to_owned()),
            level: self.setting.level.and_then(|level| u8::try_from(level).ok()),
            capacity: self.capacity.and_then(|capacity| u32::try_from(capacity).ok()),
        }
    }

    pub fn is_active(&self, day: Date) -> bool {
        self.active_from <= day && self.active_until.is_none_or(|last| day <= last)
    }
}

/// Zone and level, as far as somebody has said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Setting {
    pub zone: Option<Zone>,
    pub level: Option<i16>,
}

impl Setting {
    /// As a form tells it; either may be empty, which says that nobody knows.
    ///
    /// Errors: `zone`, `level`: `error-choice-unknown`.
    pub fn read(zone: &str, level: &str) -> kernel::Result<Self> {
        let zone = if zone.is_empty() { None } else { Some(zone.parse()?) };
        let level = match level {
            "" => None,
            text => {
                let level = text.parse().ok().filter(|level| LEVELS.contains(level));
                Some(level.ok_or(kernel::Error::invalid("level", "error-choice-unknown"))?)
            }
        };
        Ok(Self { zone, level })
    }
}

/// A gate as a form tells of it. Texts are checked here, so that what was typed can be shown again.
#[derive(Clone, Debug, Default)]
pub struct NewGate {
    pub name: String,
    pub kind: Option<Kind>,
    pub unit: Option<UnitId>,
    /// Code of the business or school whose it is; may be empty.
    pub organisation: String,
    pub place: Option<PlaceId>,
    /// `10.7296, 106.7055`; may be empty.
    pub point: String,
    /// May be empty.
    pub capacity: String,
    pub role: Option<Role>,
    /// May be empty: everybody is looked at.
    pub sample_of: String,
    /// May be empty: from today.
    pub from: String,
    /// May be empty.
    pub until: String,
}

/// A gate that has been checked.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub name: String,
    pub search: String,
    pub kind: Kind,
    pub unit: UnitId,
    pub organisation: Option<String>,
    pub place: Option<PlaceId>,
    pub point: Option<(f64, f64)>,
    pub capacity: Option<i32>,
    pub role: Role,
    pub sample_of: Option<i32>,
    pub active_from: Date,
    pub active_until: Option<Date>,
}

impl NewGate {
    /// Everything that must be mended, in the order of the form.
    pub fn faults(&self, today: Date) -> Vec<Fault> {
        self.check(today).err().unwrap_or_default()
    }

    pub(super) fn check(&self, today: Date) -> Result<Described, Vec<Fault>> {
        let mut faults = Vec::new();
        let name = kept(&mut faults, "name", line(&self.name, NAME_CAP)).unwrap_or_default();
        let search = search_key(&name);
        if search.is_empty() && !faults.iter().any(|fault| fault.field == "name") {
            faults.push(Fault { field: "name", key: "error-text-missing" });
        }
        let missing = [("kind", self.kind.is_none()), ("unit", self.unit.is_none())];
        let missing = missing.into_iter().chain([("role", self.role.is_none())]);
        faults.extend(missing.filter(|(_, is)| *is).map(|(field, _)| Fault { field, key: "error-choose" }));
        let organisation = kept(&mut faults, "organisation", line(&self.organisation, NAME_CAP));
        let point = optional(&mut faults, "point", &self.point, places::point);
        let number = |text: &str, within: &std::ops::RangeInclusive<i32>, key| {
            let number = text.trim().parse().ok().filter(|number| within.contains(number));
            number.ok_or(ValueError::new(key))
        };
        let capacity = optional(&mut faults, "capacity", &self.capacity, |text| {
            number(text, &CAPACITY, "error-gate-capacity")
        });
        let sample_of = optional(&mut faults, "sample_of", &self.sample_of, |text| {
            number(text, &SAMPLES, "error-gate-sample")
        });
        let day = |text: &str| parse_date_near(text, today);
        let active_from = optional(&mut faults, "from", &self.from, day).unwrap_or(today);
        let active_until = optional(&mut faults, "until", &self.until, day);
        if active_until.is_some_and(|last| last < active_from) {
            faults.push(Fault { field: "until", key: "error-gate-days" });
        }
        match (self.kind, self.unit, self.role) {
            (Some(kind), Some(unit), Some(role)) if faults.is_empty() => Ok(Described {
                name,
                search,
                kind,
                unit,
                organisation: organisation.filter(|code| !code.is_empty()),
                place: self.place,
                point,
                capacity,
                role,
                sample_of,
                active_from,
                active_until,
            }),
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    fn faults(edit: impl Fn(&mut NewGate)) -> Vec<(&'static str, &'static str)> {
        let mut new = NewGate {
            name: "Chợ Tân Phong, cổng A".into(),
            kind: Some(Kind::Market),
            unit: Some(UnitId(Uuid::from_u128(1))),
            role: Some(Role::Visitor),
            ..NewGate::default()
        };
        edit(&mut new);
        new.faults(date(2021, 9, 25)).into_iter().map(|fault| (fault.field, fault.key)).collect()
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        assert_eq!(faults(|_| {}), []);
        assert_eq!(faults(|new| new.name = " – ".into()), [("name", "error-text-missing")]);
        assert_eq!(faults(|new| new.kind = None), [("kind", "error-choose")]);
        assert_eq!(faults(|new| new.capacity = "0".into()), [("capacity", "error-gate-capacity")]);
        assert_eq!(faults(|new| new.capacity = "nhiều".into()), [("capacity", "error-gate-capacity")]);
        assert_eq!(faults(|new| new.sample_of = "1".into()), [("sample_of", "error-gate-sample")]);
        assert_eq!(faults(|new| new.point = "106.7055, 10.7296".into()), [("point", "error-point-far")]);
        assert_eq!(faults(|new| new.until = "24/9/2021".into()), [("until", "error-gate-days")]);
    }

    #[test]
    fn a_zone_and_a_level_are_of_four() {
        let red = Setting { zone: Some(Zone::Red), level: Some(4) };
        assert_eq!(Setting::read("red", "4").unwrap(), red);
        assert_eq!(Setting::read("", "").unwrap(), Setting::default());
        for (zone, level) in [("blue", ""), ("", "5"), ("", "0"), ("", "x")] {
            assert!(Setting::read(zone, level).is_err(), "{zone} {level}");
        }
    }
}
