//! Who may do what: one table by role and extent, printed as `docs/permissions.txt`. A role is held
//! at a unit; its extent says how far from that unit an action reaches. What an actor may not even
//! see answers 404, as if it were not there.

mod table;

pub use table::{Action, Extent, extent, matrix, on_duty_as};

use kernel::{Actor, Error, Grant, Result, Role, UnitId};
use std::collections::BTreeSet;
use store::Cx;

/// Where the thing acted upon belongs.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// The whole tenant: a page or setting that belongs to no unit.
    Tenant,
    /// It stands before any of these units.
    Units(&'a [UnitId]),
}

/// Whether `actor` may do `action` in `scope`.
pub fn permits(actor: &Actor, action: Action, scope: Scope<'_>) -> bool {
    // The program's own parts act on what people have started; they are bound by the code itself.
    actor.is_system()
        || actor.grants.iter().any(|grant| match (extent(grant.role, action), scope) {
            (Extent::No, _) => false,
            (Extent::All, _) | (_, Scope::Tenant) => true,
            (Extent::Own, Scope::Units(units)) => units.contains(&grant.unit),
            (Extent::Below, Scope::Units(units)) => units.iter().any(|unit| grant.reach.contains(unit)),
        })
}

/// Adds what shifts give for their hours: whoever stands at a unit where he holds no post works
/// there, and there alone, as [`on_duty_as`] says, so that he can open and accept what rings for it.
pub fn with_duty(mut grants: Vec<Grant>, duty: impl IntoIterator<Item = UnitId>) -> Vec<Grant> {
    let own = grants.len();
    let roles: BTreeSet<Role> = grants.iter().filter_map(|grant| on_duty_as(grant.role)).collect();
    for unit in duty {
        if !grants[..own].iter().any(|grant| grant.unit == unit) {
            let here = |role| Grant { role, unit, reach: BTreeSet::from([unit]) };
            grants.extend(roles.iter().copied().map(here));
        }
    }
    grants
}

/// The units in which an actor may do `action`; `None` means everywhere.
pub fn allowed_units(actor: &Actor, action: Action) -> Option<BTreeSet<UnitId>> {
    let mut units = BTreeSet::new();
    if actor.is_system() {
        return None;
    }
    for grant in &actor.grants {
        match extent(grant.role, action) {
            Extent::No => {}
            Extent::Own => {
                units.insert(grant.unit);
            }
            Extent::Below => units.extend(&grant.reach),
            Extent::All => return None,
        }
    }
    Some(units)
}

/// Asks the table from within a transaction.
pub trait Permit {
    /// For acting on something the actor can already see: `Forbidden` otherwise.
    fn permit(&self, action: Action, scope: Scope<'_>) -> Result<()>;
    /// For seeing: what may not be seen is not found.
    fn permit_sight(&self, action: Action, scope: Scope<'_>) -> Result<()>;
}

impl Permit for Cx {
    fn permit(&self, action: Action, scope: Scope<'_>) -> Result<()> {
        if permits(&self.actor, action, scope) { Ok(()) } else { Err(Error::Forbidden(action.as_str())) }
    }

    fn permit_sight(&self, action: Action, scope: Scope<'_>) -> Result<()> {
        if permits(&self.actor, action, scope) { Ok(()) } else { Err(Error::NotFound) }
    }
}
