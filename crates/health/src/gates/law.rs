//! How many may be inside a gate, and whether it may be open at all, by the law that its devices judge by.

use super::model::Gate;
use crate::cards::{self, Pack};

/// How many may be inside at once by the law of a day; `None` for as many as come.
pub fn limit(law: Option<&Pack>, gate: &Gate) -> Option<i64> {
    law.map_or_else(|| gate.capacity.map(i64::from), |law| cards::limit_of(law, &gate.as_place()))
}

/// Whether the law of a day lets nobody in.
pub fn closed(law: Option<&Pack>, gate: &Gate) -> bool {
    law.is_some_and(|law| cards::is_closed(law, &gate.as_place()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::{Kind, Role, Setting, Zone};
    use jiff::civil::date;
    use kernel::{GateId, UnitId};
    use serde_json::{Value, json};
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

    /// A law with these entries of places.
    fn law(places: Value) -> Pack {
        let pack = json!({ "version": "1", "valid_from": "2021-09-01", "valid_to": null, "single_dose_counts_as": 1,
            "when_status_unknown": "yellow", "when_only_identity": "yellow", "cards": [], "places": places });
        cards::read_pack(&pack).unwrap()
    }

    #[test]
    fn half_of_the_room_or_so_many_people_whichever_is_less() {
        let law = law(json!([
            { "places": ["restaurant"], "zones": ["green"], "accepts": [{ "colour": "green" }], "share_at_most": 0.5 },
            { "places": ["restaurant"], "accepts": [{ "colour": "green" }], "share_at_most": 0.5, "people_at_most": 20 },
        ]));
        assert_eq!(limit(Some(&law), &gate(Some(81), Some(Zone::Green))), Some(40));
        assert_eq!(limit(Some(&law), &gate(Some(81), None)), Some(20));
        assert_eq!(limit(Some(&law), &gate(None, None)), Some(20));
        assert_eq!(limit(Some(&law), &gate(None, Some(Zone::Green))), None);
        assert_eq!(limit(None, &gate(Some(81), None)), Some(81));
    }

    #[test]
    fn the_law_closes_and_opens() {
        let shut = law(json!([{ "places": ["restaurant"], "accepts": [] }]));
        let open = law(json!([{ "places": ["restaurant"], "accepts": [{ "colour": "green" }] }]));
        assert!(closed(Some(&shut), &gate(None, None)));
        assert!(!closed(Some(&open), &gate(None, None)));
        assert!(!closed(None, &gate(None, None)));
    }
}
