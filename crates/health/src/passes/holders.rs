//! What a pass says of its holder: read from the record at the moment of signing.

use super::{
    model::{self, Number, Whose},
    sql::{self, Kept},
    sql_holders::{self, Business, Home, Person},
};
use crate::{cards, people};
use duty::units::{self, Tree};
use kernel::{Error, HouseholdId, OrganisationId, PassId, PersonId, Result, UnitId};
use pass::{Attributes, BirthYear, Facts, Health, Holder, PassName, Place};
use std::{collections::BTreeMap, sync::Arc};
use store::Cx;
use uuid::Uuid;

/// What is known of many holders.
pub(super) struct Known {
    /// The record that stands for each.
    roots: BTreeMap<PersonId, PersonId>,
    people: BTreeMap<PersonId, Person>,
    health: BTreeMap<PersonId, Health>,
    homes: BTreeMap<HouseholdId, Home>,
    businesses: BTreeMap<OrganisationId, Business>,
    tree: Arc<Tree>,
}

impl Known {
    /// Reads whose passes these are; bodies only where `health` is asked for.
    pub async fn of(cx: &mut Cx, whose: &[Whose], health: bool) -> Result<Self> {
        let people: Vec<PersonId> = whose.iter().filter_map(|whose| whose.person()).collect();
        let mut roots = BTreeMap::new();
        if !people.is_empty() {
            for (asked, record) in people::records_of(cx, &people).await? {
                roots.entry(asked).or_insert(record);
            }
        }
        let standing: Vec<Uuid> = roots.values().map(|id| id.uuid()).collect();
        let (mut homes, mut businesses) = (Vec::new(), Vec::new());
        for whose in whose {
            match whose {
                Whose::Household(id) => homes.push(*id),
                Whose::Business { organisation, .. }
                | Whose::Force { organisation: Some(organisation), .. } => businesses.push(*organisation),
                _ => {}
            }
        }
        Ok(Self {
            people: if standing.is_empty() {
                BTreeMap::new()
            } else {
                sql_holders::people(cx, &standing).await?
            },
            health: if health && !people.is_empty() { bodies(cx, &people).await? } else { BTreeMap::new() },
            homes: if homes.is_empty() { BTreeMap::new() } else { sql_holders::homes(cx, &homes).await? },
            businesses: if businesses.is_empty() {
                BTreeMap::new()
            } else {
                sql_holders::businesses(cx, &businesses).await?
            },
            roots,
            tree: units::tree(cx).await?,
        })
    }

    /// The record that stands for a person.
    pub fn root(&self, person: PersonId) -> Option<PersonId> {
        self.roots.get(&person).copied()
    }

    fn person(&self, person: PersonId) -> Result<&Person> {
        self.root(person).and_then(|root| self.people.get(&root)).ok_or(Error::NotFound)
    }

    /// In which ward the units stand that answer for a holder.
    ///
    /// Errors: `NotFound` for a holder that is not on record.
    pub fn ward(&self, whose: Whose) -> Result<Option<UnitId>> {
        match whose {
            Whose::Person(person) | Whose::Force { person, .. } => Ok(self.person(person)?.ward),
            Whose::Household(id) => Ok(Some(self.homes.get(&id).ok_or(Error::NotFound)?.ward)),
            Whose::Neighbourhood(id) => {
                let unit = self.tree.get(id).ok_or(Error::NotFound)?;
                Ok(unit.ward.or(Some(id)))
            }
            Whose::Business { organisation, .. } => {
                Ok(self.businesses.get(&organisation).ok_or(Error::NotFound)?.ward)
            }
        }
    }

    /// The name of a holder as people write it.
    pub fn name(&self, whose: Whose) -> Result<&str> {
        match whose {
            Whose::Person(person) | Whose::Force { person, .. } => Ok(&self.person(person)?.name),
            Whose::Household(id) => Ok(&self.homes.get(&id).ok_or(Error::NotFound)?.name),
            // The area, and not the office that runs it.
            Whose::Neighbourhood(id) => Ok(&self.tree.get(id).ok_or(Error::NotFound)?.short),
            Whose::Business { organisation, .. } => {
                Ok(&self.businesses.get(&organisation).ok_or(Error::NotFound)?.name)
            }
        }
    }

    pub fn born(&self, whose: Whose) -> Option<i16> {
        self.person(whose.person()?).ok()?.born
    }

    fn place(&self, ward: Option<UnitId>) -> Option<Place> {
        let unit = self.tree.get(ward?)?;
        Place::parse(unit.admin_code.as_deref().unwrap_or(&unit.code)).ok()
    }

    /// What a pass of this holder says.
    ///
    /// Errors: `NotFound`; Conflict `error-pass-birth-year`, `error-pass-name`.
    pub fn holder(&self, whose: Whose) -> Result<(PassName, Holder)> {
        let name = PassName::fold(self.name(whose)?).map_err(|_| Error::Conflict("error-pass-name"))?;
        let mut said = Attributes {
            kind: whose.kind(),
            born: None,
            health: Health::default(),
            force: whose.force(),
            place: None,
            people: None,
        };
        match whose {
            Whose::Person(person) | Whose::Force { person, .. } => {
                let born = self.person(person)?.born.and_then(|year| u64::try_from(year).ok());
                let born = born.and_then(|year| BirthYear::new(year).ok());
                said.born = Some(born.ok_or(Error::Conflict("error-pass-birth-year"))?);
                said.health = self.health.get(&person).copied().unwrap_or_default();
            }
            Whose::Household(id) => {
                let home = self.homes.get(&id).ok_or(Error::NotFound)?;
                said.place = self.place(Some(home.ward));
                said.people = u32::try_from(home.members).ok();
            }
            Whose::Neighbourhood(_) => said.place = self.place(self.ward(whose)?),
            Whose::Business { people, .. } => {
                said.place = self.place(self.ward(whose)?);
                said.people = people;
            }
        }
        Ok((name, Holder::new(said).map_err(Error::internal)?))
    }

    pub fn facts(&self, kept: &Kept) -> Result<Facts> {
        let (name, holder) = self.holder(kept.whose)?;
        Ok(Facts { name, holder, status: Some(kept.place) })
    }
}

/// What counts of bodies: a pass signs what a card rests on, and nothing that somebody only told of himself.
async fn bodies(cx: &mut Cx, people: &[PersonId]) -> Result<BTreeMap<PersonId, Health>> {
    let known = cards::known_of(cx, people).await?;
    Ok(known.into_iter().map(|(person, known)| (person, model::health(&known))).collect())
}

/// What a pass says of its holder now. The caller answers for the permission.
///
/// Errors: `NotFound`; Conflict `error-pass-birth-year`, `error-pass-name`.
pub async fn facts(cx: &mut Cx, id: PassId) -> Result<Facts> {
    let kept = sql::kept(cx, id).await?;
    Known::of(cx, &[kept.whose], true).await?.facts(&kept)
}

/// The numbers of these passes, as a gate reads them. The caller answers for the permission.
pub async fn numbers(cx: &mut Cx, ids: &[PassId]) -> Result<Vec<Number>> {
    Ok(sql::kept_all(cx, ids).await?.into_iter().map(|kept| kept.number).collect())
}
