//! One text that came in, for whoever has to act on it: what it says and what it was taken for, whose number it may
//! be, who has the ticket and who has done what, everything written and spoken with the number; and the ways to
//! answer.

use super::{
    exchange::{self, Part},
    words::{self, Names},
};
use crate::{
    Me,
    frame::Frame,
    tickets::{Line, Teller, state_word},
};
use askama::Template;
use axum::extract::{Path, Query};
use duty::{
    messages::{
        text_answer::{self, Draft, MOST_PARTS},
        text_exchange::{self, Before},
        text_number::{self, Beside, Incoming},
    },
    permissions::{Action, Scope, permits},
    tickets::{self, State, Ticket},
};
use health::answers::{self, Meant};
use kernel::{MessageId, Result};
use pages::{Desk, Outcome, form_page, forms::Errors};
use serde::Deserialize;
use store::events::{self, Recorded};

/// What of the page is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// What has just been done.
    done: String,
    /// Where a page of older texts begins.
    before: String,
    /// Which page of the texts of other numbers.
    beside: i64,
}

/// An answer that somebody is writing.
#[derive(Clone, Debug, Default)]
pub struct Drafted {
    pub words: String,
    /// It has been read, and is shown as it would go.
    pub checked: Option<Draft>,
}

/// A text of another number.
struct Other {
    href: String,
    number: String,
    at: String,
    words: String,
}

/// A ticket on which the text stands, or one of the same matter.
struct Owed {
    code: String,
    href: String,
    unit: String,
    state: String,
    /// Who is rung, who has taken it, when it was done.
    how: String,
    /// Nobody has taken it yet.
    open: bool,
}

/// What is said of an alarm before everything else.
struct Alarm {
    /// It rings, or somebody has taken it.
    state: String,
    /// What to tell whoever answers.
    tell: String,
    /// Nobody has taken it yet.
    rings: bool,
}

#[derive(Template)]
#[template(path = "text.html")]
struct Page {
    d: Desk,
    /// Where this page is drawn anew from, and the forms of it begin.
    address: String,
    at_path: String,
    back: (String, String),
    title: String,
    message: String,
    alarm: Option<Alarm>,
    meant: String,
    number: String,
    side: String,
    at: String,
    words: Option<String>,
    state: String,
    incomplete: bool,
    /// Households to which the number leads: path and code.
    homes: Vec<(String, String)>,
    /// The number, once it has been opened: as it is shown, as it is dialled; and until when.
    phone: Option<(String, String)>,
    until: String,
    callable: bool,
    /// The reader may call from the room.
    calls: bool,
    /// He may answer by text.
    answers: bool,
    owed: Vec<Owed>,
    lines: Vec<Line>,
    part: Part,
    /// What is older than a moment is shown, not the newest.
    old: bool,
    /// The number can read a text.
    readable: bool,
    drafted: String,
    checked: Option<(String, String)>,
    most: String,
    measures: String,
    beside: Vec<Other>,
    beside_before: Option<String>,
    beside_next: Option<String>,
    errors: Errors,
}

/// `GET /{tenant}/desk/texts/{id}?before=&beside=`
pub async fn page(me: Me, Path((_, id)): Path<(String, MessageId)>, Query(asked): Query<Asked>) -> Outcome {
    show(&me, id, &asked, Drafted::default(), Errors::default()).await
}

pub async fn show(me: &Me, id: MessageId, asked: &Asked, drafted: Drafted, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "texts").await?;
    let text = text_number::incoming(&mut frame.cx, id).await?;
    let opened = text_number::opened(&mut frame.cx, id).await?;
    let before: Option<Before> = asked.before.parse().ok();
    let exchange = text_exchange::exchange(&mut frame.cx, id, before).await?;
    let others = text_number::beside(&mut frame.cx, id, asked.beside).await?;
    let meant = answers::meant(&mut frame.cx, id).await?;
    let homes = answers::homes(&mut frame.cx, id).await?;
    let may_answer = text_answer::may(&mut frame.cx, id).await?;
    let owed = siblings(&mut frame, &text).await?;
    let people: Vec<_> =
        exchange::people(&exchange).chain(owed.iter().filter_map(|ticket| ticket.accepted_by)).collect();
    let names = Names::of(&mut frame, &people).await?;
    let lines = story(me, &mut frame, id).await?;
    let (w, wrong) = (me.w, !errors.is_empty());
    let path = |before: &str, beside: i64| me.at(format!("texts/{id}?before={before}&beside={beside}"));
    // As it was read: what stands in an address may be anything.
    let start = before.map(|before| before.to_string()).unwrap_or_default();
    let page_of = |beside: i64| format!("{}#beside", path(&start, beside));
    let size = |draft: Draft| (words::size(w, draft.size), draft.words);
    let owed: Vec<Owed> = owed.iter().map(|ticket| of_ticket(me, &frame, &names, ticket)).collect();
    let page = Page {
        address: path(&start, asked.beside),
        at_path: me.at(format!("texts/{id}")),
        back: back(me, &text),
        title: title(me, &frame, &text, meant),
        message: if asked.done == "answered" { w.texts_done_answered() } else { String::new() },
        alarm: (meant == Some(Meant::Danger)).then(|| alarm(me, &owed)),
        meant: meant.map(|meant| words::meant(w, meant)).unwrap_or_default(),
        side: words::side(w, text.official),
        at: frame.d.clock.full(text.at),
        state: words::received(w, text.words.is_some(), text.whole, (text.came, text.parts)),
        incomplete: text.words.is_some() && !text.whole,
        number: text.number,
        words: text.words,
        homes: homes.into_iter().map(|(home, code)| (me.at(format!("households/{home}")), code)).collect(),
        until: opened.as_ref().map_or_else(String::new, |opened| frame.d.clock.time(opened.until)),
        phone: opened.map(|opened| (opened.number.to_string(), opened.number.as_e164().to_owned())),
        callable: text.callable,
        calls: permits(&me.actor, Action::CallMake, Scope::Tenant),
        answers: may_answer,
        owed,
        lines,
        part: exchange::part(me, &frame, &names, id, &exchange),
        old: before.is_some(),
        readable: text.readable,
        drafted: drafted.words,
        checked: drafted.checked.map(size),
        most: MOST_PARTS.to_string(),
        measures: words::measures(),
        beside_before: (asked.beside > 0).then(|| page_of(asked.beside - 1)),
        beside_next: others.more.then(|| page_of(asked.beside + 1)),
        beside: beside(me, &frame, others),
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// The list for those who have it, else the ticket by which they came.
fn back(me: &Me, text: &Incoming) -> (String, String) {
    match text.ticket {
        Some(ticket) if !permits(&me.actor, Action::TextSee, Scope::Tenant) => {
            (me.at(format!("tickets/{ticket}")), me.w.texts_ticket())
        }
        _ => (me.at("texts"), me.w.texts_title()),
    }
}

fn title(me: &Me, frame: &Frame, text: &Incoming, meant: Option<Meant>) -> String {
    let (number, at) = (text.number.as_str(), frame.d.clock.short(text.at));
    match meant {
        Some(Meant::Danger) => me.w.texts_one_danger(number, at),
        _ => me.w.texts_one(number, at),
    }
}

/// The tickets of the matter on which the text stands, its own first.
async fn siblings(frame: &mut Frame, text: &Incoming) -> Result<Vec<Ticket>> {
    let Some(own) = text.ticket else { return Ok(Vec::new()) };
    let Some(ticket) = tickets::tickets(&mut frame.cx, &[own]).await?.pop() else { return Ok(Vec::new()) };
    let mut all = tickets::matter_tickets(&mut frame.cx, ticket.matter).await?;
    all.sort_by_key(|one| (one.id != own, one.opened_at, one.id));
    let ids: Vec<_> = all.iter().map(|one| one.id).collect();
    frame.learn_owing(&ids).await?;
    Ok(all)
}

fn of_ticket(me: &Me, frame: &Frame, names: &Names, ticket: &Ticket) -> Owed {
    let (w, clock) = (me.w, &frame.d.clock);
    let how = match (ticket.state, ticket.accepted_by, ticket.accepted_at, ticket.resolved_at) {
        (State::Resolved | State::Merged, _, _, Some(at)) => w.texts_ticket_done(clock.short(at)),
        (State::Accepted | State::Paused, Some(by), Some(at), _) => {
            w.texts_ticket_taken(names.name(me, frame, by), clock.short(at))
        }
        (State::Open, ..) if ticket.level >= 0 => {
            let level =
                w.ticket_level((ticket.level + 1).to_string(), ticket.ladder.levels.len().to_string());
            w.texts_ticket_told(level)
        }
        _ => String::new(),
    };
    Owed {
        code: ticket.code.clone(),
        href: me.at(format!("tickets/{}", ticket.id)),
        unit: frame.responsible(ticket.id, ticket.unit),
        state: state_word(w, ticket.state),
        how,
        open: ticket.state == State::Open,
    }
}

fn alarm(me: &Me, owed: &[Owed]) -> Alarm {
    let rings = owed.iter().any(|one| one.open);
    let state = match owed.iter().find(|one| one.open).or_else(|| owed.first()) {
        Some(one) if one.open => me.w.texts_alarm_rings(one.unit.as_str(), one.how.as_str()),
        Some(one) => format!("{}: {}", one.state, one.how),
        None => String::new(),
    };
    Alarm { state, tell: me.w.texts_alarm_tell(me.tenant.pack.place.emergency.medical.as_str()), rings }
}

/// Who has opened the number, called back, answered; the first first.
async fn story(me: &Me, frame: &mut Frame, id: MessageId) -> Result<Vec<Line>> {
    let told = events::of_object(&mut frame.cx, id.uuid()).await?;
    let (w, clock) = (me.w, frame.d.clock.clone());
    let teller = Teller::of(me, frame, &told).await?;
    let line = |event: &Recorded| {
        let (icon, what) = match event.kind.as_str() {
            "text.number_opened" => ("eye", w.texts_event_opened()),
            "text.called_back" => ("phone-outgoing", w.texts_event_called()),
            "text.answered" => ("send", w.texts_event_answered()),
            _ => return None,
        };
        let time = (clock.short(event.at), clock.full(event.at));
        Some(Line::plain(("", icon, what), teller.actor(event), None, time))
    };
    Ok(told.iter().filter_map(line).collect())
}

fn beside(me: &Me, frame: &Frame, others: Beside) -> Vec<Other> {
    let other = |one: Incoming| Other {
        href: me.at(format!("texts/{}", one.id)),
        number: one.number,
        at: frame.d.clock.full(one.at),
        words: one.words.unwrap_or_else(|| words::received(me.w, false, one.whole, (one.came, one.parts))),
    };
    others.texts.into_iter().map(other).collect()
}
