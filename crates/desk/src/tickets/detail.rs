use super::{
    kind_word,
    story::{self, LadderView, Line},
};
use crate::{
    Me,
    frame::{self, Frame},
};
use duty::{
    messages::text_number,
    permissions::{Action, Scope, permits},
    staff,
    tickets::{self, Concerned, Matter, PauseRequest, Severity, State, Ticket},
};
use health::{alerts, households};
use kernel::{Error, Result, StaffId, TicketId};
use town::files;

/// A ticket as its page shows it.
pub struct Detail {
    pub code: String,
    pub title: String,
    pub urgent: bool,
    pub state: String,
    pub open: bool,
    pub level: String,
    /// Every level was called in vain.
    pub used_up: bool,
    pub due: String,
    pub due_full: String,
    pub left: String,
    pub pressure: &'static str,
    pub soon: i64,
    pub task: String,
    pub words: Option<String>,
    pub buttons: Vec<Button>,
    pub facts: Vec<(String, String)>,
    pub pause: Option<PauseAsked>,
    /// What shows that it was done: its kind and time, and where to look at it.
    pub proofs: Vec<(String, String)>,
    pub ladders: Vec<LadderView>,
    pub lines: Vec<Line>,
    pub matter_href: String,
    pub file_href: Option<String>,
    pub object_href: Option<(String, String)>,
}

/// A pause that waits for its approver.
pub struct PauseAsked {
    pub line: String,
    pub words: String,
}

/// Something this person may do with it now.
pub struct Button {
    pub label: String,
    pub icon: &'static str,
    pub href: String,
    /// Done by one press, without a form of its own.
    pub at_once: bool,
    pub primary: bool,
    pub key: &'static str,
}

impl Detail {
    pub async fn load(me: &Me, frame: &mut Frame, id: TicketId) -> Result<Self> {
        let (ticket, words) = tickets::ticket(&mut frame.cx, id).await?;
        let concerned = Concerned::of(&mut frame.cx, &ticket).await?;
        let asked = tickets::pause_request(&mut frame.cx, id).await?;
        let siblings = tickets::matter_tickets(&mut frame.cx, ticket.matter).await?;
        let matter = tickets::matter(&mut frame.cx, ticket.matter).await?;
        let ladders = story::ladders(me, frame, &siblings, Some(id)).await?;
        let lines = story::lines(me, frame, id).await?;
        let (w, clock) = (me.w, frame.d.clock.clone());
        let place = frame::short(&frame.tree, &frame.d, ticket.ward.or(ticket.called_unit()));
        let urgent = ticket.severity == Severity::Emergency;
        let task = w.lang().of(&ticket.task).to_owned();
        let title = match ticket.kind.as_str() {
            "report" if !task.is_empty() => format!("{task} · {place}"),
            kind => format!("{} · {place}", kind_word(w, kind)),
        };
        let may_file = concerned.lets(&me.actor, Action::MatterFile);
        let object_href = object_href(me, frame, &matter).await?;
        // Closing a report's ticket alone would leave its reporter without a word.
        let answer_href = (ticket.kind == "report" && matter.object_kind == "report")
            .then(|| me.at(format!("reports/{}/answer", matter.object)));
        // A correction is answered where both its values stand.
        let correction = ticket.kind == "correction" && matter.object_kind == "correction";
        let answer_href =
            answer_href.or_else(|| correction.then(|| me.at(format!("corrections/{}", matter.object))));
        Ok(Self {
            code: ticket.code.clone(),
            title,
            urgent,
            state: state_word(w, ticket.state),
            open: !ticket.is_closed(),
            level: if ticket.is_climbing() && ticket.level >= 0 {
                w.ticket_level((ticket.level + 1).to_string(), ticket.ladder.levels.len().to_string())
            } else {
                String::new()
            },
            used_up: ticket.is_used_up(),
            due: clock.rfc(ticket.due_at),
            due_full: clock.full(ticket.due_at),
            left: clock.left(w, ticket.due_at),
            pressure: clock.pressure(ticket.due_at, urgent),
            soon: if urgent { 900 } else { 6 * 3600 },
            task,
            words,
            buttons: buttons(me, &ticket, &concerned, asked.as_ref(), answer_href),
            facts: facts(me, frame, &ticket).await?,
            pause: match asked {
                Some(asked) => Some(pause(me, frame, asked).await?),
                None => None,
            },
            proofs: proofs(me, frame, id).await?,
            ladders,
            lines,
            matter_href: me.at(format!("matters/{}", ticket.matter)),
            file_href: may_file.then(|| me.at(format!("matters/{}/file", ticket.matter))),
            object_href,
        })
    }
}

/// What the matter is about, and where it is looked at.
async fn object_href(me: &Me, frame: &mut Frame, matter: &Matter) -> Result<Option<(String, String)>> {
    let (w, object, cx) = (me.w, matter.object, &mut frame.cx);
    let household = match matter.object_kind.as_str() {
        "case" => return Ok(Some((w.ticket_open_case(), me.at(format!("cases/{object}"))))),
        "import" => return Ok(Some((w.ticket_open_cases(), me.at(format!("cases?import={object}"))))),
        "report" => return Ok(Some((w.ticket_open_report(), me.at(format!("reports/{object}"))))),
        "sample" => return Ok(Some((w.ticket_open_samples(), me.at("samples")))),
        "declaration" => return Ok(Some((w.declarations_title(), me.at("declarations")))),
        "unmatched" => {
            return Ok(Some((w.ticket_open_unmatched(), me.at(format!("imports/{object}/unmatched")))));
        }
        "alert" => alerts::household_of(cx, object.into()).await,
        "household" => households::stays(cx, object.into()).await,
        "correction" if permits(&me.actor, Action::PersonCorrect, Scope::Tenant) => {
            return Ok(Some((w.ticket_open_correction(), me.at(format!("corrections/{object}")))));
        }
        "signal" if permits(&me.actor, Action::CareSee, Scope::Tenant) => {
            return Ok(Some((w.ticket_open_signals(), me.at("signals"))));
        }
        "text" => {
            return match text_number::incoming(cx, object.into()).await {
                Ok(text) => Ok(Some((w.ticket_open_text(), me.at(format!("texts/{}", text.id))))),
                // Who is told of the ticket need not call back.
                Err(Error::NotFound) => Ok(None),
                Err(other) => Err(other),
            };
        }
        "hotline" if permits(&me.actor, Action::CallSee, Scope::Tenant) => {
            return Ok(Some((w.ticket_open_hotline(), me.at("hotline"))));
        }
        _ => return Ok(None),
    };
    match household {
        Ok(household) => Ok(Some((w.ticket_open_household(), me.at(format!("households/{household}"))))),
        // Who is told of the ticket need not see the household.
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

pub fn state_word(w: pages::Words, state: State) -> String {
    match state {
        State::Open => w.ticket_state_open(),
        State::Accepted => w.ticket_state_accepted(),
        State::Paused => w.ticket_state_paused(),
        State::Resolved => w.ticket_state_resolved(),
        State::Merged => w.ticket_state_merged(),
    }
}

/// `answer_href` is where what the ticket asks for is answered, when not by the ticket's own form.
fn buttons(
    me: &Me,
    ticket: &Ticket,
    concerned: &Concerned,
    asked: Option<&PauseRequest>,
    answer_href: Option<String>,
) -> Vec<Button> {
    let w = me.w;
    let open = !ticket.is_closed();
    let paused = ticket.state == State::Paused;
    let may = |action| concerned.lets(&me.actor, action);
    let decides = may(Action::TicketApprovePause) && asked.is_some_and(|asked| asked.is_for(&me.actor));
    let resolve = if answer_href.is_some() { w.desk_report_do_answer() } else { w.ticket_do_resolve() };
    let mut list = Vec::new();
    let mut add = |when: bool, label: String, icon, act: &str, at_once, primary, key| {
        if when {
            let href = match &answer_href {
                Some(href) if act == "resolve" => href.clone(),
                _ => me.at(format!("tickets/{}/{act}", ticket.id)),
            };
            list.push(Button { label, icon, href, at_once, primary, key });
        }
    };
    let waiting = ticket.state == State::Open;
    add(decides, w.ticket_do_approve_pause(), "player-pause", "approve-pause", true, true, "");
    add(decides, w.ticket_do_refuse_pause(), "x", "refuse-pause", false, false, "");
    add(waiting && may(Action::TicketAccept), w.ticket_do_accept(), "check", "accept", true, true, "a");
    add(
        open && !waiting && !paused && may(Action::TicketResolve),
        resolve.clone(),
        "checks",
        "resolve",
        false,
        true,
        "",
    );
    add(
        open && may(Action::TicketForward),
        w.ticket_do_forward(),
        "arrow-forward-up",
        "forward",
        false,
        false,
        "f",
    );
    add(
        ticket.is_climbing() && may(Action::TicketPassUp),
        w.ticket_do_pass_up(),
        "stairs-up",
        "pass-up",
        false,
        false,
        "",
    );
    add(open && waiting && may(Action::TicketResolve), resolve, "checks", "resolve", false, false, "");
    add(may(Action::TicketNote), w.ticket_do_note(), "note", "note", false, false, "");
    add(open && may(Action::TicketAssign), w.ticket_do_assign(), "user", "assign", false, false, "");
    add(
        open && !paused && may(Action::TicketPause),
        w.ticket_do_pause(),
        "player-pause",
        "pause",
        false,
        false,
        "",
    );
    add(paused && may(Action::TicketPause), w.ticket_do_resume(), "player-play", "resume", true, false, "");
    add(open && may(Action::TicketMerge), w.ticket_do_merge(), "git-merge", "merge", false, false, "");
    add(
        ticket.state == State::Resolved && may(Action::TicketReopen),
        w.ticket_do_reopen(),
        "refresh",
        "reopen",
        false,
        false,
        "",
    );
    // An order goes to any unit that the one who gives it commands.
    if permits(&me.actor, Action::DirectiveGive, Scope::Units(&concerned.sight)) {
        let href = me.at(format!("matters/{}/directive", ticket.matter));
        list.push(Button {
            label: w.ticket_do_directive(),
            icon: "gavel",
            href,
            at_once: false,
            primary: false,
            key: "",
        });
    }
    list
}

async fn pause(me: &Me, frame: &mut Frame, asked: PauseRequest) -> Result<PauseAsked> {
    let badges = staff::badges(&mut frame.cx, &[asked.asked_by, asked.approver]).await?;
    let person = |id: StaffId| {
        badges.get(&id).map_or_else(String::new, |badge| {
            let title = me.w.lang().pick(&badge.title, &badge.title_en);
            format!("{title} · {}", badge.full_name)
        })
    };
    let until = frame.d.clock.full(asked.until);
    let line = me.w.ticket_pause_asked(person(asked.asked_by), until, person(asked.approver));
    Ok(PauseAsked { line, words: asked.words })
}

async fn proofs(me: &Me, frame: &mut Frame, id: TicketId) -> Result<Vec<(String, String)>> {
    let kept = files::of(&mut frame.cx, super::resolve::owner(id)).await?;
    let w = me.w;
    Ok(kept
        .into_iter()
        .map(|file| {
            let picture = file.media_type.starts_with("image/");
            let kind = if picture { w.ticket_proof_picture() } else { w.ticket_proof_paper() };
            let label = format!("{kind} · {}", frame.d.clock.full(file.kept_at));
            (label, me.at(format!("tickets/{id}/files/{}", file.id)))
        })
        .collect())
}

async fn facts(me: &Me, frame: &mut Frame, ticket: &Ticket) -> Result<Vec<(String, String)>> {
    let w = me.w;
    let responsible = frame.responsible(ticket.id, ticket.unit);
    let owes =
        if ticket.organisation.is_some() { w.ticket_fact_organisation() } else { w.ticket_fact_unit() };
    let people: Vec<_> = ticket.assignee.into_iter().chain(ticket.accepted_by).collect();
    let badges = staff::badges(&mut frame.cx, &people).await?;
    let person = |id| {
        badges.get(&id).map_or_else(String::new, |badge: &staff::Badge| {
            let title = w.lang().pick(&badge.title, &badge.title_en);
            format!("{title} · {}", badge.full_name)
        })
    };
    let clock = &frame.d.clock;
    let mut facts = vec![
        (owes, responsible),
        (w.ticket_fact_opened(), clock.full(ticket.opened_at)),
        (w.ticket_fact_due(), clock.full(ticket.due_at)),
    ];
    if let Some(by) = ticket.accepted_by {
        let at = ticket.accepted_at.map(|at| clock.seconds(at)).unwrap_or_default();
        facts.push((w.ticket_fact_accepted(), format!("{} · {at}", person(by))));
    }
    if let Some(assignee) = ticket.assignee
        && ticket.accepted_by != Some(assignee)
    {
        facts.push((w.ticket_fact_assignee(), person(assignee)));
    }
    if ticket.given_by.is_some() {
        facts.push((w.ticket_fact_given_by(), frame.unit(ticket.given_by)));
    }
    if let Some(until) = ticket.paused_until {
        facts.push((w.ticket_fact_paused_until(), clock.full(until)));
    }
    if ticket.reopened > 0 {
        facts.push((w.ticket_fact_reopened(), ticket.reopened.to_string()));
    }
    Ok(facts)
}
