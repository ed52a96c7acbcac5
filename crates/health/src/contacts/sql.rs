use super::{
    add::Adding,
    model::{Basis, State},
};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{
    CaseId, ContactId, Error, HouseholdId, ImportId, PersonId, PlaceId, PlanId, Result, StaffId, UnitId,
};
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::Cx;

const CONTACTS: &str = "contacts";

/// A contact as acts look at it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub id: ContactId,
    pub case: CaseId,
    pub case_ward: UnitId,
    pub recorded_by_unit: Option<UnitId>,
    pub person: PersonId,
    pub ward: UnitId,
    /// F2.
    pub second: bool,
    pub basis: Basis,
    pub exposed_to: Date,
    /// Full doses or recovered, as he says.
    pub protected: Option<bool>,
    pub state: State,
    pub plan: Option<PlanId>,
}

/// A contact about to be written.
pub(super) struct NewRow<'a> {
    pub id: ContactId,
    pub case: CaseId,
    pub ward: UnitId,
    pub state: State,
    pub plan: Option<PlanId>,
    pub became: Option<CaseId>,
    pub of: &'a Adding,
}

/// Writes a contact; false when he stands there already.
pub(super) async fn insert(cx: &mut Cx, new: &NewRow<'_>) -> Result<bool> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    // A list goes on record in the name of whoever applied it.
    let by = cx.actor.staff_id().or(cx.actor.on_behalf_of).map(StaffId::uuid);
    let degree: i16 = if new.of.second { 2 } else { 1 };
    let relation = Some(new.of.relation.as_str()).filter(|relation| !relation.is_empty());
    let relation = relation.map(|text| cx.seal(CONTACTS, new.id.uuid(), "relation", text)).transpose()?;
    let listed = (!new.of.proposed).then_some(now);
    let reached = (new.state == State::Reached).then_some(now);
    let added = sqlx::query!(
        "insert into contacts (tenant_id, id, case_id, person_id, ward_id, degree, basis, place_id, exposed_from, exposed_to,
                               protected, state, made_at, made_by, listed_at, listed_by, reached_at, plan_id, became_case_id,
                               import_id, relation)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         on conflict (tenant_id, case_id, person_id) do nothing",
        tenant,
        new.id.uuid(),
        new.case.uuid(),
        new.of.person.uuid(),
        new.ward.uuid(),
        degree,
        new.of.basis.as_str(),
        new.of.place.map(PlaceId::uuid),
        new.of.exposed_from.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        new.of.exposed_to.to_sqlx(),
        new.of.protected,
        new.state.as_str(),
        now,
        by,
        listed as Option<jiff_sqlx::Timestamp>,
        by.filter(|_| !new.of.proposed),
        reached as Option<jiff_sqlx::Timestamp>,
        new.plan.map(PlanId::uuid),
        new.became.map(CaseId::uuid),
        new.of.import.map(ImportId::uuid),
        relation
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn find(cx: &mut Cx, id: ContactId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select k.case_id, k.person_id, k.ward_id, k.degree, k.basis, k.exposed_to, k.protected, k.state, k.plan_id,
                c.ward_id as case_ward, c.recorded_by_unit_id
         from contacts k join cases c on c.tenant_id = $1 and c.id = k.case_id
         where k.tenant_id = $1 and k.id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Kept {
        id,
        case: row.case_id.into(),
        case_ward: row.case_ward.into(),
        recorded_by_unit: row.recorded_by_unit_id.map(UnitId),
        person: row.person_id.into(),
        ward: row.ward_id.into(),
        second: row.degree == 2,
        basis: row.basis.parse()?,
        exposed_to: row.exposed_to.to_jiff(),
        protected: row.protected,
        state: row.state.parse()?,
        plan: row.plan_id.map(PlanId),
    })
}

/// The same, locked.
pub(super) async fn lock(cx: &mut Cx, id: ContactId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query_scalar!(
        "select id from contacts where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    find(cx, id).await
}

/// Somebody on the list of a case, his state, and the case by which he is ill.
pub(super) async fn of_case_and_person(
    cx: &mut Cx,
    case: CaseId,
    person: PersonId,
) -> Result<(ContactId, State, Option<CaseId>)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select id, state, became_case_id from contacts where tenant_id = $1 and case_id = $2 and person_id = $3 for update",
        tenant,
        case.uuid(),
        person.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.id.into(), row.state.parse()?, row.became_case_id.map(CaseId)))
}

/// Everybody on the list of a case.
pub(super) async fn people_of(cx: &mut Cx, case: CaseId) -> Result<BTreeSet<PersonId>> {
    let tenant = cx.tenant().uuid();
    let people = sqlx::query_scalar!(
        "select person_id from contacts where tenant_id = $1 and case_id = $2",
        tenant,
        case.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(people.into_iter().map(PersonId).collect())
}

/// A list on which somebody stands.
pub(super) struct Standing {
    pub id: ContactId,
    pub case: CaseId,
    pub state: State,
    pub exposed_from: Option<Date>,
    pub exposed_to: Date,
    pub became: Option<CaseId>,
}

/// The lists on which somebody stands by any of his records, the oldest first.
pub(super) async fn of_person(cx: &mut Cx, records: &[Uuid]) -> Result<Vec<Standing>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, case_id, state, exposed_from, exposed_to, became_case_id from contacts
         where tenant_id = $1 and person_id = any($2) order by id",
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Standing {
                id: row.id.into(),
                case: row.case_id.into(),
                state: row.state.parse()?,
                exposed_from: row.exposed_from.map(jiff_sqlx::Date::to_jiff),
                exposed_to: row.exposed_to.to_jiff(),
                became: row.became_case_id.map(CaseId),
            })
        })
        .collect()
}

/// A proposal is listed, or whoever was named is.
pub(super) async fn list(cx: &mut Cx, id: ContactId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let by = cx.actor.staff_id().or(cx.actor.on_behalf_of).map(StaffId::uuid);
    sqlx::query!(
        "update contacts set state = 'listed', listed_at = $3, listed_by = $4 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Lists the proposals of a case up to this one: those that somebody has seen.
pub(super) async fn list_all(cx: &mut Cx, case: CaseId, until: ContactId) -> Result<Vec<ContactId>> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let contacts = sqlx::query_scalar!(
        "update contacts set state = 'listed', listed_at = $4, listed_by = $5
         where tenant_id = $1 and case_id = $2 and state = 'proposed' and id <= $3 returning id",
        tenant,
        case.uuid(),
        until.uuid(),
        now,
        by
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(contacts.into_iter().map(ContactId).collect())
}

/// Who is proposed for a case up to this one, locked.
pub(super) async fn proposed(cx: &mut Cx, case: CaseId, until: ContactId) -> Result<Vec<ContactId>> {
    let tenant = cx.tenant().uuid();
    let contacts = sqlx::query_scalar!(
        "select id from contacts
         where tenant_id = $1 and case_id = $2 and state = 'proposed' and id <= $3 order by id for update",
        tenant,
        case.uuid(),
        until.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(contacts.into_iter().map(ContactId).collect())
}

pub(super) async fn reach(
    cx: &mut Cx,
    id: ContactId,
    protected: Option<bool>,
    plan: Option<PlanId>,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update contacts
         set state = 'reached', reached_at = $3, reached_by = $4, protected = coalesce($5, protected), plan_id = $6,
             listed_at = coalesce(listed_at, $3), listed_by = coalesce(listed_by, $4), ended_at = null, ended_by = null
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now,
        by,
        protected,
        plan.map(PlanId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn end(cx: &mut Cx, id: ContactId, state: State, why: Option<&str>) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let sealed = why.map(|why| cx.seal(CONTACTS, id.uuid(), "why", why)).transpose()?;
    sqlx::query!(
        "update contacts set state = $3, ended_at = $4, ended_by = $5, why = coalesce($6, why)
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        state.as_str(),
        now,
        by,
        sealed
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A contact is an F0 by that case; `None` takes it back, and he is again what he was before.
pub(super) async fn become_case(cx: &mut Cx, id: ContactId, case: Option<CaseId>) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update contacts
         set became_case_id = $3,
             state = case when $3::uuid is not null then 'became_case' when reached_at is not null then 'reached'
                          when listed_at is not null then 'listed' else 'proposed' end
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        case.map(CaseId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Contacts that count as ill by this case.
pub(super) async fn became(cx: &mut Cx, case: CaseId) -> Result<Vec<ContactId>> {
    let tenant = cx.tenant().uuid();
    let contacts = sqlx::query_scalar!(
        "select id from contacts where tenant_id = $1 and became_case_id = $2 order by id",
        tenant,
        case.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(contacts.into_iter().map(ContactId).collect())
}

/// Those of a case that nobody has reached yet are no contacts of an F0.
pub(super) async fn drop_open(cx: &mut Cx, case: CaseId) -> Result<Vec<ContactId>> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let contacts = sqlx::query_scalar!(
        "update contacts set state = 'not_a_contact', ended_at = $3
         where tenant_id = $1 and case_id = $2 and state in ('proposed', 'listed') returning id",
        tenant,
        case.uuid(),
        now
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(contacts.into_iter().map(ContactId).collect())
}

/// How many of a case wait to be reached, and how many have ever been listed. What the program only proposes
/// waits for nobody.
pub(super) async fn counts(cx: &mut Cx, case: CaseId) -> Result<(i64, i64)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        r#"select count(*) filter (where state = 'listed') as "open!",
                  count(*) filter (where listed_at is not null) as "listed!"
           from contacts where tenant_id = $1 and case_id = $2"#,
        tenant,
        case.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok((row.open, row.listed))
}

/// Contacts whom a plan follows, each with its case.
pub(super) async fn reached_by(cx: &mut Cx, plan: PlanId) -> Result<Vec<(ContactId, CaseId)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, case_id from contacts where tenant_id = $1 and plan_id = $2 and state = 'reached' order by id",
        tenant,
        plan.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.case_id.into())).collect())
}

/// Contacts whom a plan followed that has become another: that one follows them now; `None`: they are done.
pub(super) async fn follow_by(cx: &mut Cx, from: PlanId, to: Option<PlanId>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update contacts
         set plan_id = coalesce($3, plan_id), state = case when $3::uuid is null then 'done' else state end,
             ended_at = case when $3::uuid is null then $4::timestamptz else ended_at end
         where tenant_id = $1 and plan_id = $2 and state = 'reached'",
        tenant,
        from.uuid(),
        to.map(PlanId::uuid),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Contacts of these records, each with its case, who count as ill by a case of somebody else: they were
/// taken for one person.
pub(super) async fn ill_by_another(cx: &mut Cx, records: &[Uuid]) -> Result<Vec<(ContactId, CaseId)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select k.id, k.case_id from contacts k
         join cases c on c.tenant_id = $1 and c.id = k.became_case_id
         where k.tenant_id = $1 and k.person_id = any($2) and c.person_id <> all($2) order by k.id",
        tenant,
        records
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.case_id.into())).collect())
}

/// Contacts of these records whom a plan of somebody else follows are followed by their own.
pub(super) async fn follow_by_own(cx: &mut Cx, records: &[Uuid], own: PlanId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update contacts k set plan_id = $3
         where k.tenant_id = $1 and k.person_id = any($2) and k.state = 'reached'
           and exists (select from follow_plans p
                       where p.tenant_id = $1 and p.id = k.plan_id and p.person_id <> all($2))",
        tenant,
        records,
        own.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The F0s who live in a household now.
pub(super) async fn f0s_of(cx: &mut Cx, home: HouseholdId) -> Result<Vec<CaseId>> {
    let tenant = cx.tenant().uuid();
    let cases = sqlx::query_scalar!(
        "select c.id from household_members m join cases c on c.tenant_id = $1 and c.person_id = m.person_id
         where m.tenant_id = $1 and m.household_id = $2 and m.left_at is null and c.classification = 'confirmed'
           and c.withdrawn_at is null order by c.id",
        tenant,
        home.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(cases.into_iter().map(CaseId).collect())
}

/// What lay in a ward that has passed into another lies in the other.
pub async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update contacts set ward_id = $3 where tenant_id = $1 and ward_id = $2",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
