//! Likely duplicates: suggested when a report comes in, decided by a person.

use super::{draft::Draft, follow, place, sight::sighted, sql};
use duty::{
    permissions::{Action, Permit, Scope},
    tickets,
};
use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::{Error, ReportId, Result};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event, Topic};

/// Another report that may be about the same thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub report: ReportId,
    /// `None` where one of the two has no point: both were told at the same address.
    pub metres: Option<i32>,
    /// Between the two, in seconds; positive when the candidate came before.
    pub seconds: i64,
    /// `suggested`, `merged`, `refused`.
    pub state: String,
}

/// A report that may be the same: how far away, and how long before, in seconds.
struct Near {
    id: Uuid,
    metres: Option<i32>,
    seconds: i64,
}

/// Notes open reports of the same category near in place and time. Where one has no point, as most
/// that are told on the telephone, the same address in the same ward stands for the same place.
pub(super) async fn note(cx: &mut Cx, id: ReportId, draft: &Draft<'_>) -> Result<Vec<ReportId>> {
    let mut near = match draft.point {
        Some(point) => near_point(cx, id, draft, point).await?,
        None => Vec::new(),
    };
    for same in same_address(cx, id, draft).await? {
        if near.iter().all(|known| known.id != same.id) {
            near.push(same);
        }
    }
    let tenant = cx.tenant().uuid();
    let ids: Vec<Uuid> = near.iter().map(|one| one.id).collect();
    let metres: Vec<Option<i32>> = near.iter().map(|one| one.metres).collect();
    let seconds: Vec<i64> = near.iter().map(|one| one.seconds).collect();
    sqlx::query!(
        "insert into report_duplicates (tenant_id, report_id, candidate_id, metres, seconds, state)
         select $1, $2, id, metres, seconds, 'suggested'
         from unnest($3::uuid[], $4::integer[], $5::bigint[]) as n (id, metres, seconds)",
        tenant,
        id.uuid(),
        &ids,
        &metres as _,
        &seconds
    )
    .execute(cx.conn())
    .await?;
    Ok(ids.into_iter().map(ReportId).collect())
}

async fn near_point(cx: &mut Cx, id: ReportId, draft: &Draft<'_>, point: (f64, f64)) -> Result<Vec<Near>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let since = now - SignedDuration::from_hours(place::NEAR_HOURS);
    // A box somewhat larger than the circle lets the database leave out most.
    let (lat, lon) = point;
    let high = place::NEAR_METRES / 110_000.0;
    let wide = high / lat.to_radians().cos().max(0.1);
    let rows = sqlx::query!(
        r#"select id, lat as "lat!", lon as "lon!", received_at from reports
           where tenant_id = $1 and category = $2 and received_at >= $3 and id <> $4 and merged_into is null
             and state not in ('answered', 'closed') and lat between $5 and $6 and lon between $7 and $8
           order by received_at limit 50"#,
        tenant,
        draft.category.code,
        since.to_sqlx(),
        id.uuid(),
        lat - high,
        lat + high,
        lon - wide,
        lon + wide
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let metres = place::metres(point, (row.lat, row.lon));
            let seconds = now.duration_since(row.received_at.to_jiff()).as_secs();
            (metres <= place::NEAR_METRES).then_some(Near {
                id: row.id,
                metres: Some(metres.round() as i32),
                seconds,
            })
        })
        .collect())
}

async fn same_address(cx: &mut Cx, id: ReportId, draft: &Draft<'_>) -> Result<Vec<Near>> {
    let Some(address) = sql::address_index(cx, draft.address.as_deref())? else { return Ok(Vec::new()) };
    let (tenant, now) = (cx.tenant().uuid(), cx.now());
    let since = now - SignedDuration::from_hours(place::NEAR_HOURS);
    let rows = sqlx::query!(
        "select id, received_at from reports
         where tenant_id = $1 and ward_id = $2 and category = $3 and address_index = $4 and received_at >= $5
           and id <> $6 and merged_into is null and state not in ('answered', 'closed')
           and (lat is null or $7)
         order by received_at limit 50",
        tenant,
        draft.ward.uuid(),
        draft.category.code,
        address,
        since.to_sqlx(),
        id.uuid(),
        draft.point.is_none()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Near {
            id: row.id,
            metres: None,
            seconds: now.duration_since(row.received_at.to_jiff()).as_secs(),
        })
        .collect())
}

/// Reports that may be about the same thing as this one, nearest first, whichever came first.
pub async fn candidates(cx: &mut Cx, id: ReportId) -> Result<Vec<Candidate>> {
    sighted(cx, id).await?;
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select candidate_id as "report!", metres, seconds as "seconds!", state as "state!"
           from report_duplicates where tenant_id = $1 and report_id = $2
           union all
           select report_id, metres, -seconds, state from report_duplicates where tenant_id = $1 and candidate_id = $2
           order by 2 nulls first, 1"#,
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Candidate {
            report: row.report.into(),
            metres: row.metres,
            seconds: row.seconds,
            state: row.state,
        })
        .collect())
}

/// Merges a duplicate into the report that stays. One ticket remains, with the earliest of both
/// clocks; the duplicate's reporter follows the other's answer with his own code.
pub async fn merge(cx: &mut Cx, duplicate: ReportId, into: ReportId) -> Result<()> {
    let (gone, stays) = (sighted(cx, duplicate).await?, sighted(cx, into).await?);
    let (from, _) = follow::answering(cx, &gone).await?;
    let (to, _) = follow::answering(cx, &stays).await?;
    if from.id == to.id {
        return Err(Error::Conflict("error-report-merged"));
    }
    tickets::merge(cx, from.id, to.id).await?;
    decide(cx, duplicate, into, "merged").await?;
    cx.record(
        Event::new("report.merged", duplicate)
            .matter(gone.matter)
            .unit(gone.unit)
            .data(json!({ "into": into })),
    );
    follow::refresh(cx, &[from.id, to.id]).await
}

/// Says that two reports are about different things.
pub async fn refuse(cx: &mut Cx, id: ReportId, candidate: ReportId) -> Result<()> {
    let report = sighted(cx, id).await?;
    let units: Vec<_> = report.unit.into_iter().chain([report.ward]).collect();
    cx.permit(Action::TicketMerge, Scope::Units(&units))?;
    if decide(cx, id, candidate, "refused").await? == 0 {
        return Err(Error::NotFound);
    }
    cx.record(
        Event::new("report.kept_apart", id)
            .matter(report.matter)
            .unit(report.unit)
            .data(json!({ "from": candidate })),
    );
    cx.tell(Topic::screen("reports"));
    Ok(())
}

async fn decide(cx: &mut Cx, one: ReportId, other: ReportId, state: &str) -> Result<u64> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(Uuid::from));
    let decided = sqlx::query!(
        "update report_duplicates set state = $4, decided_at = $5, decided_by = $6
         where tenant_id = $1 and state = 'suggested'
           and ((report_id = $2 and candidate_id = $3) or (report_id = $3 and candidate_id = $2))",
        tenant,
        one.uuid(),
        other.uuid(),
        state,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(decided.rows_affected())
}
