//! Questions that a list of contacts asks, and what it takes back.

use super::model::State;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, ContactId, PersonId, Result};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

/// How a list calls an F0: by name, by the code of his household, by number; whatever is there counts.
pub(super) struct Probe {
    pub name: Option<String>,
    pub code: Option<String>,
    pub phone: Option<Vec<u8>>,
}

/// An F0 whom a list may mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    /// The place of the question.
    pub place: usize,
    pub case: CaseId,
    /// Of records that were joined, the one that stays.
    pub person: PersonId,
    /// His number is the one that the list gives.
    pub has_phone: bool,
}

/// The F0s reported since then whom each question may mean, the newest first; of each at most twenty,
/// those with the number before all others. `None` for the wards means all.
pub(super) async fn f0s(
    cx: &mut Cx,
    asked: &[Probe],
    wards: Option<&[Uuid]>,
    since: Timestamp,
) -> Result<Vec<Hit>> {
    let tenant = cx.tenant().uuid();
    let names: Vec<Option<String>> = asked.iter().map(|one| one.name.clone()).collect();
    let codes: Vec<Option<String>> = asked.iter().map(|one| one.code.clone()).collect();
    let phones: Vec<Option<Vec<u8>>> = asked.iter().map(|one| one.phone.clone()).collect();
    // By name where there is one, else by household, else by number: each by an index of its own.
    let rows = sqlx::query!(
        r#"select a.place as "place!", f.case_id as "case_id!", f.person_id as "person_id!",
                  f.has_phone as "has_phone!"
           from unnest($2::text[], $3::text[], $4::bytea[]) with ordinality as a (name, code, phone, place)
           cross join lateral (
               select c.id as case_id, coalesce(p.same_as, p.id) as person_id, c.reported_at,
                      exists (select from person_phones n
                              where n.tenant_id = $1 and n.person_id = p.id and n.phone_index = a.phone) as has_phone
               from (select k.id, k.same_as from people k
                     where k.tenant_id = $1 and k.search = a.name and k.erased_at is null
                     union all
                     select k.id, k.same_as from households h
                     join household_members m on m.tenant_id = $1 and m.household_id = h.id and m.left_at is null
                     join people k on k.tenant_id = $1 and k.id = m.person_id
                     where h.tenant_id = $1 and h.code = a.code and a.name is null
                     union all
                     select k.id, k.same_as from person_phones n
                     join people k on k.tenant_id = $1 and k.id = n.person_id
                     where n.tenant_id = $1 and n.phone_index = a.phone and a.name is null and a.code is null) p
               join cases c on c.tenant_id = $1 and c.person_id = p.id
               where c.classification = 'confirmed' and c.withdrawn_at is null and c.same_as is null
                 and c.reported_at >= $6 and ($5::uuid[] is null or c.ward_id = any($5))
                 and (a.code is null
                      or exists (select from household_members m
                                 join households h on h.tenant_id = $1 and h.id = m.household_id
                                 where m.tenant_id = $1 and m.person_id = p.id and m.left_at is null and h.code = a.code))
               order by has_phone desc, c.reported_at desc, c.id desc limit 20) f
           order by a.place, f.reported_at desc, f.case_id desc"#,
        tenant,
        &names as _,
        &codes as _,
        &phones as _,
        wards,
        since.to_sqlx()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Hit {
            place: usize::try_from(row.place - 1).unwrap_or(usize::MAX),
            case: row.case_id.into(),
            person: row.person_id.into(),
            has_phone: row.has_phone,
        })
        .collect())
}

/// Who of these people stands on the list of a case already, and as what.
pub(super) async fn standing(
    cx: &mut Cx,
    case: CaseId,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, State>> {
    let tenant = cx.tenant().uuid();
    let people: Vec<Uuid> = people.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select person_id, state from contacts where tenant_id = $1 and case_id = $2 and person_id = any($3)",
        tenant,
        case.uuid(),
        &people
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(|row| Ok((row.person_id.into(), row.state.parse()?))).collect()
}

/// A contact whom a list named is again what he was: proposed by the program. False where somebody has
/// reached or ended him meanwhile: he stays.
pub(super) async fn propose_again(cx: &mut Cx, id: ContactId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let done = sqlx::query!(
        "update contacts set state = 'proposed', listed_at = null, listed_by = null
         where tenant_id = $1 and id = $2 and state = 'listed'",
        tenant,
        id.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whether he is gone; whom somebody has reached or ended meanwhile stays.
pub(super) async fn delete(cx: &mut Cx, id: ContactId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let done = sqlx::query!(
        "delete from contacts where tenant_id = $1 and id = $2 and reached_by is null and ended_by is null",
        tenant,
        id.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}
