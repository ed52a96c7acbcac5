//! The diary as staff types it, read into what follow-up takes in.

use super::act::Sent;
use health::{
    followups::{Channel, ContactOutcome, DiaryForm, MemberEntry},
    vitals::Symptom,
};
use jiff::Timestamp;
use kernel::{Error, PersonId, Result, dates};
use pages::time::Clock;
use std::collections::BTreeSet;

/// Ways in which staff makes contact.
pub const CHANNELS: [Channel; 3] = [Channel::Phone, Channel::Visit, Channel::Station];
pub const OUTCOMES: [ContactOutcome; 3] =
    [ContactOutcome::Reached, ContactOutcome::NotReached, ContactOutcome::Refused];
/// The readings of one member, in the order of the form.
pub const READINGS: [&str; 5] = ["temperature", "spo2", "respiratory_rate", "pulse", "pressure"];
/// More than any family.
const MOST: usize = 40;

/// What was typed for one member.
#[derive(Clone)]
pub struct TypedMember {
    pub person: PersonId,
    pub readings: [String; 5],
    pub symptoms: BTreeSet<String>,
    pub note: String,
}

/// The form as it was sent.
#[derive(Clone, Default)]
pub struct Typed {
    pub form_key: String,
    pub channel: String,
    pub outcome: String,
    pub at: String,
    pub members: Vec<TypedMember>,
}

impl TypedMember {
    pub fn of(person: PersonId) -> Self {
        Self { person, readings: Default::default(), symptoms: BTreeSet::new(), note: String::new() }
    }

    /// Something was measured or seen.
    fn tells(&self) -> bool {
        !self.symptoms.is_empty() || self.readings.iter().any(|text| !text.trim().is_empty())
    }

    fn entry(&self, outcome: ContactOutcome) -> Result<MemberEntry> {
        let [temperature, spo2, respiratory_rate, pulse, pressure] = self.readings.clone();
        Ok(MemberEntry {
            outcome,
            temperature,
            spo2,
            respiratory_rate,
            pulse,
            pressure,
            symptoms: self.symptoms.iter().map(|one| one.parse::<Symptom>()).collect::<Result<_>>()?,
            note: self.note.clone(),
            ..MemberEntry::of(self.person)
        })
    }
}

impl Typed {
    pub fn of(sent: &Sent) -> Self {
        let member = |n: usize| {
            let value = |name: &str| sent.of(&format!("m{n}_{name}")).to_owned();
            let person = value("person").parse().ok()?;
            let symptoms = sent.all(&format!("m{n}_symptoms")).map(str::to_owned).collect();
            Some(TypedMember { person, readings: READINGS.map(value), symptoms, note: value("note") })
        };
        Self {
            form_key: sent.of("form_key").to_owned(),
            channel: sent.of("channel").to_owned(),
            outcome: sent.of("outcome").to_owned(),
            at: sent.of("at").to_owned(),
            members: (0..MOST).map_while(member).collect(),
        }
    }

    pub fn form(&self, clock: &Clock) -> Result<DiaryForm> {
        let unclear = |field| move |_: Error| Error::invalid(field, "error-choose");
        let channel: Channel = self.channel.parse().map_err(unclear("channel"))?;
        let outcome: ContactOutcome = self.outcome.parse().map_err(unclear("outcome"))?;
        if !CHANNELS.contains(&channel) {
            return Err(Error::invalid("channel", "error-choose"));
        }
        if !OUTCOMES.contains(&outcome) {
            return Err(Error::invalid("outcome", "error-choose"));
        }
        // Nothing that was typed is dropped silently.
        if outcome != ContactOutcome::Reached && self.members.iter().any(TypedMember::tells) {
            return Err(Error::invalid("outcome", "error-follow-outcome"));
        }
        Ok(DiaryForm {
            form_key: self.form_key.parse().map_err(|_| Error::invalid("form_key", "error-key-length"))?,
            at: moment(&self.at, clock)?,
            channel,
            members: self.members.iter().map(|member| member.entry(outcome)).collect::<Result<_>>()?,
        })
    }
}

/// When it was measured: a time of today, or a day with its time; nothing is now.
fn moment(text: &str, clock: &Clock) -> Result<Option<Timestamp>> {
    let wrong = |key| Error::invalid("at", key);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let (day, time) = match dates::parse_time(text) {
        Ok(time) => (clock.today(), Some(time)),
        Err(_) => dates::parse_date_time(text).map_err(|error| wrong(error.key))?,
    };
    let time = time.ok_or_else(|| wrong("error-time-format"))?;
    clock.zone.to_timestamp(day.to_datetime(time)).map(Some).map_err(|_| wrong("error-date-none"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn clock() -> Clock {
        let zone = jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
        Clock { zone, now: "2021-09-25T00:05:00Z".parse().unwrap() }
    }

    #[test]
    fn a_time_alone_is_of_today_and_nothing_is_now() {
        let at = |text| {
            moment(text, &clock()).map(|at| at.map(|at| at.to_string())).map_err(|error| error.to_string())
        };
        assert_eq!(at(" "), Ok(None));
        assert_eq!(at("6h40"), Ok(Some("2021-09-24T23:40:00Z".to_owned())));
        assert_eq!(at("24/9/2021 21:00"), Ok(Some("2021-09-24T14:00:00Z".to_owned())));
        assert_eq!(at("24/9/2021"), Err("invalid at: error-time-format".to_owned()));
        assert_eq!(at("sáng nay"), Err("invalid at: error-date-format".to_owned()));
    }

    #[test]
    fn what_was_typed_is_never_dropped_by_another_choice() {
        let person = PersonId(Uuid::from_u128(1));
        let mut typed = Typed {
            form_key: Uuid::from_u128(2).to_string(),
            channel: "phone".into(),
            outcome: "not_reached".into(),
            at: String::new(),
            members: vec![TypedMember::of(person)],
        };
        let form = typed.form(&clock()).unwrap();
        assert_eq!(form.members[0].outcome, ContactOutcome::NotReached);
        typed.members[0].readings[1] = "91".into();
        assert!(matches!(typed.form(&clock()), Err(Error::Invalid { field: "outcome", .. })));
        typed.outcome = "reached".into();
        assert_eq!(typed.form(&clock()).unwrap().members[0].spo2, "91");
        typed.channel = "robot".into();
        assert!(matches!(typed.form(&clock()), Err(Error::Invalid { field: "channel", .. })));
    }
}
