use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, GateId, OrganisationId, Result};
use sqlx::types::Uuid;
use store::Cx;

/// Codes of one organisation are sent one after another.
pub(super) async fn take_turn(cx: &mut Cx, organisation: OrganisationId) -> Result<()> {
    let place = format!("{}{organisation}", cx.tenant());
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 7752)) is null as "locked!""#, place)
        .fetch_one(cx.conn())
        .await?;
    Ok(())
}

/// Codes sent to an organisation since then; what is older than a day is forgotten.
pub(super) async fn sent_since(
    cx: &mut Cx,
    organisation: OrganisationId,
    since: Timestamp,
    forget: Timestamp,
) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "delete from gate_owner_codes where tenant_id = $1 and organisation_id = $2 and made_at < $3",
        tenant,
        organisation.uuid(),
        forget.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    let sent = sqlx::query_scalar!(
        r#"select count(*) as "n!" from gate_owner_codes
           where tenant_id = $1 and organisation_id = $2 and made_at > $3"#,
        tenant,
        organisation.uuid(),
        since.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(sent)
}

pub(super) async fn insert(
    cx: &mut Cx,
    id: Uuid,
    (gate, organisation): (GateId, OrganisationId),
    code: &[u8],
    expires_at: Timestamp,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "insert into gate_owner_codes (tenant_id, id, gate_id, organisation_id, code, made_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        id,
        gate.uuid(),
        organisation.uuid(),
        code,
        now,
        expires_at.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A code that waits for its digits.
pub(super) struct Waiting {
    pub id: Uuid,
    pub organisation: OrganisationId,
    pub code: Vec<u8>,
}

/// Counts a try at the newest code of a gate that is still good; `None` where there is none.
pub(super) async fn try_newest(cx: &mut Cx, gate: GateId, most: i16) -> Result<Option<Waiting>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        "update gate_owner_codes set tries = tries + 1
         where tenant_id = $1
           and id = (select id from gate_owner_codes where tenant_id = $1 and gate_id = $2
                     order by made_at desc, id desc limit 1 for update)
           and expires_at > $3 and tries < $4 and key is null
         returning id, organisation_id, code",
        tenant,
        gate.uuid(),
        now,
        most
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| Waiting { id: row.id, organisation: row.organisation_id.into(), code: row.code }))
}

/// From now on its holder's browser opens with this key.
pub(super) async fn open(cx: &mut Cx, id: Uuid, key: &[u8], until: Timestamp) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update gate_owner_codes set key = $3, key_until = $4 where tenant_id = $1 and id = $2",
        tenant,
        id,
        key,
        until.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Whose key it is.
pub(super) async fn by_key(cx: &mut Cx, gate: GateId, key: &[u8]) -> Result<OrganisationId> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let organisation = sqlx::query_scalar!(
        "select organisation_id from gate_owner_codes
         where tenant_id = $1 and key = $3 and gate_id = $2 and key_until > $4",
        tenant,
        gate.uuid(),
        key,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    organisation.map(OrganisationId).ok_or(Error::NotFound)
}
