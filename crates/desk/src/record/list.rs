//! The calls behind a number.

use super::{Asked, Shown};
use crate::{
    Me,
    frame::{self, Frame},
    tickets::outcome_word,
};
use askama::Template;
use axum::extract::Query;
use duty::{
    staff::{self, Badge},
    tickets::record::{self, Behind, Called, Ending, What},
};
use kernel::{Result, StaffId};
use pages::{Desk, Outcome, Words, html};
use std::collections::BTreeMap;

/// Calls on one page.
pub const LINES: i64 = 100;

/// One call as it is read.
pub struct CallLine {
    pub at: String,
    pub code: String,
    pub href: String,
    /// Where somebody says what he thinks is wrong about it.
    pub note_href: String,
    pub whom: String,
    pub level: String,
    pub by: String,
    pub ringing: String,
    pub answered: String,
    pub whole: String,
    pub ending: String,
    pub missed: bool,
    /// Whether it counts for or against the person.
    pub counted: bool,
}

/// A page of calls, and whether there are more.
pub struct Calls {
    pub lines: Vec<CallLine>,
    pub more: bool,
}

#[derive(Template)]
#[template(path = "record_calls.html")]
struct Page {
    d: Desk,
    title: String,
    said: String,
    back: String,
    calls: Calls,
    /// Who was called stands in each line.
    named: bool,
    contests: bool,
    more_href: String,
}

/// `GET /{tenant}/desk/record/calls?period=…&unit=…&what=…`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "record").await?;
    let (shown, _) = Shown::new(me.w, &asked, frame.d.clock.today(), "7")?;
    let calls = calls(&me, &mut frame, &shown, None).await?;
    let unit = shown.unit.map(|unit| frame.unit(unit));
    let days = shown.said(me.w);
    let page = Page {
        title: what_word(me.w, shown.what),
        said: unit.map_or_else(|| days.clone(), |unit| format!("{unit} · {days}")),
        back: me.at(format!("record{}", shown.days())),
        more_href: me.at(format!(
            "record/calls{}&what={}&page={}",
            shown.query(),
            shown.what.as_str(),
            shown.page + 1
        )),
        calls,
        named: true,
        contests: false,
        d: frame.d,
    };
    html(&page)
}

/// The calls of a page, of one official where one is named.
pub async fn calls(me: &Me, frame: &mut Frame, shown: &Shown, staff: Option<StaffId>) -> Result<Calls> {
    let behind = Behind {
        from: shown.from,
        to: shown.to,
        unit: shown.unit,
        staff,
        what: shown.what,
        limit: LINES + 1,
        skip: shown.page * LINES,
    };
    let mut found = record::calls(&mut frame.cx, &behind).await?;
    let more = found.len() as i64 > LINES;
    found.truncate(usize::try_from(LINES).unwrap_or(100));
    let ids: Vec<StaffId> = found.iter().filter_map(|call| call.staff).collect();
    let badges = staff::badges(&mut frame.cx, &ids).await?;
    Ok(Calls { lines: found.iter().map(|call| line(me, frame, &badges, call)).collect(), more })
}

fn line(me: &Me, frame: &Frame, badges: &BTreeMap<StaffId, Badge>, call: &Called) -> CallLine {
    let (w, clock) = (me.w, &frame.d.clock);
    let since = call.since();
    let span = |at: Option<jiff::Timestamp>| at.map_or_else(|| "–".to_owned(), |at| clock.span(w, since, at));
    let unit = frame::short(&frame.tree, &frame.d, call.unit);
    let name = call.staff.and_then(|id| badges.get(&id)).map(|badge| badge.full_name.as_str());
    let level = (call.level + 1).to_string();
    let by = [(call.phone, w.channel_call()), (call.desk, w.channel_desk())];
    let by: Vec<String> = by.into_iter().filter(|(rang, _)| *rang).map(|(_, word)| word).collect();
    CallLine {
        at: format!("{} {}", clock.date(call.started_at), clock.seconds(call.started_at)),
        code: w.ticket_code(call.code.as_str()),
        href: me.at(format!("tickets/{}", call.ticket)),
        note_href: me.at(format!("tickets/{}/note", call.ticket)),
        whom: name
            .map_or_else(|| format!("{unit} · {}", w.story_nobody()), |name| format!("{unit} · {name}")),
        level: if call.round == 0 { level } else { w.file_level_again(level, (call.round + 1).to_string()) },
        by: if by.is_empty() { w.call_record_never_rang() } else { by.join(", ") },
        ringing: span(call.ringing_at),
        answered: span(call.answered_at),
        whole: span(call.ended_at),
        ending: ending_word(w, call.ending),
        missed: call.ending.is_missed() || call.ending == Ending::HeardNotAccepted,
        counted: call.ending.is_counted(),
    }
}

fn ending_word(w: Words, ending: Ending) -> String {
    match ending {
        Ending::Running => w.outcome_running(),
        ending => outcome_word(w, ending.as_str()),
    }
}

/// What a list is of.
pub fn what_word(w: Words, what: What) -> String {
    match what {
        What::All => w.call_record_list_calls(),
        What::Phone => w.call_record_list_phone(),
        What::Desk => w.call_record_list_desk(),
        What::Answered => w.call_record_list_answered(),
        What::Missed => w.call_record_list_missed(),
        What::Ours => w.call_record_list_ours(),
        What::Ended(ending) => w.call_record_list_ended(ending_word(w, ending)),
    }
}
