use crate::{StaffBuilder, TestDatabase};
use duty::{
    accounts::{self, Cost, Door},
    heartbeats, messages, permissions, rosters, staff,
    tenants::{self, Pack, Tenant},
    tickets::{self, NewMatter, Opened, Severity},
    transfers, units,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Clock, Grant, Rng, StaffId, TenantId, UnitId};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use store::{Cx, Keys, Options, Store, ledger::Sealer, timers::Runner};

/// A centre under test: Quận 7 on the morning of 25/09/2021, nobody in it yet.
pub struct TestCentre {
    pub store: Store,
    pub clock: Clock,
    pub tenant: Tenant,
    pub database: TestDatabase,
    timers: Runner,
    points: KnownPoints,
    keys: tempfile::TempDir,
}

impl TestCentre {
    pub async fn new() -> Self {
        Self::from_pack("quan7").await
    }

    /// With a tenant made from a pack of the repository.
    pub async fn from_pack(name: &str) -> Self {
        let database = TestDatabase::new().await;
        let start: Timestamp = "2021-09-25T00:05:00Z".parse().expect("a time");
        let clock = Clock::fixed(start);
        let rng = Rng::seeded(7);
        let keys = tempfile::tempdir().expect("a folder for keys");
        let store = Store::open(
            &Options { url: database.url().to_owned(), max_connections: 8 },
            clock.clone(),
            rng.clone(),
            Keys::open(keys.path(), rng).expect("the key folder opens"),
        )
        .expect("the store opens");
        let tenant = add_tenant(&store, name).await;
        let points = KnownPoints::default();
        let timers = Runner::new(
            store.clone(),
            vec![
                Arc::new(tickets::Escalate),
                Arc::new(tickets::Deadline),
                Arc::new(tickets::Resume),
                Arc::new(accounts::Sweep),
                Arc::new(rosters::LayOut),
                Arc::new(transfers::TakeEffect::new(Arc::new(points.clone()))),
                Arc::new(messages::SendMessages),
                Arc::new(messages::GatherTexts::new(Arc::from(Vec::new()))),
                Arc::new(messages::PublishLedger),
                Arc::new(heartbeats::Silent),
            ],
        );
        Self { store, clock, tenant, database, timers, points, keys }
    }

    /// A second tenant in the same database.
    pub async fn add_tenant(&self, pack: &str) -> Tenant {
        add_tenant(&self.store, pack).await
    }

    pub fn key_folder(&self) -> &Path {
        self.keys.path()
    }

    pub fn id(&self) -> TenantId {
        self.tenant.id
    }

    /// Begins as anyone.
    pub async fn begin(&self, actor: Actor) -> Cx {
        self.store.begin(self.tenant.id, actor).await.expect("a transaction begins")
    }

    /// Begins as the program itself, which may do everything.
    pub async fn system(&self) -> Cx {
        self.begin(Actor::system("test")).await
    }

    /// Begins as a member of staff with the grants of the posts held today.
    pub async fn as_staff(&self, staff: StaffId) -> Cx {
        let mut cx = self.system().await;
        cx.actor = actor(&mut cx, staff).await;
        cx
    }

    /// A unit by its code in the pack.
    pub async fn unit(&self, code: &str) -> UnitId {
        let mut cx = self.system().await;
        let tree = units::tree(&mut cx).await.expect("the units");
        tree.by_code(code).unwrap_or_else(|| panic!("no unit {code} in the pack")).id
    }

    /// News of an F0 in a ward, as a case would tell it; `object` stands for the case.
    pub async fn news(&self, ward: UnitId, object: u128) -> Opened {
        let mut cx = self.system().await;
        let new = NewMatter {
            kind: "f0_news",
            severity: Severity::Emergency,
            ward: Some(ward),
            object_kind: "case",
            object: uuid::Uuid::from_u128(object),
        };
        let spec = self.tenant.pack.matter("f0_news").expect("the pack's news of an F0");
        let opened = tickets::open_matter(&mut cx, &new, spec).await.expect("the tickets open");
        cx.commit().await.expect("the news is out");
        opened
    }

    /// Starts describing a member of staff.
    pub fn staff(&self, name: &str) -> StaffBuilder<'_> {
        StaffBuilder::new(self, name)
    }

    /// Lets time pass and everything happen that falls due in it, in order.
    pub async fn advance(&self, by: SignedDuration) {
        self.clock.advance(by);
        self.settle().await;
    }

    /// Fires what is due now, until nothing is.
    pub async fn settle(&self) {
        while self.timers.fire_due().await.expect("timers fire") > 0 {}
    }

    /// Says where the thing a matter is about lies: longitude and latitude.
    pub fn lies_at(&self, object: uuid::Uuid, point: (f64, f64)) {
        self.points.0.lock().unwrap_or_else(PoisonError::into_inner).insert(object, point);
    }

    /// Seals everything recorded so far. Transactions of other tests on the same server hold the
    /// sealer back for as long as they run, so it is asked until nothing is left.
    pub async fn seal(&self) {
        let sealer = Sealer::new(self.store.clone());
        loop {
            sealer.seal(self.tenant.id).await.expect("the ledger seals");
            let mut cx = self.system().await;
            let waiting: i64 = sqlx::query_scalar("select count(*) from unsealed_events")
                .fetch_one(cx.conn())
                .await
                .expect("the queue is readable");
            if waiting == 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

/// The way in of a test: hashes at next to no cost, passkeys for https://vungxanh.example.
pub fn door() -> Door {
    let address = url::Url::parse("https://vungxanh.example").expect("an address");
    Door::new(Cost { memory_kib: 8, passes: 1, lanes: 1 }, &address).expect("the door is built")
}

/// Where things lie, as a test says.
#[derive(Clone, Default)]
struct KnownPoints(Arc<Mutex<BTreeMap<uuid::Uuid, (f64, f64)>>>);

#[async_trait::async_trait]
impl transfers::Points for KnownPoints {
    async fn of(&self, _cx: &mut Cx, _kind: &str, object: uuid::Uuid) -> kernel::Result<Option<(f64, f64)>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&object).copied())
    }

    async fn follow(&self, _cx: &mut Cx, _from: UnitId, _to: UnitId) -> kernel::Result<()> {
        Ok(())
    }
}

/// The actor a member of staff is today.
pub async fn actor(cx: &mut Cx, id: StaffId) -> Actor {
    let tree = units::tree(cx).await.expect("the units");
    let posts = staff::posts_of(cx, id).await.expect("the posts");
    let grants = posts
        .into_iter()
        .map(|post| Grant { role: post.role, unit: post.unit, reach: tree.reach(post.unit) })
        .collect();
    let duty = staff::reached_units(cx, id).await.expect("the shifts");
    Actor::staff(id, permissions::with_duty(grants, duty))
}

async fn add_tenant(store: &Store, name: &str) -> Tenant {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name);
    let pack = Pack::read(&folder).unwrap_or_else(|error| panic!("{error}"));
    let tenant = tenants::create(store, &pack, false).await.expect("the tenant is made");
    let mut cx = store.begin(tenant.id, Actor::system("test")).await.expect("a transaction begins");
    heartbeats::install(&mut cx, &pack).await.expect("the heartbeats are taken in");
    messages::ledger_mail::install(&mut cx).await.expect("the daily publication is armed");
    cx.commit().await.expect("the tenant is complete");
    tenant
}
