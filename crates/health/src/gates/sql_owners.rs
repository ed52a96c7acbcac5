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

/// Codes that nobody has proven, sent within the hour and the day before now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// To the organisation, within the hour.
    pub all: i64,
    /// Of these, those that this address asked for.
    pub here: i64,
    /// The same within the day.
    pub here_today: i64,
}

/// Codes sent to an organisation since an hour began, and since a day did; what is older is forgotten. Whoever has
/// proven his code was no stranger: it counts against nobody.
pub(super) async fn sent(
    cx: &mut Cx,
    organisation: OrganisationId,
    source: &[u8],
    (hour, day): (Timestamp, Timestamp),
) -> Result<Sent> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "delete from gate_owner_codes where tenant_id = $1 and organisation_id = $2 and made_at < $3",
        tenant,
        organisation.uuid(),
        day.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    let sent = sqlx::query!(
        r#"select count(*) filter (where made_at > $3) as "all!",
                  count(*) filter (where made_at > $3 and source = $4) as "here!",
                  count(*) filter (where source = $4) as "here_today!"
           from gate_owner_codes where tenant_id = $1 and organisation_id = $2 and key is null"#,
        tenant,
        organisation.uuid(),
        hour.to_sqlx(),
        source
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(Sent { all: sent.all, here: sent.here, here_today: sent.here_today })
}

/// Codes sent before then are gone, and with them who asked for them and from where.
pub(crate) async fn forget_codes(cx: &mut Cx, before: Timestamp) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "delete from gate_owner_codes where tenant_id = $1 and made_at < $2",
        tenant,
        before.to_sqlx()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Who asks for a code: keyed hashes of what his browser holds, and of his address.
pub(super) struct Asker {
    pub key: Vec<u8>,
    pub source: Vec<u8>,
}

pub(super) async fn insert(
    cx: &mut Cx,
    id: Uuid,
    (gate, organisation): (GateId, OrganisationId),
    asker: &Asker,
    code: &[u8],
    expires_at: Timestamp,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "insert into gate_owner_codes (tenant_id, id, gate_id, organisation_id, code, made_at, expires_at, asker, source)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        id,
        gate.uuid(),
        organisation.uuid(),
        code,
        now,
        expires_at.to_sqlx(),
        asker.key.as_slice(),
        asker.source.as_slice()
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

/// Counts a try at the newest code that a browser has asked for at a gate, if it is still good; `None` where there is
/// none.
pub(super) async fn try_newest(
    cx: &mut Cx,
    gate: GateId,
    asker: &[u8],
    most: i16,
) -> Result<Option<Waiting>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let row = sqlx::query!(
        "update gate_owner_codes set tries = tries + 1
         where tenant_id = $1
           and id = (select id from gate_owner_codes where tenant_id = $1 and gate_id = $2 and asker = $5
                     order by made_at desc, id desc limit 1 for update)
           and expires_at > $3 and tries < $4 and key is null
         returning id, organisation_id, code",
        tenant,
        gate.uuid(),
        now,
        most,
        asker
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(row.map(|row| Waiting { id: row.id, organisation: row.organisation_id.into(), code: row.code }))
}

/// Codes sent at a gate since then, and wrong tries at them.
pub(super) async fn tries(cx: &mut Cx, gate: GateId, since: Timestamp) -> Result<(i64, i64)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select count(*) as "sent!",
                  coalesce(sum(tries - case when key is null then 0 else 1 end), 0) as "wrong!"
           from gate_owner_codes where tenant_id = $1 and gate_id = $2 and made_at > $3"#,
        tenant,
        gate.uuid(),
        since.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.sent, row.wrong))
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
