use super::{exports::Decided, seen::Spot};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Error, GateId, PlaceId, Result, StaffId};
use sqlx::types::Uuid;
use store::Cx;

pub(super) const TABLE: &str = "checkin_exports";
pub(super) const WORDS: &str = "words";
/// Lists that a page shows.
const MOST: i64 = 200;

pub(super) struct NewExport {
    pub id: Uuid,
    pub spot: Spot,
    pub from: Timestamp,
    pub to: Timestamp,
    pub words: Vec<u8>,
    pub by: StaffId,
}

pub(super) async fn insert(cx: &mut Cx, new: &NewExport) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let (gate, place) = match new.spot {
        Spot::Gate(gate) => (Some(gate.uuid()), None),
        Spot::Place(place) => (None, Some(place.uuid())),
    };
    sqlx::query!(
        "insert into checkin_exports (tenant_id, id, gate_id, place_id, from_at, to_at, words, requested_by,
                                      requested_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        new.id,
        gate,
        place,
        new.from.to_sqlx(),
        new.to.to_sqlx(),
        new.words,
        new.by.uuid(),
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// A list that was asked for, its reason still sealed.
pub(super) struct Kept {
    pub id: Uuid,
    pub spot: Spot,
    pub from: Timestamp,
    pub to: Timestamp,
    pub words: Vec<u8>,
    pub asked_by: StaffId,
    pub asked_at: Timestamp,
    pub decided: Option<Decided>,
}

struct Row {
    id: Uuid,
    gate_id: Option<Uuid>,
    place_id: Option<Uuid>,
    from_at: jiff_sqlx::Timestamp,
    to_at: jiff_sqlx::Timestamp,
    words: Vec<u8>,
    requested_by: Uuid,
    requested_at: jiff_sqlx::Timestamp,
    approved_by: Option<Uuid>,
    refused_by: Option<Uuid>,
    decided_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for Kept {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let spot = match (row.gate_id, row.place_id) {
            (Some(gate), None) => Spot::Gate(GateId(gate)),
            (None, Some(place)) => Spot::Place(PlaceId(place)),
            _ => return Err(Error::internal("a list of check-ins is of no gate and no place")),
        };
        let by = row.approved_by.or(row.refused_by);
        let decided = by.zip(row.decided_at).map(|(by, at)| Decided {
            by: StaffId(by),
            at: at.to_jiff(),
            agreed: row.approved_by.is_some(),
        });
        Ok(Self {
            id: row.id,
            spot,
            from: row.from_at.to_jiff(),
            to: row.to_at.to_jiff(),
            words: row.words,
            asked_by: StaffId(row.requested_by),
            asked_at: row.requested_at.to_jiff(),
            decided,
        })
    }
}

pub(super) async fn lock(cx: &mut Cx, id: Uuid) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query_as!(
        Row,
        "select id, gate_id, place_id, from_at, to_at, words, requested_by, requested_at, approved_by, refused_by,
                decided_at
         from checkin_exports where tenant_id = $1 and id = $2 for update",
        tenant,
        id
    )
    .fetch_optional(cx.conn())
    .await?;
    row.ok_or(Error::NotFound)?.try_into()
}

/// Those that nobody has decided, oldest first.
pub(super) async fn waiting(cx: &mut Cx) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, gate_id, place_id, from_at, to_at, words, requested_by, requested_at, approved_by, refused_by,
                decided_at
         from checkin_exports where tenant_id = $1 and decided_at is null order by requested_at, id limit $2",
        tenant,
        MOST
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// Those that somebody has asked for, newest first.
pub(super) async fn of(cx: &mut Cx, staff: StaffId) -> Result<Vec<Kept>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select id, gate_id, place_id, from_at, to_at, words, requested_by, requested_at, approved_by, refused_by,
                decided_at
         from checkin_exports where tenant_id = $1 and requested_by = $2 order by requested_at desc, id limit $3",
        tenant,
        staff.uuid(),
        MOST
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

pub(super) async fn decide(cx: &mut Cx, id: Uuid, by: StaffId, agreed: bool) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!(
        "update checkin_exports
         set approved_by = case when $4 then $3::uuid end, refused_by = case when $4 then null else $3::uuid end,
             decided_at = $5
         where tenant_id = $1 and id = $2",
        tenant,
        id,
        by.uuid(),
        agreed,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn made(cx: &mut Cx, id: Uuid) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    sqlx::query!("update checkin_exports set made_at = $3 where tenant_id = $1 and id = $2", tenant, id, now)
        .execute(cx.conn())
        .await?;
    Ok(())
}
