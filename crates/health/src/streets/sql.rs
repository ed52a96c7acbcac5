use super::{
    act::{Putting, beginning},
    model::{Street, Stretch},
};
use jiff_sqlx::ToSqlx;
use kernel::{ImportId, Result, UnitId};
use sqlx::types::Uuid;
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;

pub(super) async fn find(cx: &mut Cx, ward: UnitId, key: &str, limit: i64) -> Result<Vec<Street>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select s.kind, s.name, p.name as "parent?", s.from_number, s.to_number, s.quarter_id
           from streets s
           left join streets p on p.tenant_id = s.tenant_id and p.id = s.parent_id
           where s.tenant_id = $1 and s.ward_id = $2 and s.search like $3 and s.ended_at is null
           order by s.search, s.from_number nulls first, s.id limit $4"#,
        tenant,
        ward.uuid(),
        beginning(key),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Street {
                kind: row.kind.parse()?,
                name: row.name,
                parent: row.parent,
                from_number: row.from_number,
                to_number: row.to_number,
                quarter: row.quarter_id.map(UnitId),
            })
        })
        .collect()
}

/// Every stretch of these names, by ward, that lies in a known quarter.
pub(super) async fn stretches(cx: &mut Cx, names: &BTreeSet<(UnitId, String)>) -> Result<Vec<Stretch>> {
    let tenant = cx.tenant().uuid();
    let (wards, names): (Vec<Uuid>, Vec<String>) =
        names.iter().map(|(ward, name)| (ward.uuid(), name.clone())).unzip();
    let rows = sqlx::query!(
        r#"select s.ward_id as "ward_id!", s.kind as "kind!", s.search as "search!", p.search as "parent?",
                  s.from_number as "from_number?", s.to_number as "to_number?", s.quarter_id as "quarter_id!",
                  s.import_id as "import_id?"
           from unnest($2::uuid[], $3::text[]) as a (ward, name)
           cross join lateral (select ward_id, kind, search, parent_id, from_number, to_number, quarter_id, import_id
                               from streets
                               where tenant_id = $1 and ward_id = a.ward and search = a.name and ended_at is null
                                 and quarter_id is not null limit 200) s
           left join streets p on p.tenant_id = $1 and p.id = s.parent_id"#,
        tenant,
        &wards,
        &names
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Stretch {
                ward: row.ward_id.into(),
                kind: row.kind.parse()?,
                search: row.search,
                parent: row.parent,
                from_number: row.from_number,
                to_number: row.to_number,
                quarter: row.quarter_id.into(),
                import: row.import_id.map(ImportId),
            })
        })
        .collect()
}

/// Writes stretches, each of which comes once; of each whether it is new.
pub(super) async fn put(cx: &mut Cx, rows: &[Putting<'_>]) -> Result<Vec<bool>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let ids: Vec<Uuid> = rows.iter().map(|_| cx.id::<Uuid>()).collect();
    let wards: Vec<Uuid> = rows.iter().map(|(one, ..)| one.ward.uuid()).collect();
    let kinds: Vec<String> = rows.iter().map(|(one, ..)| one.kind.as_str().to_owned()).collect();
    let names: Vec<String> = rows.iter().map(|(_, checked, _)| checked.name.clone()).collect();
    let searches: Vec<String> = rows.iter().map(|(_, checked, _)| checked.search.clone()).collect();
    let parents: Vec<Option<Uuid>> = rows.iter().map(|(.., parent)| *parent).collect();
    let froms: Vec<Option<i32>> = rows.iter().map(|(one, ..)| one.from_number).collect();
    let tos: Vec<Option<i32>> = rows.iter().map(|(one, ..)| one.to_number).collect();
    let quarters: Vec<Option<Uuid>> = rows.iter().map(|(one, ..)| one.quarter.map(UnitId::uuid)).collect();
    let imports: Vec<Option<Uuid>> = rows.iter().map(|(one, ..)| one.import.map(ImportId::uuid)).collect();
    Ok(sqlx::query_scalar!(
        r#"insert into streets as s (tenant_id, id, ward_id, kind, name, search, parent_id, from_number, to_number,
                                     quarter_id, import_id, added_at)
           select $1, n.id, n.ward_id, n.kind, n.name, n.search, n.parent_id, n.from_number, n.to_number, n.quarter_id,
                  n.import_id, $2
           from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::int[], $10::int[],
                       $11::uuid[], $12::uuid[])
                as n (id, ward_id, kind, name, search, parent_id, from_number, to_number, quarter_id, import_id)
           on conflict (tenant_id, ward_id, kind, search, coalesce(parent_id, '00000000-0000-0000-0000-000000000000'),
                        coalesce(from_number, 0))
           do update set name = excluded.name, from_number = excluded.from_number, to_number = excluded.to_number,
                         quarter_id = coalesce(excluded.quarter_id, s.quarter_id), ended_at = null
           returning (s.xmax::text = '0') as "fresh!""#,
        tenant,
        now,
        &ids,
        &wards,
        &kinds,
        &names,
        &searches,
        &parents as _,
        &froms as _,
        &tos as _,
        &quarters as _,
        &imports as _
    )
    .fetch_all(cx.conn())
    .await?)
}

/// The streets that alleys leave, by ward and name.
pub(super) async fn parents(
    cx: &mut Cx,
    names: &BTreeSet<(UnitId, String)>,
) -> Result<BTreeMap<(UnitId, String), Uuid>> {
    let tenant = cx.tenant().uuid();
    let (wards, names): (Vec<Uuid>, Vec<String>) =
        names.iter().map(|(ward, name)| (ward.uuid(), name.clone())).unzip();
    let rows = sqlx::query!(
        r#"select a.ward as "ward!", a.name as "name!", s.id as "id!"
           from unnest($2::uuid[], $3::text[]) as a (ward, name)
           cross join lateral (select id from streets
                               where tenant_id = $1 and ward_id = a.ward and search = a.name and kind = 'street'
                                 and ended_at is null order by from_number nulls first, id limit 1) s"#,
        tenant,
        &wards,
        &names
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| ((row.ward.into(), row.name), row.id)).collect())
}

pub(super) async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update streets s set ward_id = $3
         where s.tenant_id = $1 and s.ward_id = $2
           and not exists (select from streets t
                           where t.tenant_id = $1 and t.ward_id = $3 and t.kind = s.kind and t.search = s.search
                             and t.parent_id is not distinct from s.parent_id
                             and coalesce(t.from_number, 0) = coalesce(s.from_number, 0))",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
