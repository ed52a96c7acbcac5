//! Who missed a call. A person rung at his desk and on his telephone at once has missed one call,
//! not two, and what he heard weighs more than what rang in vain. Only a level that went by
//! without being accepted counts, and only what rang: nobody picks up an e-mail, a text or a push.

use super::{attempts::Outcome, model::only_tells};
use kernel::{StaffId, UnitId};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::events::Recorded;

/// One call that nobody accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missed {
    pub unit: Option<UnitId>,
    pub staff: Option<StaffId>,
    pub level: i16,
    pub round: i16,
    /// `HeardNotAccepted`, `Rejected`, `Busy`, `Unreachable` or `NotAnswered`.
    pub outcome: Outcome,
}

/// How much an ending tells; the greater one stands for the call. `None` clears the person: he
/// accepted, passed up, or another was faster.
const fn weight(outcome: Outcome) -> Option<u8> {
    match outcome {
        Outcome::NotAnswered => Some(0),
        Outcome::Unreachable => Some(1),
        Outcome::Busy => Some(2),
        Outcome::Rejected => Some(3),
        Outcome::HeardNotAccepted => Some(4),
        Outcome::Accepted | Outcome::PassedUp | Outcome::Taken | Outcome::Nobody | Outcome::NoChannel => None,
        // Said of mails and of causes that have gone; no call was missed.
        // Of a call that our own other call stood in the way of, too.
        Outcome::NotWanted | Outcome::Withdrawn | Outcome::NoNetwork | Outcome::Engaged => None,
    }
}

/// A call that the centre itself did not bring about, having no network or none that took it: it
/// says nothing of the person. What rang at his desk beside it does; a bell that nobody's screen showed
/// does not.
fn never_rang(call: &Value) -> bool {
    let outcome = call["outcome"].as_str().and_then(Outcome::named);
    let silent = call["ringing_at"].is_null() && call["channel"] == "call";
    let code = call["sip_code"].as_i64();
    match outcome {
        Some(Outcome::NoNetwork) => true,
        Some(Outcome::Unreachable) => silent && code.is_none_or(is_ours),
        Some(Outcome::Rejected) => silent && code.is_some_and(is_ours),
        _ => false,
    }
}

/// A telephone that the network was asked to ring and could not: with no network at all, or by a fault of ours.
fn had_no_network(call: &Value) -> bool {
    let asked = !call["sip_code"].is_null() || !call["invited_at"].is_null();
    call["channel"] == "call" && never_rang(call) && (asked || call["outcome"] == Outcome::NoNetwork.as_str())
}

/// A bell at a desk that no browser ever showed.
fn is_unseen_bell(call: &Value) -> bool {
    call["channel"] == "desk"
        && call["ringing_at"].is_null()
        && call["outcome"] == Outcome::NotAnswered.as_str()
}

/// Codes by which a trunk refuses us, or fails, and not the telephone that was called.
const fn is_ours(code: i64) -> bool {
    matches!(code, 401 | 403 | 407 | 408 | 488 | 500..=599)
}

/// The calls that were missed on the level which an event says is over (`ticket.level_started`
/// carries it as `before`); empty for every other event.
pub fn in_event(event: &Recorded) -> Vec<Missed> {
    if event.kind != "ticket.level_started" {
        return Vec::new();
    }
    let calls = event.data["before"].as_array().into_iter().flatten();
    let rang = |call: &&Value| call["tone"] == "ring" && !call["channel"].as_str().is_some_and(only_tells);
    of_level(calls.filter(rang))
}

fn of_level<'a>(calls: impl Iterator<Item = &'a Value>) -> Vec<Missed> {
    let id = |value: &Value| value.as_str().and_then(|text| uuid::Uuid::parse_str(text).ok());
    let number = |value: &Value| value.as_i64().and_then(|n| i16::try_from(n).ok()).unwrap_or_default();
    let whose = |call: &Value| (id(&call["unit"]).map(UnitId), id(&call["staff"]).map(StaffId));
    let calls: Vec<&Value> = calls.collect();
    let cut_off: BTreeSet<_> = calls.iter().copied().filter(|call| had_no_network(call)).map(whose).collect();
    let mut people: BTreeMap<(Option<UnitId>, Option<StaffId>), Option<Missed>> = BTreeMap::new();
    for call in calls.into_iter().filter(|call| !never_rang(call)) {
        let Some(outcome) = call["outcome"].as_str().and_then(Outcome::named) else { continue };
        let (unit, staff) = whose(call);
        if is_unseen_bell(call) && cut_off.contains(&(unit, staff)) {
            continue;
        }
        let missed = weight(outcome).map(|_| Missed {
            unit,
            staff,
            level: number(&call["level"]),
            round: number(&call["round"]),
            outcome,
        });
        people
            .entry((unit, staff))
            .and_modify(|known| {
                *known = match (*known, missed) {
                    (Some(a), Some(b)) => Some(if weight(b.outcome) > weight(a.outcome) { b } else { a }),
                    _ => None,
                };
            })
            .or_insert(missed);
    }
    people.into_values().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(staff: u128, channel: &str, outcome: &str) -> Value {
        json!({ "unit": uuid::Uuid::from_u128(1), "staff": uuid::Uuid::from_u128(staff), "channel": channel,
                "tone": "ring", "outcome": outcome, "level": 1, "round": 0 })
    }

    fn outcomes(calls: &[Value]) -> Vec<Outcome> {
        of_level(calls.iter()).into_iter().map(|missed| missed.outcome).collect()
    }

    #[test]
    fn desk_and_telephone_are_one_call_and_what_was_heard_weighs_more() {
        assert_eq!(
            outcomes(&[call(1, "desk", "not_answered"), call(1, "call", "not_answered")]),
            [Outcome::NotAnswered]
        );
        assert_eq!(
            outcomes(&[call(1, "desk", "not_answered"), call(1, "call", "heard_not_accepted")]),
            [Outcome::HeardNotAccepted]
        );
        assert_eq!(outcomes(&[call(1, "call", "busy"), call(1, "desk", "not_answered")]), [Outcome::Busy]);
    }

    #[test]
    fn a_call_that_never_rang_is_not_his_and_the_bell_that_his_desk_showed_is() {
        let unseen = call(1, "desk", "not_answered");
        let mut shown = unseen.clone();
        shown["ringing_at"] = json!("2021-09-25T00:00:01Z");
        let mut refused = call(1, "call", "unreachable");
        refused["sip_code"] = json!(503);
        for vain in [call(1, "call", "no_network"), refused] {
            assert_eq!(outcomes(std::slice::from_ref(&vain)), []);
            assert_eq!(outcomes(&[shown.clone(), vain.clone()]), [Outcome::NotAnswered]);
            assert_eq!(outcomes(&[unseen.clone(), vain]), [], "nothing rang anywhere");
        }
        let mut off = call(1, "call", "unreachable");
        off["sip_code"] = json!(480);
        assert_eq!(outcomes(&[unseen, off]), [Outcome::Unreachable]);
    }

    #[test]
    fn a_trunk_that_refuses_us_is_nobodys_missed_call() {
        for (outcome, code) in [("unreachable", 503), ("unreachable", 401), ("rejected", 403)] {
            let mut refused = call(1, "call", outcome);
            refused["sip_code"] = json!(code);
            assert_eq!(outcomes(&[refused]), [], "{outcome} {code}");
        }
        let mut declined = call(1, "call", "rejected");
        declined["sip_code"] = json!(603);
        assert_eq!(outcomes(&[declined]), [Outcome::Rejected]);
    }

    #[test]
    fn whoever_passed_up_or_accepted_missed_nothing_and_others_still_did() {
        let calls =
            [call(1, "desk", "passed_up"), call(1, "call", "not_answered"), call(2, "call", "not_answered")];
        let missed = of_level(calls.iter());
        assert_eq!(missed.len(), 1);
        assert_eq!(missed[0].staff, Some(StaffId(uuid::Uuid::from_u128(2))));
    }
}
