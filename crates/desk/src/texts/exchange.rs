//! What was written and spoken with a number, as the page of a text shows it.

use super::words::{self, Names};
use crate::{
    Me,
    calls::{purpose, standing},
    frame::Frame,
};
use duty::{
    calls::{Call, Direction},
    messages::text_exchange::{Before, Entry, Exchange, Received, Sent, What},
};
use kernel::{MessageId, StaffId};
use pages::time;

/// A text or a call.
pub struct Said {
    /// As timelines look: `opened` for what came, plain for what went.
    pub look: &'static str,
    pub icon: &'static str,
    pub who: String,
    pub what: String,
    /// How far it came, or how it ended.
    pub state: String,
    pub bad: bool,
    pub words: Option<String>,
    /// Its own page.
    pub href: Option<String>,
    /// It is the text that is being read.
    pub here: bool,
    pub time: String,
    pub full: String,
}

/// The part of the page.
pub struct Part {
    pub said: Vec<Said>,
    pub older_href: Option<String>,
    /// So many are not for the reader; empty for none.
    pub hidden: String,
    /// Who has the number on the line now; empty for nobody.
    pub on_line: String,
}

/// Everybody of whom it speaks.
pub fn people(exchange: &Exchange) -> impl Iterator<Item = StaffId> + '_ {
    exchange.entries.iter().filter_map(|entry| match &entry.what {
        What::Received(_) => None,
        What::Sent(sent) => sent.by,
        What::Called(call) => call.operator(),
    })
}

pub fn part(me: &Me, frame: &Frame, names: &Names, id: MessageId, exchange: &Exchange) -> Part {
    let older = |before: Before| me.at(format!("texts/{id}?before={before}#exchange"));
    let running = exchange.entries.iter().rev().find_map(|entry| match &entry.what {
        What::Called(call) if call.ended_at.is_none() => Some(call),
        _ => None,
    });
    let on_line = running.map(|call| match call.operator() {
        Some(operator) => me.w.texts_on_line(names.name(me, frame, operator)),
        None => me.w.texts_on_line_nobody(),
    });
    let hidden = (exchange.hidden > 0).then(|| me.w.texts_exchange_hidden(exchange.hidden.to_string()));
    Part {
        said: exchange.entries.iter().map(|entry| said(me, frame, names, id, entry)).collect(),
        older_href: exchange.older.map(older),
        hidden: hidden.unwrap_or_default(),
        on_line: on_line.unwrap_or_default(),
    }
}

fn said(me: &Me, frame: &Frame, names: &Names, id: MessageId, entry: &Entry) -> Said {
    let clock = &frame.d.clock;
    let said = match &entry.what {
        What::Received(text) => received(me, text),
        What::Sent(text) => sent(me, frame, names, text),
        What::Called(call) => called(me, frame, names, call),
    };
    let here = entry.id == id.uuid();
    let href = match &entry.what {
        What::Received(_) => (!here).then(|| me.at(format!("texts/{}", entry.id))),
        What::Sent(_) => None,
        What::Called(_) => Some(me.at(format!("calls/{}", entry.id))),
    };
    Said { href, here, time: clock.short(entry.at), full: clock.full(entry.at), ..said }
}

/// What is the same for all, to be filled in.
fn blank() -> Said {
    Said {
        look: "",
        icon: "message-circle",
        who: String::new(),
        what: String::new(),
        state: String::new(),
        bad: false,
        words: None,
        href: None,
        here: false,
        time: String::new(),
        full: String::new(),
    }
}

fn received(me: &Me, text: &Received) -> Said {
    let closed = text.words.is_some();
    let broken = !closed || !text.whole;
    Said {
        look: "opened",
        who: me.w.texts_sender(),
        what: me.w.texts_wrote(),
        state: if broken {
            words::received(me.w, closed, text.whole, (text.came, text.parts))
        } else {
            String::new()
        },
        bad: closed && !text.whole,
        words: text.words.clone(),
        ..blank()
    }
}

fn sent(me: &Me, frame: &Frame, names: &Names, text: &Sent) -> Said {
    let w = me.w;
    let at = text.told_at.map_or_else(String::new, |at| frame.d.clock.short(at));
    Said {
        icon: "send",
        who: text.by.map_or_else(|| w.story_system(), |by| names.name(me, frame, by)),
        what: match (&text.words, text.by) {
            (Some(_), _) => w.texts_answered(),
            // It may hold a household's code.
            (None, _) => w.texts_sent_unshown(),
        },
        state: words::sent(w, text.state, text.tries, at),
        bad: words::is_lost(text.state),
        words: text.words.clone(),
        ..blank()
    }
}

fn called(me: &Me, frame: &Frame, names: &Names, call: &Call) -> Said {
    let w = me.w;
    let came = call.direction == Direction::In;
    let talked = call.talked().map(|talked| w.texts_talked(time::span(w, talked.as_secs())));
    let state = [Some(standing(w, call)), talked].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    Said {
        look: if came { "opened" } else { "" },
        icon: if came { "phone-incoming" } else { "phone-outgoing" },
        who: match call.operator() {
            Some(operator) => names.name(me, frame, operator),
            None if came => w.texts_sender(),
            None => w.story_system(),
        },
        what: format!(
            "{} · {}",
            if came { w.texts_called_us() } else { w.texts_called() },
            purpose(w, call.purpose)
        ),
        state,
        words: call.note.clone(),
        ..blank()
    }
}
