//! Where scans go from here.

use health::gates::{Device, Scan};
use kernel::{Error, GateId, Result, TenantId};
use pages::App;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What became of a sending.
#[derive(Debug, Default)]
pub(super) struct Receipt {
    /// Kept for good: new ones, and those that were known before.
    pub keys: Vec<Uuid>,
    /// How many are inside now.
    pub inside: BTreeMap<GateId, i32>,
}

/// Keeps scans; resolves when they are kept for good. While nothing keeps them no key is named, so that the device
/// keeps them itself.
pub(super) async fn take(
    _app: &App,
    _tenant: TenantId,
    _device: Device,
    _scans: Vec<Scan>,
) -> Result<Receipt> {
    Err(Error::Unavailable("nothing keeps scans".into()))
}
