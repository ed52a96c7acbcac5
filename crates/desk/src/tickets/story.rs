//! The timeline and the ladders of a matter, in words.

use crate::{
    Me,
    frame::{self, Frame},
};
use duty::{
    messages::{self, Delivery, notices},
    rules,
    staff::{self, Badge},
    tickets::{
        self, Entry, State, Ticket,
        attempts::{self, Attempt},
    },
    units::Tree,
};
use kernel::{AttemptId, Result, StaffId, TicketId, UnitId};
use pages::{Words, time};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::events::Recorded;
use uuid::Uuid;

/// One line of a timeline.
pub struct Line {
    /// The look: `opened`, `accepted`, `missed`, `climbed`, `directive`, `resolved`, or plain.
    pub look: &'static str,
    pub icon: &'static str,
    pub who: String,
    pub what: String,
    pub quote: Option<String>,
    pub time: String,
    pub full: String,
    pub attempts: Vec<Try>,
    pub summary: String,
}

impl Line {
    /// A line without attempts: how it looks and what happened, who did it, in whose words, when.
    pub fn plain(
        (look, icon, what): (&'static str, &'static str, String),
        who: String,
        quote: Option<String>,
        (time, full): (String, String),
    ) -> Self {
        Self { look, icon, who, what, quote, time, full, attempts: Vec::new(), summary: String::new() }
    }
}

/// A stored word as what it names.
pub fn word<T: std::str::FromStr>(data: &Value, key: &str) -> Option<T> {
    data[key].as_str()?.parse().ok()
}

/// One attempt within a level.
pub struct Try {
    pub time: String,
    pub channel: String,
    pub whom: String,
    pub outcome: String,
    pub bad: bool,
}

/// One ticket of a matter with how far its ladder has climbed.
pub struct LadderView {
    pub href: String,
    pub unit: String,
    pub here: bool,
    pub steps: Vec<Step>,
    pub state: String,
}

pub struct Step {
    pub label: String,
    /// `done`, `now`, `next`.
    pub look: &'static str,
}

/// The timeline of a ticket, newest last.
pub async fn lines(me: &Me, frame: &mut Frame, id: TicketId) -> Result<Vec<Line>> {
    let entries = tickets::timeline(&mut frame.cx, id).await?;
    let badges = staff::badges(&mut frame.cx, &people(&entries)).await?;
    let deliveries = messages::deliveries(&mut frame.cx, &notices_of(&entries)).await?;
    let teller = Teller { me, frame, badges, deliveries };
    Ok(entries.iter().filter_map(|entry| teller.line(entry)).collect())
}

/// Events in the words of the timeline, people as `badges` names them; `None` for what a level's
/// calls already tell.
pub fn told(
    me: &Me,
    frame: &Frame,
    badges: BTreeMap<StaffId, Badge>,
    events: &[Recorded],
) -> Vec<Option<Line>> {
    let teller = Teller { me, frame, badges, deliveries: BTreeMap::new() };
    events.iter().map(|event| teller.event(event)).collect()
}

/// Everyone a timeline speaks of.
fn people(entries: &[Entry]) -> Vec<StaffId> {
    let mut ids = BTreeSet::new();
    for entry in entries {
        match entry {
            Entry::Event(event) => {
                ids.extend(event.actor_id.filter(|_| event.actor_kind == "staff").map(StaffId));
                ids.extend(event.on_behalf_of.map(StaffId));
                for key in ["staff", "to", "approver", "asked_by"] {
                    ids.extend(event.data[key].as_str().and_then(|id| Uuid::parse_str(id).ok()).map(StaffId));
                }
            }
            Entry::Level { attempts, .. } => ids.extend(attempts.iter().filter_map(|attempt| attempt.staff)),
        }
    }
    ids.into_iter().collect()
}

/// The law under which a ticket was opened, after a comma; nothing where none is on record.
fn law(w: Words, data: &Value) -> String {
    let named = |stamp: &Value| {
        let head = &rules::pack(stamp["code"].as_str()?).ok()?.head;
        let title = w.lang().pick(&head.title_vi, &head.title_en);
        Some(w.story_law_one(title, stamp["version"].as_i64()?.to_string()))
    };
    let laws: Vec<String> = data["rules"].as_array().into_iter().flatten().filter_map(named).collect();
    if laws.is_empty() { String::new() } else { format!(", {}", w.story_law(laws.join("; "))) }
}

/// The attempts in a timeline that told by mail, by text or at a browser.
fn notices_of(entries: &[Entry]) -> Vec<AttemptId> {
    let levels = entries.iter().filter_map(|entry| match entry {
        Entry::Level { attempts, .. } => Some(attempts),
        Entry::Event(_) => None,
    });
    levels
        .flatten()
        .filter(|attempt| tickets::only_tells(&attempt.channel))
        .map(|attempt| attempt.id)
        .collect()
}

/// Knows the names of everyone a timeline speaks of.
pub struct Teller<'a> {
    me: &'a Me,
    frame: &'a Frame,
    badges: BTreeMap<StaffId, Badge>,
    /// What became of the mails, texts and pushes of attempts.
    deliveries: BTreeMap<AttemptId, Delivery>,
}

impl<'a> Teller<'a> {
    /// For the timeline of something else than a ticket.
    pub async fn of(me: &'a Me, frame: &'a mut Frame, events: &[Recorded]) -> Result<Self> {
        let acted =
            events.iter().filter(|event| event.actor_kind == "staff").filter_map(|event| event.actor_id);
        let people: BTreeSet<StaffId> =
            acted.chain(events.iter().filter_map(|event| event.on_behalf_of)).map(StaffId).collect();
        let badges = staff::badges(&mut frame.cx, &people.into_iter().collect::<Vec<_>>()).await?;
        Ok(Self { me, frame, badges, deliveries: BTreeMap::new() })
    }

    fn w(&self) -> Words {
        self.me.w
    }

    /// Unit and role first, the name last.
    fn person(&self, id: StaffId) -> String {
        let Some(badge) = self.badges.get(&id) else { return String::new() };
        let title = self.w().lang().pick(&badge.title, &badge.title_en);
        let unit = frame::short(&self.frame.tree, &self.frame.d, badge.unit);
        format!("{unit} · {title} · {}", badge.full_name)
    }

    pub fn actor(&self, event: &Recorded) -> String {
        match (event.actor_kind.as_str(), event.actor_id) {
            ("staff", Some(id)) => {
                let own = self.person(StaffId(id));
                match event.on_behalf_of {
                    Some(leader) => format!("{own} ({})", self.w().acting_for(self.person(StaffId(leader)))),
                    None => own,
                }
            }
            ("citizen", _) => self.w().story_citizen(),
            ("system", _) => self.w().story_system(),
            _ => self.w().story_public(),
        }
    }

    fn line(&self, entry: &Entry) -> Option<Line> {
        match entry {
            Entry::Event(event) => self.event(event),
            Entry::Level { level, round, attempts } => Some(self.level(*level, *round, attempts)),
        }
    }

    fn event(&self, event: &Recorded) -> Option<Line> {
        let (w, d) = (self.w(), &self.frame.d);
        let data = &event.data;
        let unit = |key: &str| frame::name(&self.frame.tree, d, id(data, key).map(UnitId));
        let staff = |key: &str| id(data, key).map_or_else(String::new, |id| self.person(StaffId(id)));
        let when = |key: &str| {
            data[key].as_str().and_then(|at| at.parse().ok()).map_or_else(String::new, |at| d.clock.full(at))
        };
        let seconds = |key: &str| time::span(w, data[key].as_i64().unwrap_or_default());
        let (look, icon, what) = match event.kind.as_str() {
            "ticket.opened" => {
                let owes = self.frame.responsible(TicketId(event.object_id), event.unit_id.map(UnitId));
                ("opened", "alert-circle", w.story_opened(owes) + &law(w, data))
            }
            "ticket.accepted" => ("accepted", "check", w.story_accepted(seconds("seconds"))),
            "ticket.assigned" => ("", "user", w.story_assigned(staff("to"))),
            "ticket.forwarded" => {
                ("climbed", "arrow-forward-up", w.story_forwarded(unit("from"), unit("to")))
            }
            "ticket.noted" => ("", "note", w.story_noted()),
            "ticket.passed_up" => ("climbed", "stairs-up", w.story_passed_up()),
            "ticket.followed" => ("climbed", "arrow-forward-up", w.story_followed(unit("from"), unit("to"))),
            "ticket.informed" => ("", "info-circle", w.story_informed(self.units(&data["units"]))),
            "ticket.pause_asked" => {
                ("", "player-pause", w.story_pause_asked(when("until"), staff("approver")))
            }
            "ticket.pause_refused" => ("", "x", w.story_pause_refused()),
            "ticket.paused" if data["asked_by"].is_string() => {
                ("", "player-pause", w.story_pause_approved(when("until"), staff("asked_by")))
            }
            "ticket.paused" => ("", "player-pause", w.story_paused(when("until"), staff("approver"))),
            "ticket.resumed" => ("", "player-play", w.story_resumed(when("due_at"))),
            "ticket.resolved" if !data["organisation"].is_null() => {
                ("resolved", "checks", w.story_resolved_for(seconds("seconds")))
            }
            "ticket.resolved" if data["late"] == true => {
                ("resolved", "checks", w.story_resolved_late(seconds("seconds")))
            }
            "ticket.resolved" => ("resolved", "checks", w.story_resolved(seconds("seconds"))),
            "ticket.reopened" => ("missed", "refresh", w.story_reopened()),
            "ticket.merged" => ("resolved", "git-merge", w.story_merged()),
            "ticket.took_in" => ("", "git-merge", w.story_took_in()),
            "ticket.warned" => ("climbed", "hourglass", w.story_warned(when("due_at"))),
            "ticket.overdue" => ("missed", "alert-triangle", w.story_overdue()),
            "ticket.ladder_used_up" => ("missed", "alert-triangle", w.story_used_up()),
            "ticket.timer_restored" => ("", "refresh", w.story_timer_restored()),
            "ticket.organisation_stood_for" => ("", "building-store", w.story_organisation_stood_for()),
            "ticket.organisation_told" => ("", "mail", w.story_organisation_told()),
            "ticket.organisation_not_told" => ("missed", "mail", w.story_organisation_not_told()),
            // What a level's line already tells.
            "ticket.level_started" | "ticket.fell_through" => return None,
            _ => ("", "info-circle", event.kind.clone()),
        };
        let quote = event.payload.as_ref().and_then(|payload| payload["text"].as_str().map(str::to_owned));
        let quote = quote.or_else(|| event.erased.then(|| w.story_erased()));
        let time = (d.clock.seconds(event.at), d.clock.full(event.at));
        Some(Line::plain((look, icon, what), self.actor(event), quote, time))
    }

    /// The names of a list of units.
    fn units(&self, ids: &Value) -> String {
        let ids = ids.as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse::<UnitId>().ok());
        let names: Vec<_> = ids.map(|id| frame::short(&self.frame.tree, &self.frame.d, Some(id))).collect();
        names.join(", ")
    }

    fn level(&self, level: i16, round: i16, attempts: &[Attempt]) -> Line {
        let (w, clock) = (self.w(), &self.frame.d.clock);
        let missed = attempts.iter().any(|attempt| is_miss(attempt.outcome.as_deref()));
        let started = attempts.iter().map(|attempt| attempt.started_at).min().unwrap_or(clock.now);
        let unit =
            frame::name(&self.frame.tree, &self.frame.d, attempts.first().and_then(|attempt| attempt.unit));
        let what = if round == 0 {
            w.story_level((level + 1).to_string(), unit)
        } else {
            w.story_level_again((level + 1).to_string(), unit, (round + 1).to_string())
        };
        let verdict = attempts
            .iter()
            .filter(|attempt| attempt.channel != "desk")
            .chain(attempts)
            .find_map(|attempt| attempt.outcome.as_deref());
        let summary = match verdict {
            Some(outcome) => {
                format!("{} · {}", w.story_attempts(attempts.len().to_string()), outcome_word(w, outcome))
            }
            None => format!("{} · {}", w.story_attempts(attempts.len().to_string()), w.outcome_running()),
        };
        Line {
            look: if missed {
                "missed"
            } else if level > 0 {
                "climbed"
            } else {
                ""
            },
            icon: if missed { "phone-off" } else { "phone-ringing" },
            who: String::new(),
            what,
            quote: None,
            time: clock.seconds(started),
            full: clock.full(started),
            attempts: attempts.iter().map(|attempt| self.attempt(attempt)).collect(),
            summary,
        }
    }

    fn attempt(&self, attempt: &Attempt) -> Try {
        let (w, clock) = (self.w(), &self.frame.d.clock);
        let channel = match attempt.channel.as_str() {
            "desk" => w.channel_desk(),
            "call" => w.channel_call(),
            "email" => w.channel_email(),
            "sms" => w.channel_sms(),
            "push" => w.channel_push(),
            _ => w.channel_none(),
        };
        // Nobody answers a mail, a text or a push: what counts is whether it was delivered.
        let told_only = tickets::only_tells(&attempt.channel)
            && matches!(attempt.outcome.as_deref(), None | Some("not_answered"));
        let delivery = self.deliveries.get(&attempt.id);
        let told = delivery.map(|delivery| super::delivery::told(w, clock, delivery));
        let mut outcome = match (attempt.outcome.as_deref(), told) {
            (None | Some("not_answered" | "unreachable"), Some(told)) => told,
            (Some(outcome), Some(told)) => format!("{}; {told}", outcome_word(w, outcome)),
            _ if told_only && attempt.channel != "email" => w.outcome_not_told(),
            _ if told_only && attempt.ringing_at.is_some() => w.outcome_mailed(),
            _ if told_only => w.outcome_not_mailed(),
            (Some(outcome), None) => outcome_word(w, outcome),
            (None, None) if attempt.answered_at.is_some() => w.outcome_talking(),
            (None, None) => w.outcome_running(),
        };
        let mut times = Vec::new();
        // What the network did with the call; a bell at the desk rings at once.
        if let Some(at) = attempt.invited_at {
            times.push(w.story_called_at(clock.seconds(at)));
            if let Some(at) = attempt.ringing_at {
                times.push(w.story_rang_at(clock.seconds(at)));
            }
        }
        if let Some(at) = attempt.answered_at {
            times.push(w.story_answered_at(clock.seconds(at)));
        }
        if let Some(at) = attempt.ended_at
            && attempt.channel != "none"
        {
            times.push(w.story_ended_at(
                clock.seconds(at),
                time::span(w, at.duration_since(attempt.started_at).as_secs()),
            ));
        }
        if !times.is_empty() {
            outcome = format!("{outcome} ({})", times.join(", "));
        }
        Try {
            time: clock.seconds(attempt.started_at),
            channel,
            whom: attempt.staff.map_or_else(|| w.story_nobody(), |id| self.person(id)),
            bad: (!told_only && is_miss(attempt.outcome.as_deref()))
                || delivery.is_some_and(|delivery| {
                    matches!(delivery.state, notices::State::Failed | notices::State::Undeliverable)
                }),
            outcome,
        }
    }
}

fn id(data: &Value, key: &str) -> Option<Uuid> {
    data[key].as_str().and_then(|id| Uuid::parse_str(id).ok())
}

fn is_miss(outcome: Option<&str>) -> bool {
    matches!(
        outcome,
        Some(
            "not_answered"
                | "heard_not_accepted"
                | "nobody"
                | "no_channel"
                | "busy"
                | "rejected"
                | "unreachable"
        )
    )
}

/// How an attempt ended, in words: not answering and hearing without accepting are kept apart.
pub fn outcome_word(w: Words, outcome: &str) -> String {
    match outcome {
        "accepted" => w.outcome_accepted(),
        "passed_up" => w.outcome_passed_up(),
        "not_answered" => w.outcome_not_answered(),
        "heard_not_accepted" => w.outcome_heard_not_accepted(),
        "busy" => w.outcome_busy(),
        "rejected" => w.outcome_rejected(),
        "unreachable" => w.outcome_unreachable(),
        "taken" => w.outcome_taken(),
        "nobody" => w.outcome_nobody(),
        "no_network" => w.outcome_no_network(),
        "engaged" => w.outcome_engaged(),
        "no_channel" => w.outcome_no_channel(),
        "not_wanted" => w.outcome_not_wanted(),
        "withdrawn" => w.outcome_withdrawn(),
        other => other.to_owned(),
    }
}

/// The tickets of a matter side by side, each with its levels.
pub async fn ladders(
    me: &Me,
    frame: &mut Frame,
    siblings: &[Ticket],
    here: Option<TicketId>,
) -> Result<Vec<LadderView>> {
    let ids: Vec<TicketId> = siblings.iter().map(|ticket| ticket.id).collect();
    let all = attempts::of_tickets(&mut frame.cx, &ids).await?;
    frame.learn_owing(&ids).await?;
    Ok(siblings.iter().map(|ticket| ladder(me, frame, ticket, &all, here)).collect())
}

fn ladder(me: &Me, frame: &Frame, ticket: &Ticket, all: &[Attempt], here: Option<TicketId>) -> LadderView {
    let w = me.w;
    let steps = ticket
        .ladder
        .levels
        .iter()
        .enumerate()
        .map(|(index, level)| {
            let unit = level.whom.at.resolve(&frame.tree, ticket.called_unit(), ticket.ward);
            let outcome = all
                .iter()
                .rev()
                .filter(|a| {
                    // The level that rings now has what became of it now, not of an earlier time.
                    let present = a.level != ticket.level || ticket.rung() == Some(a.rung());
                    a.ticket == ticket.id
                        && usize::try_from(a.level) == Ok(index)
                        && a.round == ticket.round
                        && present
                })
                .find_map(|a| a.outcome.as_deref());
            let reached = index as i16;
            let look = if reached < ticket.level {
                "done"
            } else if reached == ticket.level {
                "now"
            } else {
                "next"
            };
            let name = whom_word(w, &frame.tree, level, unit, frame);
            let label = match outcome {
                Some(outcome) if reached <= ticket.level => format!("{name}: {}", outcome_word(w, outcome)),
                _ => name,
            };
            Step { label, look }
        })
        .collect();
    let state = match ticket.state {
        State::Open if ticket.level >= 0 => w.ticket_ringing_level((ticket.level + 1).to_string()),
        state => super::detail::state_word(w, state),
    };
    LadderView {
        href: me.at(format!("tickets/{}", ticket.id)),
        unit: format!(
            "{} · {}",
            frame.responsible(ticket.id, ticket.unit),
            super::kind_word(w, &ticket.kind)
        ),
        here: here == Some(ticket.id),
        steps,
        state,
    }
}

fn whom_word(
    w: Words,
    tree: &Tree,
    level: &tickets::ladder::Level,
    unit: Option<UnitId>,
    frame: &Frame,
) -> String {
    use duty::units::Who;
    let unit = frame::short(tree, &frame.d, unit);
    match level.whom.who {
        Who::Duty => w.whom_duty(unit),
        Who::Head => w.whom_head(unit),
        Who::Role(role) => w.whom_role(w.by_key(&format!("role-{}", role.as_str().replace('_', "-"))), unit),
    }
}
