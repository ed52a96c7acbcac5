//! Finding people: the list of staff by unaccented name or code, and one person by what somebody typed.

use super::Staff;
use crate::{
    permissions::{Action, Permit, Scope, allowed_units},
    units,
};
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result, StaffId, UnitId, text::search_key};
use sqlx::types::Uuid;
use store::Cx;

/// What a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of a name, with or without accents, or a whole code; empty finds everyone.
    pub text: String,
    /// Only who holds a post at this unit.
    pub unit: Option<UnitId>,
    /// Those who have left instead of those who are here.
    pub left: bool,
    /// Rows to pass over, for the pages of the list.
    pub skip: i64,
}

/// People of a page of the list.
pub const PAGE: i64 = 100;

/// The staff list as far as the actor may see it, by name; one more than [`PAGE`] when there are more.
pub async fn find(cx: &mut Cx, filter: &Filter) -> Result<Vec<Staff>> {
    cx.permit_sight(Action::StaffSee, Scope::Tenant)?;
    let (tenant, today) = (cx.tenant().uuid(), units::today(cx).await?.to_sqlx());
    let own: Option<Vec<Uuid>> = allowed_units(&cx.actor, Action::StaffSee)
        .map(|units| units.iter().map(|unit| unit.uuid()).collect());
    let (key, code) = (search_key(&filter.text), filter.text.trim().to_lowercase());
    let rows = sqlx::query!(
        r#"select id, code, full_name, left_on from staff f
           where tenant_id = $1
             and (left_on is not null and left_on <= $2) = $3
             and ($4 = '' or search like '%' || $4 || '%' or lower(code) = $5)
             and ($6::uuid is null or exists (
                   select from posts where tenant_id = $1 and staff_id = f.id and unit_id = $6
                      and ($3 or valid_to is null or valid_to >= $2)))
             and ($7::uuid[] is null or exists (
                   select from posts where tenant_id = $1 and staff_id = f.id and unit_id = any($7)))
           order by search, id
           offset $8 limit $9"#,
        tenant,
        today,
        filter.left,
        key,
        code,
        filter.unit.map(kernel::UnitId::uuid),
        own.as_deref(),
        filter.skip.max(0),
        PAGE + 1
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Staff {
            id: row.id.into(),
            code: row.code,
            full_name: row.full_name,
            left_on: row.left_on.map(jiff_sqlx::Date::to_jiff),
        })
        .collect())
}

/// One person as far as the actor may see him: `NotFound` otherwise.
pub async fn seen(cx: &mut Cx, id: StaffId) -> Result<Staff> {
    cx.permit_sight(Action::StaffSee, Scope::Tenant)?;
    if let Some(own) = allowed_units(&cx.actor, Action::StaffSee) {
        let (tenant, own) = (cx.tenant().uuid(), own.iter().map(|unit| unit.uuid()).collect::<Vec<_>>());
        let here = sqlx::query_scalar!(
            r#"select exists (select from posts
                              where tenant_id = $1 and staff_id = $2 and unit_id = any($3)) as "here!""#,
            tenant,
            id.uuid(),
            &own
        )
        .fetch_one(cx.conn())
        .await?;
        if !here {
            return Err(Error::NotFound);
        }
    }
    super::of(cx, &[id]).await?.remove(&id).ok_or(Error::NotFound)
}

/// The one person whom a typed code or full name means; `Invalid` at `field` when it is nobody or
/// more than one.
pub async fn named(cx: &mut Cx, field: &'static str, text: &str) -> Result<StaffId> {
    let tenant = cx.tenant().uuid();
    // "CB0012 · Trần Văn A", as lists of suggestions write it, means the code.
    let code = text.split('·').next().unwrap_or_default().trim().to_lowercase();
    let rows = sqlx::query!(
        r#"select id, lower(code) = $2 as "by_code!" from staff
           where tenant_id = $1 and left_on is null and (lower(code) = $2 or search = $3) limit 3"#,
        tenant,
        code,
        search_key(text)
    )
    .fetch_all(cx.conn())
    .await?;
    match &rows[..] {
        [] => Err(Error::invalid(field, "error-staff-unknown")),
        [one] => Ok(one.id.into()),
        more => match more.iter().find(|row| row.by_code) {
            Some(row) => Ok(row.id.into()),
            None => Err(Error::invalid(field, "error-staff-ambiguous")),
        },
    }
}
