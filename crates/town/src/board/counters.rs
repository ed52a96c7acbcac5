//! The counters' tables.

use super::{
    fold::Counts,
    model::{Metric, Times},
    view::View,
};
use duty::tickets::Severity;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// Days as arrays bind them: counted from 1 January 1970.
fn number(day: Date) -> i32 {
    day.since(jiff::civil::date(1970, 1, 1)).map_or(0, |span| span.get_days())
}

pub(super) async fn add(cx: &mut Cx, counts: &Counts) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let (mut metrics, mut days, mut units, mut ns) = (vec![], vec![], vec![], vec![]);
    for ((metric, day, unit), n) in &counts.days {
        metrics.push(metric.as_str().to_owned());
        days.push(number(*day));
        units.push(*unit);
        ns.push(*n);
    }
    sqlx::query!(
        "insert into board_days (tenant_id, metric, day, unit_id, n)
         select $1, metric, date '1970-01-01' + day, unit_id, n
         from unnest($2::text[], $3::integer[], $4::uuid[], $5::bigint[]) as c (metric, day, unit_id, n)
         on conflict (tenant_id, metric, day, unit_id) do update set n = board_days.n + excluded.n",
        tenant,
        &metrics,
        &days,
        &units,
        &ns
    )
    .execute(cx.conn())
    .await?;
    let (mut days, mut units, mut severities, mut buckets, mut ns) = (vec![], vec![], vec![], vec![], vec![]);
    for ((day, unit, severity, bucket), n) in &counts.accepts {
        days.push(number(*day));
        units.push(*unit);
        severities.push(severity.as_str().to_owned());
        buckets.push(*bucket);
        ns.push(*n);
    }
    sqlx::query!(
        "insert into board_accepts (tenant_id, day, unit_id, severity, bucket, n)
         select $1, date '1970-01-01' + day, unit_id, severity, bucket, n
         from unnest($2::integer[], $3::uuid[], $4::text[], $5::smallint[], $6::bigint[])
              as c (day, unit_id, severity, bucket, n)
         on conflict (tenant_id, day, unit_id, severity, bucket) do update set n = board_accepts.n + excluded.n",
        tenant,
        &days,
        &units,
        &severities,
        &buckets,
        &ns
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn clear(cx: &mut Cx) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("delete from board_days where tenant_id = $1", tenant).execute(cx.conn()).await?;
    sqlx::query!("delete from board_accepts where tenant_id = $1", tenant).execute(cx.conn()).await?;
    Ok(())
}

/// One counter.
pub(super) struct Counter {
    pub metric: Metric,
    pub day: Date,
    pub unit: UnitId,
    pub n: i64,
}

/// The counters of some metrics from one day to another, both included.
pub(super) async fn of(
    cx: &mut Cx,
    view: &View,
    metrics: &[Metric],
    from: Date,
    to: Date,
) -> Result<Vec<Counter>> {
    let tenant = cx.tenant().uuid();
    let names: Vec<String> = metrics.iter().map(|metric| metric.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        "select metric, day, unit_id, n from board_days
         where tenant_id = $1 and metric = any($2) and day between $3 and $4
           and ($5::uuid[] is null or unit_id = any($5))
         order by metric, day, unit_id",
        tenant,
        &names,
        from.to_sqlx(),
        to.to_sqlx(),
        view.ids() as Option<Vec<Uuid>>
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Counter {
                metric: Metric::named(&row.metric)
                    .ok_or_else(|| Error::internal(format!("not a metric: {}", row.metric)))?,
                day: row.day.to_jiff(),
                unit: row.unit_id.into(),
                n: row.n,
            })
        })
        .collect()
}

/// Times to accept by unit and severity, from one day to another.
pub(super) async fn accepts(
    cx: &mut Cx,
    view: &View,
    from: Date,
    to: Date,
) -> Result<BTreeMap<(UnitId, Severity), Times>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select unit_id, severity, bucket, sum(n)::bigint as "n!" from board_accepts
           where tenant_id = $1 and day between $2 and $3 and ($4::uuid[] is null or unit_id = any($4))
           group by unit_id, severity, bucket"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx(),
        view.ids() as Option<Vec<Uuid>>
    )
    .fetch_all(cx.conn())
    .await?;
    let mut times: BTreeMap<(UnitId, Severity), Times> = BTreeMap::new();
    for row in rows {
        times.entry((row.unit_id.into(), row.severity.parse()?)).or_default().add(row.bucket, row.n);
    }
    Ok(times)
}
