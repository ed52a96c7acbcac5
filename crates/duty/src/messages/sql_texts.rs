use super::{notices::State, texts::Sent};
use jiff_sqlx::ToSqlx;
use kernel::{Error, MessageId, Phone, Result, StaffId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const TEXTS: &str = "texts";

pub(super) async fn insert(cx: &mut Cx, id: MessageId, about: Uuid, to: &Phone, words: &str) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let number = cx.seal(TEXTS, id.uuid(), "number", to.as_e164())?;
    let words = cx.seal(TEXTS, id.uuid(), "words", words)?;
    sqlx::query!(
        "insert into texts (tenant_id, id, object_id, number, words, state, created_at, created_by)
         values ($1, $2, $3, $4, $5, 'queued', $6, $7)",
        tenant,
        id.uuid(),
        about,
        number,
        words,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A text as the courier takes it.
pub(super) struct Known {
    pub about: Uuid,
    pub number: String,
    pub words: String,
    pub state: State,
    pub tries: i32,
}

pub(super) async fn find(cx: &mut Cx, id: MessageId) -> Result<Known> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select object_id, number, words, state, tries from texts where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Known {
        about: row.object_id,
        number: cx.open(TEXTS, id.uuid(), "number", &row.number)?,
        words: cx.open(TEXTS, id.uuid(), "words", &row.words)?,
        state: row.state.parse()?,
        tries: row.tries,
    })
}

pub(super) async fn last(cx: &mut Cx, about: &[Uuid]) -> Result<Option<Sent>> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select id, state, created_at, handed_over_at from texts
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
             tried_at = case when $3 = 'given_up' then tried_at else $6 end,
             handed_over_at = case when $3 = 'handed_over' then $6 else handed_over_at end
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
