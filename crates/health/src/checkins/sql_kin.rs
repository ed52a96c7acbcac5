use super::model::By;
use kernel::Result;
use store::Cx;

/// To each of these marks the other numbers under which its pass may be read, or its person by any of his records and
/// passes, taken back or not. A mark that is nobody's here has none.
pub(super) async fn kin(cx: &mut Cx, marks: &[(By, &[u8])]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let tenant = cx.tenant().uuid();
    let kinds: Vec<&str> = marks.iter().map(|(by, _)| by.as_str()).collect();
    let numbers: Vec<&[u8]> = marks.iter().map(|(_, number)| *number).collect();
    let rows = sqlx::query!(
        r#"with recursive marks as (select distinct m.number, m.by from unnest($2::bytea[], $3::text[]) as m (number, by)),
           asked as (
               select m.number, p.id as pass_id, p.person_id
               from marks m join passes p on p.tenant_id = $1 and p.number = m.number
               where m.by = 'pass'
               union all
               select m.number, p.id, p.person_id
               from marks m
               join pass_codes c on c.tenant_id = $1 and c.code_index = m.number
               join passes p on p.tenant_id = $1 and p.id = c.pass_id
               where m.by = 'code'
               union all
               select m.number, null::uuid, e.id
               from marks m join people e on e.tenant_id = $1 and e.citizen_id_index = m.number
               where m.by = 'identity'),
           up as (
               select a.person_id as asked, e.id, e.same_as
               from asked a join people e on e.tenant_id = $1 and e.id = a.person_id
               union
               select u.asked, e.id, e.same_as
               from up u join people e on e.tenant_id = $1 and e.id = u.same_as),
           records as (
               select u.asked, u.id from up u where u.same_as is null
               union
               select r.asked, e.id from records r join people e on e.tenant_id = $1 and e.same_as = r.id),
           held as (
               select a.number, p.id as pass_id, p.number as other
               from asked a
               join records r on r.asked = a.person_id
               join passes p on p.tenant_id = $1 and p.person_id = r.id
               union
               select a.number, p.id, p.number
               from asked a join passes p on p.tenant_id = $1 and p.id = a.pass_id
               where a.person_id is null)
           select h.number as "number!", h.other as "other!" from held h where h.other <> h.number
           union
           select h.number, c.code_index
           from held h join pass_codes c on c.tenant_id = $1 and c.pass_id = h.pass_id
           where c.code_index <> h.number
           union
           select a.number, e.citizen_id_index
           from asked a
           join records r on r.asked = a.person_id
           join people e on e.tenant_id = $1 and e.id = r.id
           where e.citizen_id_index <> a.number"#,
        tenant,
        &numbers as _,
        &kinds as _
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.number, row.other)).collect())
}
