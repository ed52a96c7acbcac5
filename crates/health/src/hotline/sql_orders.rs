use super::{
    model::{Fault, Kind},
    orders::To,
};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{CallId, Error, Result, StaffId, UnitId};
use sqlx::types::Uuid;
use store::Cx;

/// What the desk has asked of a call.
#[derive(Clone, Debug)]
pub struct Asked {
    pub call: CallId,
    /// In the order in which they were given, from 1.
    pub place: i16,
    pub kind: Kind,
    /// To whom it is passed on.
    pub to: Option<To>,
    pub by: StaffId,
    /// Who talked with the caller then.
    pub(super) operator: Option<StaffId>,
    pub at: Timestamp,
    pub done_at: Option<Timestamp>,
    /// Why it could not be done.
    pub fault: Option<Fault>,
}

struct Row {
    call_id: Uuid,
    place: i16,
    kind: String,
    to_staff_id: Option<Uuid>,
    to_unit_id: Option<Uuid>,
    asked_by: Uuid,
    operator_id: Option<Uuid>,
    asked_at: jiff_sqlx::Timestamp,
    done_at: Option<jiff_sqlx::Timestamp>,
    fault: Option<String>,
}

impl TryFrom<Row> for Asked {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let unit = row.to_unit_id.map(|id| To::Unit(UnitId(id)));
        Ok(Self {
            call: row.call_id.into(),
            place: row.place,
            kind: row.kind.parse()?,
            to: unit.or_else(|| row.to_staff_id.map(|id| To::Operator(StaffId(id)))),
            by: StaffId(row.asked_by),
            operator: row.operator_id.map(StaffId),
            at: row.asked_at.to_jiff(),
            done_at: row.done_at.map(jiff_sqlx::Timestamp::to_jiff),
            fault: row.fault.as_deref().map(str::parse).transpose()?,
        })
    }
}

/// Puts it behind what was asked of this call before; its place. The call is locked.
pub(super) async fn insert(
    cx: &mut Cx,
    call: CallId,
    kind: Kind,
    to: Option<To>,
    by: StaffId,
    operator: Option<StaffId>,
) -> Result<i16> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let (staff, unit) = match to {
        Some(To::Operator(staff)) => (Some(staff.uuid()), None),
        Some(To::Unit(unit)) => (None, Some(unit.uuid())),
        None => (None, None),
    };
    Ok(sqlx::query_scalar!(
        "insert into hotline_orders (tenant_id, call_id, place, kind, to_staff_id, to_unit_id, asked_by, operator_id, asked_at)
         select $1, $2, coalesce(max(place), 0)::smallint + 1::smallint, $3, $4, $5, $6, $7, $8
         from hotline_orders where tenant_id = $1 and call_id = $2
         returning place",
        tenant,
        call.uuid(),
        kind.as_str(),
        staff,
        unit,
        by.uuid(),
        operator.map(StaffId::uuid),
        now
    )
    .fetch_one(cx.conn())
    .await?)
}

/// What comes after this place and is not done yet.
pub(super) async fn next(cx: &mut Cx, call: CallId, after: i16) -> Result<Option<Asked>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select call_id, place, kind, to_staff_id, to_unit_id, asked_by, operator_id, asked_at, done_at, fault
         from hotline_orders where tenant_id = $1 and call_id = $2 and place > $3 and done_at is null
         order by place limit 1",
        tenant,
        call.uuid(),
        after
    )
    .fetch_optional(cx.conn())
    .await?
    .map(Asked::try_from)
    .transpose()
}

/// What came of it.
pub(super) async fn done(cx: &mut Cx, call: CallId, place: i16, fault: Option<Fault>) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update hotline_orders set done_at = $4, fault = $5
         where tenant_id = $1 and call_id = $2 and place = $3 and done_at is null",
        tenant,
        call.uuid(),
        place,
        now,
        fault.map(Fault::as_str)
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// The call is over: what was not done will not be.
pub(super) async fn close(cx: &mut Cx, call: CallId) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update hotline_orders set done_at = $3, fault = 'over'
         where tenant_id = $1 and call_id = $2 and done_at is null",
        tenant,
        call.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn one(cx: &mut Cx, call: CallId, place: i16) -> Result<Asked> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        "select call_id, place, kind, to_staff_id, to_unit_id, asked_by, operator_id, asked_at, done_at, fault
         from hotline_orders where tenant_id = $1 and call_id = $2 and place = $3",
        tenant,
        call.uuid(),
        place
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()
}

/// What was asked last of each of these calls.
pub(super) async fn latest(cx: &mut Cx, calls: &[CallId]) -> Result<Vec<Asked>> {
    let (tenant, ids) = (cx.tenant().uuid(), calls.iter().map(|id| id.uuid()).collect::<Vec<_>>());
    sqlx::query_as!(
        Row,
        "select distinct on (call_id) call_id, place, kind, to_staff_id, to_unit_id, asked_by, operator_id, asked_at,
                done_at, fault
         from hotline_orders where tenant_id = $1 and call_id = any($2)
         order by call_id, place desc",
        tenant,
        &ids
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Asked::try_from)
    .collect()
}
