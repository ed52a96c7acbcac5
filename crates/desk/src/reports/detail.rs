use super::{category_word, channel_word, emergency_number, is_urgent, state_word};
use crate::{
    Me,
    frame::{self, Frame},
};
use askama::Template;
use axum::extract::Path;
use duty::{
    permissions::{Action, Scope, permits},
    tickets::{self, Concerned, Ticket},
};
use kernel::{Error, ReportId, Result, dates};
use pages::{Desk, Outcome, Words, html, time};
use town::{
    files::{Purpose, Shot},
    reports::{self, Candidate, Evidence, ReplyKind, Report},
};

/// From here on reports from one source are pointed out; none is ever dropped for it.
const MANY: i32 = 3;

struct Button {
    label: String,
    icon: &'static str,
    href: String,
    primary: bool,
    key: &'static str,
}

struct Picture {
    href: String,
    /// Where the small picture is; a paper has none.
    small: Option<(String, i32, i32)>,
    label: String,
    meta: String,
}

struct ReplyView {
    look: &'static str,
    icon: &'static str,
    unit: String,
    what: String,
    text: String,
    proof: Option<String>,
    at: String,
}

/// Another report that may be about the same thing.
struct Twin {
    href: String,
    title: String,
    meta: String,
    glimpse: String,
    /// What was decided; `None` while nobody has.
    decided: Option<String>,
    decide: Option<String>,
}

#[derive(Template)]
#[template(path = "reports_detail.html")]
struct Page {
    d: Desk,
    address: String,
    title: String,
    urgent: bool,
    number: Option<String>,
    tags: Vec<String>,
    open: bool,
    due: String,
    due_full: String,
    left: String,
    pressure: &'static str,
    soon: i64,
    buttons: Vec<Button>,
    details: Option<String>,
    hidden: Option<String>,
    moderate_href: Option<String>,
    facts: Vec<(String, String)>,
    pictures: Vec<Picture>,
    replies: Vec<ReplyView>,
    twins: Vec<Twin>,
    reporter: String,
    rate: Option<String>,
    reporter_href: Option<String>,
    code_href: Option<String>,
    ticket: (String, String),
    matter_href: String,
}

/// `GET /{tenant}/desk/reports/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, ReportId)>) -> Outcome {
    let mut frame = Frame::new(&me, "reports").await?;
    let report = reports::report(&mut frame.cx, id).await?;
    let ticket = tickets::tickets(&mut frame.cx, &[report.ticket]).await?.pop().ok_or(Error::NotFound)?;
    let concerned = Concerned::of(&mut frame.cx, &ticket).await?;
    let twins = twins(&me, &mut frame, &report, &ticket, &concerned).await?;
    let (w, clock) = (me.w, frame.d.clock.clone());
    let urgent = is_urgent(&me, &report.category);
    let here = |path: &str| me.at(format!("reports/{id}/{path}"));
    let in_ward = |action| permits(&me.actor, action, Scope::Units(&[report.ward]));
    let identity = in_ward(Action::ReportIdentity);
    let opens = reports::may_identify(&frame.cx, &me.tenant, &report);
    let own = report.by_staff == Some(me.staff);
    let page = Page {
        address: me.at(format!("reports/{id}")),
        title: format!(
            "{} · {}",
            category_word(&me, &report.category),
            frame::short(&frame.tree, &frame.d, Some(report.ward))
        ),
        urgent,
        number: super::category_of(&me, &report.category)
            .filter(|_| urgent)
            .and_then(|category| emergency_number(&me, category))
            .map(str::to_owned),
        tags: tags(&me, &report),
        open: !report.state.is_answered(),
        due: clock.rfc(report.due_at),
        due_full: clock.full(report.due_at),
        left: clock.left(w, report.due_at),
        pressure: clock.pressure(report.due_at, urgent),
        soon: if urgent { 900 } else { 6 * 3600 },
        buttons: buttons(&me, id, &ticket, &concerned),
        moderate_href: (report.hidden.is_none() && in_ward(Action::ReportModerate)).then(|| here("moderate")),
        facts: facts(&me, &frame, &report),
        pictures: pictures(&me, &report),
        replies: replies(&me, &frame, &report),
        twins,
        reporter: reporter(&me, &report),
        rate: (report.anonymous && report.source_rate > 0).then(|| {
            let n = report.source_rate.to_string();
            if report.source_rate >= MANY { w.desk_report_rate_many(n) } else { w.desk_report_rate(n) }
        }),
        reporter_href: (opens && (report.has_name || report.has_phone)).then(|| here("reporter")),
        code_href: (identity || own).then(|| here("code")),
        ticket: (w.ticket_code(ticket.code.as_str()), me.at(format!("tickets/{}", ticket.id))),
        matter_href: me.at(format!("matters/{}", ticket.matter)),
        details: report.details,
        hidden: report.hidden,
        d: frame.d,
    };
    html(&page)
}

fn tags(me: &Me, report: &Report) -> Vec<String> {
    let w = me.w;
    let mut tags = vec![state_word(w, report.state), channel_word(w, report.channel)];
    tags.extend(report.external_code.clone());
    if report.merged_into.is_some() {
        tags.push(w.desk_report_merged());
    }
    if report.with_leader && !report.state.is_answered() {
        tags.push(w.desk_report_with_leader());
    }
    if report.reopened > 0 {
        tags.push(w.desk_report_reopened_times(report.reopened.to_string()));
    }
    tags
}

fn buttons(me: &Me, id: ReportId, ticket: &Ticket, concerned: &Concerned) -> Vec<Button> {
    let w = me.w;
    let list = [
        (Action::TicketResolve, w.desk_report_do_answer(), "checks", "answer", true, "a"),
        (Action::TicketNote, w.desk_report_do_progress(), "message", "progress", false, ""),
        (Action::TicketForward, w.desk_report_do_forward(), "arrow-forward-up", "forward", false, "f"),
    ];
    list.into_iter()
        .filter(|(action, ..)| !ticket.is_closed() && concerned.lets(&me.actor, *action))
        .map(|(_, label, icon, act, primary, key)| Button {
            label,
            icon,
            href: me.at(format!("reports/{id}/{act}")),
            primary,
            key,
        })
        .collect()
}

fn facts(me: &Me, frame: &Frame, report: &Report) -> Vec<(String, String)> {
    let (w, clock) = (me.w, &frame.d.clock);
    let mut facts = vec![(w.desk_report_ward(), frame::short(&frame.tree, &frame.d, Some(report.ward)))];
    facts.extend(report.address.clone().map(|address| (w.desk_report_address(), address)));
    if let Some((lat, lon)) = report.point {
        facts.push((w.desk_report_point(), format!("{lat:.5}, {lon:.5}")));
    }
    facts.push((w.desk_report_unit(), frame.unit(report.unit)));
    facts.push((w.desk_report_received(), clock.full(report.received_at)));
    facts.push((w.ticket_fact_due(), clock.full(report.due_at)));
    if let Some(rating) = report.rating {
        let word = match report.satisfied {
            Some(true) => w.desk_report_satisfied(),
            _ => w.desk_report_not_satisfied(),
        };
        facts.push((w.desk_report_rating(), format!("{rating}/5 · {word}")));
    }
    facts
}

/// What may be said of the reporter without opening who it was, and who may open it.
fn reporter(me: &Me, report: &Report) -> String {
    let w = me.w;
    let calls_back = super::category_of(me, &report.category).is_some_and(|category| category.call_back);
    let left = left(w, report);
    match (report.anonymous, calls_back) {
        (true, _) => left,
        (_, true) => format!("{left} {}", w.desk_report_opened_by_unit()),
        (_, false) => format!("{left} {}", w.desk_report_opened_by_centre()),
    }
}

fn left(w: Words, report: &Report) -> String {
    match (report.anonymous, report.has_name, report.has_phone) {
        (true, ..) => w.desk_report_anonymous(),
        (_, true, true) => w.desk_report_left_both(),
        (_, true, false) => w.desk_report_left_name(),
        _ => w.desk_report_left_phone(),
    }
}

fn pictures(me: &Me, report: &Report) -> Vec<Picture> {
    // The pictures of hidden words are hidden with them.
    let shown = if report.details.is_some() { report.files.as_slice() } else { &[] };
    let w = me.w;
    shown
        .iter()
        .map(|attachment| {
            let file = &attachment.file;
            let href = me.at(format!("reports/{}/files/{}", report.id, file.id));
            let small = file.size.filter(|_| file.thumbnail);
            Picture {
                small: small.map(|(width, height)| (format!("{href}?size=thumbnail"), width, height)),
                href,
                label: match file.purpose {
                    Purpose::Report | Purpose::Test => w.desk_report_photo(),
                    Purpose::Proof => w.desk_report_proof(),
                },
                meta: evidence(me, &attachment.evidence),
            }
        })
        .collect()
}

fn evidence(me: &Me, evidence: &Evidence) -> String {
    match evidence {
        Evidence::Whole(seen) => shot(me, seen),
        Evidence::Fits(Some(true)) => me.w.desk_report_place_fits(),
        Evidence::Fits(Some(false)) => me.w.desk_report_place_differs(),
        Evidence::Fits(None) => me.w.desk_report_place_unknown(),
    }
}

/// What the camera says, as its own word.
fn shot(me: &Me, shot: &Shot) -> String {
    let at = shot.taken_at.map(dates::shown_date_time);
    let place = shot.taken_where.map(|(lat, lon)| format!("{lat:.5}, {lon:.5}"));
    let said: Vec<String> = at.into_iter().chain(place).collect();
    if said.is_empty() {
        me.w.desk_report_camera_silent()
    } else {
        me.w.desk_report_camera(said.join(" · "))
    }
}

fn replies(me: &Me, frame: &Frame, report: &Report) -> Vec<ReplyView> {
    let w = me.w;
    report
        .replies
        .iter()
        .map(|reply| ReplyView {
            look: if reply.kind == ReplyKind::Answer { "resolved" } else { "" },
            icon: if reply.kind == ReplyKind::Answer { "checks" } else { "message" },
            unit: frame.unit(reply.unit),
            what: match (reply.kind, reply.file) {
                (ReplyKind::Progress, _) => w.desk_report_reply_progress(),
                (ReplyKind::Answer, Some(_)) => w.desk_report_reply_answer(),
                (ReplyKind::Answer, None) => w.desk_report_reply_unproved(),
            },
            text: reply.text.clone(),
            // A merged report's answer has its proof with the report that stays.
            proof: reply.file.map(|file| {
                let owner = report.merged_into.unwrap_or(report.id);
                me.at(format!("reports/{owner}/files/{file}"))
            }),
            at: frame.d.clock.short(reply.at),
        })
        .collect()
}

async fn twins(
    me: &Me,
    frame: &mut Frame,
    report: &Report,
    ticket: &Ticket,
    concerned: &Concerned,
) -> Result<Vec<Twin>> {
    let may = concerned.lets(&me.actor, Action::TicketMerge) && !ticket.is_closed();
    let mut twins = Vec::new();
    for candidate in reports::candidates(&mut frame.cx, report.id).await? {
        match reports::report(&mut frame.cx, candidate.report).await {
            Ok(other) => twins.push(twin(me, frame, report, &candidate, other, may)),
            // Another unit's: not this reader's to see.
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(twins)
}

fn twin(me: &Me, frame: &Frame, report: &Report, candidate: &Candidate, other: Report, may: bool) -> Twin {
    let w = me.w;
    let span = time::span(w, candidate.seconds.abs());
    let near = match (candidate.metres.map(|metres| metres.to_string()), candidate.seconds >= 0) {
        (Some(metres), true) => w.desk_report_twin_before(metres, span),
        (Some(metres), false) => w.desk_report_twin_after(metres, span),
        (None, true) => w.desk_report_twin_address_before(span),
        (None, false) => w.desk_report_twin_address_after(span),
    };
    let undecided = candidate.state == "suggested";
    Twin {
        href: me.at(format!("reports/{}", other.id)),
        title: format!(
            "{} · {}",
            category_word(me, &other.category),
            frame::short(&frame.tree, &frame.d, Some(other.ward))
        ),
        meta: format!("{near} · {}", state_word(w, other.state)),
        glimpse: other.details.unwrap_or_else(|| w.desk_report_hidden_words()),
        decided: (!undecided).then(|| {
            if candidate.state == "merged" { w.desk_report_merged() } else { w.desk_report_kept_apart() }
        }),
        decide: (undecided && may).then(|| me.at(format!("reports/{}/duplicates/{}", report.id, other.id))),
    }
}
