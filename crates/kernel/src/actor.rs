//! Who acts, on whose behalf, and with which roles in which units.

use crate::{StaffId, UnitId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};
use uuid::Uuid;

/// A role is held *at* a unit; what it allows is one table in `duty::permissions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes calls at the centre and enters what people say.
    Operator,
    WardOfficial,
    WardLeader,
    StationStaff,
    /// Neighbours, volunteers and rapid responders: the households entrusted to their team, and no other person.
    CareTeam,
    DepartmentOfficial,
    DistrictLeader,
    CentreDirector,
    /// An office that may act on behalf of its leader.
    LeadersOffice,
    Auditor,
    Administrator,
}

impl Role {
    pub const ALL: [Self; 11] = [
        Self::Operator,
        Self::WardOfficial,
        Self::WardLeader,
        Self::StationStaff,
        Self::CareTeam,
        Self::DepartmentOfficial,
        Self::DistrictLeader,
        Self::CentreDirector,
        Self::LeadersOffice,
        Self::Auditor,
        Self::Administrator,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::WardOfficial => "ward_official",
            Self::WardLeader => "ward_leader",
            Self::StationStaff => "station_staff",
            Self::CareTeam => "care_team",
            Self::DepartmentOfficial => "department_official",
            Self::DistrictLeader => "district_leader",
            Self::CentreDirector => "centre_director",
            Self::LeadersOffice => "leaders_office",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = crate::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == s)
            .ok_or(crate::Error::invalid("role", "error-role-unknown"))
    }
}

/// A role held at a unit, with every unit below it in either line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    pub unit: UnitId,
    /// `unit` and all units under it at the time of sign-in.
    pub reach: BTreeSet<UnitId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorKind {
    /// A member of staff, signed in.
    Staff(StaffId),
    /// A citizen holding the code of one matter; the id is the object the code opens.
    Citizen(Uuid),
    /// Nobody known: an anonymous page or form.
    Public,
    /// The program itself; the name says which part (`tickets.escalate`).
    System(&'static str),
}

/// Who acts. Carried through every call in `Cx` and written into every event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    /// The leader an office acts for, recorded as such.
    pub on_behalf_of: Option<StaffId>,
    pub grants: Vec<Grant>,
}

impl Actor {
    pub const fn system(part: &'static str) -> Self {
        Self { kind: ActorKind::System(part), on_behalf_of: None, grants: Vec::new() }
    }

    pub const fn public() -> Self {
        Self { kind: ActorKind::Public, on_behalf_of: None, grants: Vec::new() }
    }

    pub const fn citizen(object: Uuid) -> Self {
        Self { kind: ActorKind::Citizen(object), on_behalf_of: None, grants: Vec::new() }
    }

    pub const fn staff(id: StaffId, grants: Vec<Grant>) -> Self {
        Self { kind: ActorKind::Staff(id), on_behalf_of: None, grants }
    }

    pub fn staff_id(&self) -> Option<StaffId> {
        match self.kind {
            ActorKind::Staff(id) => Some(id),
            _ => None,
        }
    }

    pub fn is_system(&self) -> bool {
        matches!(self.kind, ActorKind::System(_))
    }

    pub fn has(&self, role: Role) -> bool {
        self.grants.iter().any(|grant| grant.role == role)
    }

    /// Holds `role` at `unit` or at a unit above it.
    pub fn has_over(&self, role: Role, unit: UnitId) -> bool {
        self.grants.iter().any(|grant| grant.role == role && grant.reach.contains(&unit))
    }

    /// Every unit the actor reaches by any role.
    pub fn reach(&self) -> BTreeSet<UnitId> {
        self.grants.iter().flat_map(|grant| grant.reach.iter().copied()).collect()
    }

    /// The stable word for the event record.
    pub fn kind_str(&self) -> &'static str {
        match self.kind {
            ActorKind::Staff(_) => "staff",
            ActorKind::Citizen(_) => "citizen",
            ActorKind::Public => "public",
            ActorKind::System(_) => "system",
        }
    }

    /// The id for the event record: a member of staff or the object a citizen's code opens.
    pub fn id(&self) -> Option<Uuid> {
        match self.kind {
            ActorKind::Staff(id) => Some(id.uuid()),
            ActorKind::Citizen(id) => Some(id),
            ActorKind::Public | ActorKind::System(_) => None,
        }
    }
}
