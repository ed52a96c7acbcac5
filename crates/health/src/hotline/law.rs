//! The hotline's times, by `hotline.calls`.

use crate::stand_in::or_latest;
use duty::{
    rules::{self, Rule},
    units,
};
use jiff::SignedDuration;
use kernel::Result;
use store::Cx;

const CODE: &str = "hotline.calls";

#[derive(Clone, Debug)]
pub(super) struct Law {
    pub operator_rings: SignedDuration,
    pub place_told_every: SignedDuration,
    pub hold_told_every: SignedDuration,
    pub emergency_ticket_after: SignedDuration,
    pub message_longest: SignedDuration,
    pub call_back_within: SignedDuration,
    pub symptoms_call_within: SignedDuration,
    pub calls_an_hour: i64,
    pub caller_told_of_listening: bool,
}

impl Law {
    /// Of today. A version that cannot be read keeps no telephone from being answered: what ships stands in.
    pub async fn today(cx: &mut Cx) -> Result<Self> {
        let today = units::today(cx).await?;
        let rule = rules::known_on(cx, CODE, today).await?;
        Self::read(rule.as_ref()).or_else(|error| {
            tracing::error!(rule.code = CODE, %error, "the rule of the hotline cannot be read, what ships stands in");
            Self::read(None)
        })
    }

    fn read(rule: Option<&Rule>) -> Result<Self> {
        let rule = or_latest(rule, CODE)?;
        Ok(Self {
            operator_rings: rule.duration("operator_rings")?,
            place_told_every: rule.duration("place_told_every")?,
            hold_told_every: rule.duration("hold_told_every")?,
            emergency_ticket_after: rule.duration("emergency_ticket_after")?,
            message_longest: rule.duration("message_longest")?,
            call_back_within: rule.duration("call_back_within")?,
            symptoms_call_within: rule.duration("symptoms_call_within")?,
            calls_an_hour: rule.int("calls_an_hour")?,
            caller_told_of_listening: rule.flag("caller_told_of_listening")?,
        })
    }
}

/// How long a call rings at an operator's telephone before the next one's is rung.
pub async fn operator_rings(cx: &mut Cx) -> Result<SignedDuration> {
    Ok(Law::today(cx).await?.operator_rings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_can_be_read() {
        let law = Law::read(None).unwrap();
        assert_eq!(law.operator_rings, SignedDuration::from_secs(20));
        assert!(law.caller_told_of_listening);
    }
}
