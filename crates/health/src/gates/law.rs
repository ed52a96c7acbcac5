//! How many may be inside a gate, and whether it may be open at all, by the same packs of rules that its devices
//! judge by (`web/src/gate/rules.ts`).

use super::model::Gate;
use jiff::civil::Date;
use serde_json::Value;

/// How many may be inside at once on a day; `None` for as many as come.
pub fn limit(packs: &[Value], gate: &Gate, day: Date) -> Option<i64> {
    let here = place_of(packs, gate, day);
    let share = here.and_then(|rule| rule["share_at_most"].as_f64()).unwrap_or(1.0);
    let room = gate.capacity.map(|capacity| (f64::from(capacity) * share).floor() as i64);
    let people = here.and_then(|rule| rule["people_at_most"].as_i64());
    [room, people].into_iter().flatten().min()
}

/// Whether the rules of a day let nobody in.
pub fn closed(packs: &[Value], gate: &Gate, day: Date) -> bool {
    let here = place_of(packs, gate, day);
    here.and_then(|rule| rule["accepts"].as_array()).is_some_and(Vec::is_empty)
}

/// The first entry that fits a gate, in the pack of the day: of those in force the one that began last.
fn place_of<'a>(packs: &'a [Value], gate: &Gate, day: Date) -> Option<&'a Value> {
    let date = |value: &Value| value.as_str().and_then(|text| text.parse::<Date>().ok());
    let in_force = packs.iter().filter_map(|pack| {
        let from = date(&pack["valid_from"])?;
        let over = date(&pack["valid_to"]).is_some_and(|last| last < day);
        (from <= day && !over).then_some((from, pack))
    });
    let (_, pack) = in_force.fold(None::<(Date, &Value)>, |best, one| match best {
        Some(best) if best.0 > one.0 => Some(best),
        _ => Some(one),
    })?;
    pack["places"].as_array()?.iter().find(|rule| fits(rule, gate))
}

/// What a rule leaves out means all; a gate whose zone or level nobody knows fits no rule that names one.
fn fits(rule: &Value, gate: &Gate) -> bool {
    let word = |name: &str, word: Option<&str>| match rule[name].as_array() {
        Some(words) => word.is_some_and(|word| words.iter().any(|one| one == word)),
        None => true,
    };
    let level = match rule["levels"].as_array() {
        Some(levels) => {
            gate.setting.level.is_some_and(|level| levels.iter().any(|one| *one == i64::from(level)))
        }
        None => true,
    };
    word("places", Some(gate.kind.as_str()))
        && word("roles", Some(gate.role.as_str()))
        && word("zones", gate.setting.zone.map(super::Zone::as_str))
        && level
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::{Kind, Role, Setting, Zone};
    use jiff::civil::date;
    use kernel::{GateId, UnitId};
    use serde_json::json;
    use uuid::Uuid;

    fn gate(capacity: Option<i32>, zone: Option<Zone>) -> Gate {
        Gate {
            id: GateId(Uuid::from_u128(1)),
            name: "Quán".into(),
            kind: Kind::Restaurant,
            place: None,
            organisation: None,
            unit: UnitId(Uuid::from_u128(2)),
            point: None,
            capacity,
            role: Role::Visitor,
            sample_of: None,
            poster: "AAAAAAAA".into(),
            active_from: date(2021, 9, 1),
            active_until: None,
            setting: Setting { zone, level: None },
        }
    }

    fn packs() -> Vec<Value> {
        vec![
            json!({ "valid_from": "2021-09-01", "valid_to": "2021-09-30", "places": [
                { "places": ["restaurant"], "accepts": [] } ] }),
            json!({ "valid_from": "2021-10-01", "valid_to": null, "places": [
                { "places": ["restaurant"], "zones": ["green"], "accepts": [{ "colour": "green" }],
                  "share_at_most": 0.5 },
                { "places": ["restaurant"], "accepts": [{ "colour": "green" }], "share_at_most": 0.5,
                  "people_at_most": 20 } ] }),
        ]
    }

    #[test]
    fn half_of_the_room_or_so_many_people_whichever_is_less() {
        let (packs, day) = (packs(), date(2021, 10, 2));
        assert_eq!(limit(&packs, &gate(Some(81), Some(Zone::Green)), day), Some(40));
        assert_eq!(limit(&packs, &gate(Some(81), None), day), Some(20));
        assert_eq!(limit(&packs, &gate(None, None), day), Some(20));
        assert_eq!(limit(&packs, &gate(None, Some(Zone::Green)), day), None);
        assert_eq!(limit(&[], &gate(Some(81), None), day), Some(81));
    }

    #[test]
    fn the_pack_of_the_day_closes_and_opens() {
        assert!(closed(&packs(), &gate(None, None), date(2021, 9, 30)));
        assert!(!closed(&packs(), &gate(None, None), date(2021, 10, 1)));
        assert!(!closed(&packs(), &gate(None, None), date(2021, 8, 1)));
    }
}
