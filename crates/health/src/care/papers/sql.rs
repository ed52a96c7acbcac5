use super::model::{Body, Kind};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, Error, HouseholdId, PaperId, PersonId, PlanId, Result, SecretCode, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

const PAPERS: &str = "care_papers";

/// A paper as it lies in its row.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: PaperId,
    pub kind: Kind,
    /// The one that stays, where it was issued to a household that has become one with another.
    pub household: HouseholdId,
    pub person: Option<PersonId>,
    pub(super) plan: Option<PlanId>,
    /// Who issued it.
    pub unit: UnitId,
    /// "05/QĐ-UBND"
    pub symbol: String,
    pub issued_on: Date,
    pub from_on: Option<Date>,
    pub to_on: Option<Date>,
    body: Vec<u8>,
    pub made_at: Timestamp,
    pub made_by: Option<StaffId>,
    pub withdrawn: Option<Timestamp>,
    withdrawn_why: Option<Vec<u8>>,
    pub replaced_by: Option<PaperId>,
}

impl Kept {
    /// What stands on it.
    pub(super) fn body(&self, cx: &Cx) -> Result<Body> {
        let text = cx.open(PAPERS, self.id.uuid(), "body", &self.body)?;
        serde_json::from_str(&text).map_err(Error::internal)
    }

    pub(super) fn why(&self, cx: &Cx) -> Result<Option<String>> {
        let why = self.withdrawn_why.as_deref();
        why.map(|sealed| cx.open(PAPERS, self.id.uuid(), "withdrawn_why", sealed)).transpose()
    }
}

struct Row {
    id: Uuid,
    kind: String,
    household_id: Uuid,
    person_id: Option<Uuid>,
    plan_id: Option<Uuid>,
    unit_id: Uuid,
    symbol: String,
    issued_on: jiff_sqlx::Date,
    from_on: Option<jiff_sqlx::Date>,
    to_on: Option<jiff_sqlx::Date>,
    body: Vec<u8>,
    made_at: jiff_sqlx::Timestamp,
    made_by: Option<Uuid>,
    withdrawn_at: Option<jiff_sqlx::Timestamp>,
    withdrawn_why: Option<Vec<u8>>,
    replaced_by: Option<Uuid>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            kind: row.kind.parse()?,
            household: row.household_id.into(),
            person: row.person_id.map(PersonId),
            plan: row.plan_id.map(PlanId),
            unit: row.unit_id.into(),
            symbol: row.symbol,
            issued_on: row.issued_on.to_jiff(),
            from_on: row.from_on.map(jiff_sqlx::Date::to_jiff),
            to_on: row.to_on.map(jiff_sqlx::Date::to_jiff),
            body: row.body,
            made_at: row.made_at.to_jiff(),
            made_by: row.made_by.map(StaffId),
            withdrawn: row.withdrawn_at.map(jiff_sqlx::Timestamp::to_jiff),
            withdrawn_why: row.withdrawn_why,
            replaced_by: row.replaced_by.map(PaperId),
        })
    }
}

/// The next number of a unit's papers of this kind and year. Whoever comes next waits until this one is
/// issued or given up.
pub(super) async fn next_number(cx: &mut Cx, unit: UnitId, kind: Kind, year: i16) -> Result<i32> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"insert into paper_numbers (tenant_id, unit_id, kind, year, next) values ($1, $2, $3, $4, 2)
           on conflict (tenant_id, unit_id, kind, year) do update set next = paper_numbers.next + 1
           returning next - 1 as "number!""#,
        tenant,
        unit.uuid(),
        kind.as_str(),
        year
    )
    .fetch_one(cx.conn())
    .await?)
}

/// A paper about to be issued.
pub(super) struct NewRow<'a> {
    pub id: PaperId,
    pub household: HouseholdId,
    pub person: Option<PersonId>,
    pub plan: Option<PlanId>,
    pub case: Option<CaseId>,
    pub unit: UnitId,
    pub year: i16,
    pub number: i32,
    pub code: &'a SecretCode,
    pub body: &'a Body,
    pub rule: (&'a str, i32),
}

fn code_index(cx: &Cx, code: &SecretCode) -> Result<Vec<u8>> {
    cx.blind("care_paper", code.canonical())
}

pub(super) async fn insert(cx: &mut Cx, new: &NewRow<'_>) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let id = new.id.uuid();
    let text = serde_json::to_string(new.body).map_err(Error::internal)?;
    let (body, code) =
        (cx.seal(PAPERS, id, "body", &text)?, cx.seal(PAPERS, id, "code", new.code.canonical())?);
    let index = code_index(cx, new.code)?;
    sqlx::query!(
        "insert into care_papers (tenant_id, id, kind, household_id, person_id, plan_id, case_id, unit_id, year, number,
                                  symbol, issued_on, from_on, to_on, body, signer_title, code_index, code, rule_code,
                                  rule_version, made_at, made_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        tenant,
        id,
        new.body.kind.as_str(),
        new.household.uuid(),
        new.person.map(PersonId::uuid),
        new.plan.map(PlanId::uuid),
        new.case.map(CaseId::uuid),
        new.unit.uuid(),
        new.year,
        new.number,
        new.body.symbol,
        new.body.issued_on.to_sqlx(),
        new.body.from_on.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        new.body.to_on.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        body,
        new.body.signer_title.join(" / "),
        index,
        code,
        new.rule.0,
        new.rule.1,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn find(cx: &mut Cx, id: PaperId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select p.id, p.kind, coalesce(h.joined_into, h.id) as "household_id!", p.person_id, p.plan_id, p.unit_id, p.symbol,
                  p.issued_on, p.from_on, p.to_on, p.body, p.made_at, p.made_by, p.withdrawn_at, p.withdrawn_why, p.replaced_by
           from care_papers p join households h on h.tenant_id = p.tenant_id and h.id = p.household_id
           where p.tenant_id = $1 and p.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

pub(super) async fn by_code(cx: &mut Cx, code: &SecretCode) -> Result<Kept> {
    let (tenant, index) = (cx.tenant().uuid(), code_index(cx, code)?);
    sqlx::query_as!(
        Row,
        r#"select p.id, p.kind, coalesce(h.joined_into, h.id) as "household_id!", p.person_id, p.plan_id, p.unit_id, p.symbol,
                  p.issued_on, p.from_on, p.to_on, p.body, p.made_at, p.made_by, p.withdrawn_at, p.withdrawn_why, p.replaced_by
           from care_papers p join households h on h.tenant_id = p.tenant_id and h.id = p.household_id
           where p.tenant_id = $1 and p.code_index = $2"#,
        tenant,
        index
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// Of a household and of those that have become one with it, the newest first.
pub(super) async fn of_household(cx: &mut Cx, home: HouseholdId) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select p.id, p.kind, coalesce(h.joined_into, h.id) as "household_id!", p.person_id, p.plan_id, p.unit_id, p.symbol,
                  p.issued_on, p.from_on, p.to_on, p.body, p.made_at, p.made_by, p.withdrawn_at, p.withdrawn_why, p.replaced_by
           from households h join care_papers p on p.tenant_id = h.tenant_id and p.household_id = h.id
           where h.tenant_id = $1 and (h.id = $2 or h.joined_into = $2) order by p.made_at desc, p.id desc"#,
        tenant,
        home.uuid()
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

pub(super) async fn withdraw(cx: &mut Cx, id: PaperId, why: &str, by_paper: Option<PaperId>) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let sealed = cx.seal(PAPERS, id.uuid(), "withdrawn_why", why)?;
    sqlx::query!(
        "update care_papers set withdrawn_at = $3, withdrawn_by = $4, withdrawn_why = $5, replaced_by = $6
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now,
        by,
        sealed,
        by_paper.map(PaperId::uuid)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
