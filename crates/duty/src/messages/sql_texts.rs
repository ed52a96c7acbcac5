use super::{
    notices::{Delivery, State},
    texts::Sent,
};
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, Error, MessageId, Phone, Result, StaffId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const TEXTS: &str = "texts";

pub(super) async fn insert(
    cx: &mut Cx,
    id: MessageId,
    about: Uuid,
    attempt: Option<AttemptId>,
    to: &Phone,
    words: &str,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let number = cx.seal(TEXTS, id.uuid(), "number", to.as_e164())?;
    let number_hash = cx.blind("phone", to.as_e164())?;
    let words = cx.seal(TEXTS, id.uuid(), "words", words)?;
    sqlx::query!(
        "insert into texts (tenant_id, id, object_id, number, number_hash, words, state, created_at, created_by, attempt_id)
         values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, $9)",
        tenant,
        id.uuid(),
        about,
        number,
        number_hash,
        words,
        now,
        by,
        attempt.map(Uuid::from)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A text as the courier takes it.
pub(super) struct Known {
    pub about: Uuid,
    pub attempt: Option<AttemptId>,
    pub number: String,
    pub words: String,
    pub state: State,
    pub tries: i32,
}

pub(super) async fn find(cx: &mut Cx, id: MessageId) -> Result<Known> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select object_id, attempt_id, number, words, state, tries from texts where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Known {
        about: row.object_id,
        attempt: row.attempt_id.map(AttemptId),
        number: cx.open(TEXTS, id.uuid(), "number", &row.number)?,
        words: cx.open(TEXTS, id.uuid(), "words", &row.words)?,
        state: row.state.parse()?,
        tries: row.tries,
    })
}

pub(super) async fn last(cx: &mut Cx, about: &[Uuid]) -> Result<Option<Sent>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select id, state, created_at, handed_over_at, delivered_at from texts
         where tenant_id = $1 and object_id = any($2) order by created_at desc, id desc limit 1",
        tenant,
        about
    )
    .fetch_optional(cx.conn())
    .await?;
    row.map(|row| {
        Ok(Sent {
            id: row.id.into(),
            state: row.state.parse()?,
            queued_at: row.created_at.to_jiff(),
            handed_over_at: row.handed_over_at.map(jiff_sqlx::Timestamp::to_jiff),
            delivered_at: row.delivered_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    })
    .transpose()
}

/// How the newest text about each of these things stands.
pub(super) async fn last_states(cx: &mut Cx, about: &[Uuid]) -> Result<BTreeMap<Uuid, State>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select distinct on (object_id) object_id, state from texts
         where tenant_id = $1 and object_id = any($2) order by object_id, created_at desc, id desc",
        tenant,
        about
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.object_id, row.state.parse()?))).collect()
}

/// Writes what became of a try, or of the text as a whole.
pub(super) async fn save(
    cx: &mut Cx,
    id: MessageId,
    state: State,
    tries: i32,
    error: Option<&str>,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update texts
         set state = $3, tries = $4, last_error = coalesce($5, last_error),
             tried_at = case when $3 in ('handed_over', 'failed') then $6 else tried_at end,
             handed_over_at = case when $3 = 'handed_over' then $6 else handed_over_at end,
             delivered_at = case when $3 in ('delivered', 'undeliverable') then $6 else delivered_at end
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        state.as_str(),
        tries,
        error,
        now as jiff_sqlx::Timestamp
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What is known of a text whose row is now locked.
pub(super) struct Locked {
    pub about: Uuid,
    pub attempt: Option<AttemptId>,
    pub state: State,
    pub tries: i32,
}

pub(super) async fn lock(cx: &mut Cx, id: MessageId) -> Result<Locked> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select object_id, attempt_id, state, tries from texts where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Locked {
        about: row.object_id,
        attempt: row.attempt_id.map(AttemptId),
        state: row.state.parse()?,
        tries: row.tries,
    })
}

/// Whether a text for this attempt has been queued.
pub(super) async fn is_told(cx: &mut Cx, attempt: AttemptId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from texts where tenant_id = $1 and attempt_id = $2) as "told!""#,
        tenant,
        attempt.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Keeps the network's ids of the parts; those of an earlier try are no longer waited for.
pub(super) async fn put_parts(cx: &mut Cx, id: MessageId, network_ids: &[String]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into text_parts (tenant_id, text_id, part, network_id, state)
         select $1, $2, part::smallint, network_id, 'accepted'
         from unnest($3::text[]) with ordinality as p (network_id, part)
         on conflict (tenant_id, text_id, part) do update set network_id = excluded.network_id, state = 'accepted'",
        tenant,
        id.uuid(),
        network_ids
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Writes what the network says of the part that it knows by one of these ids, unless it has said so before;
/// the part's text.
pub(super) async fn part_told(cx: &mut Cx, ids: &[String], came: bool) -> Result<Option<MessageId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let state = if came { "delivered" } else { "undeliverable" };
    // A network that counts may come round: the newest text is meant.
    let id = sqlx::query_scalar!(
        "update text_parts p
         set state = case when p.state = 'accepted' then $3 else p.state end, told_at = coalesce(p.told_at, $4)
         from (select text_id, part from text_parts
               where tenant_id = $1 and network_id = any($2) order by text_id desc, part limit 1) as known
         where p.tenant_id = $1 and p.text_id = known.text_id and p.part = known.part
         returning p.text_id",
        tenant,
        ids,
        state,
        now
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(id.map(MessageId))
}

/// How many parts of a text wait for the network's word, and how many are lost.
pub(super) async fn parts_left(cx: &mut Cx, id: MessageId) -> Result<(i64, i64)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select count(*) filter (where state = 'accepted') as "waiting!",
                  count(*) filter (where state = 'undeliverable') as "lost!"
           from text_parts where tenant_id = $1 and text_id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.waiting, row.lost))
}

/// What became of the texts for the given attempts.
pub(super) async fn deliveries(cx: &mut Cx, attempts: &[AttemptId]) -> Result<BTreeMap<AttemptId, Delivery>> {
    let (tenant, ids) = (cx.tenant().uuid(), attempts.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select attempt_id as "attempt_id!", id, state, tries, created_at, tried_at, handed_over_at,
                  delivered_at, last_error
           from texts where tenant_id = $1 and attempt_id = any($2)"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    let jiff = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    rows.into_iter()
        .map(|row| {
            let delivery = Delivery {
                message: row.id.into(),
                channel: super::texts::SMS.to_owned(),
                state: row.state.parse()?,
                tries: row.tries,
                send_at: row.created_at.to_jiff(),
                tried_at: jiff(row.tried_at),
                handed_over_at: jiff(row.handed_over_at),
                delivered_at: jiff(row.delivered_at),
                next_try_at: None,
                last_error: row.last_error,
            };
            Ok((AttemptId(row.attempt_id), delivery))
        })
        .collect()
}
