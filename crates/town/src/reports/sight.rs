//! What officials see of a report, and what only the centre may open.

use super::{
    TrackingCode,
    model::{Channel, State},
    place,
    sql::{self, Kept, Reply},
    submit::owner,
};
use crate::files::{self, File, Purpose, Shot, Size, Vault};
use duty::{
    permissions::{Action, Permit, Scope, permits},
    tenants::Tenant,
    tickets,
};
use jiff::Timestamp;
use kernel::{Error, FileId, MatterId, Phone, ReportId, Result, StaffId, TicketId, UnitId, text};
use serde_json::json;
use store::{Cx, Event};

/// Longest reason, in characters.
const REASON: usize = 2000;

/// A report as its handling unit sees it: everything but who sent it.
#[derive(Clone, Debug)]
pub struct Report {
    pub id: ReportId,
    pub channel: Channel,
    pub external_code: Option<String>,
    pub category: String,
    pub ward: UnitId,
    pub point: Option<(f64, f64)>,
    /// `None` when hidden; whoever may hide words still reads them.
    pub address: Option<String>,
    pub details: Option<String>,
    /// Why the words are hidden.
    pub hidden: Option<String>,
    pub anonymous: bool,
    /// Whether there is a name, and a phone, that the centre could open.
    pub has_name: bool,
    pub has_phone: bool,
    /// How many reports came from the same source in the hour before.
    pub source_rate: i32,
    pub received_at: Timestamp,
    pub by_staff: Option<StaffId>,
    pub matter: MatterId,
    pub ticket: TicketId,
    pub merged_into: Option<ReportId>,
    pub state: State,
    pub unit: Option<UnitId>,
    pub due_at: Timestamp,
    pub overdue: bool,
    pub with_leader: bool,
    pub reopened: i16,
    pub rating: Option<i16>,
    pub satisfied: Option<bool>,
    /// The reporter's pictures and, after them, the proofs of the answers.
    pub files: Vec<Attachment>,
    pub replies: Vec<Reply>,
}

/// A file of a report with what its camera wrote.
#[derive(Clone, Debug)]
pub struct Attachment {
    pub file: File,
    pub evidence: Evidence,
}

/// What the reader may know of a picture's time and place. Where a resident stood tells who he is.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// As the camera wrote it: of a proof, and to whoever may open who sent the report.
    Whole(Shot),
    /// Whether the place fits that of the report; `None` when one of them is not known.
    Fits(Option<bool>),
}

/// A picture taken this near shows the place of the report: a phone's fix among houses, and the width
/// of a market.
const FITS_METRES: f64 = 150.0;

/// Who sent a report.
pub struct Reporter {
    pub name: Option<String>,
    pub phone: Option<Phone>,
}

/// A report the actor may see; `NotFound` otherwise.
pub(super) async fn sighted(cx: &mut Cx, id: ReportId) -> Result<Kept> {
    let report = sql::find(cx, id).await?;
    let mut units = tickets::seats(cx, report.ticket).await?;
    units.extend(report.unit);
    units.push(report.ward);
    cx.permit_sight(Action::ReportSee, Scope::Units(&units))?;
    Ok(report)
}

/// The words of a report as the actor may read them: address and details; `None` when hidden.
pub(super) fn words(cx: &Cx, report: &Kept) -> Result<(Option<String>, Option<String>)> {
    let moderates = permits(&cx.actor, Action::ReportModerate, Scope::Units(&[report.ward]));
    if report.moderation.is_some() && !moderates {
        return Ok((None, None));
    }
    let id = report.id.uuid();
    let address =
        report.address.as_ref().map(|sealed| cx.open(sql::TABLE, id, "address", sealed)).transpose()?;
    Ok((address, Some(cx.open(sql::TABLE, id, "details", &report.details)?)))
}

pub(super) fn moderation(cx: &Cx, report: &Kept) -> Result<Option<String>> {
    let sealed = report.moderation.as_ref();
    sealed.map(|sealed| cx.open(sql::TABLE, report.id.uuid(), "moderation", sealed)).transpose()
}

/// One report, for whoever handles it or stands above.
pub async fn report(cx: &mut Cx, id: ReportId) -> Result<Report> {
    let kept = sighted(cx, id).await?;
    let (address, details) = words(cx, &kept)?;
    let mut files = Vec::new();
    let opens = permits(&cx.actor, Action::ReportIdentity, Scope::Units(&[kept.ward]));
    for file in files::of(cx, owner(id)).await? {
        let shot = files::evidence(cx, owner(id), file.id).await?;
        let evidence = if opens || file.purpose == Purpose::Proof {
            Evidence::Whole(shot)
        } else {
            let places = kept.point.zip(shot.taken_where);
            Evidence::Fits(places.map(|(told, taken)| place::metres(told, taken) <= FITS_METRES))
        };
        files.push(Attachment { file, evidence });
    }
    files.sort_by_key(|attachment| attachment.file.purpose == Purpose::Proof);
    Ok(Report {
        id,
        channel: kept.channel,
        hidden: moderation(cx, &kept)?,
        address,
        details,
        category: kept.category,
        external_code: kept.external_code,
        ward: kept.ward,
        point: kept.point,
        anonymous: kept.anonymous,
        has_name: kept.has_name,
        has_phone: kept.has_phone,
        source_rate: kept.source_rate,
        received_at: kept.received_at,
        by_staff: kept.by_staff,
        matter: kept.matter,
        ticket: kept.ticket,
        merged_into: kept.merged_into,
        state: kept.state,
        unit: kept.unit,
        due_at: kept.due_at,
        overdue: kept.overdue,
        with_leader: kept.with_leader,
        reopened: kept.reopened,
        rating: kept.rating,
        satisfied: kept.satisfied,
        files,
        replies: sql::replies(cx, kept.merged_into.unwrap_or(id)).await?,
    })
}

/// The content of a report's file, with its media type. The pictures of a hidden report are hidden
/// with its words.
pub async fn file(
    cx: &mut Cx,
    vault: &Vault,
    id: ReportId,
    file: FileId,
    size: Size,
) -> Result<(String, Vec<u8>)> {
    let kept = sighted(cx, id).await?;
    if words(cx, &kept)?.1.is_none() {
        return Err(Error::NotFound);
    }
    files::read(cx, vault, owner(id), file, size).await
}

/// A reason or word somebody typed, tidied; missing or too long is said beside the field.
pub(super) fn typed(field: &'static str, typed: &str) -> Result<String> {
    let typed = text::paragraphs(typed, REASON).map_err(|error| Error::invalid(field, error.key))?;
    if typed.is_empty() { Err(Error::invalid(field, "error-text-missing")) } else { Ok(typed) }
}

/// Whether the actor may open who sent a report: the centre always; the unit that must answer, as
/// long as it must, in categories that promise to call back. Whoever lies ill waits for that call.
pub fn may_identify(cx: &Cx, tenant: &Tenant, report: &Report) -> bool {
    identifies(cx, tenant, report.ward, (&report.category, report.unit, report.state)).is_ok()
}

fn identifies(
    cx: &Cx,
    tenant: &Tenant,
    ward: UnitId,
    (category, unit, state): (&str, Option<UnitId>, State),
) -> Result<Action> {
    let calls_back = tenant.pack.category(category).is_some_and(|category| category.call_back);
    if let Some(unit) = unit.filter(|_| calls_back && !state.is_answered())
        && permits(&cx.actor, Action::ReportCallBack, Scope::Units(&[unit]))
    {
        return Ok(Action::ReportCallBack);
    }
    cx.permit(Action::ReportIdentity, Scope::Units(&[ward]))?;
    Ok(Action::ReportIdentity)
}

/// Opens who sent a report, with a reason, on record: see [`may_identify`].
pub async fn reporter(cx: &mut Cx, tenant: &Tenant, id: ReportId, why: &str) -> Result<Reporter> {
    let kept = sighted(cx, id).await?;
    let right = identifies(cx, tenant, kept.ward, (&kept.category, kept.unit, kept.state))?;
    let why = typed("why", why)?;
    let (_, name, phone) = sql::sealed_identity(cx, id).await?;
    let open = |column, sealed: Option<Vec<u8>>| {
        sealed.map(|sealed| cx.open(sql::TABLE, id.uuid(), column, &sealed)).transpose()
    };
    let (name, phone) = (open("reporter_name", name)?, open("phone", phone)?);
    cx.record(
        Event::new("report.reporter_opened", id)
            .matter(kept.matter)
            .unit(kept.unit)
            .data(json!({ "right": right.as_str() }))
            .payload(json!({ "why": why })),
    );
    let phone = phone.map(|phone| Phone::parse(&phone)).transpose().map_err(Error::internal)?;
    Ok(Reporter { name, phone })
}

/// The tracking code again, for a slip of paper: to the centre, or to whoever wrote the report down.
/// Nobody else: with it an official could judge his own answer. On record.
pub async fn code(cx: &mut Cx, id: ReportId) -> Result<TrackingCode> {
    let kept = sighted(cx, id).await?;
    if kept.by_staff.is_none() || kept.by_staff != cx.actor.staff_id() {
        cx.permit(Action::ReportIdentity, Scope::Units(&[kept.ward]))?;
    }
    let (sealed, ..) = sql::sealed_identity(cx, id).await?;
    cx.record(Event::new("report.code_shown", id).matter(kept.matter).unit(kept.unit));
    TrackingCode::parse(&cx.open(sql::TABLE, id.uuid(), "code", &sealed)?)
}
