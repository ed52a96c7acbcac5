//! The form as it was sent.

use health::{
    alerts::Grade,
    followups::{MemberEntry, Own},
    vitals::Symptom,
};
use kernel::{Error, PersonId, Result};
use std::collections::{BTreeMap, BTreeSet};
use store::Cx;
use uuid::Uuid;

/// What was typed for one member, as it was typed; nothing at first.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    person: Option<PersonId>,
    pub temperature: String,
    pub spo2: String,
    pub respiratory_rate: String,
    pub pulse: String,
    /// One field for each of the two numbers; whoever sends `120/80` in one is understood too.
    pressure: Vec<String>,
    pub symptoms: BTreeSet<Symptom>,
}

impl Typed {
    fn put(&mut self, field: &str, value: &str) {
        match field {
            "person" => self.person = value.trim().parse().ok(),
            "temperature" => value.clone_into(&mut self.temperature),
            "spo2" => value.clone_into(&mut self.spo2),
            "respiratory_rate" => value.clone_into(&mut self.respiratory_rate),
            "pulse" => value.clone_into(&mut self.pulse),
            "pressure" => self.pressure.push(value.trim().to_owned()),
            // A box that came was ticked, whatever it says.
            _ => self.symptoms.extend(field.strip_prefix("s_").and_then(|word| word.parse::<Symptom>().ok())),
        }
    }

    /// `120/80`, also when only one of the two was typed: then it is asked for again.
    pub(super) fn pressure(&self) -> String {
        let mut filled = self.pressure.iter().filter(|part| !part.is_empty());
        match (filled.next(), filled.next()) {
            (None, _) => String::new(),
            (Some(whole), None) if whole.contains('/') => whole.clone(),
            _ => self.pressure.join("/"),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let texts = [&self.temperature, &self.spo2, &self.respiratory_rate, &self.pulse];
        self.symptoms.is_empty() && texts.into_iter().chain(&self.pressure).all(|text| text.trim().is_empty())
    }

    fn entry(&self, person: PersonId) -> MemberEntry {
        MemberEntry {
            temperature: self.temperature.clone(),
            spo2: self.spo2.clone(),
            respiratory_rate: self.respiratory_rate.clone(),
            pulse: self.pulse.clone(),
            pressure: self.pressure(),
            symptoms: self.symptoms.clone(),
            ..MemberEntry::of(person)
        }
    }
}

/// A form: `key`, `so_far`, and for each member `m{n}_person`, `m{n}_temperature`, `m{n}_s_fever`, ….
/// Whatever else comes is ignored.
pub(super) struct Sent {
    pairs: Vec<(String, String)>,
    key: Option<Uuid>,
    /// The worst of what was told with this diary before: a form that was mended is no less urgent.
    pub so_far: Grade,
    members: BTreeMap<usize, Typed>,
}

impl Sent {
    pub(super) fn of(pairs: Vec<(String, String)>) -> Self {
        let mut sent = Self { pairs: Vec::new(), key: None, so_far: Grade::Well, members: BTreeMap::new() };
        for (name, value) in &pairs {
            match name.as_str() {
                "key" => sent.key = value.trim().parse().ok(),
                "so_far" => sent.so_far = value.parse().unwrap_or(Grade::Well),
                _ => {
                    let field = name.strip_prefix('m').and_then(|rest| rest.split_once('_'));
                    let Some((n, field)) =
                        field.and_then(|(n, field)| Some((n.parse::<usize>().ok()?, field)))
                    else {
                        continue;
                    };
                    sent.members.entry(n).or_default().put(field, value);
                }
            }
        }
        Self { pairs, ..sent }
    }

    /// The key under which the diary is kept: the page's own, bound to what was typed. The same form
    /// sent twice is one diary; a number that was mended after going back in the browser is a new
    /// one, or it would be lost.
    pub(super) fn key(&self, cx: &Cx) -> Result<Uuid> {
        if self.key.is_none() {
            return Ok(cx.id());
        }
        let part = |(name, value): &(String, String)| format!("{name}\u{1e}{value}\u{1f}");
        let text: String = self.pairs.iter().map(part).collect();
        let hash = cx.blind("diary_form", &text)?;
        let hash = hash.first_chunk().ok_or_else(|| Error::internal("a keyed hash is too short"))?;
        Ok(Uuid::from_bytes(*hash))
    }

    /// What was typed for a member. By person and not by place: the list may have changed meanwhile.
    pub(super) fn of_person(&self, person: PersonId) -> Option<&Typed> {
        self.members.values().find(|typed| typed.person == Some(person))
    }

    /// What there is of the household's members.
    pub(super) fn entries(&self, own: &[Own]) -> Vec<MemberEntry> {
        own.iter().filter_map(|own| Some(self.of_person(own.person)?.entry(own.person))).collect()
    }

    /// Something was typed for somebody who is not followed here.
    pub(super) fn tells_of_others(&self, own: &[Own]) -> bool {
        let known = |typed: &Typed| own.iter().any(|own| typed.person == Some(own.person));
        self.members.values().any(|typed| !typed.is_empty() && !known(typed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "018f0000-0000-7000-8000-000000000001";

    fn sent(list: &[(&str, &str)]) -> Sent {
        Sent::of(list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_form_is_read_by_member_and_what_is_unknown_is_left_out() {
        let sent = sent(&[
            ("key", ONE),
            ("m0_person", ONE),
            ("m0_temperature", "37,5"),
            ("m0_s_none", "1"),
            ("m0_s_flying", "1"),
            ("m1_s_cough", "1"),
            ("m_spo2", "98"),
            ("mx_spo2", "98"),
            ("stranger", "x"),
        ]);
        assert_eq!((sent.key, sent.so_far, sent.members.len()), (ONE.parse().ok(), Grade::Well, 2));
        let typed = sent.of_person(ONE.parse().unwrap()).unwrap();
        assert_eq!((typed.temperature.as_str(), typed.spo2.as_str()), ("37,5", ""));
        assert_eq!(typed.symptoms, BTreeSet::from([Symptom::NoSymptom]));
        assert!(sent.tells_of_others(&[]));
    }

    #[test]
    fn a_blood_pressure_comes_in_two_fields_or_in_one() {
        let all: [(&[&str], &str); 6] = [
            (&["120", "80"], "120/80"),
            (&["120/80", ""], "120/80"),
            (&["120/80"], "120/80"),
            (&["", " "], ""),
            (&["120", ""], "120/"),
            (&["", "80"], "/80"),
        ];
        for (parts, read) in all {
            let fields: Vec<_> = parts.iter().map(|part| ("m0_pressure", *part)).collect();
            assert_eq!(sent(&fields).members[&0].pressure(), read, "{parts:?}");
        }
    }
}
