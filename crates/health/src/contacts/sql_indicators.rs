//! The questions behind the five indicators, each asked once for all days.

use super::indicators::Share;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::Result;
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// Which days, of which wards, by which clock.
pub(super) struct Asked {
    pub from: Date,
    pub to: Date,
    pub wards: Option<Vec<Uuid>>,
    pub zone: String,
}

type ByDay<T> = BTreeMap<Date, T>;

/// Contacts under follow-up on each day, and those who were reached on it. A day on which nobody was
/// followed has its line too.
pub(super) async fn seen(cx: &mut Cx, asked: &Asked) -> Result<ByDay<Share>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"with days as (select generate_series($2::date, $3::date, interval '1 day')::date as day),
           plans as (
               select id, start_on, ends_on, (opened_at at time zone $5::text)::date as opened_on,
                      (closed_at at time zone $5::text)::date as closed_on
               from follow_plans
               where tenant_id = $1 and subject = 'f1' and ends_on >= $2 and start_on < $3
                 and ($4::uuid[] is null or ward_id = any($4))),
           reached as (
               select distinct f.plan_id, (f.at at time zone $5::text)::date as day from follow_contacts f
               join plans p on p.id = f.plan_id
               where f.tenant_id = $1 and f.outcome = 'reached' and f.withdrawn_at is null)
           select d.day as "day!", count(p.id) as "of!", count(r.plan_id) as "n!"
           from days d
           left join plans p on p.start_on < d.day and p.ends_on >= d.day and p.opened_on <= d.day
                            and (p.closed_on is null or p.closed_on >= d.day)
           left join reached r on r.plan_id = p.id and r.day = d.day
           group by d.day"#,
        tenant,
        asked.from.to_sqlx(),
        asked.to.to_sqlx(),
        asked.wards.as_deref(),
        asked.zone
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.day.to_jiff(), Share { n: row.n, of: row.of })).collect())
}

/// Contacts whose last day it was, and those who were followed to it.
pub(super) async fn completed(cx: &mut Cx, asked: &Asked) -> Result<ByDay<Share>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select p.ends_on as day, count(*) as "of!",
                  count(*) filter (where (p.closed_as = 'released' and (p.closed_at at time zone $5::text)::date >= p.ends_on)
                                      or exists (select from follow_contacts f
                                                 where f.tenant_id = $1 and f.plan_id = p.id and f.outcome = 'reached'
                                                   and f.withdrawn_at is null
                                                   and (f.at at time zone $5::text)::date = p.ends_on)) as "n!"
           from follow_plans p
           where p.tenant_id = $1 and p.subject = 'f1' and p.ends_on between $2 and $3
             and (p.closed_as is null or p.closed_as not in ('became_f0', 'joined')) and ($4::uuid[] is null or p.ward_id = any($4))
           group by p.ends_on"#,
        tenant,
        asked.from.to_sqlx(),
        asked.to.to_sqlx(),
        asked.wards.as_deref(),
        asked.zone
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.day.to_jiff(), Share { n: row.n, of: row.of })).collect())
}

/// New cases of each day: those who were listed contacts before, and those whose tracing began in time.
pub(super) async fn cases(cx: &mut Cx, asked: &Asked) -> Result<ByDay<(Share, Share)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select c.confirmed_on as "day!", count(*) as "of!",
                  count(*) filter (where exists (select from contacts k
                                                 where k.tenant_id = $1 and k.became_case_id = c.id
                                                   and k.listed_at < c.classified_at)) as "known!",
                  count(*) filter (where c.trace_begun_at < c.reported_at + interval '24 hours') as "begun!"
           from cases c
           where c.tenant_id = $1 and c.confirmed_on between $2 and $3 and c.withdrawn_at is null
             and c.same_as is null
             and ($4::uuid[] is null or c.ward_id = any($4))
           group by c.confirmed_on"#,
        tenant,
        asked.from.to_sqlx(),
        asked.to.to_sqlx(),
        asked.wards.as_deref()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let of = |n| Share { n, of: row.of };
            (row.day.to_jiff(), (of(row.known), of(row.begun)))
        })
        .collect())
}

/// Contacts on a list each day that were not done with before it, and those who were lost on it.
pub(super) async fn lost(cx: &mut Cx, asked: &Asked) -> Result<ByDay<Share>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"with days as (select generate_series($2::date, $3::date, interval '1 day')::date as day),
           listed as (
               select k.id, k.state, (k.listed_at at time zone $5::text)::date as listed_on,
                      (coalesce(k.ended_at, c.recorded_at) at time zone $5::text)::date as over_on
               from contacts k
               left join cases c on c.tenant_id = $1 and c.id = k.became_case_id
               where k.tenant_id = $1 and k.listed_at is not null
                 and (k.listed_at at time zone $5::text)::date <= $3
                 and ($4::uuid[] is null or k.ward_id = any($4)))
           select d.day as "day!", count(l.id) as "of!",
                  count(l.id) filter (where l.state = 'lost' and l.over_on = d.day) as "n!"
           from days d
           left join listed l on l.listed_on <= d.day and (l.over_on is null or l.over_on >= d.day)
           group by d.day"#,
        tenant,
        asked.from.to_sqlx(),
        asked.to.to_sqlx(),
        asked.wards.as_deref(),
        asked.zone
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.day.to_jiff(), Share { n: row.n, of: row.of })).collect())
}
