//! One call: its times, its other legs, what was recorded, what came of it, and who did what with it.

use super::{Names, named, names, span, table, who, words, written};
use crate::{
    Me,
    board::grid::Grid,
    frame::{self, Frame},
    questions::{Question, Typed},
    tickets::{Line, Teller},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use duty::{
    calls::{
        self, Call, Disposition, Purpose, may,
        operators::{self, Presence},
        recordings::{self, Kind, Recording},
    },
    permissions::Action,
    tickets,
};
use health::households;
use kernel::{CallId, Error, HouseholdId, RecordingId, Result, TicketId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other, sound};
use serde::Deserialize;
use store::events::{self, Recorded};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct After {
    done: String,
    /// The recording that was opened to be heard.
    heard: String,
}

/// A recording as the page shows it.
struct Sound {
    id: String,
    kind: String,
    about: String,
    /// Where its sound comes from; it has been opened for a reason.
    play_href: Option<String>,
    /// It may still be heard.
    there: bool,
}

#[derive(Template)]
#[template(path = "call.html")]
struct Page {
    d: Desk,
    address: String,
    title: String,
    message: String,
    facts: Vec<(String, String)>,
    times: Vec<(String, String)>,
    household: Option<(String, String)>,
    /// What is owed to whoever was called back: path and label.
    ticket: Option<(String, String)>,
    whole_href: Option<String>,
    legs: Grid,
    sounds: Vec<Sound>,
    /// The reader may hear them.
    listens: bool,
    reason: String,
    /// The reader may say what came of it.
    writes: bool,
    /// He sits in the room, and may be ready again with it.
    here: bool,
    questions: Vec<Question>,
    lines: Vec<Line>,
    errors: Errors,
}

/// `GET /{tenant}/desk/calls/{id}`
pub async fn page(me: Me, Path((_, id)): Path<(String, CallId)>, Query(after): Query<After>) -> Outcome {
    show(&me, id, &after, &Typed::default(), Errors::default()).await
}

/// `POST /{tenant}/desk/calls/{id}/{act}`: `dispose` with `disposition` and `note`, `listen` with `recording` and
/// `reason`, or `script` with the answers.
pub async fn act(
    me: Me,
    Path((_, id, act)): Path<(String, CallId, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    let done = match act.as_str() {
        "dispose" => dispose(&me, id, &typed).await,
        "listen" => listen(&me, id, &typed).await,
        "script" => return written::take(&me, id, &typed).await,
        _ => return Err(Error::NotFound.into()),
    };
    match done {
        Ok(to) => Ok(see_other(&me.at(to))),
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(&me, id, &After::default(), &typed, errors).await
        }
    }
}

async fn dispose(me: &Me, id: CallId, typed: &Typed) -> Result<String> {
    let mut cx = me.begin().await?;
    calls::dispose(&mut cx, id, typed.of("disposition"), typed.of("note")).await?;
    let mut to = format!("calls/{id}?done=disposed");
    if typed.of("ready") == "yes" {
        match operators::free(&mut cx, me.staff, Presence::Ready).await {
            Ok(()) => "calls?done=disposed".clone_into(&mut to),
            // Gone from the room, or in the next call already: what he wrote stands all the same.
            Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    cx.commit().await?;
    Ok(to)
}

async fn listen(me: &Me, id: CallId, typed: &Typed) -> Result<String> {
    let recording: RecordingId = typed.of("recording").parse()?;
    let mut cx = me.begin().await?;
    of_call(&mut cx, id, recording).await?;
    recordings::open(&mut cx, recording, typed.of("reason")).await?;
    cx.commit().await?;
    Ok(format!("calls/{id}?heard={recording}"))
}

/// A recording belongs to the call whose page names it.
async fn of_call(cx: &mut store::Cx, id: CallId, recording: RecordingId) -> Result<Recording> {
    let known = recordings::of(cx, id).await?;
    known.into_iter().find(|one| one.id == recording).ok_or(Error::NotFound)
}

/// `GET /{tenant}/desk/calls/{id}/recordings/{recording}`: the sound, for whoever has given his reason.
pub async fn sound(
    me: Me,
    Path((_, id, recording)): Path<(String, CallId, RecordingId)>,
    headers: HeaderMap,
) -> Outcome {
    let mut cx = me.begin().await?;
    of_call(&mut cx, id, recording).await?;
    let wav = recordings::play(&mut cx, me.app.shelf()?, recording).await?;
    cx.commit().await?;
    Ok(heard(&headers, wav))
}

/// What was recorded, for a browser that keeps none of it.
pub(super) fn heard(headers: &HeaderMap, wav: Vec<u8>) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], sound::wav(headers, wav)).into_response()
}

async fn show(me: &Me, id: CallId, after: &After, typed: &Typed, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "calls").await?;
    let call = calls::find(&mut frame.cx, id).await?;
    let legs = calls::of_object(&mut frame.cx, id.uuid()).await?;
    let recorded = recordings::of(&mut frame.cx, id).await?;
    let here = operators::mine(&mut frame.cx).await?.is_some();
    let household = household(me, &mut frame, &call).await?;
    let ticket = ticket(me, &mut frame, &call).await?;
    let lines = story(me, &mut frame, Some(id), &recorded).await?;
    let people: Vec<_> = call
        .operator()
        .into_iter()
        .chain(call.disposed_by)
        .chain(legs.iter().filter_map(Call::operator))
        .collect();
    let names = names(&mut frame, people).await?;
    let listens = may(&frame.cx, Action::CallListen, call.unit);
    let own = call.staff == Some(me.staff) || call.served_by == Some(me.staff);
    let (w, wrong) = (me.w, !errors.is_empty());
    let page = Page {
        address: me.at(format!("calls/{id}")),
        title: format!("{} · {}", words::purpose(w, call.purpose), who(w, &call)),
        message: if after.done == "disposed" { w.call_done_disposed() } else { String::new() },
        facts: facts(me, &frame, &call, &names),
        times: times(me, &frame, &call),
        household,
        ticket,
        whole_href: call.leg_of.map(|whole| me.at(format!("calls/{whole}"))),
        legs: table(me, &frame, &names, &legs),
        sounds: recorded.iter().map(|one| of_recording(me, &frame, id, one, &after.heard)).collect(),
        listens,
        reason: typed.of("reason").to_owned(),
        writes: own || may(&frame.cx, Action::CallMake, call.unit),
        here: here && own,
        questions: questions(me, &call, typed),
        lines,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

fn facts(me: &Me, frame: &Frame, call: &Call, names: &Names) -> Vec<(String, String)> {
    let w = me.w;
    let mut facts = vec![
        (w.call_direction(), words::direction(w, call.direction)),
        (w.call_purpose(), words::purpose(w, call.purpose)),
        (w.call_state(), words::standing(w, call)),
        (w.call_unit(), frame::short(&frame.tree, &frame.d, call.unit)),
        (w.call_operator(), named(names, call.operator())),
    ];
    if let Some(topic) = &call.topic {
        facts.push((w.call_topic(), words::topic(w, topic)));
    }
    if let Some(trunk) = &call.trunk {
        facts.push((w.call_trunk(), trunk.clone()));
    }
    if let Some(code) = call.sip_code {
        facts.push((w.call_sip_code(), code.to_string()));
    }
    if let Some(disposition) = call.disposition {
        facts.push((w.call_disposition(), words::disposition(w, disposition)));
    }
    if let (Some(at), by) = (call.disposed_at, call.disposed_by) {
        facts.push((w.call_disposed(), format!("{} · {}", frame.d.clock.full(at), named(names, by))));
    }
    if let Some(note) = &call.note {
        facts.push((w.call_note(), note.clone()));
    }
    facts
}

fn times(me: &Me, frame: &Frame, call: &Call) -> Vec<(String, String)> {
    let (w, clock) = (me.w, &frame.d.clock);
    let at = |at| format!("{} {}", clock.date(at), clock.seconds(at));
    let mut times = vec![(w.call_began(), at(call.began_at))];
    for (label, moment) in [
        (w.call_invited(), call.invited_at),
        (w.call_ringing(), call.ringing_at),
        (w.call_answered_at(), call.answered_at),
        (w.call_waiting_since(), call.waiting_since),
        (w.call_served(), call.served_at),
        (w.call_ended(), call.ended_at),
    ] {
        if let Some(moment) = moment {
            times.push((label, at(moment)));
        }
    }
    if call.waiting_since.is_some() {
        times.push((w.call_waited(), span(w, call.waited(clock.now))));
    }
    if call.answered_at.is_some() {
        times.push((w.call_talked(), span(w, call.talked())));
    }
    times
}

/// The household that the call is about, for those who see it.
async fn household(me: &Me, frame: &mut Frame, call: &Call) -> Result<Option<(String, String)>> {
    let Some(object) = call.object.filter(|_| call.leg_of.is_none()) else { return Ok(None) };
    match households::find(&mut frame.cx, HouseholdId(object)).await {
        Ok(home) => {
            Ok(Some((me.at(format!("households/{object}")), me.w.household_title(home.code.as_str()))))
        }
        Err(Error::NotFound | Error::Forbidden(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The ticket that a call back answers, for those who see it.
async fn ticket(me: &Me, frame: &mut Frame, call: &Call) -> Result<Option<(String, String)>> {
    let Some(id) = call.object.filter(|_| call.purpose == Purpose::CallBack) else { return Ok(None) };
    match tickets::ticket(&mut frame.cx, TicketId(id)).await {
        Ok((ticket, _)) => {
            Ok(Some((me.at(format!("tickets/{}", ticket.id)), me.w.call_ticket(ticket.code.as_str()))))
        }
        Err(Error::NotFound | Error::Forbidden(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// How long it is and how long it is kept.
pub(super) fn about(me: &Me, frame: &Frame, one: &Recording) -> String {
    let (w, clock) = (me.w, &frame.d.clock);
    let length = pages::time::span(w, i64::from(one.seconds));
    match one.erased_at {
        Some(at) => w.call_recording_erased(length, clock.full(at)),
        None => w.call_recording_about(length, clock.full(one.filed_at), clock.date(one.kept_until)),
    }
}

fn of_recording(me: &Me, frame: &Frame, call: CallId, one: &Recording, heard: &str) -> Sound {
    let w = me.w;
    Sound {
        id: one.id.to_string(),
        kind: match one.kind {
            Kind::Whole => w.call_recording_whole(),
            Kind::VoiceMessage => w.call_recording_message(),
        },
        about: about(me, frame, one),
        play_href: (one.erased_at.is_none() && one.id.to_string() == heard)
            .then(|| me.at(format!("calls/{call}/recordings/{}", one.id))),
        there: one.erased_at.is_none(),
    }
}

fn questions(me: &Me, call: &Call, typed: &Typed) -> Vec<Question> {
    let w = me.w;
    let chosen = match typed.of("disposition") {
        "" => call.disposition.map_or("", Disposition::as_str),
        typed => typed,
    };
    let choices = Disposition::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), words::disposition(w, *one), one.as_str() == chosen))
        .collect();
    let note = match typed.of("note") {
        "" => call.note.as_deref().unwrap_or_default(),
        typed => typed,
    };
    vec![
        Question::choice("disposition", w.call_disposition(), choices),
        Question::text("note", w.call_note(), note).hint(w.call_note_hint()),
    ]
}

/// Everything that happened to the call and to what was recorded of it, the first first.
pub(super) async fn story(
    me: &Me,
    frame: &mut Frame,
    call: Option<CallId>,
    recorded: &[Recording],
) -> Result<Vec<Line>> {
    let mut told = match call {
        Some(id) => events::of_object(&mut frame.cx, id.uuid()).await?,
        None => Vec::new(),
    };
    for one in recorded {
        told.extend(events::of_object(&mut frame.cx, one.id.uuid()).await?);
    }
    told.sort_by_key(|event| (event.at, event.id));
    let (w, clock) = (me.w, frame.d.clock.clone());
    let teller = Teller::of(me, frame, &told).await?;
    let line = |event: &Recorded| {
        let (look, icon) = match event.kind.as_str() {
            "call.began" => ("opened", "phone-call"),
            "call.waiting" => ("", "hourglass"),
            "call.served" => ("accepted", "headset"),
            "call.ended" => ("resolved", "phone-off"),
            "recording.heard" => ("", "eye"),
            "recording.erased" => ("", "trash"),
            _ => ("", "note"),
        };
        let what = w.by_key(&format!("call-event-{}", event.kind.replace(['.', '_'], "-")));
        let words = event.payload.as_ref().and_then(|payload| {
            payload["reason"].as_str().or_else(|| payload["note"].as_str()).map(str::to_owned)
        });
        let time = (clock.short(event.at), clock.full(event.at));
        Line::plain((look, icon, what), teller.actor(event), words, time)
    };
    Ok(told.iter().map(line).collect())
}
