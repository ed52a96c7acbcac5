use crate::codes::codes;
use jiff::Timestamp;
use kernel::{Error, PersonId, Result, UnitId};

codes! {
    Reason in "reason" {
        /// A danger sign.
        RedFlag = "red_flag",
        /// Of a group that should not stay at home.
        Risk = "risk",
        OwnWish = "own_wish",
        /// To be isolated elsewhere.
        Facility = "facility",
    }
    Vehicle in "vehicle" {
        Ambulance = "115",
        RapidTeam = "rapid_team",
        Station = "station",
        Own = "own",
    }
    /// What happens on the way.
    Step in "step" {
        /// The vehicle was called.
        Called = "called",
        /// It left with the patient.
        Left = "left",
        Arrived = "arrived",
    }
    /// How a removal ended. One that was refused has no end of these.
    Ended in "ended_as" {
        Admitted = "admitted",
        /// The house did not take him in.
        TurnedBack = "turned_back",
        NotNeeded = "not_needed",
        DiedOnWay = "died_on_way",
    }
}

/// A removal as it is asked for.
#[derive(Clone, Debug)]
pub struct NewRemoval {
    pub person: PersonId,
    pub reason: Reason,
    /// Who takes him; may be known later.
    pub vehicle: Option<Vehicle>,
    /// A hospital of this district.
    pub to_unit: Option<UnitId>,
    /// A house outside it; may be empty.
    pub to_name: String,
}

/// Where a removal stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub called_at: Option<Timestamp>,
    pub left_at: Option<Timestamp>,
    pub arrived_at: Option<Timestamp>,
    pub refused_at: Option<Timestamp>,
    pub ended: Option<Ended>,
}

impl State {
    pub fn is_over(&self) -> bool {
        self.refused_at.is_some() || self.ended.is_some()
    }

    /// Whether something can still be done about it.
    ///
    /// Errors: Conflict `error-removal-over`.
    pub(super) fn still_open(&self) -> Result<()> {
        if self.is_over() { Err(Error::Conflict("error-removal-over")) } else { Ok(()) }
    }

    /// Whether this step can be pressed now: each once, and none before one that was pressed already.
    /// One that nobody pressed stays empty: a made-up hour would be worse than none.
    ///
    /// Errors: Conflict `error-removal-over`, `error-removal-step`.
    pub(super) fn may(&self, step: Step) -> Result<()> {
        self.still_open()?;
        let pressed = [self.called_at, self.left_at, self.arrived_at];
        let from = match step {
            Step::Called => 0,
            Step::Left => 1,
            Step::Arrived => 2,
        };
        if pressed[from..].iter().any(Option::is_some) {
            return Err(Error::Conflict("error-removal-step"));
        }
        Ok(())
    }

    /// Whether it can end so: who has not left has not died on the way, and who is on it needed it.
    ///
    /// Errors: Conflict `error-removal-over`, `error-removal-not-left`, `error-removal-left`.
    pub(super) fn may_end(&self, ended: Ended) -> Result<()> {
        self.still_open()?;
        let left = self.left_at.or(self.arrived_at).is_some();
        match ended {
            Ended::DiedOnWay | Ended::TurnedBack if !left => Err(Error::Conflict("error-removal-not-left")),
            Ended::NotNeeded if left => Err(Error::Conflict("error-removal-left")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_pressed_once_and_in_order() {
        let at = Some(Timestamp::UNIX_EPOCH);
        let may = |state: State| Step::ALL.iter().map(|step| state.may(*step).is_ok()).collect::<Vec<_>>();
        let asked = State::default();
        let called = State { called_at: at, ..asked };
        assert_eq!(may(asked), [true, true, true]);
        assert_eq!(may(called), [false, true, true]);
        assert_eq!(may(State { left_at: at, ..called }), [false, false, true]);
        assert_eq!(may(State { left_at: at, ..asked }), [false, false, true], "nobody pressed the call");
        assert_eq!(may(State { arrived_at: at, ..called }), [false, false, false]);
        assert_eq!(may(State { refused_at: at, ..called }), [false, false, false]);
        assert_eq!(may(State { ended: Some(Ended::NotNeeded), ..called }), [false, false, false]);
    }

    #[test]
    fn an_end_agrees_with_the_way() {
        let at = Some(Timestamp::UNIX_EPOCH);
        let ends = |state: State| {
            Ended::ALL.iter().filter(|end| state.may_end(**end).is_ok()).copied().collect::<Vec<_>>()
        };
        assert_eq!(ends(State::default()), [Ended::Admitted, Ended::NotNeeded]);
        let left = State { left_at: at, ..State::default() };
        assert_eq!(ends(left), [Ended::Admitted, Ended::TurnedBack, Ended::DiedOnWay]);
        assert_eq!(ends(State { refused_at: at, ..State::default() }), []);
    }
}
