use super::{
    list::{Ordered, Seen},
    model::{Described, Kind, Measure, NewVisit, Role, State},
};
use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx;
use kernel::{CaseId, Error, OrganisationId, PersonId, PlaceId, Result, StaffId, UnitId, address::Address};
use sqlx::types::Uuid;
use store::Cx;

const MEASURES: &str = "place_measures";

/// A place as lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub id: PlaceId,
    pub name: String,
    pub kind: Kind,
    pub ward: UnitId,
    pub state: State,
    pub state_at: Timestamp,
    /// Latitude and longitude.
    pub point: Option<(f64, f64)>,
    /// F0s that were there, ever.
    pub cases: i64,
    /// Of those the ones within the days of the rule.
    pub recent: i64,
    /// As many as the rule asks, and nobody has declared or closed it.
    pub proposed: bool,
}

struct Row {
    id: Uuid,
    name: String,
    kind: String,
    ward_id: Uuid,
    state: String,
    state_at: jiff_sqlx::Timestamp,
    lat: Option<f64>,
    lon: Option<f64>,
    cases: i64,
    recent: i64,
    proposed: bool,
}

impl TryFrom<Row> for Line {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            kind: row.kind.parse()?,
            ward: row.ward_id.into(),
            state: row.state.parse()?,
            state_at: row.state_at.to_jiff(),
            point: row.lat.zip(row.lon),
            cases: row.cases,
            recent: row.recent,
            proposed: row.proposed,
        })
    }
}

/// A place as it lies in its row, as far as acts look at it.
pub(super) struct Kept {
    pub ward: UnitId,
    pub state: State,
    /// It was declared an outbreak place, and that was not taken back.
    pub declared: bool,
}

/// One place at a time is put on record in a ward.
pub(super) async fn queue_up(cx: &mut Cx, ward: UnitId) -> Result<()> {
    let place = format!("{}{ward}", cx.tenant());
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtextextended($1, 7704)) is null as "locked!""#, place)
        .fetch_one(cx.conn())
        .await?;
    Ok(())
}

/// The place of this name and address in its ward.
pub(super) async fn same(cx: &mut Cx, new: &Described) -> Result<Option<PlaceId>> {
    let tenant = cx.tenant().uuid();
    let place = sqlx::query_scalar!(
        "select id from places
         where tenant_id = $1 and ward_id = $2 and search = $3 and address_key is not distinct from $4
         order by id limit 1",
        tenant,
        new.ward.uuid(),
        new.search,
        new.address.as_ref().map(Address::search_key)
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(place.map(PlaceId))
}

pub(super) async fn insert(
    cx: &mut Cx,
    id: PlaceId,
    new: &Described,
    organisation: Option<OrganisationId>,
) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let (lat, lon) = new.point.unzip();
    sqlx::query!(
        "insert into places (tenant_id, id, name, search, kind, organisation_id, ward_id, address, address_key, lat, lon,
                             state, state_at, state_by, made_at, made_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'known', $12, $13, $12, $13)",
        tenant,
        id.uuid(),
        new.name,
        new.search,
        new.kind.as_str(),
        organisation.map(OrganisationId::uuid),
        new.ward.uuid(),
        new.address.as_ref().map(Address::original),
        new.address.as_ref().map(Address::search_key),
        lat,
        lon,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn lock(cx: &mut Cx, id: PlaceId) -> Result<Kept> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select ward_id, state, declared_at from places where tenant_id = $1 and id = $2 for update",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok(Kept { ward: row.ward_id.into(), state: row.state.parse()?, declared: row.declared_at.is_some() })
}

/// Moves a place; `declared` says that it is declared now, or that this is taken back.
pub(super) async fn move_to(cx: &mut Cx, id: PlaceId, to: State, declared: Option<bool>) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update places
         set state = $3, state_at = $4, state_by = $5,
             declared_at = case when $6::boolean is null then declared_at when $6 then $4 end
         where tenant_id = $1 and id = $2",
        tenant,
        id.uuid(),
        to.as_str(),
        now,
        by,
        declared
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// Who was at a place, F0 or not.
pub(super) async fn cases_at(cx: &mut Cx, id: PlaceId) -> Result<Vec<CaseId>> {
    let tenant = cx.tenant().uuid();
    let cases = sqlx::query_scalar!(
        "select distinct case_id from place_visits
         where tenant_id = $1 and place_id = $2 and withdrawn_at is null order by case_id",
        tenant,
        id.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(cases.into_iter().map(CaseId).collect())
}

/// Writes a visit; false when it is known.
pub(super) async fn insert_visit(
    cx: &mut Cx,
    id: Uuid,
    place: PlaceId,
    case: CaseId,
    new: &NewVisit,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> Result<bool> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    let added = sqlx::query!(
        "insert into place_visits (tenant_id, id, place_id, case_id, from_at, to_at, role, told, entered_at, entered_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (tenant_id, place_id, case_id, role) where withdrawn_at is null do nothing",
        tenant,
        id,
        place.uuid(),
        case.uuid(),
        from.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        to.map(ToSqlx::to_sqlx) as Option<jiff_sqlx::Timestamp>,
        new.role.as_str(),
        new.told.as_str(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Whose visit it is, and whether it counts.
pub(super) async fn visit(cx: &mut Cx, place: PlaceId, visit: Uuid) -> Result<(CaseId, bool)> {
    let tenant = cx.tenant().uuid();
    let row = sqlx::query!(
        "select case_id, withdrawn_at from place_visits where tenant_id = $1 and id = $2 and place_id = $3",
        tenant,
        visit,
        place.uuid()
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?;
    Ok((row.case_id.into(), row.withdrawn_at.is_none()))
}

/// Whether there is such a place.
pub(crate) async fn is_known(cx: &mut Cx, id: PlaceId) -> Result<bool> {
    let tenant = cx.tenant().uuid();
    let known = sqlx::query_scalar!(
        r#"select exists (select from places where tenant_id = $1 and id = $2) as "known!""#,
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    Ok(known)
}

/// The ward of a place that is an outbreak place now.
pub(crate) async fn outbreak_in(cx: &mut Cx, id: PlaceId) -> Result<Option<UnitId>> {
    let tenant = cx.tenant().uuid();
    let ward = sqlx::query_scalar!(
        "select ward_id from places where tenant_id = $1 and id = $2 and state = 'outbreak'",
        tenant,
        id.uuid()
    )
    .fetch_optional(cx.conn())
    .await?;
    Ok(ward.map(UnitId))
}

pub(super) async fn withdraw_visit(cx: &mut Cx, visit: Uuid) -> Result<()> {
    let (tenant, now, by) = (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid));
    sqlx::query!(
        "update place_visits set withdrawn_at = $3, withdrawn_by = $4 where tenant_id = $1 and id = $2",
        tenant,
        visit,
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

pub(super) async fn measure(cx: &mut Cx, place: PlaceId, kind: Measure, on: Date, words: &str) -> Result<()> {
    let (tenant, now, by, id) =
        (cx.tenant().uuid(), cx.now().to_sqlx(), cx.actor.staff_id().map(StaffId::uuid), cx.id::<Uuid>());
    let sealed = if words.is_empty() { None } else { Some(cx.seal(MEASURES, id, "words", words)?) };
    sqlx::query!(
        "insert into place_measures (tenant_id, id, place_id, kind, on_day, words, by, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        id,
        place.uuid(),
        kind.as_str(),
        on.to_sqlx(),
        sealed,
        by,
        now
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}

/// What was ordered at a place, the newest first.
pub(super) async fn measures(cx: &mut Cx, place: PlaceId) -> Result<Vec<Ordered>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select id, kind, on_day, words, by, at from place_measures
         where tenant_id = $1 and place_id = $2 order by on_day desc, at desc, id",
        tenant,
        place.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Ordered {
                kind: row.kind.parse()?,
                on: row.on_day.to_jiff(),
                words: row.words.map(|sealed| cx.open(MEASURES, row.id, "words", &sealed)).transpose()?,
                by: row.by.map(StaffId),
                at: row.at.to_jiff(),
            })
        })
        .collect()
}

/// What a list asks for.
pub(super) struct Asked {
    pub ward: Option<UnitId>,
    pub state: Option<State>,
    /// As `kernel::text::search_key` folds it; empty means all.
    pub text: String,
    /// Cases from this day on are recent.
    pub since: Date,
    /// So many of them propose a place.
    pub enough: i64,
}

/// Those that are proposed, then the outbreak places, then the others by name.
pub(super) async fn list(cx: &mut Cx, asked: &Asked, limit: i64) -> Result<Vec<Line>> {
    let tenant = cx.tenant().uuid();
    sqlx::query_as!(
        Row,
        r#"select id as "id!", name as "name!", kind as "kind!", ward_id as "ward_id!", state as "state!",
                  state_at as "state_at!", lat, lon, cases as "cases!", recent as "recent!",
                  (state in ('known', 'watched') and recent >= $6) as "proposed!"
           from (select p.id, p.name, p.search, p.kind, p.ward_id, p.state, p.state_at, p.lat, p.lon,
                        count(distinct c.id) as cases,
                        count(distinct c.id) filter (where c.reported_on >= $5) as recent
                 from places p
                 left join place_visits v on v.tenant_id = $1 and v.place_id = p.id and v.withdrawn_at is null
                 left join cases c on c.tenant_id = $1 and c.id = v.case_id and c.classification = 'confirmed'
                                  and c.withdrawn_at is null and c.same_as is null
                 where p.tenant_id = $1 and ($2::uuid is null or p.ward_id = $2)
                   and ($3::text is null or p.state = $3)
                   and ($4::text = '' or p.search like '%' || $4 || '%')
                 group by p.tenant_id, p.id) q
           order by (state in ('known', 'watched') and recent >= $6) desc, (state = 'outbreak') desc,
                    (state = 'watched') desc, recent desc, search, id
           limit $7"#,
        tenant,
        asked.ward.map(UnitId::uuid),
        asked.state.map(State::as_str),
        asked.text,
        asked.since.to_sqlx(),
        asked.enough,
        limit
    )
    .fetch_all(cx.conn())
    .await?
    .into_iter()
    .map(Line::try_from)
    .collect()
}

/// What a place's page shows beside its line.
pub(super) struct Facts {
    pub address: Option<String>,
    pub organisation: Option<OrganisationId>,
    pub made_at: Timestamp,
}

pub(super) async fn find(cx: &mut Cx, id: PlaceId, since: Date, enough: i64) -> Result<(Line, Facts)> {
    let tenant = cx.tenant().uuid();
    let line: Line = sqlx::query_as!(
        Row,
        r#"select id as "id!", name as "name!", kind as "kind!", ward_id as "ward_id!", state as "state!",
                  state_at as "state_at!", lat, lon, cases as "cases!", recent as "recent!",
                  (state in ('known', 'watched') and recent >= $4) as "proposed!"
           from (select p.id, p.name, p.kind, p.ward_id, p.state, p.state_at, p.lat, p.lon,
                        count(distinct c.id) as cases,
                        count(distinct c.id) filter (where c.reported_on >= $3) as recent
                 from places p
                 left join place_visits v on v.tenant_id = $1 and v.place_id = p.id and v.withdrawn_at is null
                 left join cases c on c.tenant_id = $1 and c.id = v.case_id and c.classification = 'confirmed'
                                  and c.withdrawn_at is null and c.same_as is null
                 where p.tenant_id = $1 and p.id = $2
                 group by p.tenant_id, p.id) q"#,
        tenant,
        id.uuid(),
        since.to_sqlx(),
        enough
    )
    .fetch_optional(cx.conn())
    .await?
    .ok_or(Error::NotFound)?
    .try_into()?;
    let row = sqlx::query!(
        "select address, organisation_id, made_at from places where tenant_id = $1 and id = $2",
        tenant,
        id.uuid()
    )
    .fetch_one(cx.conn())
    .await?;
    let facts = Facts {
        address: row.address,
        organisation: row.organisation_id.map(OrganisationId),
        made_at: row.made_at.to_jiff(),
    };
    Ok((line, facts))
}

/// The places at which a case was, by name.
pub(super) async fn of_case(
    cx: &mut Cx,
    case: CaseId,
    since: Date,
    enough: i64,
) -> Result<Vec<(Line, Role)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        "select place_id, role from place_visits
         where tenant_id = $1 and case_id = $2 and withdrawn_at is null order by entered_at, id",
        tenant,
        case.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    let mut places = Vec::with_capacity(rows.len());
    for row in rows {
        let (line, _) = find(cx, row.place_id.into(), since, enough).await?;
        places.push((line, row.role.parse()?));
    }
    Ok(places)
}

/// A visit with the person, whose name is still to be filled in.
pub(super) struct Visitor {
    pub person: PersonId,
    pub ward: UnitId,
    pub seen: Seen,
}

/// Who was at a place, the latest report first; what was withdrawn is left out.
pub(super) async fn visits(cx: &mut Cx, place: PlaceId) -> Result<Vec<Visitor>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select v.id, v.case_id, v.from_at, v.to_at, v.role, v.told, v.entered_at, c.person_id, c.ward_id,
                  (c.classification = 'confirmed') as "is_f0!"
           from place_visits v join cases c on c.tenant_id = $1 and c.id = v.case_id and c.withdrawn_at is null
           where v.tenant_id = $1 and v.place_id = $2 and v.withdrawn_at is null
           order by c.reported_at desc, v.id limit 500"#,
        tenant,
        place.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Visitor {
                person: row.person_id.into(),
                ward: row.ward_id.into(),
                seen: Seen {
                    visit: row.id,
                    case: row.case_id.into(),
                    name: None,
                    ward: row.ward_id.into(),
                    role: row.role.parse()?,
                    told: row.told.parse()?,
                    from_at: row.from_at.map(jiff_sqlx::Timestamp::to_jiff),
                    to_at: row.to_at.map(jiff_sqlx::Timestamp::to_jiff),
                    entered_at: row.entered_at.to_jiff(),
                    is_f0: row.is_f0,
                },
            })
        })
        .collect()
}

/// The businesses and schools at whose places a case was, each with the place.
pub(crate) async fn employers_of_visits(cx: &mut Cx, case: CaseId) -> Result<Vec<(OrganisationId, PlaceId)>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query!(
        r#"select p.organisation_id as "organisation!", p.id from place_visits v
           join places p on p.tenant_id = $1 and p.id = v.place_id and p.organisation_id is not null
           where v.tenant_id = $1 and v.case_id = $2 and v.withdrawn_at is null order by p.id"#,
        tenant,
        case.uuid()
    )
    .fetch_all(cx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organisation.into(), row.id.into())).collect())
}

/// What lay in a ward that has passed into another lies in the other.
pub async fn move_to_ward(cx: &mut Cx, from: UnitId, to: UnitId) -> Result<()> {
    let tenant = cx.tenant().uuid();
    sqlx::query!(
        "update places set ward_id = $3 where tenant_id = $1 and ward_id = $2",
        tenant,
        from.uuid(),
        to.uuid()
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
