use super::history::Published;
use jiff::civil::{Date, date};
use jiff_sqlx::ToSqlx;
use kernel::{ImportId, Result};
use sqlx::types::Uuid;
use store::Cx;

/// Days before and after which nothing is published.
pub(super) const FIRST: Date = date(2000, 1, 1);
pub(super) const LAST: Date = date(2100, 1, 1);

/// What is on record of these days, by day and ward; `None` means every ward.
pub(super) async fn between(
    cx: &mut Cx,
    wards: Option<&[Uuid]>,
    from: Date,
    to: Date,
) -> Result<Vec<Published>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select day, ward_id, new_cases, source from published_days
         where tenant_id = $1 and day between $2 and $3 and ($4::uuid[] is null or ward_id = any($4))
         order by day, ward_id",
        tenant,
        from.to_sqlx(),
        to.to_sqlx(),
        wards
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Published {
            day: row.day.to_jiff(),
            ward: row.ward_id.into(),
            new_cases: row.new_cases,
            source: row.source,
        })
        .collect())
}

/// Puts numbers on record, in the place of those before.
pub(super) async fn put(cx: &mut Cx, import: ImportId, news: &[Published]) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let days: Vec<jiff_sqlx::Date> = news.iter().map(|new| new.day.to_sqlx()).collect();
    let wards: Vec<Uuid> = news.iter().map(|new| new.ward.uuid()).collect();
    let counts: Vec<i32> = news.iter().map(|new| new.new_cases).collect();
    let sources: Vec<String> = news.iter().map(|new| new.source.clone()).collect();
    sqlx::query!(
        "insert into published_days (tenant_id, day, ward_id, new_cases, source, import_id, at)
         select $1, day, ward_id, new_cases, source, $2, $3
         from unnest($4::date[], $5::uuid[], $6::int[], $7::text[]) as p (day, ward_id, new_cases, source)
         on conflict (tenant_id, day, ward_id) do update
         set new_cases = excluded.new_cases, source = excluded.source, import_id = excluded.import_id, at = excluded.at",
        tenant,
        import.uuid(),
        now,
        &days as _,
        &wards,
        &counts,
        &sources
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
