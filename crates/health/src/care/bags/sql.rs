use super::model::{Consent, Ended, Kind, Without};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{BagId, CaseId, Error, FileId, HouseholdId, PersonId, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

const BAGS: &str = "care_bags";

/// A bag as it lies in its row.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: BagId,
    /// The one that stays, where it was handed to a household that has become one with another.
    pub household: HouseholdId,
    pub person: PersonId,
    pub case: CaseId,
    pub kind: Kind,
    pub given_at: Timestamp,
    pub given_by: Option<StaffId>,
    /// Whose stock it came from.
    pub unit: UnitId,
    prescriber: Option<Vec<u8>>,
    pub capsules: Option<i16>,
    pub rule_version: i32,
    /// How, when and by whom was consented to bag C.
    pub consent: Option<(Consent, Timestamp, PersonId)>,
    pub consent_file: Option<FileId>,
    /// Why there is none.
    pub consent_without: Option<Without>,
    consent_without_who: Option<Vec<u8>>,
    pub ended: Option<(Ended, Timestamp)>,
    pub returned_capsules: Option<i16>,
}

impl Kept {
    pub(super) fn prescriber(&self, cx: &Cx) -> Result<Option<String>> {
        let sealed = self.prescriber.as_deref();
        sealed.map(|sealed| cx.open(BAGS, self.id.uuid(), "prescriber", sealed)).transpose()
    }

    /// Who signs later, or keeps the paper.
    pub(super) fn without_who(&self, cx: &Cx) -> Result<Option<String>> {
        let sealed = self.consent_without_who.as_deref();
        sealed.map(|sealed| cx.open(BAGS, self.id.uuid(), "consent_without_who", sealed)).transpose()
    }
}

struct Row {
    id: Uuid,
    household_id: Uuid,
    person_id: Uuid,
    case_id: Uuid,
    kind: String,
    given_at: jiff_sqlx::Timestamp,
    given_by: Option<Uuid>,
    unit_id: Uuid,
    prescriber: Option<Vec<u8>>,
    capsules: Option<i16>,
    rule_version: i32,
    consent: Option<String>,
    consent_at: Option<jiff_sqlx::Timestamp>,
    consent_by: Option<Uuid>,
    consent_file_id: Option<Uuid>,
    consent_without: Option<String>,
    consent_without_who: Option<Vec<u8>>,
    returned_at: Option<jiff_sqlx::Timestamp>,
    returned_capsules: Option<i16>,
    ended_as: Option<String>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let consent = match (row.consent.as_deref(), row.consent_at, row.consent_by) {
            (Some(how), Some(at), Some(by)) => Some((how.parse()?, at.to_jiff(), PersonId(by))),
            _ => None,
        };
        let ended = match (row.ended_as.as_deref(), row.returned_at) {
            (Some(ended), Some(at)) => Some((ended.parse()?, at.to_jiff())),
            _ => None,
        };
        Ok(Self {
            id: row.id.into(),
            household: row.household_id.into(),
            person: row.person_id.into(),
            case: row.case_id.into(),
            kind: row.kind.parse()?,
            given_at: row.given_at.to_jiff(),
            given_by: row.given_by.map(StaffId),
            unit: row.unit_id.into(),
            prescriber: row.prescriber,
            capsules: row.capsules,
            rule_version: row.rule_version,
            consent,
            consent_file: row.consent_file_id.map(FileId),
            consent_without: row.consent_without.as_deref().map(str::parse).transpose()?,
            consent_without_who: row.consent_without_who,
            ended,
            returned_capsules: row.returned_capsules,
        })
    }
}

/// A bag about to be handed over.
pub(super) struct NewRow<'a> {
    pub id: BagId,
    pub household: HouseholdId,
    pub person: PersonId,
    pub case: CaseId,
    pub kind: Kind,
    pub unit: UnitId,
    pub prescriber: Option<&'a str>,
    pub capsules: Option<i16>,
    pub rule_version: i32,
    pub consent: Option<(Consent, Timestamp, PersonId, Option<FileId>)>,
    /// Why there is no picture of it, and who signs it or keeps it.
    pub without: Option<(Without, &'a str)>,
}

/// Writes it; false when he has one of the kind at hand.
pub(super) async fn insert(cx: &mut Cx, new: &NewRow<'_>) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let prescriber =
        new.prescriber.map(|name| cx.seal(BAGS, new.id.uuid(), "prescriber", name)).transpose()?;
    let consent = new.consent.as_ref();
    let who =
        new.without.map(|(_, who)| cx.seal(BAGS, new.id.uuid(), "consent_without_who", who)).transpose()?;
    let added = sqlx::query!(
        "insert into care_bags (tenant_id, id, household_id, person_id, case_id, kind, given_at, given_by, unit_id,
                                prescriber, capsules, rule_version, consent, consent_at, consent_by, consent_file_id,
                                consent_without, consent_without_who)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         on conflict (tenant_id, case_id, kind) where returned_at is null do nothing",
        tenant,
        new.id.uuid(),
        new.household.uuid(),
        new.person.uuid(),
        new.case.uuid(),
        new.kind.as_str(),
        now,
        by,
        new.unit.uuid(),
        prescriber,
        new.capsules,
        new.rule_version,
        consent.map(|(how, ..)| how.as_str()),
        consent.map(|(_, at, ..)| at.to_sqlx()) as Option<jiff_sqlx::Timestamp>,
        consent.map(|(_, _, by, _)| by.uuid()),
        consent.and_then(|(.., file)| *file).map(FileId::uuid),
        new.without.map(|(without, _)| without.as_str()),
        who
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn find(cx: &mut Cx, id: BagId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select b.id, coalesce(h.joined_into, h.id) as "household_id!", b.person_id, b.case_id, b.kind, b.given_at,
                  b.given_by, b.unit_id, b.prescriber, b.capsules, b.rule_version, b.consent, b.consent_at, b.consent_by,
                  b.consent_file_id, b.consent_without, b.consent_without_who, b.returned_at, b.returned_capsules, b.ended_as
           from care_bags b join households h on h.tenant_id = b.tenant_id and h.id = b.household_id
           where b.tenant_id = $1 and b.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// All of a household and of those that have become one with it, the newest first.
pub(super) async fn of_household(cx: &mut Cx, home: HouseholdId) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select b.id, coalesce(h.joined_into, h.id) as "household_id!", b.person_id, b.case_id, b.kind, b.given_at,
                  b.given_by, b.unit_id, b.prescriber, b.capsules, b.rule_version, b.consent, b.consent_at, b.consent_by,
                  b.consent_file_id, b.consent_without, b.consent_without_who, b.returned_at, b.returned_capsules, b.ended_as
           from households h join care_bags b on b.tenant_id = h.tenant_id and b.household_id = h.id
           where h.tenant_id = $1 and (h.id = $2 or h.joined_into = $2) order by b.given_at desc, b.id desc"#,
        tenant,
        home.uuid()
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Kept::try_from)
    .collect()
}

pub(super) async fn end(cx: &mut Cx, id: BagId, ended: Ended, capsules: Option<i16>) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update care_bags set returned_at = $3, returned_by = $4, ended_as = $5, returned_capsules = $6
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        now,
        by,
        ended.as_str(),
        capsules
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Puts the picture of a consent with its bag; false when there is one already.
pub(super) async fn attach(cx: &mut Cx, id: BagId, file: FileId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let done = sqlx::query!(
        "update care_bags set consent_file_id = $3
         where tenant_id = $1 and id = $2 and consent is not null and consent_file_id is null",
        tenant,
        id.uuid(),
        file.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Those of these people who have a bag C of which nothing has been said since.
pub(crate) async fn open_c(cx: &mut Cx, people: &[PersonId]) -> Result<Vec<PersonId>> {
    let (tenant, ids) = (cx.tenant().uuid(), people.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let open = sqlx::query_scalar!(
        "select distinct person_id from care_bags
         where tenant_id = $1 and person_id = any($2) and kind = 'C' and returned_at is null",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(open.into_iter().map(PersonId).collect())
}
