//! What became of a mail, a text or a push, in the words of the timeline.

use duty::messages::{Delivery, notices::State};
use pages::{Words, time::Clock};

/// How far the notice of an attempt has come, and what happens next.
pub(super) fn told(w: Words, clock: &Clock, delivery: &Delivery) -> String {
    match delivery.channel.as_str() {
        "sms" => text(w, clock, delivery),
        "push" => push(w, clock, delivery),
        _ => mail(w, clock, delivery),
    }
}

fn at(clock: &Clock, delivery: &Delivery, time: Option<jiff::Timestamp>) -> String {
    clock.short(time.unwrap_or(delivery.send_at))
}

fn mail(w: Words, clock: &Clock, delivery: &Delivery) -> String {
    let at = |time: Option<jiff::Timestamp>| at(clock, delivery, time);
    let tries = delivery.tries.to_string();
    match delivery.state {
        State::Queued => w.message_queued(at(delivery.next_try_at)),
        State::HandedOver if delivery.tries > 1 => {
            w.message_handed_over_after(at(delivery.handed_over_at), tries)
        }
        // No mail server tells of the mailbox.
        State::HandedOver | State::Delivered | State::Undeliverable => {
            w.message_handed_over(at(delivery.handed_over_at))
        }
        State::Failed => w.message_failed(tries, at(delivery.next_try_at), why(w, delivery)),
        State::GivenUp => w.message_given_up(tries, why(w, delivery)),
        State::Withdrawn => w.message_withdrawn(),
    }
}

fn text(w: Words, clock: &Clock, delivery: &Delivery) -> String {
    let at = |time: Option<jiff::Timestamp>| at(clock, delivery, time);
    let tries = delivery.tries.to_string();
    match delivery.state {
        State::Queued => w.message_queued(at(delivery.next_try_at)),
        State::HandedOver => w.text_handed_over(at(delivery.handed_over_at)),
        State::Delivered => w.text_delivered(at(delivery.delivered_at)),
        State::Undeliverable => w.text_undeliverable(at(delivery.delivered_at)),
        State::Failed => w.text_failed(tries, at(delivery.next_try_at)),
        State::GivenUp => w.text_given_up(tries),
        State::Withdrawn => w.message_withdrawn(),
    }
}

fn push(w: Words, clock: &Clock, delivery: &Delivery) -> String {
    let at = |time: Option<jiff::Timestamp>| at(clock, delivery, time);
    let tries = delivery.tries.to_string();
    match delivery.state {
        State::Queued => w.message_queued(at(delivery.next_try_at)),
        State::HandedOver | State::Delivered | State::Undeliverable => {
            w.push_handed_over(at(delivery.handed_over_at))
        }
        State::Failed => w.text_failed(tries, at(delivery.next_try_at)),
        State::GivenUp => w.push_given_up(),
        State::Withdrawn => w.message_withdrawn(),
    }
}

/// The reason of the last failure. What is kept was written for the log: its code and its key are
/// what people can use.
fn why(w: Words, delivery: &Delivery) -> String {
    let text = delivery.last_error.as_deref().unwrap_or_default();
    if text.contains("error-email-refused") {
        return w.error_email_refused();
    }
    if text.contains("error-email-missing") {
        return w.error_email_missing();
    }
    if text.contains("error-email-format") {
        return w.error_email_format();
    }
    match text.split_once("the mail server answered ") {
        Some((_, code)) => w.message_why_answer(code.to_owned()),
        None => w.message_why_silent(),
    }
}
