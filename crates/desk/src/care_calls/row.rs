//! One household of a campaign: how it stands, every try with its time, and what can be done.

use crate::{
    Me,
    frame::{self, Frame},
    households::Rights,
    tries,
};
use health::care_calls::{Line, State};
use jiff::Timestamp;
use kernel::UnitId;

pub struct Row {
    pub href: String,
    pub code: String,
    pub address: String,
    pub team: String,
    pub state: String,
    pub urgent: bool,
    /// When it is called next; empty where it is not.
    pub next: String,
    /// It is paused, or was not told of the calls yet; empty mostly.
    pub note: String,
    pub tries: Vec<String>,
    /// Label and address of the tickets that it led to.
    pub tickets: Vec<(String, String)>,
    /// Where its number is opened by one press.
    pub call_href: Option<String>,
    pub visit_href: Option<String>,
    /// Where it is said that somebody has told it himself who will call.
    pub told_href: Option<String>,
    /// Label and address of what stops its calls, or lets them go on.
    pub hold: Option<(String, String)>,
}

impl Row {
    /// `announces`: it has to be told before it is called; `told`: when and by whom it was.
    pub fn new(
        me: &Me,
        frame: &Frame,
        line: &Line,
        announces: bool,
        told: Option<(Timestamp, String)>,
    ) -> Self {
        let (w, clock) = (me.w, &frame.d.clock);
        let units: Vec<UnitId> = std::iter::once(line.station).chain(line.care_team).collect();
        let records = Rights::of(me, &units).records;
        let act = |act: &str| me.at(format!("care-calls/households/{}/{act}", line.household));
        let waits = line.state == State::Waiting;
        // Machines have done what they can.
        let for_people =
            matches!(line.state, State::Unreached | State::Refused | State::Uncalled | State::NoNumber)
                || line.listed_at.is_some();
        let untold = waits && announces && line.announced_at.is_none() && told.is_none();
        let note = match (line.paused_at, told) {
            (Some(at), _) if line.paused_by_text => w.care_call_home_paused_by_text(clock.short(at)),
            (Some(at), _) => w.care_call_home_paused(clock.short(at)),
            (None, Some((at, by))) => w.care_call_told(by, clock.short(at)),
            (None, None) if untold && line.text_failed => w.care_call_text_failed(),
            (None, None) if untold => w.care_call_not_announced(),
            _ => String::new(),
        };
        let ticket = |label: String, id: Option<kernel::TicketId>| {
            id.map(|id| (label, me.at(format!("tickets/{id}"))))
        };
        let tickets = [
            ticket(w.care_call_visit_ticket(), line.visit),
            ticket(w.care_call_back_ticket(), line.call_back),
        ];
        Self {
            href: me.at(format!("households/{}", line.household)),
            code: line.code.clone(),
            address: line.address.clone().unwrap_or_else(|| w.household_no_address()),
            team: line
                .care_team
                .map_or_else(String::new, |team| frame::short(&frame.tree, &frame.d, Some(team))),
            state: tries::state(w, line.state),
            urgent: line.state == State::Flagged,
            next: if waits && !untold && line.paused_at.is_none() {
                w.care_call_next(clock.short(line.next_at.max(clock.now)))
            } else {
                String::new()
            },
            note,
            tries: line.tries.iter().map(|one| tries::tried(frame, one)).collect(),
            tickets: tickets.into_iter().flatten().collect(),
            // Whoever has to tell it himself calls it for that.
            call_href: (records && (for_people || untold) && line.state != State::NoNumber)
                .then(|| me.at(format!("households/{}/call", line.household))),
            visit_href: (records && for_people && line.visit.is_none()).then(|| act("visit")),
            told_href: (records && untold && line.paused_at.is_none()).then(|| act("told")),
            hold: (records && (waits || line.paused_at.is_some())).then(|| match line.paused_at {
                Some(_) => (w.care_call_do_release(), act("resume")),
                None => (w.care_call_do_hold(), act("pause")),
            }),
        }
    }
}
