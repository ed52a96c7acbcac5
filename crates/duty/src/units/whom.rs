//! Whom to call, written down: `duty@responsible`, `head@parent:professional`,
//! `role:district_leader@unit:LDQ`. A ladder and a pack say it by place in the tree, never by a
//! person, so it stays right when people and units change.

use super::{Line, Tree, UnitKind};
use kernel::{Error, Role, UnitId};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// A unit named by its relation to a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitRef {
    /// The ticket's responsible unit.
    Responsible,
    /// The unit of this kind in the ward of the place; `committee` is the ward's own committee.
    Ward(UnitKind),
    /// The responsible unit's parent in a line.
    Parent(Line),
    /// A unit by its code.
    Unit(String),
    /// The tenant's duty leader.
    Leader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Whoever the roster has on duty now.
    Duty,
    /// The head of the unit.
    Head,
    Role(Role),
}

/// People to be called: who, at which unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whom {
    pub who: Who,
    pub at: UnitRef,
}

impl Whom {
    pub const fn duty_leader() -> Self {
        Self { who: Who::Duty, at: UnitRef::Leader }
    }
}

impl UnitRef {
    /// Whether it is named by whoever owes the answer.
    pub const fn is_of_responsible(&self) -> bool {
        matches!(self, Self::Responsible | Self::Parent(_))
    }

    /// The unit meant, for a ticket of `responsible` about a place in `ward`.
    pub fn resolve(&self, tree: &Tree, responsible: Option<UnitId>, ward: Option<UnitId>) -> Option<UnitId> {
        match self {
            Self::Responsible => responsible,
            Self::Ward(UnitKind::Ward | UnitKind::Committee) => ward,
            Self::Ward(kind) => tree.in_ward(ward?, *kind),
            Self::Parent(line) => tree.get(responsible?)?.parent(*line),
            Self::Unit(code) => tree.by_code(code).map(|unit| unit.id),
            Self::Leader => Some(tree.duty_leader()),
        }
    }
}

impl FromStr for UnitRef {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self, Error> {
        let bad = Error::invalid("whom", "error-whom-format");
        match s.split_once(':') {
            None if s == "responsible" => Ok(Self::Responsible),
            None if s == "leader" => Ok(Self::Leader),
            Some(("ward", kind)) => Ok(Self::Ward(kind.parse()?)),
            Some(("parent", line)) => line.parse().map(Self::Parent).map_err(|()| bad),
            Some(("unit", code)) if !code.is_empty() => Ok(Self::Unit(code.to_owned())),
            _ => Err(bad),
        }
    }
}

impl fmt::Display for UnitRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Responsible => f.write_str("responsible"),
            Self::Leader => f.write_str("leader"),
            Self::Ward(kind) => write!(f, "ward:{kind}"),
            Self::Parent(line) => write!(f, "parent:{}", line.as_str()),
            Self::Unit(code) => write!(f, "unit:{code}"),
        }
    }
}

impl FromStr for Whom {
    type Err = Error;
    fn from_str(s: &str) -> Result<Self, Error> {
        let (who, at) = s.split_once('@').ok_or(Error::invalid("whom", "error-whom-format"))?;
        let who = match who.split_once(':') {
            None if who == "duty" => Who::Duty,
            None if who == "head" => Who::Head,
            Some(("role", role)) => Who::Role(role.parse()?),
            _ => return Err(Error::invalid("whom", "error-whom-format")),
        };
        Ok(Self { who, at: at.parse()? })
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.who {
            Who::Duty => f.write_str("duty")?,
            Who::Head => f.write_str("head")?,
            Who::Role(role) => write!(f, "role:{role}")?,
        }
        write!(f, "@{}", self.at)
    }
}

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(|_| de::Error::custom(format!("not a {}: {text}", stringify!($name))))
            }
        }
    )+};
}
as_text!(UnitRef, Whom);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_reads_what_it_writes() {
        for text in [
            "duty@responsible",
            "head@parent:professional",
            "duty@parent:administrative",
            "duty@leader",
            "role:district_leader@unit:LDQ",
            "duty@ward:station",
        ] {
            assert_eq!(text.parse::<Whom>().unwrap().to_string(), text);
        }
        for text in ["", "duty", "chair@responsible", "duty@parent:left", "role:king@leader", "duty@unit:"] {
            assert!(text.parse::<Whom>().is_err(), "{text}");
        }
    }
}
