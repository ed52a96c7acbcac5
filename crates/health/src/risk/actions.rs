use super::model::{Group, Law, Why, group};
use crate::{
    facts,
    people::{self, Birth},
    vitals::Age,
};
use duty::{
    rules::{self, Rule},
    units,
};
use kernel::{PersonId, Result};
use std::collections::BTreeMap;
use store::Cx;

/// What people were judged to be, and by which version.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub rule: Rule,
    pub of: BTreeMap<PersonId, (Group, Vec<Why>)>,
}

/// Judges people by what is known of them today; `spo2` is the newest reading of those who were
/// measured. The caller answers for the permission.
pub(crate) async fn judge(
    cx: &mut Cx,
    people: &[PersonId],
    spo2: &BTreeMap<PersonId, i16>,
) -> Result<Judged> {
    let today = units::today(cx).await?;
    let rule = rules::known_on(cx, "f0.risk_groups", today).await?;
    // A version that cannot be read must not keep a diary, with what rings in it, from being taken in.
    let law = Law::read(today, rule.as_ref()).or_else(|error| {
        tracing::error!(rule.code = "f0.risk_groups", %error, "the risk groups cannot be read, the shipped ones judge");
        Law::read(today, None)
    })?;
    let births = people::births(cx, people).await?;
    let known = facts::known(cx, people, today).await?;
    let of = people.iter().map(|person| {
        let birth = births.get(person).copied();
        let age = Age::of(birth.map(Birth::year), birth.and_then(Birth::day), today);
        let facts = known.get(person).cloned().unwrap_or_default();
        (*person, group(&facts, age, spo2.get(person).copied(), &law))
    });
    Ok(Judged { of: of.collect(), rule: law.rule().clone() })
}
