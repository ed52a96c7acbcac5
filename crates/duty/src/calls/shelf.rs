use async_trait::async_trait;
use kernel::{RecordingId, Result, TenantId};

/// Where recordings lie. What comes here is sealed already: a shelf sees no voice.
#[async_trait]
pub trait Shelf: Send + Sync {
    /// Puts a recording away; one of that id is replaced.
    async fn put(&self, tenant: TenantId, id: RecordingId, sealed: Vec<u8>) -> Result<()>;

    /// `Internal` for one that is not there.
    async fn get(&self, tenant: TenantId, id: RecordingId) -> Result<Vec<u8>>;

    /// Takes a recording away; what is not there is away.
    async fn erase(&self, tenant: TenantId, id: RecordingId) -> Result<()>;
}
