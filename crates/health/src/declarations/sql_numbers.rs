//! Codes and devices.

use super::devices::Device;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Phone, Result, SecretCode};
use sqlx::types::Uuid;
use store::Cx;

const CODES: &str = "declaration_codes";
const DEVICES: &str = "declaration_devices";

pub(super) struct NewCode<'a> {
    pub id: Uuid,
    pub key: &'a SecretCode,
    pub phone: &'a Phone,
    pub code: &'a str,
    pub expires_at: Timestamp,
}

pub(super) struct Code {
    pub id: Uuid,
    pub phone: Phone,
    pub code_index: Vec<u8>,
    pub tries: i16,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

fn number(cx: &Cx, phone: &Phone) -> Result<Vec<u8>> {
    cx.blind("phone", phone.as_e164())
}

/// The digits hashed together with the row they belong to: those of another tell nothing here.
pub(super) fn code_index(cx: &Cx, id: Uuid, digits: &str) -> Result<Vec<u8>> {
    cx.blind("declaration digits", &format!("{id}:{digits}"))
}

/// One question at a time about one number, so that two that come at once are counted.
pub(super) async fn queue_up(cx: &mut Cx, phone: &Phone) -> Result<()> {
    let place = number(cx, phone)?.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let place = format!("{}:{place}", cx.tenant().uuid());
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 7712))", place)
        .fetch_all(cx.conn())
        .await?;
    Ok(())
}

/// How many codes a number was sent since then, and when the last.
pub(super) async fn sent_since(
    cx: &mut Cx,
    phone: &Phone,
    since: Timestamp,
) -> Result<(i64, Option<Timestamp>)> {
    let (tenant, index) = (cx.tenant().uuid(), number(cx, phone)?);
    let row = sqlx::query!(
        r#"select count(*) as "sent!", max(sent_at) as last from declaration_codes
           where tenant_id = $1 and phone_index = $2 and sent_at > $3"#,
        tenant,
        index,
        since.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.sent, row.last.map(jiff_sqlx::Timestamp::to_jiff)))
}

pub(super) async fn insert_code(cx: &mut Cx, new: &NewCode<'_>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let key = cx.blind("declaration code", new.key.canonical())?;
    let sealed = cx.seal(CODES, new.id, "phone", new.phone.as_e164())?;
    let (phone, code) = (number(cx, new.phone)?, code_index(cx, new.id, new.code)?);
    sqlx::query!(
        "insert into declaration_codes (tenant_id, key_index, id, phone, phone_index, code_index, sent_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        key,
        new.id,
        sealed,
        phone,
        code,
        now,
        new.expires_at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The code of a key; held until the commit where it is to be taken in.
pub(super) async fn code(cx: &mut Cx, key: &SecretCode, lock: bool) -> Result<Option<Code>> {
    let (tenant, key) = (cx.tenant().uuid(), cx.blind("declaration code", key.canonical())?);
    if lock {
        sqlx::query!(
            "select id from declaration_codes where tenant_id = $1 and key_index = $2 for update",
            tenant,
            key
        )
        .fetch_optional(cx.conn())
        .await?;
    }
    let row = sqlx::query!(
        "select id, phone, code_index, tries, expires_at, used_at from declaration_codes
         where tenant_id = $1 and key_index = $2",
        tenant,
        key
    )
    .fetch_optional(cx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Code {
        phone: opened(cx, CODES, row.id, &row.phone)?,
        id: row.id,
        code_index: row.code_index,
        tries: row.tries,
        expires_at: row.expires_at.to_jiff(),
        used_at: row.used_at.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

fn opened(cx: &Cx, table: &str, id: Uuid, sealed: &[u8]) -> Result<Phone> {
    Phone::parse(&cx.open(table, id, "phone", sealed)?).map_err(Error::internal)
}

pub(super) async fn count_try(cx: &mut Cx, id: Uuid) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update declaration_codes set tries = tries + 1 where tenant_id = $1 and id = $2",
        tenant,
        id
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn use_code(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update declaration_codes set used_at = $3 where tenant_id = $1 and id = $2",
        tenant,
        id,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn insert_device(
    cx: &mut Cx,
    id: Uuid,
    key: &SecretCode,
    phone: &Phone,
    until: Timestamp,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let key = cx.blind("declaration device", key.canonical())?;
    let (sealed, index) = (cx.seal(DEVICES, id, "phone", phone.as_e164())?, number(cx, phone)?);
    sqlx::query!(
        "insert into declaration_devices (tenant_id, id, key_index, phone, phone_index, made_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        id,
        key,
        sealed,
        index,
        now,
        until.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn device(cx: &mut Cx, key: &SecretCode) -> Result<Option<Device>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let key = cx.blind("declaration device", key.canonical())?;
    let row = sqlx::query!(
        r#"select d.id, d.phone,
                  (select sum(o.misses) from declaration_devices o
                   where o.tenant_id = $1 and o.phone_index = d.phone_index)::bigint as "misses!"
           from declaration_devices d
           where d.tenant_id = $1 and d.key_index = $2 and d.revoked_at is null and d.expires_at > $3"#,
        tenant,
        key,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Device { phone: opened(cx, DEVICES, row.id, &row.phone)?, id: row.id, misses: row.misses }))
}

pub(super) async fn count_miss(cx: &mut Cx, device: Uuid) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update declaration_devices set misses = misses + 1 where tenant_id = $1 and id = $2",
        tenant,
        device
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn revoke(cx: &mut Cx, devices: &[Uuid]) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update declaration_devices set revoked_at = $3
         where tenant_id = $1 and id = any($2) and revoked_at is null",
        tenant,
        devices,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The devices that still count and have proven a number of these records of a person.
pub(super) async fn devices_of(cx: &mut Cx, records: &[Uuid]) -> Result<Vec<Uuid>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids = sqlx::query_scalar!(
        "select id from declaration_devices
         where tenant_id = $1 and revoked_at is null and expires_at > $3
           and phone_index in (select phone_index from person_phones where tenant_id = $1 and person_id = any($2))
         order by id",
        tenant,
        records,
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids)
}

/// Forgets codes sent before then, and devices whose time is over: a revoked one still counts its misses.
pub(super) async fn purge(cx: &mut Cx, sent_before: Timestamp) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "delete from declaration_codes where tenant_id = $1 and sent_at <= $2",
        tenant,
        sent_before.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!("delete from declaration_devices where tenant_id = $1 and expires_at <= $2", tenant, now)
        .execute(cx.conn())
        .await?;
    Ok(())
}
