//! Many tickets at once, by statements over sets: opening a hundred thousand through the actions
//! would take longer than everything that is measured.

use kernel::{Actor, Result, TenantId, UnitId};
use sqlx::{Connection, PgConnection};
use store::Store;
use uuid::Uuid;

/// Tickets whose ladder stands at its first level, rung there and unanswered.
pub struct Seed {
    /// Numbers of the tickets, `first..first + count`; each database uses a number once.
    pub first: i32,
    pub count: i32,
    /// Responsible units by turns.
    pub units: Vec<UnitId>,
    /// The climbs are spread evenly over this stretch, in microseconds since 1970.
    pub climbs_from: i64,
    pub climbs_until: i64,
}

/// Writes them, each with its matter, seat, two running attempts and its two timers.
pub async fn tickets(admin: &mut PgConnection, tenant: TenantId, seed: &Seed) -> Result<()> {
    let units: Vec<Uuid> = seed.units.iter().map(|unit| unit.uuid()).collect();
    let mut tx = admin.begin().await?;
    // Ids as the program makes them: the time first, so that they fall at the end of each index.
    sqlx::query(
        "create temp table seeded on commit drop as
         select n.i,
                (lpad(to_hex((extract(epoch from n.opened) * 1000)::bigint), 12, '0') || '70008' || substr(md5('m' || n.i), 1, 15))::uuid as matter,
                (lpad(to_hex((extract(epoch from n.opened) * 1000)::bigint), 12, '0') || '70008' || substr(md5('t' || n.i), 1, 15))::uuid as ticket,
                (lpad(to_hex((extract(epoch from n.opened) * 1000)::bigint), 12, '0') || '70008' || substr(md5('d' || n.i), 1, 15))::uuid as desk,
                (lpad(to_hex((extract(epoch from n.opened) * 1000)::bigint), 12, '0') || '70008' || substr(md5('c' || n.i), 1, 15))::uuid as call,
                u.id as unit, u.ward_id as ward, n.opened, n.climbs, n.climbs + interval '24 hours' as due,
                (select staff_id from shifts where tenant_id = $1 and unit_id = u.id order by starts_at limit 1) as staff
         from (select i, (timestamptz 'epoch' + ($5::bigint + ($6::bigint - $5::bigint) / $4::int * (i - $3::int)) * interval '1 microsecond') as climbs,
                      timestamptz 'epoch' + ($5::bigint - 60000000) * interval '1 microsecond' as opened
               from generate_series($3::int, $3::int + $4::int - 1) i) n
         join units u on u.tenant_id = $1 and u.id = ($2::uuid[])[1 + n.i % cardinality($2::uuid[])]",
    )
    .bind(tenant.uuid())
    .bind(&units)
    .bind(seed.first)
    .bind(seed.count)
    .bind(seed.climbs_from)
    .bind(seed.climbs_until)
    .execute(&mut *tx)
    .await?;
    for statement in [
        "insert into matters (tenant_id, id, code, kind, severity, ward_id, object_kind, object_id, opened_at)
         select $1, matter, 'M' || i, 'f0_news', 'emergency', ward, 'case', matter, opened from seeded",
        "insert into tickets (tenant_id, id, matter_id, code, kind, severity, task, unit_id, state, opened_at, clock_from,
                              clock, due_at, ladder, level, round, generation, level_started_at, climbs_at)
         select $1, ticket, matter, 'T' || i, 'f0_news', 'emergency', '{\"vi\": \"Gọi F0 ngay\", \"en\": \"Call the F0 now\"}',
                unit, 'open', opened, opened, 'calendar', due,
                (select body from ladders where tenant_id = $1 and code = 'f0_news_station' order by version desc limit 1),
                0, 0, 1, opened, climbs
         from seeded",
        "insert into ticket_seats (tenant_id, unit_id, ticket_id, reason, due_at)
         select $1, unit, ticket, 'responsible', due from seeded",
        "insert into attempts (tenant_id, id, ticket_id, level, round, unit_id, staff_id, whom, channel, tone, started_at)
         select $1, case channel when 'desk' then desk else call end, ticket, 0, 0, unit, staff, 'duty@responsible', channel,
                'ring', opened
         from seeded cross join (values ('desk'), ('call')) as c (channel)",
        "insert into timers (tenant_id, kind, object_id, generation, fire_at)
         select $1, 'tickets.escalate', ticket, 1, climbs from seeded",
        "insert into timers (tenant_id, kind, object_id, generation, fire_at)
         select $1, 'tickets.deadline', ticket, 0, due from seeded",
    ] {
        sqlx::query(statement).bind(tenant.uuid()).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    // What autovacuum would do in its own time.
    for table in ["matters", "tickets", "ticket_seats", "attempts", "timers"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("vacuum analyze {table}"))).execute(&mut *admin).await?;
    }
    Ok(())
}

/// Every unit of a kind, by code.
pub async fn units(admin: &mut PgConnection, tenant: TenantId, kind: &str) -> Result<Vec<UnitId>> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("select id from units where tenant_id = $1 and kind = $2 order by code")
            .bind(tenant.uuid())
            .bind(kind)
            .fetch_all(admin)
            .await?;
    Ok(ids.into_iter().map(UnitId).collect())
}

/// The wards by name, without the word before it, as lists write them.
pub async fn ward_names(store: &Store, tenant: TenantId) -> Result<Vec<String>> {
    let mut cx = store.begin(tenant, Actor::system("bench")).await?;
    let tree = duty::units::tree(&mut cx).await?;
    let bare = |name: &str| name.strip_prefix("Phường ").unwrap_or(name).to_owned();
    Ok(tree.wards().map(|unit| bare(&unit.short)).collect())
}
