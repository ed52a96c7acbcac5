use super::{devices::Device, list::Known, signs::Sign};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{DeviceId, Error, GateId, Result, StaffId};
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

/// An invite as it was made.
pub(super) struct NewInvite<'a> {
    pub id: Uuid,
    pub gate: GateId,
    pub code: &'a [u8],
    pub by_owner: bool,
    pub expires_at: Timestamp,
}

/// Writes an invite; those of the gate that nobody took are forgotten.
pub(super) async fn insert_invite(cx: &mut Cx, new: &NewInvite<'_>) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "delete from gate_invites where tenant_id = $1 and gate_id = $2 and used_at is null and expires_at <= $3",
        tenant,
        new.gate.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!(
        "insert into gate_invites (tenant_id, id, gate_id, code, by_owner, made_at, made_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        new.id,
        new.gate.uuid(),
        new.code,
        new.by_owner,
        now,
        by,
        new.expires_at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// An invite that is taken.
pub(super) struct Taken {
    pub id: Uuid,
    pub gate: GateId,
    pub by_owner: bool,
    pub made_by: Option<Uuid>,
}

/// Takes an invite that is good now; who comes second with it finds nothing.
pub(super) async fn take_invite(cx: &mut Cx, code: &[u8]) -> Result<Taken> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        "update gate_invites set used_at = $3
         where tenant_id = $1 and code = $2 and used_at is null and expires_at > $3
         returning id, gate_id, by_owner, made_by",
        tenant,
        code,
        now
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Taken { id: row.id, gate: row.gate_id.into(), by_owner: row.by_owner, made_by: row.made_by })
}

pub(super) async fn insert(
    cx: &mut Cx,
    device: Device,
    taken: &Taken,
    name: &str,
    token: &[u8],
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "insert into gate_devices (tenant_id, id, gate_id, name, token, enrolled_at, enrolled_by, by_owner, seen_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $6)",
        tenant,
        device.id.uuid(),
        device.gate.uuid(),
        name,
        token,
        now,
        taken.made_by,
        taken.by_owner
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The device of a token, while it has not been removed and its gate is there.
pub(super) async fn by_token(cx: &mut Cx, token: &[u8]) -> Result<Option<Device>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select id, gate_id from gate_devices where tenant_id = $1 and token = $2 and revoked_at is null",
        tenant,
        token
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| Device { id: row.id.into(), gate: row.gate_id.into() }))
}

/// Which of these devices have been removed.
pub(super) async fn removed_of(cx: &mut Cx, ids: &[Uuid]) -> Result<BTreeSet<DeviceId>> {
    let tenant = cx.tenant().uuid();
    let removed = sqlx::query_scalar!(
        "select id from gate_devices where tenant_id = $1 and id = any ($2) and revoked_at is not null",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(removed.into_iter().map(DeviceId).collect())
}

/// Signs of life, and what the devices' clocks lack to ours, as far as they said. The rows are taken in order, so
/// that two who write the same wait for each other and never in a circle.
pub(super) async fn seen(cx: &mut Cx, signs: &BTreeMap<DeviceId, Sign>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let ids: Vec<Uuid> = signs.keys().map(|id| id.uuid()).collect();
    let times: Vec<_> = signs.values().map(|sign| sign.at.to_sqlx()).collect();
    let clocks: Vec<Option<i64>> = signs.values().map(|sign| sign.clock_add_ms).collect();
    sqlx::query!(
        "with held as (
             select id from gate_devices where tenant_id = $1 and id = any ($2) and revoked_at is null order by id for update)
         update gate_devices d set seen_at = s.at, clock_add_ms = coalesce(s.clock, d.clock_add_ms)
         from held h join unnest($2::uuid[], $3::timestamptz[], $4::bigint[]) as s (id, at, clock) on s.id = h.id
         where d.tenant_id = $1 and d.id = h.id and (d.seen_at is null or d.seen_at <= s.at)",
        tenant,
        &ids,
        &times as _,
        &clocks as _
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The devices of a gate: those that scan first, the newest of those that were removed after them.
pub(super) async fn of_gate(cx: &mut Cx, gate: GateId) -> Result<Vec<Known>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, name, enrolled_at, enrolled_by, by_owner, seen_at, clock_add_ms, revoked_at from gate_devices
         where tenant_id = $1 and gate_id = $2
         order by (revoked_at is not null), revoked_at desc, enrolled_at, id limit 200",
        tenant,
        gate.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Known {
            id: row.id.into(),
            name: row.name,
            enrolled_at: row.enrolled_at.to_jiff(),
            enrolled_by: row.enrolled_by.map(StaffId),
            by_owner: row.by_owner,
            seen_at: row.seen_at.map(jiff_sqlx::Timestamp::to_jiff),
            clock_add_ms: row.clock_add_ms,
            removed_at: row.revoked_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// How many scan at a gate.
pub(super) async fn working(cx: &mut Cx, gate: GateId) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    let working = sqlx::query_scalar!(
        r#"select count(*) as "n!" from gate_devices where tenant_id = $1 and gate_id = $2 and revoked_at is null"#,
        tenant,
        gate.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(working)
}

/// At which gate a device scans or scanned, and whether the owner enrolled it.
pub(super) async fn place_of(cx: &mut Cx, id: DeviceId) -> Result<(GateId, bool)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select gate_id, by_owner from gate_devices where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok((row.gate_id.into(), row.by_owner))
}

/// False when it was removed before.
pub(super) async fn revoke(cx: &mut Cx, id: DeviceId) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let done = sqlx::query!(
        "update gate_devices set revoked_at = $3, revoked_by = $4
         where tenant_id = $1 and id = $2 and revoked_at is null",
        tenant,
        id.uuid(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
