//! Keys live beside the database, never in it: one file a tenant in the key folder, readable by
//! the program's user alone. Sealed columns use AES-256-GCM bound to their place (tenant, table,
//! row, column), so a value copied to another row does not open. Exact look-up of a sealed value
//! goes through a keyed hash.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use data_encoding::BASE64;
use kernel::{Error, Result, Rng, TenantId};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};
use uuid::Uuid;

/// A sealed column as stored: version of the form (1 byte), of the key (2), nonce (12), ciphertext and tag.
pub type Sealed = Vec<u8>;

const FORM: u8 = 1;
const HEAD: usize = 1 + 2 + NONCE_LEN;

/// The key folder.
pub struct Keys {
    folder: PathBuf,
    rng: Rng,
    loaded: RwLock<HashMap<TenantId, Arc<TenantKeys>>>,
}

/// What is written in a tenant's key file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    tenant: TenantId,
    /// The version new values are sealed with.
    current: u16,
    /// Sealing keys by version; old ones stay as long as values sealed with them exist.
    sealing: BTreeMap<String, String>,
    /// Keys the blind index and the payload hashes.
    index: String,
    /// Ed25519 seed that signs the head of the ledger.
    signing: String,
}

/// One tenant's keys, ready for use.
pub struct TenantKeys {
    tenant: TenantId,
    current: u16,
    sealing: BTreeMap<u16, LessSafeKey>,
    index: hmac::Key,
    signing: Ed25519KeyPair,
}

impl Keys {
    /// The keys of a folder as it is, made by nobody: for whoever only looks.
    pub fn at(folder: impl Into<PathBuf>, rng: Rng) -> Self {
        Self { folder: folder.into(), rng, loaded: RwLock::default() }
    }

    /// Opens (and makes, mode 0700) the key folder.
    pub fn open(folder: impl Into<PathBuf>, rng: Rng) -> Result<Self> {
        let folder = folder.into();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|error| Error::internal(format!("key folder {}: {error}", folder.display())))?;
        Ok(Self::at(folder, rng))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the keys of a new tenant. Fails when they exist: keys are never overwritten.
    pub fn create(&self, tenant: TenantId) -> Result<()> {
        let secret = || BASE64.encode(&self.rng.bytes::<32>());
        let file = KeyFile {
            tenant,
            current: 1,
            sealing: BTreeMap::from([("1".to_owned(), secret())]),
            index: secret(),
            signing: secret(),
        };
        write(&self.path(tenant), &file, true)?;
        sync(&self.folder).map_err(Error::internal)
    }

    /// Adds a sealing key; values sealed so far still open with theirs.
    pub fn rotate(&self, tenant: TenantId) -> Result<u16> {
        let path = self.path(tenant);
        let mut file = read(&path)?;
        file.current += 1;
        file.sealing.insert(file.current.to_string(), BASE64.encode(&self.rng.bytes::<32>()));
        let staged = path.with_extension("toml.new");
        write(&staged, &file, false)?;
        fs::rename(&staged, &path).and_then(|()| sync(&self.folder)).map_err(Error::internal)?;
        self.loaded.write().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&tenant);
        Ok(file.current)
    }

    /// The keys of a tenant, read once. `Internal` when the file is missing: waiting does not bring
    /// back the keys of data that was restored without them, and `doctor` says so.
    pub fn of(&self, tenant: TenantId) -> Result<Arc<TenantKeys>> {
        let cached =
            self.loaded.read().unwrap_or_else(std::sync::PoisonError::into_inner).get(&tenant).cloned();
        cached.map_or_else(|| self.load(tenant), Ok)
    }

    /// The keys to open `sealed` with. One sealed with a version not known here was sealed by another
    /// process after a rotation: the file is read again, once.
    pub fn opening(&self, tenant: TenantId, sealed: &[u8]) -> Result<Arc<TenantKeys>> {
        let keys = self.of(tenant)?;
        match version_of(sealed) {
            Some(version) if !keys.sealing.contains_key(&version) => self.load(tenant),
            _ => Ok(keys),
        }
    }

    fn load(&self, tenant: TenantId) -> Result<Arc<TenantKeys>> {
        let keys = Arc::new(TenantKeys::from_file(&read(&self.path(tenant))?)?);
        self.loaded.write().unwrap_or_else(std::sync::PoisonError::into_inner).insert(tenant, keys.clone());
        Ok(keys)
    }

    /// Whether the tenant's key file is there and readable.
    pub fn has(&self, tenant: TenantId) -> bool {
        self.of(tenant).is_ok()
    }

    fn path(&self, tenant: TenantId) -> PathBuf {
        self.folder.join(format!("{tenant}.toml"))
    }
}

fn read(path: &Path) -> Result<KeyFile> {
    let text = fs::read_to_string(path)
        .map_err(|error| Error::internal(format!("key file {}: {error}", path.display())))?;
    toml::from_str(&text).map_err(|error| Error::internal(format!("key file {}: {error}", path.display())))
}

/// A new name in the folder outlives a loss of power only when the folder itself is written.
fn sync(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// The key version a sealed value names; `None` when it has not the form of one.
fn version_of(sealed: &[u8]) -> Option<u16> {
    match sealed {
        [FORM, high, low, ..] if sealed.len() >= HEAD => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    }
}

fn write(path: &Path, file: &KeyFile, new: bool) -> Result<()> {
    let text = toml::to_string_pretty(file).map_err(Error::internal)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).mode(0o600);
    if new {
        options.create_new(true)
    } else {
        options.create(true).truncate(true)
    };
    options
        .open(path)
        .and_then(|mut out| out.write_all(text.as_bytes()).and_then(|()| out.sync_all()))
        .map_err(|error| Error::internal(format!("key file {}: {error}", path.display())))
}

fn secret(text: &str) -> Result<[u8; 32]> {
    let bytes = BASE64.decode(text.as_bytes()).map_err(|_| Error::internal("key file: not base64"))?;
    bytes.try_into().map_err(|_| Error::internal("key file: a key has 32 bytes"))
}

impl TenantKeys {
    fn from_file(file: &KeyFile) -> Result<Self> {
        let mut sealing = BTreeMap::new();
        for (version, text) in &file.sealing {
            let version: u16 = version.parse().map_err(|_| Error::internal("key file: key version"))?;
            let key = UnboundKey::new(&AES_256_GCM, &secret(text)?)
                .map_err(|_| Error::internal("key file: sealing key"))?;
            sealing.insert(version, LessSafeKey::new(key));
        }
        if !sealing.contains_key(&file.current) {
            return Err(Error::internal("key file: the current key is missing"));
        }
        Ok(Self {
            tenant: file.tenant,
            current: file.current,
            sealing,
            index: hmac::Key::new(hmac::HMAC_SHA256, &secret(&file.index)?),
            signing: Ed25519KeyPair::from_seed_unchecked(&secret(&file.signing)?)
                .map_err(|_| Error::internal("key file: signing key"))?,
        })
    }

    /// Seals `plain` for one place; the nonce is drawn from `rng`.
    pub fn seal(&self, rng: &Rng, table: &str, row: Uuid, column: &str, plain: &[u8]) -> Sealed {
        let nonce = rng.bytes::<NONCE_LEN>();
        let mut out = Vec::with_capacity(HEAD + plain.len() + 16);
        out.push(FORM);
        out.extend_from_slice(&self.current.to_be_bytes());
        out.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        self.sealing[&self.current]
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(self.place(table, row, column)),
                &mut body,
            )
            .expect("AES-GCM seals anything that fits in memory");
        out.extend_from_slice(&body);
        out
    }

    /// Opens a sealed column. `Internal` when it was altered, moved or sealed with an unknown key.
    pub fn open(&self, table: &str, row: Uuid, column: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let broken = || Error::internal(format!("sealed column {table}.{column} of {row} does not open"));
        let version = version_of(sealed).ok_or_else(broken)?;
        let key = self.sealing.get(&version).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(&sealed[3..HEAD]).map_err(|_| broken())?;
        let mut body = sealed[HEAD..].to_vec();
        let plain = key
            .open_in_place(nonce, Aad::from(self.place(table, row, column)), &mut body)
            .map_err(|_| broken())?;
        Ok(plain.to_vec())
    }

    pub fn open_text(&self, table: &str, row: Uuid, column: &str, sealed: &[u8]) -> Result<String> {
        String::from_utf8(self.open(table, row, column, sealed)?).map_err(Error::internal)
    }

    /// Keyed hash for exact look-up of a canonical value ("phone", "+84903123456").
    pub fn blind(&self, kind: &str, canonical: &str) -> Vec<u8> {
        self.hash(&[b"blind", kind.as_bytes(), canonical.as_bytes()])
    }

    /// Keyed hash over length-prefixed parts.
    pub fn hash(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.index);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.sign().as_ref().to_vec()
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.signing.sign(message).as_ref().to_vec()
    }

    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.signing.public_key()).verify(message, signature).is_ok()
    }

    /// The Ed25519 public key others verify published heads with.
    pub fn public_key(&self) -> Vec<u8> {
        self.signing.public_key().as_ref().to_vec()
    }

    fn place(&self, table: &str, row: Uuid, column: &str) -> Vec<u8> {
        format!("{}|{table}|{row}|{column}", self.tenant).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> TenantId {
        TenantId(Uuid::from_u128(7))
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place_and_after_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let rng = Rng::seeded(1);
        let keys = Keys::open(folder.path(), rng.clone()).unwrap();
        keys.create(tenant()).unwrap();
        let row = Uuid::from_u128(1);
        let sealed = keys.of(tenant()).unwrap().seal(&rng, "staff", row, "phone", b"+84903123456");
        assert!(!sealed.windows(4).any(|w| w == b"3123"));
        assert_eq!(keys.rotate(tenant()).unwrap(), 2);
        let now = keys.of(tenant()).unwrap();
        assert_eq!(now.open("staff", row, "phone", &sealed).unwrap(), b"+84903123456");
        assert!(now.open("staff", Uuid::from_u128(2), "phone", &sealed).is_err());
        assert!(now.open("staff", row, "email", &sealed).is_err());
        let mut altered = sealed;
        *altered.last_mut().unwrap() ^= 1;
        assert!(now.open("staff", row, "phone", &altered).is_err());
        assert!(now.open("staff", row, "phone", &[1, 0]).is_err());
    }

    #[test]
    fn keys_are_never_overwritten_and_their_loss_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path(), Rng::seeded(1)).unwrap();
        assert!(matches!(keys.of(tenant()), Err(Error::Internal(why)) if why.contains("key file")));
        keys.create(tenant()).unwrap();
        assert!(keys.create(tenant()).is_err());
    }

    #[test]
    fn a_rotation_reaches_the_other_processes() {
        let folder = tempfile::tempdir().unwrap();
        let rng = Rng::seeded(1);
        let [here, there] = [(); 2].map(|()| Keys::open(folder.path(), rng.clone()).unwrap());
        here.create(tenant()).unwrap();
        let row = Uuid::from_u128(1);
        assert!(there.has(tenant()));
        here.rotate(tenant()).unwrap();
        let sealed = here.of(tenant()).unwrap().seal(&rng, "staff", row, "phone", b"+84903123456");
        let keys = there.opening(tenant(), &sealed).unwrap();
        assert_eq!(keys.open("staff", row, "phone", &sealed).unwrap(), b"+84903123456");
        // From now on it seals with the new key too.
        assert_eq!(version_of(&there.of(tenant()).unwrap().seal(&rng, "staff", row, "phone", b"x")), Some(2));
    }
}
