//! The room itself.

use super::{
    Names, Tile,
    mine::{self, Mine},
    must, named, names,
    script::{self, Again, Script},
    span, table, who, word_head, words, written,
};
use crate::{
    Me,
    board::grid::{Cell, Grid, Head},
    frame::Frame,
};
use askama::Template;
use axum::{extract::Query, http::StatusCode, response::IntoResponse};
use duty::{
    calls::{
        self, Call, Direction, Figures, Purpose,
        operators::{self, Operator, Presence},
    },
    permissions::{Action, Scope, permits},
};
use kernel::{Result, StaffId};
use pages::{Desk, Outcome, Words, form_page, forms::Errors};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    done: String,
    call: String,
    /// Ids of those of whom nothing was entered, with commas.
    left: String,
    /// Asks for the panel of the script by the call that it shows.
    panel: Option<String>,
}

/// What stood in the forms.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub number: String,
    pub extension: String,
    /// What was written down of the call, to be mended.
    pub script: Option<Again>,
}

#[derive(Template)]
#[template(path = "calls.html")]
struct Page {
    d: Desk,
    address: String,
    message: String,
    /// It is of danger.
    danger: bool,
    /// The call that the message is about.
    message_href: Option<String>,
    tiles: Vec<Tile>,
    queue: Grid,
    live: Grid,
    operators: Grid,
    by_operator: Grid,
    /// The reader may sit here.
    calls: bool,
    mine: Option<Mine>,
    /// Presences that he may press: code, label, where he stands.
    choices: Vec<(&'static str, String, bool)>,
    extension: String,
    number: String,
    /// His last call, of which he has not said what came of it.
    unwritten: Option<(String, String)>,
    /// What fits the call that he talks in, or has just ended.
    script: Option<Script>,
    /// Where the panel is drawn anew once it is about another call; `None` for one that is being mended.
    panel: Option<String>,
    errors: Errors,
}

/// `GET /{tenant}/desk/calls`
pub async fn page(me: Me, Query(after): Query<After>) -> Outcome {
    if let Some(seen) = &after.panel {
        must(&me, Action::CallSee)?;
        let mut cx = me.begin().await?;
        let mine = operators::mine(&mut cx).await?;
        let unwritten = calls::unwritten(&mut cx).await?;
        let call = script::current(&mut cx, None, mine.as_ref(), unwritten.as_ref()).await?;
        cx.rollback().await?;
        if *seen == call.map_or_else(String::new, |call| call.id.to_string()) {
            // What somebody has written into it stays.
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
    }
    show(&me, &after, Typed::default(), Errors::default()).await
}

pub async fn show(me: &Me, after: &After, typed: Typed, errors: Errors) -> Outcome {
    must(me, Action::CallSee)?;
    let mut frame = Frame::new(me, "calls").await?;
    let room = Room::of(&mut frame).await?;
    let mine = operators::mine(&mut frame.cx).await?;
    let unwritten = calls::unwritten(&mut frame.cx).await?;
    let again = typed.script.as_ref();
    let call = script::current(&mut frame.cx, again, mine.as_ref(), unwritten.as_ref()).await?;
    let script = match &call {
        Some(call) => Some(script::of(me, &mut frame, call, again, &errors).await?),
        None => None,
    };
    let (w, wrong) = (me.w, !errors.is_empty());
    let shown = call.as_ref().map_or_else(String::new, |call| call.id.to_string());
    let panel = again.is_none().then(|| me.at(format!("calls?panel={shown}")));
    let stands = mine.as_ref().map(|mine| mine.presence);
    let seat = match &mine {
        Some(mine) => Some(mine::of(me, &mut frame, mine).await?),
        None => None,
    };
    let page = Page {
        address: me.at("calls"),
        message: match after.done.as_str() {
            "come" | "moved" | "left" | "called" | "tried" | "disposed" => {
                w.by_key(&format!("call-done-{}", after.done))
            }
            done => {
                let said = written::done(w, &me.tenant.pack.place.emergency.medical, done);
                let left = script.as_ref().and_then(|script| left_out(w, script, &after.left));
                said.into_iter().chain(left).collect::<Vec<_>>().join(" ")
            }
        },
        danger: written::rang(&after.done),
        message_href: after
            .call
            .parse::<kernel::CallId>()
            .ok()
            .filter(|_| after.done == "called")
            .map(|call| me.at(format!("calls/{call}"))),
        tiles: room.tiles(w),
        queue: room.queue(me, &frame),
        live: table(me, &frame, &room.names, &room.talking()),
        operators: room.operators(me, &frame),
        by_operator: room.by_operator(w),
        calls: permits(&me.actor, Action::CallMake, Scope::Tenant),
        choices: [Presence::Ready, Presence::Writing, Presence::Away]
            .map(|one| (one.as_str(), words::presence(w, one), stands == Some(one)))
            .into(),
        extension: if typed.extension.is_empty() {
            mine.map(|mine| mine.extension).unwrap_or_default()
        } else {
            typed.extension
        },
        mine: seat,
        number: typed.number,
        unwritten: unwritten.map(|call| {
            let label = format!("{} · {}", who(w, &call), frame.d.clock.short(call.began_at));
            (me.at(format!("calls/{}", call.id)), label)
        }),
        script,
        panel,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// Of whom nothing was entered, by name.
fn left_out(w: Words, script: &Script, ids: &str) -> Option<String> {
    let left = |person: &str| ids.split(',').any(|id| id == person);
    let names: Vec<&str> =
        script.members.iter().filter(|one| left(&one.person)).map(|one| one.name.as_str()).collect();
    (!names.is_empty()).then(|| w.call_script_left(names.join(", ")))
}

/// What stands in the room now.
pub struct Room {
    /// Calls that run, the oldest first.
    live: Vec<Call>,
    /// Those that wait, the longest first.
    waiting: Vec<Call>,
    operators: Vec<Operator>,
    figures: Figures,
    names: Names,
    now: jiff::Timestamp,
}

impl Room {
    pub async fn of(frame: &mut Frame) -> Result<Self> {
        let live = calls::live(&mut frame.cx).await?;
        let waiting = calls::queue(&mut frame.cx).await?;
        let operators = operators::all(&mut frame.cx).await?;
        let figures = calls::today(&mut frame.cx).await?;
        let people: Vec<StaffId> = live
            .iter()
            .filter_map(Call::operator)
            .chain(operators.iter().map(|operator| operator.staff))
            .chain(figures.operators.iter().map(|line| line.staff))
            .collect();
        let names = names(frame, people).await?;
        Ok(Self { live, waiting, operators, figures, names, now: frame.d.clock.now })
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Calls that an operator talks in, or has asked for.
    pub fn by_people(&self) -> usize {
        let theirs = |call: &&Call| {
            call.purpose.is_peoples() && (call.direction == Direction::Out || call.served_at.is_some())
        };
        self.live.iter().filter(theirs).count()
    }

    /// Calls that a robot conducts.
    pub fn by_robot(&self) -> usize {
        self.live.iter().filter(|call| call.purpose == Purpose::Care).count()
    }

    /// Callers who hear the menu, or are served by keys.
    pub fn at_keys(&self) -> usize {
        let hears = |call: &&Call| {
            call.direction == Direction::In && call.served_at.is_none() && call.waiting_since.is_none()
        };
        self.live.iter().filter(hears).count()
    }

    /// Those that do not wait.
    pub fn talking(&self) -> Vec<Call> {
        let waits = |call: &Call| self.waiting.iter().any(|one| one.id == call.id);
        self.live.iter().filter(|call| !waits(call)).cloned().collect()
    }

    pub fn count(&self, presence: Presence) -> usize {
        self.operators.iter().filter(|operator| operator.presence == presence).count()
    }

    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// How long the first of the queue has waited.
    pub fn longest(&self) -> Option<jiff::SignedDuration> {
        self.waiting.first().and_then(|call| call.waited(self.now))
    }

    fn tiles(&self, w: Words) -> Vec<Tile> {
        let figures = &self.figures;
        let tile = |label: String, figure: String, note: String| Tile { label, figure, note };
        let text = |n: i64| n.to_string();
        vec![
            tile(w.call_incoming(), text(figures.incoming), w.call_today()),
            answered(w, figures),
            tile(w.call_abandoned(), text(figures.abandoned), w.call_abandoned_note()),
            tile(w.call_outgoing(), text(figures.outgoing), w.call_picked_up(text(figures.picked_up))),
            robot(w, figures),
            tile(
                w.call_average_wait(),
                span(w, figures.average_wait),
                w.call_longest_wait(span(w, figures.longest_wait)),
            ),
        ]
    }

    pub fn queue(&self, me: &Me, frame: &Frame) -> Grid {
        let w = me.w;
        let head = [w.call_who(), w.call_topic(), w.call_waiting_since(), w.call_waited()];
        let rows = self.waiting.iter().map(|call| {
            let since = call.waiting_since.map_or_else(String::new, |at| frame.d.clock.seconds(at));
            vec![
                Cell::text(who(w, call)).to(me.at(format!("calls/{}", call.id))),
                Cell::text(call.topic.as_deref().map_or_else(String::new, |topic| words::topic(w, topic))),
                Cell::text(since),
                Cell::text(span(w, call.waited(self.now))),
            ]
        });
        Grid { head: head.map(word_head).into(), rows: rows.collect() }
    }

    pub fn operators(&self, me: &Me, frame: &Frame) -> Grid {
        let w = me.w;
        let head = [w.call_operator(), w.call_presence(), w.call_presence_since()];
        let rows = self.operators.iter().map(|operator| {
            vec![
                Cell::text(named(&self.names, Some(operator.staff))),
                Cell::text(words::presence(w, operator.presence)),
                Cell::text(frame.d.clock.span(w, operator.since, self.now)),
            ]
        });
        Grid { head: head.map(word_head).into(), rows: rows.collect() }
    }

    fn by_operator(&self, w: Words) -> Grid {
        let head = vec![
            word_head(w.call_operator()),
            Head { label: w.call_calls(), number: true },
            word_head(w.call_talked()),
        ];
        let rows = self.figures.operators.iter().map(|line| {
            vec![
                Cell::text(named(&self.names, Some(line.staff))),
                Cell::number(line.calls),
                Cell::text(span(w, Some(line.talked))),
            ]
        });
        Grid { head, rows: rows.collect() }
    }
}

/// Callers whom people heard; beside them those who needed nobody.
pub(super) fn answered(w: Words, figures: &Figures) -> Tile {
    Tile {
        label: w.call_answered(),
        figure: figures.answered.to_string(),
        note: w.call_answered_note(figures.by_keys.to_string(), figures.messages.to_string()),
    }
}

/// What robots did, which no person did.
pub(super) fn robot(w: Words, figures: &Figures) -> Tile {
    Tile {
        label: w.call_robot(),
        figure: figures.robot.to_string(),
        note: w.call_robot_note(figures.robot_answered.to_string(), figures.robot_mailbox.to_string()),
    }
}
