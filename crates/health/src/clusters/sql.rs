use super::model::Infected;
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, ClusterId, Error, PersonId, PlaceId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// A cluster as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub id: ClusterId,
    /// Said on the telephone.
    pub code: String,
    /// `None`: its cases stand in several wards.
    pub ward: Option<UnitId>,
    pub first_on: Date,
    pub last_on: Date,
    pub cases: i32,
    /// The outbreak place at which most of them were.
    pub place: Option<PlaceId>,
}

struct Row {
    id: Uuid,
    code: String,
    ward_id: Option<Uuid>,
    first_on: jiff_sqlx::Date,
    last_on: jiff_sqlx::Date,
    cases: i32,
    place_id: Option<Uuid>,
}

impl From<Row> for Cluster {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            code: row.code,
            ward: row.ward_id.map(UnitId),
            first_on: row.first_on.to_jiff(),
            last_on: row.last_on.to_jiff(),
            cases: row.cases,
            place: row.place_id.map(PlaceId),
        }
    }
}

fn raw(cases: &[CaseId]) -> Vec<Uuid> {
    cases.iter().map(|case| case.uuid()).collect()
}

/// One transaction at a time sorts the cases of a district into clusters.
pub(super) async fn queue_up(cx: &mut Cx) -> Result<()> {
    let place = cx.tenant().to_string();
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 7703)) is null as "locked!""#, place)
        .fetch_one(cx.conn())
        .await?;
    Ok(())
}

/// These cases and those next to them: who infected whom, who was at the same outbreak place, who lives in
/// the same household.
pub(super) async fn near(cx: &mut Cx, cases: &[CaseId]) -> Result<Vec<CaseId>> {
    let (tenant, ids) = (cx.tenant().uuid(), raw(cases));
    let near = sqlx::query_scalar!(
        r#"select t.id as "id!" from unnest($2::uuid[]) as t (id)
           union
           select infected_by from cases where tenant_id = $1 and id = any($2) and infected_by is not null
           union
           select id from cases where tenant_id = $1 and infected_by = any($2)
           union
           select v.case_id from place_visits o
           join places p on p.tenant_id = $1 and p.id = o.place_id and p.declared_at is not null
           join place_visits v on v.tenant_id = $1 and v.place_id = o.place_id and v.withdrawn_at is null
           where o.tenant_id = $1 and o.case_id = any($2) and o.withdrawn_at is null
           union
           select c.id from cases s
           join household_members m on m.tenant_id = $1 and m.person_id = s.person_id and m.left_at is null
           join household_members n on n.tenant_id = $1 and n.household_id = m.household_id and n.left_at is null
           join cases c on c.tenant_id = $1 and c.person_id = n.person_id
           where s.tenant_id = $1 and s.id = any($2)"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(near.into_iter().map(CaseId).collect())
}

/// The clusters in which these cases are.
pub(super) async fn touched(cx: &mut Cx, cases: &[CaseId]) -> Result<Vec<ClusterId>> {
    let (tenant, ids) = (cx.tenant().uuid(), raw(cases));
    let clusters = sqlx::query_scalar!(
        r#"select distinct cluster_id as "id!" from cases
           where tenant_id = $1 and id = any($2) and cluster_id is not null order by 1"#,
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(clusters.into_iter().map(ClusterId).collect())
}

/// An F0 that is to be sorted.
pub(super) struct Member {
    pub case: CaseId,
    pub ward: UnitId,
    pub day: Date,
    pub cluster: Option<ClusterId>,
}

/// The F0s among these cases and in these clusters, by id.
pub(super) async fn members(cx: &mut Cx, cases: &[CaseId], clusters: &[ClusterId]) -> Result<Vec<Member>> {
    let (tenant, ids) = (cx.tenant().uuid(), raw(cases));
    let clusters: Vec<Uuid> = clusters.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select c.id, c.ward_id, c.cluster_id,
                  coalesce(c.onset_on, (select min(t.sample_on) from test_results t
                                        where t.tenant_id = c.tenant_id and t.case_id = c.id and t.result = 'positive'
                                          and t.withdrawn_at is null), c.reported_on) as "day!"
           from cases c
           where c.tenant_id = $1 and (c.id = any($2) or c.cluster_id = any($3))
             and c.classification = 'confirmed' and c.withdrawn_at is null and c.same_as is null
           order by c.id"#,
        tenant,
        &ids,
        &clusters
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Member {
            case: row.id.into(),
            ward: row.ward_id.into(),
            day: row.day.to_jiff(),
            cluster: row.cluster_id.map(ClusterId),
        })
        .collect())
}

/// What ties these cases to each other, each tie once or more; those of a household when they lie at most
/// `apart` days apart.
pub(super) async fn ties(cx: &mut Cx, cases: &[CaseId], apart: i32) -> Result<Vec<(CaseId, CaseId)>> {
    let (tenant, ids) = (cx.tenant().uuid(), raw(cases));
    let rows = sqlx::query!(
        r#"with own as (
               select c.id, c.person_id, c.infected_by,
                      coalesce(c.onset_on, (select min(t.sample_on) from test_results t
                                            where t.tenant_id = c.tenant_id and t.case_id = c.id
                                              and t.result = 'positive' and t.withdrawn_at is null), c.reported_on) as day
               from cases c where c.tenant_id = $1 and c.id = any($2))
           select o.id as "one!", o.infected_by as "two!" from own o where o.infected_by = any($2)
           union all
           select v.case_id, first_value(v.case_id) over (partition by v.place_id order by v.case_id)
           from place_visits v
           join places p on p.tenant_id = $1 and p.id = v.place_id and p.declared_at is not null
           where v.tenant_id = $1 and v.case_id = any($2) and v.withdrawn_at is null
           union all
           select h.id, h.before from (
               select o.id, lag(o.id) over w as before, o.day - lag(o.day) over w as apart
               from own o
               join household_members m on m.tenant_id = $1 and m.person_id = o.person_id and m.left_at is null
               window w as (partition by m.household_id order by o.day, o.id)) h
           where h.before is not null and h.apart <= $3"#,
        tenant,
        &ids,
        apart
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.one.into(), row.two.into())).collect())
}

/// The outbreak place at which most of these cases were.
pub(super) async fn shared_place(cx: &mut Cx, cases: &[CaseId]) -> Result<Option<PlaceId>> {
    let (tenant, ids) = (cx.tenant().uuid(), raw(cases));
    let place = sqlx::query_scalar!(
        "select v.place_id from place_visits v
         join places p on p.tenant_id = $1 and p.id = v.place_id and p.declared_at is not null
         where v.tenant_id = $1 and v.case_id = any($2) and v.withdrawn_at is null
         group by v.place_id order by count(distinct v.case_id) desc, v.place_id limit 1",
        tenant,
        &ids
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(place.map(PlaceId))
}

/// Writes a cluster, new or with what it has become.
pub(super) async fn save(cx: &mut Cx, cluster: &Cluster) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "insert into clusters (tenant_id, id, code, ward_id, first_on, last_on, cases, place_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_id, id) do update
         set ward_id = excluded.ward_id, first_on = excluded.first_on, last_on = excluded.last_on,
             cases = excluded.cases, place_id = excluded.place_id",
        tenant,
        cluster.id.uuid(),
        cluster.code,
        cluster.ward.map(UnitId::uuid),
        cluster.first_on.to_sqlx(),
        cluster.last_on.to_sqlx(),
        cluster.cases,
        cluster.place.map(PlaceId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Takes clusters away that have become part of another or have no two cases any more.
pub(super) async fn remove(cx: &mut Cx, clusters: &[ClusterId]) -> Result<()> {
    let (tenant, ids) = (cx.tenant().uuid(), clusters.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query!("delete from clusters where tenant_id = $1 and id = any($2)", tenant, &ids)
        .execute(cx.conn())
        .await?;
    Ok(())
}

pub(super) async fn find(cx: &mut Cx, id: ClusterId) -> Result<Cluster> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        "select id, code, ward_id, first_on, last_on, cases, place_id from clusters where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(row.into())
}

/// Whether a case of it stands in one of these wards.
pub(super) async fn stands_in(cx: &mut Cx, id: ClusterId, wards: &[Uuid]) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from cases where tenant_id = $1 and cluster_id = $2 and ward_id = any($3)) as "there!""#,
        tenant,
        id.uuid(),
        wards
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Clusters with a case in these wards, the latest first.
pub(super) async fn list(
    cx: &mut Cx,
    wards: Option<&[Uuid]>,
    limit: i64,
    offset: i64,
) -> Result<Vec<Cluster>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select k.id, k.code, k.ward_id, k.first_on, k.last_on, k.cases, k.place_id from clusters k
         where k.tenant_id = $1
           and ($2::uuid[] is null
                or exists (select from cases c
                           where c.tenant_id = $1 and c.cluster_id = k.id and c.ward_id = any($2)))
         order by k.last_on desc, k.cases desc, k.id limit $3 offset $4",
        tenant,
        wards,
        limit,
        offset
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(Cluster::from).collect())
}

/// The cases of a cluster with their names.
pub(super) async fn infected(cx: &mut Cx, id: ClusterId) -> Result<Vec<Infected>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select c.id as "id!", c.ward_id as "ward_id!", p.full_name as "full_name!", c.infected_by, c.infected_sure, c.outcome,
                  coalesce(c.onset_on, t.sample_on, c.reported_on) as "day!"
           from cases c
           join people p on p.tenant_id = $1 and p.id = c.person_id
           left join (select case_id, min(sample_on) as sample_on from test_results
                      where tenant_id = $1 and result = 'positive' and withdrawn_at is null
                        and case_id in (select id from cases where tenant_id = $1 and cluster_id = $2)
                      group by case_id) t on t.case_id = c.id
           where c.tenant_id = $1 and c.cluster_id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Infected {
            case: row.id.into(),
            name: Some(row.full_name),
            ward: row.ward_id.into(),
            day: row.day.to_jiff(),
            infected_by: row.infected_by.map(CaseId),
            sure: row.infected_sure.unwrap_or(false),
            died: row.outcome.as_deref() == Some("died"),
        })
        .collect())
}

/// Who else may have infected whom in a cluster: listed contacts that became cases.
pub(super) async fn perhaps(cx: &mut Cx, id: ClusterId) -> Result<Vec<(CaseId, CaseId)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select k.case_id, k.became_case_id as "became!" from cases c
           join contacts k on k.tenant_id = $1 and k.became_case_id = c.id
           where c.tenant_id = $1 and c.cluster_id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.case_id.into(), row.became.into())).collect())
}

/// Whether `above` stands among those from whom `from` comes.
pub(super) async fn comes_from(cx: &mut Cx, from: CaseId, above: CaseId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"with recursive up as (
               select infected_by as id from cases where tenant_id = $1 and id = $2 and infected_by is not null
               union
               select c.infected_by from up join cases c on c.tenant_id = $1 and c.id = up.id
               where c.infected_by is not null)
           select exists (select from up where up.id = $3) as "there!""#,
        tenant,
        from.uuid(),
        above.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// Somebody who may have infected a case.
pub(super) struct Suspect {
    pub case: CaseId,
    pub person: PersonId,
    pub ward: UnitId,
    pub day: Date,
}

/// F0s of whom the person was a contact, with whom he lives, who were at the same place, or who are of the
/// same cluster and fell ill before him; the latest first.
pub(super) async fn suspects(cx: &mut Cx, case: CaseId, day: Date, limit: i64) -> Result<Vec<Suspect>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"with own as (select id, person_id, cluster_id from cases where tenant_id = $1 and id = $2),
           near as (
               select k.case_id as id from own join contacts k on k.tenant_id = $1 and k.person_id = own.person_id
               union
               select c.id from own
               join household_members m on m.tenant_id = $1 and m.person_id = own.person_id and m.left_at is null
               join household_members n on n.tenant_id = $1 and n.household_id = m.household_id and n.left_at is null
               join cases c on c.tenant_id = $1 and c.person_id = n.person_id
               union
               select v.case_id from own
               join place_visits o on o.tenant_id = $1 and o.case_id = own.id and o.withdrawn_at is null
               join place_visits v on v.tenant_id = $1 and v.place_id = o.place_id and v.withdrawn_at is null
               union
               select c.id from own join cases c on c.tenant_id = $1 and c.cluster_id = own.cluster_id),
           told as (
               select c.id, c.person_id, c.ward_id,
                      coalesce(c.onset_on, (select min(t.sample_on) from test_results t
                                            where t.tenant_id = c.tenant_id and t.case_id = c.id
                                              and t.result = 'positive' and t.withdrawn_at is null), c.reported_on) as day
               from near join cases c on c.tenant_id = $1 and c.id = near.id
               where c.id <> $2 and c.person_id <> (select person_id from own)
                 and c.classification = 'confirmed' and c.withdrawn_at is null)
           select id as "id!", person_id as "person!", ward_id as "ward!", day as "day!" from told
           where day <= $3 order by day desc, id limit $4"#,
        tenant,
        case.uuid(),
        day.to_sqlx(),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Suspect {
            case: row.id.into(),
            person: row.person.into(),
            ward: row.ward.into(),
            day: row.day.to_jiff(),
        })
        .collect())
}

/// Whether a case was at a place.
pub(crate) async fn was_at(cx: &mut Cx, case: CaseId, place: PlaceId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select exists (select from place_visits
                          where tenant_id = $1 and case_id = $2 and place_id = $3 and withdrawn_at is null) as "there!""#,
        tenant,
        case.uuid(),
        place.uuid()
    )
    .fetch_one(cx.conn())
    .await?)
}

/// What lay in a ward that has passed into another lies in the other.
pub async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update clusters set ward_id = $3 where tenant_id = $1 and ward_id = $2",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
