use super::pack::Pack;
use crate::{tickets, units};
use kernel::{Actor, Error, Result, TenantId, UnitId};
use serde_json::json;
use std::collections::BTreeMap;
use store::{Event, Store, cell::TenantRow};
use uuid::Uuid;

/// A tenant with its pack, as pages and rules need it.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub id: TenantId,
    pub slug: String,
    pub demo: bool,
    pub version: i64,
    pub pack: Pack,
}

impl Tenant {
    fn read(row: TenantRow) -> Result<Self> {
        let pack = serde_json::from_value(row.config)
            .map_err(|error| Error::internal(format!("the pack of tenant {}: {error}", row.slug)))?;
        Ok(Self { id: row.id, slug: row.slug, demo: row.demo, version: row.version, pack })
    }

    /// The clock on the wall of the district.
    pub fn timezone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.pack.place.timezone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

/// The tenants of the cell, by slug. One whose pack this program cannot read is left out and said
/// so in the log: the others go on.
pub async fn find(store: &Store) -> Result<BTreeMap<String, Tenant>> {
    let rows = store.cell().await?.tenants().await?;
    let readable = rows.into_iter().filter_map(|row| match Tenant::read(row) {
        Ok(tenant) => Some((tenant.slug.clone(), tenant)),
        Err(error) => {
            tracing::error!(%error, "a tenant is left out");
            None
        }
    });
    Ok(readable.collect())
}

/// Makes a tenant from a pack: registry, keys, units in both lines, successions, ladders. All or
/// nothing; a slug that exists is a conflict.
pub async fn create(store: &Store, pack: &Pack, demo: bool) -> Result<Tenant> {
    let mut cell = store.cell().await?;
    if !demo && cell.is_demo().await? {
        return Err(Error::Conflict("error-demo-database"));
    }
    let now = cell.now();
    let id = TenantId(store.id(now));
    let config = serde_json::to_value(pack).map_err(Error::internal)?;
    let row = TenantRow {
        id,
        slug: pack.place.slug.clone(),
        name: pack.place.name.clone(),
        demo,
        config,
        version: 1,
    };
    cell.insert_tenant(&row).await.map_err(|error| match error {
        Error::Conflict(_) => Error::Conflict("error-tenant-exists"),
        other => other,
    })?;
    store.keys().create(id)?;
    // One transaction for the registry and what stands under it: a tenant is there whole, or its
    // pack can be taken again. A key file that is left behind belongs to nobody.
    let mut cx = cell.enter(store, id, Actor::system("tenants.create")).await?;
    let mut ids: BTreeMap<&str, UnitId> = BTreeMap::new();
    for spec in &pack.units {
        ids.insert(&spec.code, cx.id());
    }
    let id_of = |code: &Option<String>| code.as_deref().and_then(|code| ids.get(code).copied());
    let new: Vec<_> = pack
        .units
        .iter()
        .map(|spec| units::NewUnit {
            id: ids[spec.code.as_str()],
            spec,
            ward: id_of(&spec.ward),
            administrative: id_of(&spec.administrative),
            professional: id_of(&spec.professional),
        })
        .collect();
    units::insert(&mut cx, &new).await?;
    for spec in &pack.successions {
        units::insert_succession(&mut cx, id_of(&spec.from), id_of(&spec.to), spec).await?;
    }
    for ladder in &pack.ladders {
        tickets::ladder::save(&mut cx, ladder).await?;
    }
    cx.record(
        Event::new("tenant.created", Uuid::from(id)).data(json!({ "slug": pack.place.slug, "demo": demo })),
    );
    cx.commit().await?;
    Tenant::read(row)
}
