use super::{
    model::{By, Colour, Direction},
    scan::hour,
    whose::Mark,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{GateId, PersonId, Result};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

pub(super) struct Row {
    pub key: Uuid,
    pub at: Timestamp,
    pub doubted: bool,
    pub gate: GateId,
    pub direction: Direction,
    pub by: By,
    pub colour: Colour,
    pub mark: Option<Mark>,
}

/// Scans of some gates from one instant up to and without another, in order of time.
pub(super) async fn at(
    cx: &mut Cx,
    gates: &[GateId],
    from: Timestamp,
    to: Timestamp,
    most: i64,
) -> Result<Vec<Row>> {
    let tenant = cx.tenant().uuid();
    let gates: Vec<Uuid> = gates.iter().map(|gate| gate.uuid()).collect();
    let rows = sqlx::query!(
        "select id, at, doubted, gate_id, direction, by, colour, number from checkins
         where tenant_id = $1 and gate_id = any ($2) and at >= $3 and at < $4 order by at, id limit $5",
        tenant,
        &gates,
        from.to_sqlx(),
        to.to_sqlx(),
        most
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let by: By = row.by.parse()?;
            Ok(Row {
                key: row.id,
                at: row.at.to_jiff(),
                doubted: row.doubted,
                gate: GateId(row.gate_id),
                direction: row.direction.parse()?,
                by,
                colour: row.colour.parse()?,
                mark: row.number.map(|number| Mark { by, number }),
            })
        })
        .collect()
}

/// When these marks were let in or out, and at which gate, hour by hour.
pub(super) async fn of_marks(
    cx: &mut Cx,
    marks: &[Mark],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<(GateId, Timestamp)>> {
    let tenant = cx.tenant().uuid();
    let numbers: Vec<&[u8]> = marks.iter().map(|mark| mark.number.as_slice()).collect();
    let kinds: Vec<&str> = marks.iter().map(|mark| mark.by.as_str()).collect();
    let rows = sqlx::query!(
        r#"select c.gate_id, c.at
           from unnest($2::bytea[], $3::text[]) as m (number, by)
           cross join generate_series($4::int, $5::int) as h (hour)
           cross join lateral (
               select c.gate_id, c.at from checkins c
               where c.tenant_id = $1 and c.hour = h.hour and c.number = m.number and c.by = m.by
                 and c.colour <> 'red' and c.at >= $6 and c.at < $7
               order by c.at limit 100) as c
           order by c.at"#,
        tenant,
        &numbers as _,
        &kinds as _,
        hour(from),
        hour(to),
        from.to_sqlx(),
        to.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (GateId(row.gate_id), row.at.to_jiff())).collect())
}

/// The people whose citizen's number hashes so.
pub(super) async fn citizens(cx: &mut Cx, hashes: &[Vec<u8>]) -> Result<BTreeMap<Vec<u8>, PersonId>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select citizen_id_index as "hash!", id from people
           where tenant_id = $1 and citizen_id_index = any ($2) order by id desc"#,
        tenant,
        hashes
    )
    .fetch_all(cx.conn())
    .await?;
    // Of several records of one number the oldest stands.
    Ok(rows.into_iter().map(|row| (row.hash, PersonId(row.id))).collect())
}

/// The hash of a person's citizen's number, if it is known.
pub(super) async fn citizen(cx: &mut Cx, person: PersonId) -> Result<Option<Vec<u8>>> {
    let tenant = cx.tenant().uuid();
    let hash = sqlx::query_scalar!(
        "select citizen_id_index from people where tenant_id = $1 and id = $2",
        tenant,
        person.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(hash.flatten())
}
