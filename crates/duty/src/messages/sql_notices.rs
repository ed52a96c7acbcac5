use super::{
    notices::{Delivery, News, State},
    preferences::{Language, Preferences, Quiet},
};
use crate::units;
use jiff::{Timestamp, civil::Time, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use kernel::{AttemptId, Error, MessageId, Result, Role, StaffId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// How the tenant calls itself, and its clock.
pub(super) struct Face {
    pub slug: String,
    pub name: String,
    pub zone: TimeZone,
}

pub(super) async fn face(cx: &mut Cx) -> Result<Face> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(r#"select slug, name, timezone as "zone!" from tenants where id = $1"#, tenant)
        .fetch_one(cx.conn())
        .await?;
    let zone = TimeZone::get(&row.zone).map_err(Error::internal)?;
    Ok(Face { slug: row.slug, name: row.name, zone })
}

pub(super) async fn preferences(cx: &mut Cx, staff: StaffId) -> Result<Preferences> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select by_email, language, quiet_from, quiet_to from notice_preferences where tenant_id = $1 and staff_id = $2",
        tenant,
        staff.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    let Some(row) = row else { return Ok(Preferences::default()) };
    let quiet = match row.quiet_from.zip(row.quiet_to) {
        Some((from, to)) => Some(Quiet { from: time(from)?, to: time(to)? }),
        None => None,
    };
    Ok(Preferences { by_email: row.by_email, language: row.language.parse::<Language>()?, quiet })
}

fn time(minutes: i16) -> Result<Time> {
    Time::new((minutes / 60) as i8, (minutes % 60) as i8, 0, 0).map_err(Error::internal)
}

pub(super) async fn save_preferences(cx: &mut Cx, staff: StaffId, wishes: &Preferences) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let minutes = |time: Time| i16::from(time.hour()) * 60 + i16::from(time.minute());
    sqlx::query!(
        "insert into notice_preferences (tenant_id, staff_id, by_email, language, quiet_from, quiet_to, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant_id, staff_id) do update
         set by_email = excluded.by_email, language = excluded.language, quiet_from = excluded.quiet_from,
             quiet_to = excluded.quiet_to, updated_at = excluded.updated_at",
        tenant,
        staff.uuid(),
        wishes.by_email,
        wishes.language.as_str(),
        wishes.quiet.map(|quiet| minutes(quiet.from)),
        wishes.quiet.map(|quiet| minutes(quiet.to)),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A message about to be written.
pub(super) struct NewMessage {
    pub staff: StaffId,
    /// `email`, or `push`.
    pub channel: &'static str,
    pub tone: &'static str,
    /// Whether others may join it until `send_at`.
    pub collects: bool,
    pub send_at: Timestamp,
}

/// Writes a message, or finds the one that already collects for this person; the flag says that
/// it is new. Either way its row is locked: it cannot be sent before this transaction has ended.
pub(super) async fn open(cx: &mut Cx, new: &NewMessage) -> Result<(MessageId, bool)> {
    let (tenant, id, now) = (cx.tenant().uuid(), cx.id::<MessageId>(), cx.now().to_sqlx());
    let row = sqlx::query!(
        r#"insert into messages (tenant_id, id, staff_id, channel, tone, state, collects, created_at, send_at)
           values ($1, $2, $3, $8, $4, 'queued', $5, $6, $7)
           on conflict (tenant_id, staff_id, channel) where collects do update set collects = true
           returning id, id = $2 as "new!""#,
        tenant,
        id.uuid(),
        new.staff.uuid(),
        new.tone,
        new.collects,
        now,
        new.send_at.to_sqlx(),
        new.channel
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.id.into(), row.new))
}

/// Puts something into a message; false when the attempt stands in one already.
pub(super) async fn add(
    cx: &mut Cx,
    message: MessageId,
    attempt: Option<AttemptId>,
    news: Option<&News>,
) -> Result<bool> {
    let (tenant, id) = (cx.tenant().uuid(), cx.id::<Uuid>());
    let news = news.map(serde_json::to_value).transpose().map_err(Error::internal)?;
    let added = sqlx::query!(
        "insert into message_items (tenant_id, id, message_id, attempt_id, news) values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, attempt_id) do nothing",
        tenant,
        id,
        message.uuid(),
        attempt.map(Uuid::from),
        news
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn is_told(cx: &mut Cx, attempt: AttemptId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from message_items where tenant_id = $1 and attempt_id = $2) as "told!""#,
        tenant,
        attempt.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Closes messages to further items; those that were still open.
pub(super) async fn close(cx: &mut Cx, ids: &[Uuid]) -> Result<Vec<MessageId>> {
    let tenant = cx.tenant().uuid();
    let closed = sqlx::query_scalar!(
        "update messages set collects = false where tenant_id = $1 and id = any($2) and collects returning id",
        tenant,
        ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(closed.into_iter().map(MessageId).collect())
}

/// A message as the courier takes it.
pub(super) struct Known {
    pub staff: StaffId,
    pub ring: bool,
    pub state: State,
    pub tries: i32,
}

pub(super) async fn find(cx: &mut Cx, id: MessageId) -> Result<Known> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select staff_id, tone, state, tries from messages where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Known {
        staff: row.staff_id.into(),
        ring: row.tone == "ring",
        state: row.state.parse()?,
        tries: row.tries,
    })
}

/// One thing in a message.
pub(super) enum Item {
    Attempt(AttemptId),
    News(News),
}

pub(super) async fn items(cx: &mut Cx, id: MessageId) -> Result<Vec<Item>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select attempt_id, news from message_items where tenant_id = $1 and message_id = $2 order by id",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| match (row.attempt_id, row.news) {
            (Some(attempt), _) => Ok(Item::Attempt(attempt.into())),
            (None, news) => {
                Ok(Item::News(serde_json::from_value(news.unwrap_or_default()).map_err(Error::internal)?))
            }
        })
        .collect()
}

/// Writes what became of a try, or of the message as a whole.
pub(super) async fn save(
    cx: &mut Cx,
    id: MessageId,
    state: State,
    tries: i32,
    error: Option<&str>,
) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update messages
         set state = $3, tries = $4, last_error = coalesce($5, last_error), collects = false,
             tried_at = case when $3 in ('handed_over', 'failed') then $6 else tried_at end,
             handed_over_at = case when $3 = 'handed_over' then $6 else handed_over_at end,
             ended_at = case when $3 in ('given_up', 'withdrawn') then $6 else ended_at end
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

/// What became of the mails and pushes for the given attempts.
pub(super) async fn deliveries(cx: &mut Cx, attempts: &[AttemptId]) -> Result<BTreeMap<AttemptId, Delivery>> {
    let (tenant, ids) = (cx.tenant().uuid(), attempts.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        r#"select i.attempt_id as "attempt_id!", m.id, m.channel, m.state, m.tries, m.send_at,
                  m.tried_at, m.handed_over_at, m.last_error
           from message_items i join messages m on m.tenant_id = i.tenant_id and m.id = i.message_id
           where i.tenant_id = $1 and i.attempt_id = any($2)"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let delivery = Delivery {
                message: row.id.into(),
                channel: row.channel,
                state: row.state.parse()?,
                tries: row.tries,
                send_at: row.send_at.to_jiff(),
                tried_at: row.tried_at.map(jiff_sqlx::Timestamp::to_jiff),
                handed_over_at: row.handed_over_at.map(jiff_sqlx::Timestamp::to_jiff),
                delivered_at: None,
                next_try_at: None,
                last_error: row.last_error,
            };
            Ok((AttemptId(row.attempt_id), delivery))
        })
        .collect()
}

/// Everybody who holds one of these roles today.
pub(super) async fn holders(cx: &mut Cx, roles: &[Role]) -> Result<Vec<StaffId>> {
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let roles: Vec<String> = roles.iter().map(|role| role.as_str().to_owned()).collect();
    let ids = sqlx::query_scalar!(
        "select distinct p.staff_id from posts p join staff f on f.tenant_id = p.tenant_id and f.id = p.staff_id
         where p.tenant_id = $1 and p.role = any($2) and p.valid_from <= $3
           and (p.valid_to is null or p.valid_to >= $3) and (f.left_on is null or f.left_on > $3)
         order by p.staff_id",
        tenant,
        &roles,
        today
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(ids.into_iter().map(StaffId).collect())
}

pub(super) async fn has_timer(cx: &mut Cx, kind: &str) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from timers where tenant_id = $1 and kind = $2) as "armed!""#,
        tenant,
        kind
    )
    .fetch_one(cx.conn())
    .await?)
}
