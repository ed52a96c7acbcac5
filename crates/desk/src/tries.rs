//! The words of care calls.

use crate::frame::Frame;
use health::care_calls::{Came, Part, State, Try};
use pages::Words;

fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

/// "Máy bận"
pub fn came(w: Words, one: Came) -> String {
    w.by_key(&format!("care-call-came-{}", kebab(one.as_str())))
}

/// "Đã hỏi xong"
pub fn state(w: Words, one: State) -> String {
    w.by_key(&format!("care-call-state-{}", kebab(one.as_str())))
}

/// "Không gọi được"
pub fn part(w: Words, one: Part) -> String {
    w.by_key(&format!("care-call-part-{}", one.as_str()))
}

/// "08:05 không nghe máy"
pub fn tried(frame: &Frame, one: &Try) -> String {
    let (w, clock) = (frame.d.w, &frame.d.clock);
    let what = one.came.map_or_else(|| w.care_call_runs(), |one| came(w, one));
    let talked = one.answered_at.zip(one.ended_at).map(|(from, to)| clock.span(w, from, to));
    match talked {
        Some(talked) => w.care_call_tried_talked(clock.short(one.at), what, talked),
        None => w.care_call_tried(clock.short(one.at), what),
    }
}
