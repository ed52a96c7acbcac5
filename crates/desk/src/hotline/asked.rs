//! What was asked of a call, and what came of it, in words: the page says so until it is known, and afterwards.

use crate::{Me, frame::Frame};
use duty::staff;
use health::hotline::{Asked, Fault, Kind, To, orders};
use kernel::{CallId, Error, Result};
use pages::Words;

/// What the page says of an order.
pub struct Told {
    pub words: String,
    /// It could not be done.
    pub failed: bool,
}

/// Where the reader is told what becomes of his order.
pub fn address(me: &Me, call: CallId, place: i16) -> String {
    me.at(format!("hotline?call={call}&order={place}"))
}

/// What became of the reader's own order, by the address that he was sent to.
pub async fn own(me: &Me, frame: &mut Frame, call: &str, place: i16) -> Result<Option<Told>> {
    let Ok(call) = call.parse::<CallId>() else { return Ok(None) };
    match orders::find(&mut frame.cx, call, place).await {
        Ok(asked) => Ok(Some(told(me.w, frame, &asked).await?)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

pub async fn told(w: Words, frame: &mut Frame, asked: &Asked) -> Result<Told> {
    let to = whom(frame, asked.to).await?;
    let why = asked.fault.map(|fault| fault_words(w, fault));
    let failed = why.is_some();
    let words = match (asked.kind, why, asked.done_at.is_some()) {
        (Kind::Hold, Some(why), _) => w.hotline_hold_failed(why),
        (Kind::Hold, None, false) => w.hotline_hold_waits(),
        (Kind::Hold, None, true) => w.hotline_hold_done(),
        (Kind::Resume, Some(why), _) => w.hotline_resume_failed(why),
        (Kind::Resume, None, false) => w.hotline_resume_waits(),
        (Kind::Resume, None, true) => w.hotline_resume_done(),
        (Kind::Transfer, Some(why), _) => w.hotline_transfer_failed(to, why),
        (Kind::Transfer, None, false) => w.hotline_transfer_waits(to),
        (Kind::Transfer, None, true) => w.hotline_transfer_done(to),
        (Kind::Listen, Some(why), _) => w.hotline_listen_failed(why),
        (Kind::Listen, None, false) => w.hotline_listen_waits(),
        (Kind::Listen, None, true) => w.hotline_listen_done(),
    };
    Ok(Told { words, failed })
}

/// To whom it is passed on, by name.
async fn whom(frame: &mut Frame, to: Option<To>) -> Result<String> {
    Ok(match to {
        Some(To::Operator(id)) => {
            let found = staff::of(&mut frame.cx, &[id]).await?;
            found.into_values().next().map(|one| one.full_name).unwrap_or_default()
        }
        Some(To::Unit(id)) => crate::frame::short(&frame.tree, &frame.d, Some(id)),
        None => String::new(),
    })
}

fn fault_words(w: Words, fault: Fault) -> String {
    match fault {
        Fault::Over => w.hotline_fault_over(),
        Fault::Changed => w.hotline_fault_changed(),
        Fault::Away => w.hotline_fault_away(),
        Fault::NotTaken => w.hotline_fault_not_taken(),
        Fault::Network => w.hotline_fault_network(),
        Fault::NoPhone => w.hotline_fault_no_phone(),
    }
}
