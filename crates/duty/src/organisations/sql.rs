use super::model::{Contact, Described, Filter, Organisation};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{Error, OrganisationId, Result, TicketId, UnitId, text::search_key};
use sqlx::types::Uuid;
use std::collections::BTreeMap;
use store::Cx;

const TABLE: &str = "organisations";
/// Lines of one page of a list.
pub const PAGE: i64 = 50;

struct Row {
    id: Uuid,
    code: String,
    kind: String,
    name: String,
    ward_id: Option<Uuid>,
    address: Option<String>,
    active_from: jiff_sqlx::Date,
    active_until: Option<jiff_sqlx::Date>,
}

impl TryFrom<Row> for Organisation {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            code: row.code,
            kind: row.kind.parse().map_err(|_| Error::internal("not a kind of organisation"))?,
            name: row.name,
            ward: row.ward_id.map(UnitId),
            address: row.address,
            active_from: row.active_from.to_jiff(),
            active_until: row.active_until.map(jiff_sqlx::Date::to_jiff),
        })
    }
}

/// What of a description lies sealed, as it is written.
struct Sealed {
    tax_code: Option<Vec<u8>>,
    tax_index: Option<Vec<u8>>,
    name: Option<Vec<u8>>,
    phone: Option<Vec<u8>>,
    email: Option<Vec<u8>>,
}

fn seal(cx: &Cx, id: OrganisationId, contact: &Contact) -> Result<Sealed> {
    let seal = |column, text: &Option<String>| {
        text.as_deref().map(|text| cx.seal(TABLE, id.uuid(), column, text)).transpose()
    };
    Ok(Sealed {
        tax_code: seal("tax_code", &contact.tax_code)?,
        tax_index: contact.tax_code.as_deref().map(|code| cx.blind("tax_code", code)).transpose()?,
        name: seal("contact_name", &contact.name)?,
        phone: seal("phone", &contact.phone)?,
        email: seal("email", &contact.email)?,
    })
}

pub(super) async fn insert(cx: &mut Cx, id: OrganisationId, code: &str, new: &Described) -> Result<()> {
    let (tenant, now, sealed) = (cx.tenant().uuid(), cx.now().to_sqlx(), seal(cx, id, &new.contact)?);
    sqlx::query!(
        "insert into organisations (tenant_id, id, code, kind, name, search, address, ward_id, tax_code, tax_index,
                                    contact_name, phone, email, active_from, active_until, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        tenant,
        id.uuid(),
        code,
        new.kind.as_str(),
        new.name,
        new.search,
        new.address,
        new.ward.map(Uuid::from),
        sealed.tax_code,
        sealed.tax_index,
        sealed.name,
        sealed.phone,
        sealed.email,
        new.active_from.to_sqlx(),
        new.active_until.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The code stays: other lists know the organisation by it.
pub(super) async fn save(cx: &mut Cx, id: OrganisationId, new: &Described) -> Result<()> {
    let (tenant, sealed) = (cx.tenant().uuid(), seal(cx, id, &new.contact)?);
    sqlx::query!(
        "update organisations
         set kind = $3, name = $4, search = $5, address = $6, ward_id = $7, tax_code = $8, tax_index = $9,
             contact_name = $10, phone = $11, email = $12, active_from = $13, active_until = $14
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        new.kind.as_str(),
        new.name,
        new.search,
        new.address,
        new.ward.map(Uuid::from),
        sealed.tax_code,
        sealed.tax_index,
        sealed.name,
        sealed.phone,
        sealed.email,
        new.active_from.to_sqlx(),
        new.active_until.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// One organisation. `NotFound` in another tenant.
pub(super) async fn one(cx: &mut Cx, id: OrganisationId) -> Result<Organisation> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select id, code, kind, name, ward_id, address, active_from, active_until from organisations
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// A page of a list and one line more, by name. `own` are the wards the reader may see; `None` is
/// every one, and those without a ward.
pub(super) async fn find(
    cx: &mut Cx,
    filter: &Filter,
    own: Option<Vec<Uuid>>,
    today: Date,
) -> Result<Vec<Organisation>> {
    let tenant = cx.tenant().uuid();
    let (key, code) = (search_key(&filter.text), filter.text.trim().to_uppercase());
    let rows = sqlx::query_as!(
        Row,
        "select id, code, kind, name, ward_id, address, active_from, active_until from organisations
         where tenant_id = $1 and (active_until is not null and active_until < $2) = $3
           and ($4 = '' or search like '%' || $4 || '%' or code = $5)
           and ($6::uuid is null or ward_id = $6) and ($7::uuid[] is null or ward_id = any($7))
         order by search, id offset $8 limit $9",
        tenant,
        today.to_sqlx(),
        filter.ended,
        key,
        code,
        filter.ward.map(Uuid::from),
        own.as_deref(),
        filter.skip.max(0),
        PAGE + 1
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Organisation::try_from).collect()
}

/// Those that are there on a day, in the wards of `own`, by name; at most a thousand, for a choice.
pub(super) async fn active(cx: &mut Cx, day: Date, own: Option<Vec<Uuid>>) -> Result<Vec<Organisation>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, code, kind, name, ward_id, address, active_from, active_until from organisations
         where tenant_id = $1 and active_from <= $2 and (active_until is null or active_until >= $2)
           and ($3::uuid[] is null or ward_id = any($3))
         order by search, id limit 1000",
        tenant,
        day.to_sqlx(),
        own.as_deref()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Organisation::try_from).collect()
}

pub(super) async fn contact(cx: &mut Cx, id: OrganisationId) -> Result<Contact> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select tax_code, contact_name, phone, email from organisations where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    let open = |column, sealed: Option<Vec<u8>>| {
        sealed.map(|sealed| cx.open(TABLE, id.uuid(), column, &sealed)).transpose()
    };
    Ok(Contact {
        tax_code: open("tax_code", row.tax_code)?,
        name: open("contact_name", row.contact_name)?,
        phone: open("phone", row.phone)?,
        email: open("email", row.email)?,
    })
}

/// What organisations are called. Whoever sees their ticket sees their name.
pub async fn names(cx: &mut Cx, ids: &[OrganisationId]) -> Result<BTreeMap<OrganisationId, String>> {
    let (tenant, ids) = (cx.tenant().uuid(), ids.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select id, name from organisations where tenant_id = $1 and id = any($2)",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.name)).collect())
}

/// The organisation that owes each of these tickets, by name; tickets of units are left out.
pub async fn owing(cx: &mut Cx, tickets: &[TicketId]) -> Result<BTreeMap<TicketId, String>> {
    if tickets.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (tenant, ids) = (cx.tenant().uuid(), tickets.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    let rows = sqlx::query!(
        "select t.id, o.name from tickets t
         join organisations o on o.tenant_id = $1 and o.id = t.organisation_id
         where t.tenant_id = $1 and t.id = any($2)",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.name)).collect())
}

/// The address of the organisation's contact, opened: only for sending to it.
pub async fn email(cx: &mut Cx, id: OrganisationId) -> Result<Option<String>> {
    Ok(contact(cx, id).await?.email)
}

/// The telephone of the organisation's contact, opened: only for sending to it.
pub async fn phone(cx: &mut Cx, id: OrganisationId) -> Result<Option<String>> {
    Ok(contact(cx, id).await?.phone)
}

pub async fn has_email(cx: &mut Cx, id: OrganisationId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    Ok(sqlx::query_scalar!(
        r#"select email is not null as "has!" from organisations where tenant_id = $1 and id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .unwrap_or(false))
}

/// Those of a ward that has passed into another are the other's.
pub async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update organisations set ward_id = $3 where tenant_id = $1 and ward_id = $2",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn by_code(cx: &mut Cx, code: &str) -> Result<Option<OrganisationId>> {
    let tenant = cx.tenant().uuid();
    let id =
        sqlx::query_scalar!("select id from organisations where tenant_id = $1 and code = $2", tenant, code)
            .fetch_optional(cx.conn())
            .await?;
    Ok(id.map(OrganisationId))
}
