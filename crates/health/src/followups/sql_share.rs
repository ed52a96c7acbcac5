use crate::alerts::{Ended, Grade};
use duty::units;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// How many entries of a day came to a grade by a version.
pub(super) struct Line {
    pub day: Date,
    pub grade: Grade,
    pub version: Option<i32>,
    pub n: i64,
}

/// The entries of these days, both included. What was a slip of the pen counts: it was flagged all
/// the same.
pub(super) async fn entries(
    cx: &mut Cx,
    from: Date,
    to: Date,
    answering: Option<&[Uuid]>,
    ward: Option<UnitId>,
) -> Result<Vec<Line>> {
    let (tenant, zone) = (cx.tenant().uuid(), units::zone_name(cx).await?);
    let rows = sqlx::query!(
        r#"select (f.at at time zone $4::text)::date as "day!", f.grade as "grade!", f.rule_version, count(*) as "n!"
           from follow_contacts f join households h on h.tenant_id = f.tenant_id and h.id = f.household_id
           where f.tenant_id = $1 and f.outcome = 'reached' and f.grade is not null
             and f.at >= ($2::date)::timestamp at time zone $4 and f.at < ($3::date + 1)::timestamp at time zone $4
             and ($5::uuid[] is null or h.ward_id = any($5) or h.station_id = any($5) or h.mobile_station_id = any($5)
                  or h.care_team_id = any($5))
             and ($6::uuid is null or h.ward_id = $6)
           group by 1, 2, 3"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx(),
        zone,
        answering,
        ward.map(UnitId::uuid)
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Line {
                day: row.day.to_jiff(),
                grade: row.grade.parse()?,
                version: row.rule_version,
                n: row.n,
            })
        })
        .collect()
}

/// What the alerts raised on these days came to.
pub(super) async fn led_to(
    cx: &mut Cx,
    from: Date,
    to: Date,
    answering: Option<&[Uuid]>,
    ward: Option<UnitId>,
) -> Result<Vec<(Grade, Option<Ended>, i64)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select a.grade, a.ended_as, count(*) as "n!"
           from alerts a join households h on h.tenant_id = a.tenant_id and h.id = a.household_id
           where a.tenant_id = $1 and a.raised_on between $2 and $3
             and ($4::uuid[] is null or h.ward_id = any($4) or h.station_id = any($4) or h.mobile_station_id = any($4)
                  or h.care_team_id = any($4))
             and ($5::uuid is null or h.ward_id = $5)
           group by a.grade, a.ended_as"#,
        tenant,
        from.to_sqlx(),
        to.to_sqlx(),
        answering,
        ward.map(UnitId::uuid)
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| Ok((row.grade.parse()?, row.ended_as.as_deref().map(str::parse).transpose()?, row.n)))
        .collect()
}
