use super::{
    fold::{Book, Object},
    measure::Measure,
};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, UnitId};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// What is remembered of these objects, and of all that stand in these wards.
pub(super) async fn objects(cx: &mut Cx, ids: &[Uuid], wards: &[Uuid]) -> Result<BTreeMap<Uuid, Object>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select object_id, body from counted_objects where tenant_id = $1 and (object_id = any($2) or ward_id = any($3))",
        tenant,
        ids,
        wards
    )
    .fetch_all(cx.conn())
    .await?;
    let opened = |body| serde_json::from_value(body).map_err(Error::internal);
    rows.into_iter().map(|row| Ok((row.object_id, opened(row.body)?))).collect()
}

/// Adds what a run of events came to, and remembers its objects.
pub(super) async fn keep(cx: &mut Cx, book: &Book) -> Result<()> {
    let tenant = cx.tenant().uuid();
    let (mut measures, mut days, mut wards, mut ns) = (vec![], vec![], vec![], vec![]);
    for ((measure, day, ward), n) in book.counts.iter().filter(|(_, n)| **n != 0) {
        measures.push(measure.as_str().to_owned());
        days.push(day.to_sqlx());
        wards.push(*ward);
        ns.push(*n);
    }
    sqlx::query!(
        "insert into case_days (tenant_id, measure, day, ward_id, n)
         select $1, * from unnest($2::text[], $3::date[], $4::uuid[], $5::bigint[])
         on conflict (tenant_id, measure, day, ward_id) do update set n = case_days.n + excluded.n",
        tenant,
        &measures,
        &days as _,
        &wards,
        &ns
    )
    .execute(cx.conn())
    .await?;
    let (mut ids, mut places, mut bodies) = (vec![], vec![], vec![]);
    let mut gone = Vec::new();
    for id in &book.touched {
        match book.objects.get(id) {
            Some(object) => {
                ids.push(*id);
                places.push(object.ward());
                bodies.push(serde_json::to_value(object).map_err(Error::internal)?);
            }
            None => gone.push(*id),
        }
    }
    sqlx::query!(
        "insert into counted_objects (tenant_id, object_id, ward_id, body)
         select $1, * from unnest($2::uuid[], $3::uuid[], $4::jsonb[])
         on conflict (tenant_id, object_id) do update set ward_id = excluded.ward_id, body = excluded.body",
        tenant,
        &ids,
        &places,
        &bodies
    )
    .execute(cx.conn())
    .await?;
    sqlx::query!("delete from counted_objects where tenant_id = $1 and object_id = any($2)", tenant, &gone)
        .execute(cx.conn())
        .await?;
    Ok(())
}

pub(super) async fn clear(cx: &mut Cx) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!("delete from case_days where tenant_id = $1", tenant).execute(cx.conn()).await?;
    sqlx::query!("delete from counted_objects where tenant_id = $1", tenant).execute(cx.conn()).await?;
    Ok(())
}

/// One number as it is kept.
pub(super) struct Kept {
    pub measure: Measure,
    pub day: Date,
    pub ward: UnitId,
    pub n: i64,
}

/// The numbers of these days, both included; `None` means every ward.
pub(super) async fn between(cx: &mut Cx, wards: Option<&[Uuid]>, from: Date, to: Date) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select measure, day, ward_id, n from case_days
         where tenant_id = $1 and day between $2 and $3 and ($4::uuid[] is null or ward_id = any($4))",
        tenant,
        from.to_sqlx(),
        to.to_sqlx(),
        wards
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Kept {
                measure: row.measure.parse()?,
                day: row.day.to_jiff(),
                ward: row.ward_id.into(),
                n: row.n,
            })
        })
        .collect()
}

/// How it stood at the end of the day before.
pub(super) async fn stood(
    cx: &mut Cx,
    wards: Option<&[Uuid]>,
    before: Date,
) -> Result<Vec<(Measure, UnitId, i64)>> {
    let tenant = cx.tenant().uuid();
    let measures: Vec<String> = Measure::ALL
        .iter()
        .filter(|measure| measure.stands())
        .map(|measure| measure.as_str().to_owned())
        .collect();
    let rows = sqlx::query!(
        r#"select measure, ward_id, sum(n)::bigint as "n!" from case_days
           where tenant_id = $1 and measure = any($2) and day < $3 and ($4::uuid[] is null or ward_id = any($4))
           group by measure, ward_id"#,
        tenant,
        &measures,
        before.to_sqlx(),
        wards
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.measure.parse()?, row.ward_id.into(), row.n))).collect()
}
