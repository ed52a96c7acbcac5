use super::{
    Channel, Item,
    act::{Need, NewNeed},
};
use jiff_sqlx::ToSqlx;
use kernel::{Error, HouseholdId, NeedId, Result, StaffId, TicketId};
use store::Cx;

const NEEDS: &str = "care_needs";

/// Writes it; false when this form came before.
pub(super) async fn insert(
    cx: &mut Cx,
    id: NeedId,
    household: HouseholdId,
    new: &NewNeed,
    note: &str,
    channel: Channel,
) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let note = Some(note).filter(|note| !note.is_empty());
    let sealed = note.map(|note| cx.seal(NEEDS, id.uuid(), "note", note)).transpose()?;
    let items: Vec<String> = new.items.iter().map(|item| item.as_str().to_owned()).collect();
    let added = sqlx::query!(
        "insert into care_needs (tenant_id, id, household_id, form_key, items, note, asked_at, asked_by, channel)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (tenant_id, household_id, form_key) do nothing",
        tenant,
        id.uuid(),
        household.uuid(),
        new.form_key,
        &items,
        sealed,
        now,
        by,
        channel.as_str()
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

pub(super) async fn set_ticket(cx: &mut Cx, id: NeedId, ticket: TicketId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update care_needs set ticket_id = $3 where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        ticket.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Whose it is: of the one that stays, where the household that asked has become one with another.
pub(super) async fn household_of(cx: &mut Cx, id: NeedId) -> Result<HouseholdId> {
    let tenant = cx.tenant().uuid();
    let household = sqlx::query_scalar!(
        r#"select coalesce(h.joined_into, h.id) as "household!"
           from care_needs n join households h on h.tenant_id = n.tenant_id and h.id = n.household_id
           where n.tenant_id = $1 and n.id = $2"#,
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(household.into())
}

pub(super) async fn meet(cx: &mut Cx, id: NeedId) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update care_needs set met_at = $3, met_by = $4 where tenant_id = $1 and id = $2 and met_at is null",
        tenant,
        id.uuid(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The tickets of what nobody has said to be met, at those too that have become one with it.
pub(super) async fn unmet_tickets(cx: &mut Cx, household: HouseholdId) -> Result<Vec<TicketId>> {
    let tenant = cx.tenant().uuid();
    let tickets = sqlx::query_scalar!(
        r#"select distinct n.ticket_id as "ticket!"
           from households h join care_needs n on n.tenant_id = h.tenant_id and n.household_id = h.id
           where h.tenant_id = $1 and (h.id = $2 or h.joined_into = $2)
             and n.met_at is null and n.ticket_id is not null"#,
        tenant,
        household.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(tickets.into_iter().map(TicketId).collect())
}

/// The newest first, with what those asked for that have become one with it.
pub(super) async fn of_household(cx: &mut Cx, household: HouseholdId) -> Result<Vec<Need>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select n.id, n.items, n.note, n.asked_at, n.asked_by, n.channel, n.ticket_id, n.met_at
         from households h join care_needs n on n.tenant_id = h.tenant_id and n.household_id = h.id
         where h.tenant_id = $1 and (h.id = $2 or h.joined_into = $2)
         order by n.asked_at desc, n.id desc limit 100",
        tenant,
        household.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let items: Result<Vec<Item>> = row.items.iter().map(|word| word.parse()).collect();
            Ok(Need {
                id: row.id.into(),
                items: items?,
                note: row.note.map(|sealed| cx.open(NEEDS, row.id, "note", &sealed)).transpose()?,
                asked_at: row.asked_at.to_jiff(),
                asked_by: row.asked_by.map(StaffId),
                channel: row.channel.parse()?,
                ticket: row.ticket_id.map(TicketId),
                met_at: row.met_at.map(jiff_sqlx::Timestamp::to_jiff),
            })
        })
        .collect()
}
