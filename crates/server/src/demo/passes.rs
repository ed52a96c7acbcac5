//! Passes of the demo's people: the demo is its own root, so that its gates believe from the first minute.

use super::simulator;
use duty::{tenants::Tenant, units};
use health::passes::{self, NewPass, Whose};
use kernel::Result;
use store::Store;

/// Passes that a demo begins with; every one has a code.
const ENOUGH: usize = 300;

/// The keys that sign, and a root that names them.
pub async fn trust(store: &Store, tenant: &Tenant) -> Result<()> {
    let mut cx = store.begin(tenant.id, simulator::ME).await?;
    passes::demo_root(&mut cx).await?;
    cx.commit().await
}

/// Everybody on record has one, ward by ward, until there are enough; every ward has a sign of its own.
pub async fn issue(store: &Store, tenant: &Tenant) -> Result<()> {
    let mut cx = store.begin(tenant.id, simulator::ME).await?;
    let wards: Vec<_> = units::tree(&mut cx).await?.wards().map(|ward| ward.id).collect();
    let mut issued = 0;
    for ward in &wards {
        if issued >= ENOUGH {
            break;
        }
        issued += passes::for_ward(&mut cx, *ward, true, None).await?.issued.len();
    }
    let signs: Vec<NewPass> =
        wards.iter().map(|ward| NewPass { whose: Whose::Neighbourhood(*ward), code: false }).collect();
    passes::issue_all(&mut cx, &signs).await?;
    passes::status_lists(&mut cx).await?;
    passes::code_table(&mut cx).await?;
    passes::count(&mut cx).await?;
    cx.commit().await
}
