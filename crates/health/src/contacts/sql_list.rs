//! Contacts as lists read them.

use super::{
    list::Contact,
    model::{Basis, State},
};
use crate::people::Brief;
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, ClusterId, ContactId, PersonId, PlaceId, PlanId, Result, UnitId};
use sqlx::types::Uuid;
use store::Cx;

const CONTACTS: &str = "contacts";

/// A contact with the person still to be filled in.
pub(super) struct Row {
    pub id: ContactId,
    pub person: PersonId,
    case: CaseId,
    ward: UnitId,
    second: bool,
    basis: Basis,
    place: Option<PlaceId>,
    exposed_from: Option<Date>,
    exposed_to: Date,
    protected: Option<bool>,
    state: State,
    listed_at: Option<Timestamp>,
    reached_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    why: Option<Vec<u8>>,
    relation: Option<Vec<u8>>,
    plan: Option<PlanId>,
    became: Option<CaseId>,
}

impl Row {
    pub(super) fn contact(self, cx: &Cx, person: Brief) -> Result<Contact> {
        let open = |column: &str, sealed: Option<Vec<u8>>| {
            sealed.map(|sealed| cx.open(CONTACTS, self.id.uuid(), column, &sealed)).transpose()
        };
        let (why, relation) = (open("why", self.why)?, open("relation", self.relation)?);
        Ok(Contact {
            id: self.id,
            case: self.case,
            person,
            ward: self.ward,
            second: self.second,
            basis: self.basis,
            place: self.place,
            exposed_from: self.exposed_from,
            exposed_to: self.exposed_to,
            protected: self.protected,
            state: self.state,
            listed_at: self.listed_at,
            reached_at: self.reached_at,
            ended_at: self.ended_at,
            why,
            relation,
            plan: self.plan,
            became: self.became,
        })
    }
}

/// Everybody on the list of a case.
pub(super) async fn of_case(cx: &mut Cx, case: CaseId) -> Result<Vec<Row>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, person_id, ward_id, degree, basis, place_id, exposed_from, exposed_to, protected, state, listed_at,
                reached_at, ended_at, why, relation, plan_id, became_case_id
         from contacts where tenant_id = $1 and case_id = $2 order by id",
        tenant,
        case.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let at = |at: Option<jiff_sqlx::Timestamp>| at.map(jiff_sqlx::Timestamp::to_jiff);
    rows.into_iter()
        .map(|row| {
            Ok(Row {
                id: row.id.into(),
                person: row.person_id.into(),
                case,
                ward: row.ward_id.into(),
                second: row.degree == 2,
                basis: row.basis.parse()?,
                place: row.place_id.map(PlaceId),
                exposed_from: row.exposed_from.map(jiff_sqlx::Date::to_jiff),
                exposed_to: row.exposed_to.to_jiff(),
                protected: row.protected,
                state: row.state.parse()?,
                listed_at: at(row.listed_at),
                reached_at: at(row.reached_at),
                ended_at: at(row.ended_at),
                why: row.why,
                relation: row.relation,
                plan: row.plan_id.map(PlanId),
                became: row.became_case_id.map(CaseId),
            })
        })
        .collect()
}

pub(super) async fn cluster_of(cx: &mut Cx, case: CaseId) -> Result<Option<ClusterId>> {
    let tenant = cx.tenant().uuid();
    let cluster = sqlx::query_scalar!(
        "select cluster_id from cases where tenant_id = $1 and id = $2",
        tenant,
        case.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(cluster.map(ClusterId))
}

/// Somebody who is to be reached, with the people still to be filled in.
pub(super) struct TaskRow {
    pub id: ContactId,
    pub person: PersonId,
    pub ward: UnitId,
    pub second: bool,
    pub basis: Basis,
    pub exposed_to: Date,
    pub listed_at: Timestamp,
    pub case: CaseId,
    pub case_person: PersonId,
    pub case_ward: UnitId,
}

/// Who is to be reached in these wards, those who wait longest first.
pub(super) async fn to_reach(
    cx: &mut Cx,
    wards: Option<&[Uuid]>,
    limit: i64,
    offset: i64,
) -> Result<Vec<TaskRow>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select k.id, k.person_id, k.ward_id, k.degree, k.basis, k.exposed_to, k.listed_at as "listed_at!", k.case_id,
                  c.person_id as case_person, c.ward_id as case_ward
           from contacts k join cases c on c.tenant_id = $1 and c.id = k.case_id
           where k.tenant_id = $1 and k.state = 'listed' and ($2::uuid[] is null or k.ward_id = any($2))
           order by k.listed_at, k.id limit $3 offset $4"#,
        tenant,
        wards,
        limit,
        offset
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(TaskRow {
                id: row.id.into(),
                person: row.person_id.into(),
                ward: row.ward_id.into(),
                second: row.degree == 2,
                basis: row.basis.parse()?,
                exposed_to: row.exposed_to.to_jiff(),
                listed_at: row.listed_at.to_jiff(),
                case: row.case_id.into(),
                case_person: row.case_person.into(),
                case_ward: row.case_ward.into(),
            })
        })
        .collect()
}

/// How many wait in these wards, counted to a thousand, and how many of them since before then.
pub(super) async fn waiting(cx: &mut Cx, wards: Option<&[Uuid]>, before: Timestamp) -> Result<(i64, i64)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select count(*) as "waiting!", count(*) filter (where w.listed_at < $3) as "late!"
           from (select listed_at from contacts
                 where tenant_id = $1 and state = 'listed' and ($2::uuid[] is null or ward_id = any($2))
                 order by listed_at limit 1000) w"#,
        tenant,
        wards,
        before.to_sqlx()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.waiting, row.late))
}

/// A case to choose, with the person still to be filled in.
pub(super) struct RunningRow {
    pub case: CaseId,
    pub person: PersonId,
    pub ward: UnitId,
    pub reported_at: Timestamp,
}

/// F0s of these wards that were reported since then and have not ended, the newest first; before them this one.
pub(super) async fn running(
    cx: &mut Cx,
    wards: Option<&[Uuid]>,
    since: Timestamp,
    first: Option<CaseId>,
    limit: i64,
) -> Result<Vec<RunningRow>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, person_id, ward_id, reported_at from cases
         where tenant_id = $1 and classification = 'confirmed' and withdrawn_at is null and same_as is null
           and (id = $4::uuid
                or outcome is null and reported_at >= $3 and ($2::uuid[] is null or ward_id = any($2)))
         order by coalesce(id = $4::uuid, false) desc, reported_at desc, id desc limit $5",
        tenant,
        wards,
        since.to_sqlx(),
        first.map(CaseId::uuid),
        limit
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RunningRow {
            case: row.id.into(),
            person: row.person_id.into(),
            ward: row.ward_id.into(),
            reported_at: row.reported_at.to_jiff(),
        })
        .collect())
}
