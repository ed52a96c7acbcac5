//! Campaigns, and how their rows are made.

use super::model::{Campaign, Law, Open, State};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, Error, HouseholdId, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

struct CampaignRow {
    id: Uuid,
    on_day: jiff_sqlx::Date,
    window_no: i16,
    opens_at: jiff_sqlx::Timestamp,
    closes_at: jiff_sqlx::Timestamp,
    is_last: bool,
    made_at: jiff_sqlx::Timestamp,
    paused_at: Option<jiff_sqlx::Timestamp>,
    stopped_at: Option<jiff_sqlx::Timestamp>,
}

impl From<CampaignRow> for Campaign {
    fn from(row: CampaignRow) -> Self {
        Self {
            id: CampaignId(row.id),
            day: row.on_day.to_jiff(),
            window: row.window_no,
            opens_at: row.opens_at.to_jiff(),
            closes_at: row.closes_at.to_jiff(),
            is_last: row.is_last,
            made_at: row.made_at.to_jiff(),
            paused_at: row.paused_at.map(jiff_sqlx::Timestamp::to_jiff),
            stopped_at: row.stopped_at.map(jiff_sqlx::Timestamp::to_jiff),
        }
    }
}

/// Writes a campaign; false when the window of this day has one.
pub(super) async fn insert_campaign(cx: &mut Cx, id: CampaignId, open: &Open, law: &Law) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let done = sqlx::query!(
        "insert into care_campaigns (tenant_id, id, on_day, window_no, opens_at, closes_at, is_last, rule_version, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (tenant_id, on_day, window_no) do nothing",
        tenant,
        id.uuid(),
        open.day.to_sqlx(),
        open.place,
        open.opens_at.to_sqlx(),
        open.closes_at.to_sqlx(),
        open.is_last,
        law.version(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The campaigns of a day, in the order of their windows.
pub(super) async fn campaigns(cx: &mut Cx, day: Date) -> Result<Vec<Campaign>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        CampaignRow,
        "select id, on_day, window_no, opens_at, closes_at, is_last, made_at, paused_at, stopped_at
         from care_campaigns where tenant_id = $1 and on_day = $2 order by window_no",
        tenant,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Campaign::from).collect())
}

/// The newest day before `day` that has a campaign.
pub(super) async fn day_before(cx: &mut Cx, day: Date) -> Result<Option<Date>> {
    let tenant = cx.tenant().uuid();
    let found = sqlx::query_scalar!(
        r#"select max(on_day) as "day?" from care_campaigns where tenant_id = $1 and on_day < $2"#,
        tenant,
        day.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(found.map(jiff_sqlx::Date::to_jiff))
}

/// A campaign, locked.
pub(super) async fn lock_campaign(cx: &mut Cx, id: CampaignId) -> Result<Campaign> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        CampaignRow,
        "select id, on_day, window_no, opens_at, closes_at, is_last, made_at, paused_at, stopped_at
         from care_campaigns where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(row.into())
}

pub(super) async fn set_paused(cx: &mut Cx, id: CampaignId, paused: bool) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update care_campaigns
         set paused_at = case when $3 then $4::timestamptz end, paused_by = case when $3 then $5::uuid end
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        paused,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn set_stopped(cx: &mut Cx, id: CampaignId) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update care_campaigns set stopped_at = $3, stopped_by = $4 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A household that is followed, in the order of the morning list.
pub(super) struct Home {
    pub id: HouseholdId,
    pub has_number: bool,
}

/// The households in which somebody is followed, all as they stand at one moment: read in pieces, one that
/// rises meanwhile would be passed over.
pub(super) async fn homes(cx: &mut Cx) -> Result<Vec<Home>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select id, contact is not null as "has_number!" from households
           where tenant_id = $1 and followed > 0 and joined_into is null
           order by rank desc, due_at, id"#,
        tenant
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| Home { id: row.id.into(), has_number: row.has_number }).collect())
}

/// How a household stood in the day's campaigns before.
pub(super) struct Before {
    pub id: Uuid,
    pub household: HouseholdId,
    pub state: State,
    pub unanswered: i16,
    pub next_at: Timestamp,
    /// Something has been answered that waits for the rest.
    pub answered: bool,
    /// Its campaign was stopped for good.
    pub stopped: bool,
}

pub(super) async fn before(cx: &mut Cx, day: Date) -> Result<Vec<Before>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select c.id, c.household_id, c.state, c.unanswered, c.next_at, c.answers is not null as "answered!",
                  k.stopped_at is not null as "stopped!"
           from care_campaigns k join care_calls c on c.tenant_id = k.tenant_id and c.campaign_id = k.id
           where k.tenant_id = $1 and k.on_day = $2 and c.state <> 'moved' order by c.id"#,
        tenant,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Before {
                id: row.id,
                household: row.household_id.into(),
                state: row.state.parse()?,
                unanswered: row.unanswered,
                next_at: row.next_at.to_jiff(),
                answered: row.answered,
                stopped: row.stopped,
            })
        })
        .collect()
}

/// These wait on in the next window; those that are on the telephone meanwhile stay.
pub(super) async fn move_on(cx: &mut Cx, rows: &[Uuid]) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update care_calls set state = 'moved', over_at = $3 where tenant_id = $1 and id = any($2) and state = 'waiting'",
        tenant,
        rows,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The newest campaign of the same day after this one, unless this one was stopped for good: then what waits in it
/// is people's.
pub(super) async fn later(cx: &mut Cx, campaign: CampaignId) -> Result<Option<CampaignId>> {
    let tenant = cx.tenant().uuid();
    let found = sqlx::query_scalar!(
        "select n.id from care_campaigns k
         join care_campaigns n on n.tenant_id = k.tenant_id and n.on_day = k.on_day and n.window_no > k.window_no
         where k.tenant_id = $1 and k.id = $2 and k.stopped_at is null order by n.window_no desc limit 1",
        tenant,
        campaign.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(found.map(CampaignId))
}

/// Puts the household of a row that waits into another campaign, at the same place; false where it stands there.
pub(super) async fn follow(cx: &mut Cx, from: Uuid, id: Uuid, campaign: CampaignId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let done = sqlx::query!(
        "insert into care_calls (tenant_id, id, campaign_id, household_id, place, state, unanswered, next_at, listed_at)
         select tenant_id, $3, $4, household_id, place, state, unanswered, next_at, listed_at
         from care_calls where tenant_id = $1 and id = $2 and state = 'waiting'
         on conflict (tenant_id, campaign_id, household_id) do nothing",
        tenant,
        from,
        id,
        campaign.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A household about to be put into a campaign.
pub(super) struct NewRow {
    pub id: Uuid,
    pub household: HouseholdId,
    pub place: i32,
    pub state: State,
    pub unanswered: i16,
    pub next_at: Timestamp,
}

pub(super) async fn insert_rows(cx: &mut Cx, campaign: CampaignId, rows: &[NewRow]) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let homes: Vec<Uuid> = rows.iter().map(|row| row.household.uuid()).collect();
    let places: Vec<i32> = rows.iter().map(|row| row.place).collect();
    let states: Vec<String> = rows.iter().map(|row| row.state.as_str().to_owned()).collect();
    let unanswered: Vec<i16> = rows.iter().map(|row| row.unanswered).collect();
    let times: Vec<i64> = rows.iter().map(|row| row.next_at.as_microsecond()).collect();
    sqlx::query!(
        "insert into care_calls (tenant_id, id, campaign_id, household_id, place, state, unanswered, next_at)
         select $1, id, $2, household_id, place, state, unanswered, timestamptz 'epoch' + micros * interval '1 microsecond'
         from unnest($3::uuid[], $4::uuid[], $5::integer[], $6::text[], $7::smallint[], $8::bigint[])
              as n (id, household_id, place, state, unanswered, micros)
         on conflict (tenant_id, campaign_id, household_id) do nothing",
        tenant,
        campaign.uuid(),
        &ids,
        &homes,
        &places,
        &states,
        &unanswered,
        &times
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
