//! What all ways in need: what a hash costs, how many may run at once, and for which address
//! passkeys are made.

use super::password::{self, Cost};
use kernel::{Error, Result};
use std::sync::Arc;
use store::Cx;
use tokio::sync::Semaphore;
use url::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// Cheap to clone; one for a process.
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    cost: Cost,
    hashing: Semaphore,
    webauthn: Option<Webauthn>,
}

/// Hashes that run side by side: each holds its memory, so a crowd waits instead of swapping.
const AT_ONCE: usize = 4;

impl Door {
    /// `address` is where browsers find this centre. Passkeys belong to its domain; an address
    /// without one (a bare IP) has no passkeys.
    pub fn new(cost: Cost, address: &Url) -> Result<Self> {
        let webauthn = match address.domain() {
            Some(domain) => {
                let builder = WebauthnBuilder::new(domain, address).map_err(Error::internal)?;
                Some(builder.rp_name("Vùng Xanh").build().map_err(Error::internal)?)
            }
            None => None,
        };
        Ok(Self(Arc::new(Inner { cost, hashing: Semaphore::new(AT_ONCE), webauthn })))
    }

    pub fn has_passkeys(&self) -> bool {
        self.0.webauthn.is_some()
    }

    pub(super) fn webauthn(&self) -> Result<&Webauthn> {
        self.0.webauthn.as_ref().ok_or(Error::Conflict("error-passkeys-need-domain"))
    }

    /// Hashes a new password. Call it outside a transaction: it takes its time.
    pub(super) async fn hash(&self, making: Making, password: &str) -> Result<String> {
        let (cost, password) = (self.0.cost, password.to_owned());
        self.blocking(move || password::hash(cost, &making.pepper, &making.salt, &password)).await
    }

    /// Whether `password` is the one hashed; `None` costs the same and says no.
    pub(super) async fn matches(
        &self,
        pepper: Vec<u8>,
        hash: Option<String>,
        password: &str,
    ) -> Result<bool> {
        if password.len() > password::LONGEST {
            return Ok(false);
        }
        let (cost, password) = (self.0.cost, password.to_owned());
        self.blocking(move || password::matches(cost, &pepper, hash.as_deref(), &password)).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _turn = self.0.hashing.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
    }
}

/// What a new hash is made of besides the password.
pub(super) struct Making {
    pepper: Vec<u8>,
    salt: [u8; 16],
}

impl Making {
    pub fn new(cx: &Cx) -> Result<Self> {
        Ok(Self { pepper: pepper(cx)?, salt: cx.rng().bytes() })
    }
}

/// The key in every hash of this tenant.
pub(super) fn pepper(cx: &Cx) -> Result<Vec<u8>> {
    Ok(cx.keys()?.hash(&[b"password"]))
}
