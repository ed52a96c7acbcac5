//! Where scans go from here.

use health::{
    checkins,
    gates::{Device, Scan},
};
use kernel::{Result, TenantId};
use pages::App;

/// Keeps scans; resolves when they are kept for good.
pub(super) async fn take(
    app: &App,
    tenant: TenantId,
    device: Device,
    scans: Vec<Scan>,
) -> Result<checkins::Receipt> {
    app.intake()?.put(tenant, Some(device.id.uuid()), scans).await
}
