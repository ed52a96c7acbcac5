use super::content::{self, Content};
use kernel::{Error, FileId, Result, TenantId};
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path as Key};
use std::{
    fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::Path,
    sync::Arc,
};
use tokio::sync::Semaphore;

/// Where the content of files lies. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    objects: Arc<dyn ObjectStore>,
    /// Decoding a large picture takes 120 MB; more than two at once would squeeze a small machine.
    working: Arc<Semaphore>,
}

/// Which of the two kept sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Whole,
    /// At most 640 pixels on its longer side, always JPEG.
    Thumbnail,
}

impl Vault {
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
        Self { objects, working: Arc::new(Semaphore::new(2)) }
    }

    /// Prepares a file off the threads that serve requests.
    pub(super) async fn prepare(&self, bytes: Vec<u8>, takes_pdf: bool) -> Result<Content> {
        // What is plainly no file of ours should not wait for a turn.
        content::sniff(&bytes, takes_pdf)?;
        let _turn = self.working.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || content::prepare(bytes, takes_pdf))
            .await
            .map_err(Error::internal)?
    }

    pub(super) async fn put(&self, tenant: TenantId, id: FileId, size: Size, bytes: Vec<u8>) -> Result<()> {
        self.objects.put(&key(tenant, id, size), bytes.into()).await.map_err(unavailable)?;
        Ok(())
    }

    pub(super) async fn get(&self, tenant: TenantId, id: FileId, size: Size) -> Result<Vec<u8>> {
        let found = self.objects.get(&key(tenant, id, size)).await.map_err(|error| match error {
            object_store::Error::NotFound { .. } => Error::internal(format!("file {id} is not in the vault")),
            other => unavailable(other),
        })?;
        Ok(found.bytes().await.map_err(unavailable)?.to_vec())
    }

    /// Takes both sizes away; what is not there is away.
    pub(super) async fn remove(&self, tenant: TenantId, id: FileId) -> Result<()> {
        for size in [Size::Whole, Size::Thumbnail] {
            match self.objects.delete(&key(tenant, id, size)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
        Ok(())
    }

    /// The ids under which a tenant's content lies.
    pub(super) async fn list(&self, tenant: TenantId) -> Result<Vec<FileId>> {
        let folder = Key::from(tenant.to_string());
        let mut ids = Vec::new();
        for shelf in
            self.objects.list_with_delimiter(Some(&folder)).await.map_err(unavailable)?.common_prefixes
        {
            let listed = self.objects.list_with_delimiter(Some(&shelf)).await.map_err(unavailable)?;
            ids.extend(
                listed.objects.iter().filter_map(|object| object.location.filename()?.parse::<FileId>().ok()),
            );
        }
        Ok(ids)
    }
}

fn key(tenant: TenantId, id: FileId, size: Size) -> Key {
    let name = id.to_string();
    // The last digits of an id are random, so the shelves fill evenly.
    let shelf = &name[name.len() - 2..];
    match size {
        Size::Whole => Key::from(format!("{tenant}/{shelf}/{name}")),
        Size::Thumbnail => Key::from(format!("{tenant}/{shelf}/{name}.thumbnail")),
    }
}

fn unavailable(error: object_store::Error) -> Error {
    Error::Unavailable(format!("the vault of files: {error}"))
}
