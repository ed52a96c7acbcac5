//! Households under care as the program itself makes them: a case recorded by its form, follow-up taken on.
//! They are there in the small hours of tomorrow, on a clock of their own, so that their morning entries are
//! owed when the first calls go out.

use crate::{centre::Centre, people, seed};
use duty::units;
use health::{
    cases::{self, Care, Classification, NewCase, TestKind},
    followups,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, time},
    tz::TimeZone,
};
use kernel::{Actor, Clock, Error, Result, TenantId, UnitId};
use sqlx::PgConnection;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};
use store::{Store, Turns};
use tokio::task::JoinSet;
use uuid::Uuid;

/// After so many the planner is told what has grown, as a database that grows in days is by itself.
const WAVE: usize = 250;
/// Forms side by side.
const SIDE_BY_SIDE: usize = 6;
const BENCH: Actor = Actor::system("bench");

/// Tomorrow in the tenant's zone.
pub struct Tomorrow {
    zone: TimeZone,
    day: Date,
}

impl Tomorrow {
    /// As a database's clock has it.
    pub async fn of(centre: &Centre, database: &str) -> Result<(Self, Store)> {
        let store = centre.store(database).await?;
        let mut cx = store.begin(centre.tenant, BENCH).await?;
        let zone = units::timezone(&mut cx).await?;
        cx.rollback().await?;
        let day = store.clock().now().to_zoned(zone.clone()).date().tomorrow().map_err(Error::internal)?;
        Ok((Self { zone, day }, store))
    }

    pub fn at(&self, hour: i8, minute: i8) -> Result<Timestamp> {
        self.zone.to_timestamp(self.day.to_datetime(time(hour, minute, 0, 0))).map_err(Error::internal)
    }

    /// A clock that stands at four, before the first entry of the day is owed.
    pub fn early(&self) -> Result<Clock> {
        Ok(Clock::fixed(self.at(4, 0)?))
    }

    fn today(&self) -> Result<String> {
        let day = self.day.yesterday().map_err(Error::internal)?;
        Ok(format!("{}/{}/{}", day.day(), day.month(), day.year()))
    }
}

/// Records `count` cases that are cared for at home, each a household with a telephone, and says that all have
/// been told who will call. `store` has the early clock.
pub async fn make(
    centre: &Centre,
    admin: &mut PgConnection,
    store: &Store,
    tomorrow: &Tomorrow,
    count: usize,
) -> Result<()> {
    eprintln!("  recording {count} households");
    let wards = Arc::new(seed::units(admin, centre.tenant, "ward").await?);
    let tenant = Arc::new(centre.tenant(store).await?);
    let sampled: Arc<str> = tomorrow.today()?.into();
    let next = Arc::new(AtomicUsize::new(0));
    for wave in (0..count).step_by(WAVE) {
        next.store(wave, SeqCst);
        let end = (wave + WAVE).min(count);
        let mut forms = JoinSet::new();
        for _ in 0..SIDE_BY_SIDE {
            let (store, wards, tenant) = (store.clone(), Arc::clone(&wards), Arc::clone(&tenant));
            let (sampled, next) = (Arc::clone(&sampled), Arc::clone(&next));
            forms.spawn(async move { fill(&store, &tenant, &wards, &sampled, &next, end).await });
        }
        while let Some(ended) = forms.join_next().await {
            ended.map_err(Error::internal)??;
        }
        sqlx::query("analyze").execute(&mut *admin).await?;
    }
    let mut cx = store.begin(centre.tenant, BENCH).await?;
    followups::install(&mut cx).await?;
    cx.commit().await?;
    announced(admin, centre.tenant, store.clock().now()).await?;
    for table in ["people", "cases", "households", "follow_plans", "person_phones"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("vacuum analyze {table}"))).execute(&mut *admin).await?;
    }
    Ok(())
}

/// The telephone of a household.
pub fn number(household: usize) -> String {
    format!("0903{household:06}")
}

/// One form after the other, until all up to `end` are taken.
async fn fill(
    store: &Store,
    tenant: &duty::tenants::Tenant,
    wards: &[UnitId],
    sampled: &str,
    next: &AtomicUsize,
    end: usize,
) -> Result<()> {
    loop {
        let number = next.fetch_add(1, SeqCst);
        if number >= end {
            return Ok(());
        }
        let ward = *wards.get(number % wards.len().max(1)).ok_or(Error::NotFound)?;
        let mut turns = Turns::default();
        loop {
            match one(store, tenant, ward, sampled, number).await {
                Err(error) if turns.again(&error) => {}
                done => break done?,
            }
        }
    }
}

async fn one(
    store: &Store,
    tenant: &duty::tenants::Tenant,
    ward: UnitId,
    sampled: &str,
    number: usize,
) -> Result<()> {
    let mut cx = store.begin(tenant.id, BENCH).await?;
    let new = NewCase {
        form_key: Uuid::from_u128(0x0bec_0000_0000_0000_0000_0000_0000_0000 + number as u128),
        full_name: people::name(number),
        birth: (1960 + number % 45).to_string(),
        sex: None,
        citizen_id: String::new(),
        phone: self::number(number),
        no_phone_reason: None,
        address: format!("{} Đường số {}", number + 1, number % 120 + 1),
        ward: Some(ward),
        classification: Classification::Confirmed,
        basis: TestKind::Rapid,
        sample_on: sampled.to_owned(),
        result_on: String::new(),
        reported_at: None,
        symptoms: Vec::new(),
        care: Care::Home,
        note: String::new(),
    };
    let recorded = cases::record(&mut cx, tenant, &new).await?;
    followups::take_on(&mut cx, recorded.case).await?.ok_or(Error::NotFound)?;
    cx.commit().await
}

/// As if the texts had gone out the day before: fifty a minute would be what is measured.
async fn announced(admin: &mut PgConnection, tenant: TenantId, now: Timestamp) -> Result<()> {
    sqlx::query(
        "with told as (
           insert into texts (tenant_id, id, object_id, number, words, state, created_at, handed_over_at)
           select tenant_id, gen_random_uuid(), id, ''::bytea, ''::bytea, 'handed_over', sent_at, sent_at
           from households, (select timestamptz 'epoch' + $2 * interval '1 microsecond' as sent_at) s
           where tenant_id = $1 returning id, object_id, created_at)
         insert into care_call_homes (tenant_id, household_id, announced_at, contact_index, text_id)
         select h.tenant_id, h.id, t.created_at, h.contact_index, t.id
         from households h join told t on t.object_id = h.id where h.tenant_id = $1
         on conflict (tenant_id, household_id) do update
         set announced_at = excluded.announced_at, contact_index = excluded.contact_index, text_id = excluded.text_id",
    )
    .bind(tenant.uuid())
    .bind((now - SignedDuration::from_hours(12)).as_microsecond())
    .execute(admin)
    .await?;
    Ok(())
}
