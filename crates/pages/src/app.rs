//! What every request needs at hand.

use duty::{
    accounts::Door,
    calls::Shelf,
    prompts::Prompter,
    tenants::{self, Tenant},
};
use health::checkins::Intake;
use jiff::SignedDuration;
use kernel::{Error, Fresh, Result, Role};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};
use store::Store;
use town::files::Vault;

/// The state behind the routes. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: Store,
    place: Place,
    vault: Vault,
    shelf: OnceLock<Arc<dyn Shelf>>,
    door: Door,
    prompter: OnceLock<Prompter>,
    intake: OnceLock<Intake>,
    tenants: Mutex<Known>,
}

/// Tenants by slug, and when they were read.
type Known = (Fresh, BTreeMap<String, Arc<Tenant>>);

/// How this process is reached and what it may show.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// The outside address (`https://…`), for links in messages and for passkeys.
    pub public_url: String,
    /// Reached over TLS: cookies are marked secure.
    pub secure: bool,
    /// A demo: accounts by one click, a clock that can be moved, simulated telephones.
    pub demo: bool,
    /// Behind a proxy of our own: the last address it wrote into `X-Forwarded-For` is the sender's.
    pub behind_proxy: bool,
    /// The accounts offered by one click; empty outside a demo.
    pub demo_accounts: &'static [DemoAccount],
}

/// An account of the demo: whoever is on duty there now, else the first who holds the role.
#[derive(Clone, Copy, Debug)]
pub struct DemoAccount {
    /// The name by which scripts press its button.
    pub key: &'static str,
    pub role: Role,
    /// The code of the unit.
    pub unit: &'static str,
    pub icon: &'static str,
}

/// Pack changes made elsewhere show after this.
const STALE: SignedDuration = SignedDuration::from_secs(2);
/// And after so long where they are being read.
const READING: SignedDuration = SignedDuration::from_secs(5);

impl App {
    pub fn new(store: Store, place: Place, vault: Vault, door: Door) -> Self {
        Self(Arc::new(Inner {
            store,
            place,
            vault,
            shelf: OnceLock::new(),
            door,
            prompter: OnceLock::new(),
            intake: OnceLock::new(),
            tenants: Mutex::default(),
        }))
    }

    /// Gives announcements the voice with which calls say them. The first one stays.
    #[must_use]
    pub fn speaking(self, prompter: Prompter) -> Self {
        let _ = self.0.prompter.set(prompter);
        self
    }

    /// The same with the way in of scans, which somebody runs.
    #[must_use]
    pub fn taking_scans(self, intake: Intake) -> Self {
        let _ = self.0.intake.set(intake);
        self
    }

    /// Where scans of gates go in; `Unavailable` where nobody writes them.
    pub fn intake(&self) -> Result<&Intake> {
        self.0.intake.get().ok_or_else(|| Error::Unavailable("nobody writes check-ins here".into()))
    }

    /// The same with the place where recordings of calls lie; said once, before anything is served.
    #[must_use]
    pub fn with_shelf(self, shelf: Arc<dyn Shelf>) -> Self {
        let _ = self.0.shelf.set(shelf);
        self
    }

    /// Where recordings of calls lie; `Unavailable` where nobody has said.
    pub fn shelf(&self) -> Result<&dyn Shelf> {
        let shelf = self.0.shelf.get().ok_or_else(|| Error::Unavailable("no shelf of recordings".into()))?;
        Ok(shelf.as_ref())
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn place(&self) -> &Place {
        &self.0.place
    }

    /// Where attachments lie.
    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// What all ways in need.
    pub fn door(&self) -> &Door {
        &self.0.door
    }

    /// How announcements sound; recordings alone where nothing synthesises.
    pub fn prompter(&self) -> Prompter {
        self.0.prompter.get().cloned().unwrap_or_else(|| Prompter::new(None, None))
    }

    /// The tenant of a path; `NotFound` when there is none.
    pub async fn tenant(&self, slug: &str) -> Result<Arc<Tenant>> {
        let now = self.0.store.clock().now();
        {
            let mut known = self.known();
            if let Some(tenant) = known.1.get(slug).cloned()
                && !known.0.must_read(now, STALE, READING)
            {
                return Ok(tenant);
            }
        }
        let tenants: BTreeMap<_, _> = tenants::find(&self.0.store)
            .await?
            .into_iter()
            .map(|(slug, tenant)| (slug, Arc::new(tenant)))
            .collect();
        let tenant = tenants.get(slug).cloned();
        let mut known = self.known();
        known.0.read(now);
        known.1 = tenants;
        tenant.ok_or(Error::NotFound)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where someone who is lost goes back to, by the path that failed.
    pub(crate) fn home(&self, path: &str) -> String {
        let slug = path.split('/').nth(1).unwrap_or_default();
        let known = self.known();
        match known.1.get(slug) {
            Some(_) if path.contains("/desk") => format!("/{slug}/desk"),
            Some(_) => format!("/{slug}"),
            None => "/".to_owned(),
        }
    }
}
