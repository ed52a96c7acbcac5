//! `dedupe`: somebody is put on record among 400,000 people, as a form or a row of a list does it: looked
//! up by paper, phone, name and keys, judged, written with what makes him found again and with the pairs
//! he may be one of. The time is that of the statements and of judging between them.
//!
//! The limit: the same person and number inserted bare, without looking, on the same connections.

use crate::{
    centre::{Centre, FIRST},
    figure::{Figure, median, percentile, round, seconds_since},
    people, seed,
};
use health::people::{Birth, NewPerson, backfill, enrol};
use jiff::{ToSpan, civil::date};
use kernel::{
    Actor, Error, Phone, Result, TenantId, UnitId, address::Address, clock::machine_now, names::PersonName,
};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use store::Store;
use uuid::Uuid;

const PEOPLE: i32 = 400_000;
const RUNS: usize = 3;
const NEWCOMERS: usize = 400;

pub async fn run() -> Result<Figure> {
    let centre = Centre::new().await?;
    let mut admin = centre.admin(FIRST).await?;
    let wards = seed::units(&mut admin, centre.tenant, "ward").await?;
    eprintln!("  seeding {PEOPLE} people");
    people::seed(&mut admin, centre.tenant, &wards, PEOPLE).await?;
    phones(&mut admin, centre.tenant).await?;
    let store = centre.store(FIRST).await?;
    people::tidy(&mut admin, &["people"]).await?;
    keys(&store, centre.tenant).await?;
    people::tidy(&mut admin, &["people", "person_phones", "person_keys", "person_duplicates"]).await?;
    let pool = centre.pool(FIRST).await?;
    let (mut ours, mut limits, mut middles) = (Vec::new(), Vec::new(), Vec::new());
    let mut pairs = 0;
    for run in 0..RUNS {
        let (mut real, mut bare) = (Vec::new(), Vec::new());
        for n in 0..NEWCOMERS {
            let new = newcomer(run * NEWCOMERS + n, wards[n % wards.len()])?;
            let mut cx = store.begin(centre.tenant, Actor::system("bench")).await?;
            let from = machine_now();
            enrol(&mut cx, &new).await?;
            real.push(seconds_since(from) * 1000.0);
            pairs += sqlx::query_scalar::<_, i64>("select count(*) from person_duplicates")
                .fetch_one(cx.conn())
                .await?;
            cx.rollback().await?;
            bare.push(insert(&pool, centre.tenant, &new).await?);
        }
        let (p99, limit) = (percentile(&real, 0.99), percentile(&bare, 0.99));
        eprintln!("  p99 {} ms, bare {} ms of {NEWCOMERS} newcomers", round(p99), round(limit));
        middles.push(median(&real));
        ours.push(p99);
        limits.push(limit);
    }
    store.close().await;
    let (ours, limit) = (round(median(&ours)), round(median(&limits)));
    Ok(Figure {
        name: "dedupe",
        unit: "ms",
        ours,
        limit,
        ratio: round(ours / limit),
        goal: 15.0,
        judged: "ours",
        direction: "at_most",
        runs: RUNS,
        ok: ours <= 15.0,
        details: json!({
            "p50": round(median(&middles)), "people": PEOPLE,
            "pairs_each": round(pairs as f64 / (RUNS * NEWCOMERS) as f64),
        }),
    })
}

/// Two in three have a number of their own.
async fn phones(admin: &mut PgConnection, tenant: TenantId) -> Result<()> {
    sqlx::query(
        "insert into person_phones (tenant_id, id, person_id, phone, phone_index, added_at)
         select tenant_id, md5('f' || id)::uuid, id, '\\x00', decode(md5('n' || id), 'hex'), created_at
         from people where tenant_id = $1 and ('x' || substr(md5(id::text), 1, 8))::bit(32)::int % 3 <> 0",
    )
    .bind(tenant.uuid())
    .execute(admin)
    .await?;
    Ok(())
}

/// The program makes the keys itself, as after an upgrade.
async fn keys(store: &Store, tenant: TenantId) -> Result<()> {
    let from = machine_now();
    loop {
        let mut cx = store.begin(tenant, Actor::system("bench")).await?;
        let made = backfill(&mut cx, 5_000).await?;
        cx.commit().await?;
        if made == 0 {
            eprintln!("  keys made in {} s", round(seconds_since(from)));
            return Ok(());
        }
    }
}

/// Named as the others are; every other one with a whole day of birth, all with an address.
fn newcomer(n: usize, ward: UnitId) -> Result<NewPerson> {
    let days = i64::try_from(n.wrapping_mul(7_919) % 32_767).map_err(Error::internal)?;
    let born = date(1936, 1, 1).checked_add(days.days()).map_err(Error::internal)?;
    let house = format!("{} Đường số {}", 1 + n * 31 % 900, 1 + n * 17 % 120);
    Ok(NewPerson {
        name: PersonName::parse(&people::name(n)).map_err(Error::internal)?,
        birth: Some(if n.is_multiple_of(2) { Birth::Day(born) } else { Birth::Year(born.year()) }),
        sex: None,
        citizen_id: None,
        phone: Some(Phone::parse(&format!("0900{:06}", n % 1_000_000)).map_err(Error::internal)?),
        address: Some(Address::parse(&house).map_err(Error::internal)?),
        ward: Some(ward),
        ward_guessed: false,
        quarter: None,
        import: None,
    })
}

/// Milliseconds of the same person written without looking.
async fn insert(pool: &PgPool, tenant: TenantId, new: &NewPerson) -> Result<f64> {
    let enter = format!("begin; set local vx.tenant = '{tenant}'");
    let mut tx = pool.begin_with(sqlx::AssertSqlSafe(enter)).await?;
    // Ids of no importance: the transaction is given up.
    let (person, number) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let from = machine_now();
    sqlx::query(
        "insert into people (tenant_id, id, full_name, search, birth_year, ward_id, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, now(), now())",
    )
    .bind(tenant.uuid())
    .bind(person)
    .bind(new.name.as_str())
    .bind(new.name.search_key())
    .bind(new.birth.map(Birth::year))
    .bind(new.ward.map(UnitId::uuid))
    .execute(&mut *tx)
    .await?;
    sqlx::query(
        "insert into person_phones (tenant_id, id, person_id, phone, phone_index, added_at)
         values ($1, $2, $3, $4, $4, now())",
    )
    .bind(tenant.uuid())
    .bind(number)
    .bind(person)
    .bind(new.phone.as_ref().map(|phone| phone.as_e164().as_bytes().to_vec()))
    .execute(&mut *tx)
    .await?;
    let spent = seconds_since(from) * 1000.0;
    tx.rollback().await?;
    Ok(spent)
}
