//! The words of a journey to hospital.

use health::removals::{Ended, Reason, State, Step, Vehicle};
use pages::{Lang, Words};

fn kebab(code: &str) -> String {
    code.replace('_', "-")
}

pub fn reason(w: Words, one: Reason) -> String {
    w.by_key(&format!("removal-reason-{}", kebab(one.as_str())))
}

pub fn vehicle(w: Words, one: Vehicle) -> String {
    w.by_key(&format!("removal-vehicle-{}", kebab(one.as_str())))
}

/// "Xe đã rời nhà"
pub fn step(w: Words, one: Step) -> String {
    w.by_key(&format!("removal-step-{}", one.as_str()))
}

pub fn ended(w: Words, one: Ended) -> String {
    w.by_key(&format!("removal-ended-{}", kebab(one.as_str())))
}

/// Where it stands, in a word or two.
pub fn state(w: Words, state: &State) -> String {
    match (state.ended, state.refused_at) {
        (Some(ending), _) => ended(w, ending),
        (None, Some(_)) => w.removal_state_refused(),
        (None, None) if state.arrived_at.is_some() => w.removal_state_arrived(),
        (None, None) if state.left_at.is_some() => w.removal_state_left(),
        (None, None) if state.called_at.is_some() => w.removal_state_called(),
        (None, None) => w.removal_state_asked(),
    }
}

/// 375 is "37,5".
pub fn tenths(w: Words, value: i16) -> String {
    let mark = if w.lang() == Lang::Vi { ',' } else { '.' };
    format!("{}{mark}{}", value / 10, value % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_have_the_comma_of_the_language() {
        assert_eq!(tenths(Words(Lang::Vi), 375), "37,5");
        assert_eq!(tenths(Words(Lang::En), 400), "40.0");
    }
}
