//! Putting a record right: what was wrong is overwritten, and stays in the sealed part of the event.

use super::{
    Birth, Opened,
    batch::NewPhone,
    sql::{self, CITIZEN_ID, PEOPLE, PHONE, PHONES},
    sql_batch,
};
use jiff_sqlx::ToSqlx;
use kernel::{
    Error, PersonId, Phone, Result,
    address::Address,
    citizen_id::{CitizenId, Sex},
    names::PersonName,
};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// What is right.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Name(PersonName),
    Birth(Birth),
    Sex(Sex),
    CitizenId(CitizenId),
    /// A number more, and perhaps one less: several people may share one, so the wrong one is named.
    Phone(Phone, Option<Uuid>),
    Address(Box<Address>),
}

impl Change {
    const fn field(&self) -> &'static str {
        match self {
            Self::Name(_) => "name",
            Self::Birth(_) => "birth",
            Self::Sex(_) => "sex",
            Self::CitizenId(_) => "citizen_id",
            Self::Phone(..) => "phone",
            Self::Address(_) => "address",
        }
    }
}

/// Writes what is right over what was wrong. The caller answers for the permission, and holds the
/// households that have to do with the person: they are locked before him. `by` is the request that asked
/// for it.
pub(crate) async fn correct(cx: &mut Cx, id: PersonId, change: &Change, by: Uuid) -> Result<()> {
    let ward = sql::ward(cx, id).await?;
    let was = sql::open(cx, id).await?;
    let before = match change {
        Change::Name(_) => json!(was.full_name),
        Change::Birth(_) => json!(was.birth.map(Birth::shown)),
        Change::Sex(_) => json!(was.sex.map(Sex::as_str)),
        Change::CitizenId(_) => json!(was.citizen_id.as_ref().map(CitizenId::as_str)),
        Change::Phone(..) => json!(was.phones.iter().map(Phone::as_e164).collect::<Vec<_>>()),
        Change::Address(_) => json!(was.address),
    };
    match change {
        Change::Phone(phone, wrong) => {
            if let Some(wrong) = wrong {
                remove_phone(cx, id, *wrong).await?;
            }
            let index = cx.blind(PHONE, phone.as_e164())?;
            sql_batch::add_phones(cx, &[NewPhone { person: id, phone, index }]).await?;
        }
        other => write(cx, id, other).await?,
    }
    // He is found by what is right: the upkeep of the minute makes his keys anew.
    if matches!(change, Change::Name(_) | Change::Birth(_) | Change::Address(_)) {
        sql_batch::unkey(cx, id, matches!(change, Change::Address(_))).await?;
    }
    cx.record(
        Event::new("person.corrected", id)
            .unit(ward)
            .data(json!({ "field": change.field(), "correction": by }))
            .payload(json!({ "before": before })),
    );
    Ok(())
}

async fn write(cx: &mut Cx, id: PersonId, change: &Change) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let person = id.uuid();
    let done = match change {
        Change::Name(name) => {
            sqlx::query!(
                "update people set full_name = $3, search = $4, updated_at = $5
                 where tenant_id = $1 and id = $2 and erased_at is null",
                tenant,
                person,
                name.as_str(),
                name.search_key(),
                now
            )
            .execute(cx.conn())
            .await?
        }
        Change::Birth(birth) => {
            sqlx::query!(
                "update people set birth_year = $3, birth_date = $4, updated_at = $5
                 where tenant_id = $1 and id = $2 and erased_at is null",
                tenant,
                person,
                birth.year(),
                birth.day().map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Date>,
                now
            )
            .execute(cx.conn())
            .await?
        }
        Change::Sex(sex) => {
            sqlx::query!(
                "update people set sex = $3, updated_at = $4
                 where tenant_id = $1 and id = $2 and erased_at is null",
                tenant,
                person,
                sex.as_str(),
                now
            )
            .execute(cx.conn())
            .await?
        }
        Change::CitizenId(number) => {
            let sealed = cx.seal(PEOPLE, person, "citizen_id", number.as_str())?;
            let index = cx.blind(CITIZEN_ID, number.as_str())?;
            sqlx::query!(
                "update people set citizen_id = $3, citizen_id_index = $4, updated_at = $5
                 where tenant_id = $1 and id = $2 and erased_at is null",
                tenant,
                person,
                sealed,
                index,
                now
            )
            .execute(cx.conn())
            .await?
        }
        Change::Address(address) => {
            let parts = serde_json::to_value(address.parts()).map_err(Error::internal)?;
            sqlx::query!(
                "update people set address = $3, address_parts = $4, address_key = $5, updated_at = $6
                 where tenant_id = $1 and id = $2 and erased_at is null",
                tenant,
                person,
                address.original(),
                parts,
                address.search_key(),
                now
            )
            .execute(cx.conn())
            .await?
        }
        Change::Phone(..) => return Ok(()),
    };
    if done.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound) }
}

async fn remove_phone(cx: &mut Cx, id: PersonId, number: Uuid) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "delete from person_phones where tenant_id = $1 and person_id = $2 and id = $3",
        tenant,
        id.uuid(),
        number
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The record as its own person may read it, whose code has been asked. The caller masks what is shown.
pub(crate) async fn own(cx: &mut Cx, id: PersonId) -> Result<Opened> {
    sql::ward(cx, id).await?;
    sql::open(cx, id).await
}

/// Each number of a person with its row, the newest first.
pub(crate) async fn numbers(cx: &mut Cx, id: PersonId) -> Result<Vec<(Uuid, Phone)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, phone from person_phones where tenant_id = $1 and person_id = $2 order by id desc",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let number = cx.open(PHONES, row.id, "phone", &row.phone)?;
            Ok((row.id, Phone::parse(&number).map_err(Error::internal)?))
        })
        .collect()
}
