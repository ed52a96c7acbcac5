use super::{
    TrackingCode,
    draft::{Draft, Fault, NewReport},
    duplicates, follow,
    model::Channel,
    sql,
};
use crate::files::{self, Owner, Purpose};
use duty::{
    permissions::{Action, Permit, Scope},
    tenants::{Tenant, pack::Category},
    tickets::{self, NewMatter, NewTicket, Responsible, ladder},
    units::{self, Tree},
};
use jiff::SignedDuration;
use kernel::{Error, ReportId, Result, TicketId, UnitId};
use serde_json::json;
use store::{Cx, Event, Topic};

/// A report that has been taken in.
#[derive(Clone, Debug)]
pub struct Submitted {
    pub id: ReportId,
    pub code: TrackingCode,
    /// The same submission came before: this is what came of it then.
    pub again: bool,
}

/// How far back reports from one source are counted.
const RATED: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn owner(id: ReportId) -> Owner {
    Owner { kind: "report", id: id.uuid() }
}

/// Everything that must be mended before [`submit`] takes the report, in the order of the form.
pub async fn faults(cx: &mut Cx, tenant: &Tenant, new: &NewReport) -> Result<Vec<Fault>> {
    let tree = units::tree(cx).await?;
    Ok(new.read(&tenant.pack, &tree).err().unwrap_or_default())
}

/// Takes a report in: one ticket to the competent unit on the category's ladder, the other units
/// concerned told, likely duplicates noted. The same key with the same content gives the same report
/// and code, also when both come at once; with another content it gives nothing, since a key may be
/// guessed. From anyone; what an official enters for a caller needs `ReportEnter`.
///
/// Errors: the first of [`faults`]; `Forbidden`; Conflict `error-file-gone`, `error-report-key-used`.
pub async fn submit(cx: &mut Cx, tenant: &Tenant, new: NewReport) -> Result<Submitted> {
    let tree = units::tree(cx).await?;
    let draft = new.read(&tenant.pack, &tree).map_err(|faults| match faults.first() {
        Some(fault) => Error::invalid(fault.field, fault.key),
        None => Error::internal("a report was refused without a reason"),
    })?;
    may_enter(cx, &draft)?;
    let source_rate = match draft.source {
        Some(source) => sql::count_from(cx, source, cx.now() - RATED).await?,
        None => 0,
    };
    let (id, code) = (cx.id::<ReportId>(), TrackingCode::new(cx.rng()));
    // The row comes first: a second submission with the same key stops here until the first is done.
    if !sql::insert(cx, id, &code, &draft, source_rate).await? {
        let first = sql::by_key(cx, &draft).await?;
        if first.content_index != Some(sql::content_index(cx, &draft)?) {
            return Err(Error::Conflict("error-report-key-used"));
        }
        let id = first.id;
        let code = TrackingCode::parse(&cx.open(sql::TABLE, id.uuid(), "code", &first.code)?)?;
        return Ok(Submitted { id, code, again: true });
    }
    files::bind(cx, &draft.files, Purpose::Report, owner(id)).await?;
    let ticket = open_ticket(cx, &tree, id, &draft).await?;
    let near = duplicates::note(cx, id, &draft).await?;
    cx.record(
        Event::new("report.received", id)
            .matter(ticket.matter)
            .unit(ticket.unit)
            .data(json!({
                "channel": draft.channel, "category": draft.category.code, "ward": draft.ward, "ticket": ticket.id,
                "anonymous": draft.anonymous, "files": draft.files, "source_rate": source_rate, "near": near,
            }))
            .payload(json!({ "address": draft.address, "details": draft.details })),
    );
    cx.tell(Topic::screen("reports"));
    Ok(Submitted { id, code, again: false })
}

fn may_enter(cx: &Cx, draft: &Draft<'_>) -> Result<()> {
    if cx.actor.staff_id().is_some() {
        cx.permit(Action::ReportEnter, Scope::Units(&[draft.ward]))
    } else if draft.channel.is_entered_by_staff() && !cx.actor.is_system() {
        Err(Error::Forbidden(Action::ReportEnter.as_str()))
    } else if matches!(draft.channel, Channel::Web) || cx.actor.is_system() {
        Ok(())
    } else {
        // The other channels come through gateways, which are the program's own parts.
        Err(Error::Forbidden(Action::ReportEnter.as_str()))
    }
}

async fn open_ticket(cx: &mut Cx, tree: &Tree, id: ReportId, draft: &Draft<'_>) -> Result<tickets::Ticket> {
    let category = draft.category;
    let (Some(ladder), Some(severity)) = (&category.ladder, category.severity) else {
        return Err(Error::internal(format!("category {} has no ladder", category.code)));
    };
    let lead = tickets::competent(cx, tree, &category.lead, Some(draft.ward));
    let matter = NewMatter {
        kind: "report",
        severity,
        ward: Some(draft.ward),
        object_kind: "report",
        object: id.uuid(),
    };
    let ticket = NewTicket {
        kind: "report".into(),
        responsible: Responsible::Unit(lead),
        ladder: ladder::by_code(cx, ladder).await?,
        task: json!({
            "vi": format!("Trả lời phản ánh: {}", category.name_vi),
            "en": format!("Answer the report: {}", category.name_en),
        }),
        words: None,
        given_by: None,
        assignee: None,
        due_at: None,
    };
    let opened = tickets::open_ticket(cx, &matter, ticket).await?;
    let ticket =
        opened.tickets.first().copied().ok_or_else(|| Error::internal("a report opened no ticket"))?;
    sql::tie(cx, id, opened.matter, ticket).await?;
    inform(cx, tree, category, ticket, lead, draft.ward).await?;
    follow::refresh(cx, &[ticket]).await?;
    let found = tickets::tickets(cx, &[ticket]).await?.pop();
    found.ok_or_else(|| Error::internal("a ticket vanished"))
}

/// Tells the units that the category names beside the responsible one.
pub(super) async fn inform(
    cx: &mut Cx,
    tree: &Tree,
    category: &Category,
    ticket: TicketId,
    lead: UnitId,
    ward: UnitId,
) -> Result<()> {
    let told: Vec<UnitId> = category
        .with
        .iter()
        .filter_map(|with| with.resolve(tree, Some(lead), Some(ward)))
        .filter(|unit| *unit != lead)
        .collect();
    tickets::inform(cx, ticket, &told).await
}
