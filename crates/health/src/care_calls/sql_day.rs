//! What the day's page and a household's page read.

use super::{
    day::{Line, Part, Try},
    model::{Came, State},
};
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, HouseholdId, Result, StaffId, TicketId, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// How many rows of a campaign stand in each state, and how many are on the care team's list, for households
/// of these units.
pub(super) async fn counts(
    cx: &mut Cx,
    campaign: CampaignId,
    units: Option<&[Uuid]>,
) -> Result<Vec<(State, i64, i64)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select c.state, count(*) as "count!", count(*) filter (where c.listed_at is not null) as "listed!"
           from care_calls c join households h on h.tenant_id = c.tenant_id and h.id = c.household_id
           where c.tenant_id = $1 and c.campaign_id = $2
             and ($3::uuid[] is null or h.ward_id = any($3) or h.station_id = any($3)
                  or h.mobile_station_id = any($3) or h.care_team_id = any($3))
           group by c.state"#,
        tenant,
        campaign.uuid(),
        units
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.state.parse()?, row.count, row.listed))).collect()
}

/// A part of a campaign, in the order in which it is called.
pub(super) async fn lines(
    cx: &mut Cx,
    campaign: CampaignId,
    units: Option<&[Uuid]>,
    part: Part,
    limit: i64,
    offset: i64,
) -> Result<Vec<Line>> {
    let tenant = cx.tenant().uuid();
    let states: Vec<String> = part.states().iter().map(|state| state.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        r#"select c.id, c.household_id, c.state, c.unanswered, c.next_at, c.listed_at, c.visit_ticket_id,
                  c.call_back_ticket_id, h.code, h.address, h.station_id, h.care_team_id,
                  case when o.contact_index = h.contact_index and x.state in ('handed_over', 'delivered')
                       then x.handed_over_at end as "announced_at?",
                  case when o.told_index = h.contact_index then o.told_at end as "told_at?",
                  case when o.told_index = h.contact_index then o.told_by end as "told_by?",
                  coalesce(o.contact_index = h.contact_index and x.state in ('given_up', 'undeliverable'), false)
                    as "text_failed!",
                  o.paused_at as "paused_at?", (o.paused_at is not null and o.paused_by is null) as "paused_by_text!"
           from care_calls c
           join households h on h.tenant_id = c.tenant_id and h.id = c.household_id
           left join care_call_homes o on o.tenant_id = c.tenant_id and o.household_id = c.household_id
           left join texts x on x.tenant_id = o.tenant_id and x.id = o.text_id
           where c.tenant_id = $1 and c.campaign_id = $2 and c.state = any($4) and (c.listed_at is not null or not $5)
             and (not $8 or o.paused_at is null and (o.told_index = h.contact_index) is not true
                            and (o.contact_index = h.contact_index and x.state in ('handed_over', 'delivered')) is not true)
             and ($3::uuid[] is null or h.ward_id = any($3) or h.station_id = any($3)
                  or h.mobile_station_id = any($3) or h.care_team_id = any($3))
           order by c.place, c.id limit $6 offset $7"#,
        tenant,
        campaign.uuid(),
        units,
        &states,
        part == Part::Listed,
        limit,
        offset,
        part == Part::Untold
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Line {
                row: row.id,
                household: row.household_id.into(),
                code: row.code,
                address: row.address,
                station: UnitId(row.station_id),
                care_team: row.care_team_id.map(UnitId),
                state: row.state.parse()?,
                unanswered: row.unanswered,
                next_at: row.next_at.to_jiff(),
                listed_at: row.listed_at.map(jiff_sqlx::Timestamp::to_jiff),
                announced_at: row.announced_at.map(jiff_sqlx::Timestamp::to_jiff),
                told: row.told_at.map(jiff_sqlx::Timestamp::to_jiff).zip(row.told_by.map(StaffId)),
                text_failed: row.text_failed,
                paused_at: row.paused_at.map(jiff_sqlx::Timestamp::to_jiff),
                paused_by_text: row.paused_by_text,
                visit: row.visit_ticket_id.map(TicketId),
                call_back: row.call_back_ticket_id.map(TicketId),
                tries: Vec::new(),
            })
        })
        .collect()
}

/// How many households of a campaign wait that nobody, and no text, has told who will call.
pub(super) async fn untold(cx: &mut Cx, campaign: CampaignId, units: Option<&[Uuid]>) -> Result<i64> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!"
           from care_calls c
           join households h on h.tenant_id = c.tenant_id and h.id = c.household_id
           left join care_call_homes o on o.tenant_id = c.tenant_id and o.household_id = c.household_id
           left join texts x on x.tenant_id = o.tenant_id and x.id = o.text_id
           where c.tenant_id = $1 and c.campaign_id = $2 and c.state = 'waiting' and o.paused_at is null
             and (o.told_index = h.contact_index) is not true
             and (o.contact_index = h.contact_index and x.state in ('handed_over', 'delivered')) is not true
             and ($3::uuid[] is null or h.ward_id = any($3) or h.station_id = any($3)
                  or h.mobile_station_id = any($3) or h.care_team_id = any($3))"#,
        tenant,
        campaign.uuid(),
        units
    )
    .fetch_one(cx.conn())
    .await?)
}

/// The tries of a day for each of these households, in order of time.
pub(super) async fn tries_of_day(
    cx: &mut Cx,
    homes: &[HouseholdId],
    day: jiff::civil::Date,
) -> Result<BTreeMap<HouseholdId, Vec<Try>>> {
    let (tenant, ids) = (cx.tenant().uuid(), homes.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select t.household_id, t.dialled_at, t.answered_at, t.ended_at, t.came
         from care_call_tries t
         join care_calls c on c.tenant_id = t.tenant_id and c.id = t.care_call_id
         join care_campaigns k on k.tenant_id = c.tenant_id and k.id = c.campaign_id
         where t.tenant_id = $1 and t.household_id = any($2) and k.on_day = $3 order by t.dialled_at, t.call_id",
        tenant,
        &ids,
        day.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    let mut of: BTreeMap<HouseholdId, Vec<Try>> = BTreeMap::new();
    for row in rows {
        of.entry(row.household_id.into()).or_default().push(Try {
            at: row.dialled_at.to_jiff(),
            answered_at: row.answered_at.map(jiff_sqlx::Timestamp::to_jiff),
            ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
            came: came(row.came.as_deref())?,
        });
    }
    Ok(of)
}

/// The newest tries of these households, the newest first.
pub(super) async fn tries(cx: &mut Cx, homes: &[HouseholdId], limit: i64) -> Result<Vec<Try>> {
    let (tenant, ids) = (cx.tenant().uuid(), homes.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select dialled_at, answered_at, ended_at, came from care_call_tries
         where tenant_id = $1 and household_id = any($2) order by dialled_at desc, call_id desc limit $3",
        tenant,
        &ids,
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Try {
                at: row.dialled_at.to_jiff(),
                answered_at: row.answered_at.map(jiff_sqlx::Timestamp::to_jiff),
                ended_at: row.ended_at.map(jiff_sqlx::Timestamp::to_jiff),
                came: came(row.came.as_deref())?,
            })
        })
        .collect()
}

/// Whether nobody shall call this household by robot.
pub(super) async fn is_held(cx: &mut Cx, household: HouseholdId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from care_call_homes
                          where tenant_id = $1 and household_id = $2 and paused_at is not null) as "held!""#,
        tenant,
        household.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

fn came(word: Option<&str>) -> Result<Option<Came>> {
    word.map(str::parse).transpose()
}
