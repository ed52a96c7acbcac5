//! One journey as pages show it.

use super::words;
use crate::{
    Me,
    frame::{self, Frame},
};
use duty::units::UnitKind;
use health::removals::{Removal, Step};
use kernel::UnitId;

/// An hour of a journey; a dash where nobody pressed it.
pub struct Hour {
    pub label: String,
    pub time: String,
    pub full: String,
}

pub struct Journey {
    pub id: String,
    pub name: String,
    /// The household's code.
    pub code: String,
    /// Its address; empty where none is known.
    pub home: String,
    /// The part of the household's page.
    pub href: String,
    /// Where it stands, in words.
    pub state: String,
    pub over: bool,
    pub place: String,
    pub vehicle: String,
    pub reason: String,
    pub oxygen: String,
    /// In the words of whoever refused; empty where nobody did.
    pub refused: String,
    /// Asked, called, left, arrived.
    pub hours: Vec<Hour>,
    /// The hours that can be pressed now: code and label.
    pub steps: Vec<(&'static str, String)>,
}

impl Journey {
    pub fn new(me: &Me, frame: &Frame, one: &Removal) -> Self {
        let (w, clock, state) = (me.w, &frame.d.clock, one.journey.state);
        let asked = Some(one.journey.asked_at);
        let hours = [
            (w.removal_hour_asked(), asked),
            (w.removal_hour_called(), state.called_at),
            (w.removal_hour_left(), state.left_at),
            (w.removal_hour_arrived(), state.arrived_at),
        ];
        let hour = |(label, at): (String, Option<_>)| Hour {
            label,
            time: at.map_or_else(dash, |at| clock.short(at)),
            full: at.map_or_else(String::new, |at| clock.full(at)),
        };
        // None before one that was pressed already.
        let from = if state.is_over() || state.arrived_at.is_some() {
            3
        } else if state.left_at.is_some() {
            2
        } else {
            usize::from(state.called_at.is_some())
        };
        Self {
            id: one.journey.id.to_string(),
            name: one.person.full_name.clone(),
            code: one.code.clone(),
            home: one.address.clone().unwrap_or_default(),
            href: me.at(format!("households/{}#removals", one.journey.household)),
            state: words::state(w, &state),
            over: state.is_over(),
            place: place(frame, one.journey.to_unit, one.journey.to_name.as_deref()),
            vehicle: one.journey.vehicle.map_or_else(dash, |vehicle| words::vehicle(w, vehicle)),
            reason: words::reason(w, one.journey.reason),
            oxygen: match (one.journey.oxygen_from, one.journey.oxygen_litres_tenths) {
                (None, _) => w.removal_oxygen_none(),
                (Some(from), None) => w.removal_oxygen_since(clock.short(from)),
                (Some(from), Some(tenths)) => {
                    w.removal_oxygen_flow(words::tenths(w, tenths), clock.short(from))
                }
            },
            refused: one.refused_why.clone().unwrap_or_default(),
            hours: hours.into_iter().map(hour).collect(),
            steps: Step::ALL[from..].iter().map(|step| (step.as_str(), words::step(w, *step))).collect(),
        }
    }
}

fn dash() -> String {
    "–".to_owned()
}

/// Where somebody is taken: a hospital of the district, or the name of another house.
pub fn place(frame: &Frame, unit: Option<UnitId>, name: Option<&str>) -> String {
    match (unit, name) {
        (None, Some(name)) => name.to_owned(),
        (unit, _) => frame::name(&frame.tree, &frame.d, unit),
    }
}

/// The hospitals of the district: id, name, chosen.
pub fn hospitals(frame: &Frame, chosen: &str) -> Vec<(String, String, bool)> {
    let hospitals = frame.tree.iter().filter(|unit| unit.kind == UnitKind::Hospital);
    hospitals
        .map(|unit| {
            let id = unit.id.to_string();
            let here = id == chosen;
            (id, frame::name(&frame.tree, &frame.d, Some(unit.id)), here)
        })
        .collect()
}
