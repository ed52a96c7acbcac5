//! How the reader himself stands in the room, and what he has to do: take the call that rings, come back, end his notes.

use super::words;
use crate::{Me, frame::Frame};
use duty::{
    calls::{
        self, Direction, State,
        operators::{self, Operator, Presence},
    },
    permissions::Action,
};
use health::hotline;
use kernel::{CallId, Error, Result};

pub struct Mine {
    pub presence: String,
    pub since: String,
    pub extension: String,
    pub talks: bool,
    /// What he has to know or do now.
    pub advice: String,
    /// It is pressing: a call rings, or he gets none though he may not know it.
    pub pressing: bool,
    /// While he writes: how long before calls come again, and the moment.
    pub left: Option<(String, String)>,
    /// The caller he talks with may be held and passed on from the other page.
    pub directs: bool,
    /// His last test ring, in words.
    pub tried: Option<String>,
}

pub async fn of(me: &Me, frame: &mut Frame, mine: &Operator) -> Result<Mine> {
    let (w, clock) = (me.w, frame.d.clock.clone());
    let (mut pressing, mut left, mut directs) = (false, None, false);
    let advice = match mine.presence {
        Presence::Ready => {
            let rings = hotline::operator_rings(&mut frame.cx).await?;
            w.calls_advice_ready(mine.extension.as_str(), pages::time::span(w, rings.as_secs()))
        }
        Presence::Talking => match in_call(frame, mine.call).await? {
            Some(State::Waiting) => {
                pressing = true;
                w.calls_take_now()
            }
            Some(_) => {
                directs = true;
                w.calls_advice_talking()
            }
            None => String::new(),
        },
        Presence::Writing => {
            let until = mine.since + operators::longest_write_up(&mut frame.cx).await?;
            left = Some((clock.left(w, until), clock.rfc(until)));
            w.calls_advice_writing()
        }
        Presence::Away if mine.not_taken => {
            pressing = true;
            w.calls_advice_not_taken(clock.short(mine.since), mine.extension.as_str())
        }
        Presence::Away => w.calls_advice_away(),
    };
    let tried = calls::last_tried(&mut frame.cx).await?;
    Ok(Mine {
        presence: words::presence(w, mine.presence),
        since: clock.span(w, mine.since, clock.now),
        extension: mine.extension.clone(),
        talks: mine.presence == Presence::Talking,
        advice,
        pressing,
        left,
        directs,
        tried: tried.map(|call| {
            let how = match call.outcome {
                Some(calls::Outcome::Completed) => w.calls_tried_answered(),
                _ => words::standing(w, &call),
            };
            w.calls_tried(clock.short(call.began_at), how)
        }),
    })
}

/// How the call of a caller stands that was given to the reader; `None` for a call that he asked for himself.
async fn in_call(frame: &mut Frame, call: Option<CallId>) -> Result<Option<State>> {
    let Some(id) = call else { return Ok(None) };
    match calls::find(&mut frame.cx, id).await {
        Ok(call) => Ok((call.direction == Direction::In).then(|| call.state())),
        // It rings for him, and belongs to no unit whose calls he sees: it is his once he has taken it.
        Err(Error::NotFound) if !calls::may(&frame.cx, Action::CallSee, None) => Ok(Some(State::Waiting)),
        Err(error) => Err(error),
    }
}
