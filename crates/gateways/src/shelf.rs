//! Where recordings of calls lie: a folder of this machine, or any store of the S3 kind. They are sealed before
//! they come here.

use async_trait::async_trait;
use duty::calls::Shelf;
use kernel::{Error, RecordingId, Result, TenantId};
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path as Key};
use std::{
    fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
    sync::Arc,
};

/// A shelf over a store of objects. Cheap to clone.
#[derive(Clone, Debug)]
pub struct FolderShelf {
    objects: Arc<dyn ObjectStore>,
}

impl FolderShelf {
    /// A folder of this machine, made with mode 0700 if it is not there and closed to others if it is.
    pub fn folder(path: &Path) -> Result<Self> {
        let context = |error: std::io::Error| Error::internal(format!("{}: {error}", path.display()));
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(context)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(context)?;
        let folder = LocalFileSystem::new_with_prefix(path).map_err(Error::internal)?.with_fsync(true);
        Ok(Self::over(Arc::new(folder)))
    }

    /// Any store: a bucket of the S3 kind, or memory in tests.
    pub fn over(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects }
    }
}

#[async_trait]
impl Shelf for FolderShelf {
    async fn put(&self, tenant: TenantId, id: RecordingId, sealed: Vec<u8>) -> Result<()> {
        self.objects.put(&key(tenant, id), sealed.into()).await.map_err(unavailable)?;
        Ok(())
    }

    async fn get(&self, tenant: TenantId, id: RecordingId) -> Result<Vec<u8>> {
        let found = self.objects.get(&key(tenant, id)).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => {
                Error::internal(format!("recording {id} is not on the shelf"))
            }
            other => unavailable(other),
        })?;
        Ok(found.bytes().await.map_err(unavailable)?.to_vec())
    }

    async fn erase(&self, tenant: TenantId, id: RecordingId) -> Result<()> {
        match self.objects.delete(&key(tenant, id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }
}

fn key(tenant: TenantId, id: RecordingId) -> Key {
    let name = id.to_string();
    // The last digits of an id are random, so the folders fill evenly.
    let part = &name[name.len() - 2..];
    Key::from(format!("{tenant}/{part}/{name}"))
}

fn unavailable(error: object_store::Error) -> Error {
    Error::Unavailable(format!("the shelf of recordings: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[tokio::test]
    async fn what_is_put_on_the_shelf_is_there_until_it_is_erased() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recordings");
        let shelf = FolderShelf::folder(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        let (tenant, id) = (TenantId(Uuid::from_u128(1)), RecordingId(Uuid::from_u128(2)));
        shelf.put(tenant, id, b"sealed".to_vec()).await.unwrap();
        assert_eq!(FolderShelf::folder(&path).unwrap().get(tenant, id).await.unwrap(), b"sealed");
        assert!(shelf.get(TenantId(Uuid::from_u128(9)), id).await.is_err());
        shelf.erase(tenant, id).await.unwrap();
        shelf.erase(tenant, id).await.unwrap();
        assert!(matches!(shelf.get(tenant, id).await, Err(Error::Internal(_))));
    }
}
