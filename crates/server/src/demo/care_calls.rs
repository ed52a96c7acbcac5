//! Families take the calls of their care: most answer and press what they are asked for, some are not at home or
//! say nothing, few are ill, few have had enough of it. While the demo runs those of your ward are left to whoever
//! tries it; before the first start the last calls of all are made in fast motion, by the dialler itself.

use duty::{
    calls::{self, Purpose},
    messages::Texts,
    prompts::Prompter,
    rules::{self, NewVersion},
    tenants::Tenant,
    units,
};
use gateways::{
    Exchange, Phones,
    phones::{State, Telephone},
};
use health::{care_calls::Dialler, households};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{CallId, Clock, Error, Phone, Result, Rng, TenantId, UnitId};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store::{Cx, Store, outbox::Courier};

/// What somebody will do with a call, decided when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Will {
    /// Answers what he is asked, and is well, or nearly.
    Answer,
    /// The same, and finds it hard to breathe.
    Ill,
    /// Hangs up at the second question.
    GiveUp,
    /// Takes it, and says nothing: a mailbox, or a child.
    Silent,
    Refuse,
    /// Wants to speak to a person.
    Person,
    /// Is on duty, takes up what he is told, and speaks with the family.
    Duty,
    /// Does not hear it, or is nobody of ours to play.
    Miss,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    will: Will,
    /// Seconds until he takes it.
    after: i64,
}

const MISS: Plan = Plan { will: Will::Miss, after: 0 };

/// The families that are being called, and how many of the words said to each they have answered.
#[derive(Default)]
pub struct Families(BTreeMap<CallId, (Plan, usize)>);

/// Seconds from the end of a question to the keys.
const THINKING: i64 = 2;
/// Seconds for which whoever is on duty speaks with a family, from when he took the call.
const TALKS: i64 = 45;

impl Families {
    /// Does what is due at each phone. Whoever lives or works in `yours`, and whoever is none of ours, is left to the
    /// person who tries the demo.
    pub async fn answer(
        &mut self,
        cx: &mut Cx,
        exchange: &Exchange,
        rng: &Rng,
        yours: Option<UnitId>,
    ) -> Result<()> {
        self.meet(cx, exchange, rng, yours, |_| usual(rng)).await?;
        self.act(exchange, rng, cx.now());
        Ok(())
    }

    /// Decides for each call that has come since what becomes of it.
    async fn meet(
        &mut self,
        cx: &mut Cx,
        exchange: &Exchange,
        rng: &Rng,
        yours: Option<UnitId>,
        mut will: impl FnMut(&str) -> Will,
    ) -> Result<()> {
        let calls = running(exchange);
        self.0.retain(|call, _| calls.iter().any(|one| one.call == *call));
        for one in calls {
            if self.0.contains_key(&one.call) {
                continue;
            }
            let after = 3 + rng.below(12) as i64;
            let plan = if one.tenant != Some(cx.tenant()) {
                MISS
            } else if lives_elsewhere(cx, &one.number, yours).await? {
                Plan { will: will(&one.number), after }
            } else if on_duty_elsewhere(cx, one.call, yours).await? {
                Plan { will: Will::Duty, after }
            } else {
                MISS
            };
            self.0.insert(one.call, (plan, 0));
        }
        Ok(())
    }

    fn act(&mut self, exchange: &Exchange, rng: &Rng, now: Timestamp) {
        for one in running(exchange) {
            if let Some((plan, answered)) = self.0.get_mut(&one.call) {
                *answered = handle(exchange, rng, &one, *plan, *answered, now);
            }
        }
    }

    fn knows(&self, exchange: &Exchange) -> bool {
        running(exchange).iter().all(|one| self.0.contains_key(&one.call))
    }
}

/// Calls of ours that are not over.
fn running(exchange: &Exchange) -> Vec<Telephone> {
    exchange.calls().into_iter().filter(|one| !one.is_over() && !one.incoming).collect()
}

fn usual(rng: &Rng) -> Will {
    match rng.below(100) {
        0..64 => Will::Answer,
        64..66 => Will::Ill,
        66..70 => Will::GiveUp,
        70..73 => Will::Refuse,
        73..75 => Will::Person,
        75..81 => Will::Silent,
        _ => Will::Miss,
    }
}

/// Returns how many of the words have been answered now.
fn handle(
    exchange: &Exchange,
    rng: &Rng,
    one: &Telephone,
    Plan { will, after }: Plan,
    answered: usize,
    now: Timestamp,
) -> usize {
    if will == Will::Miss {
        return answered;
    }
    if one.state == State::Ringing {
        if now.duration_since(one.since).as_secs() >= after {
            exchange.answer(one.call);
        }
        return answered;
    }
    if will == Will::Duty
        && !exchange.hears(one.call).is_empty()
        && one.answered_at.is_some_and(|at| now.duration_since(at).as_secs() >= TALKS)
    {
        exchange.hang_up_there(one.call);
        return answered;
    }
    let asked = one.words.len();
    let thought = one.said_at.is_some_and(|at| now.duration_since(at).as_secs() >= THINKING);
    if !one.waits || !thought || answered == asked || will == Will::Silent {
        return answered;
    }
    match one.words.last() {
        _ if answered > 0 && will == Will::GiveUp => exchange.hang_up_there(one.call),
        Some(words) => exchange.press(one.call, &keys(words, will, rng)),
        None => {}
    }
    asked
}

/// What somebody presses who has understood the question.
fn keys(words: &str, will: Will, rng: &Rng) -> String {
    let words = words.to_lowercase();
    if words.contains("nhiệt độ") {
        let tenths = if rng.chance(0.06) { 380 + rng.below(10) } else { 362 + rng.below(8) };
        return format!("{tenths}#");
    }
    if words.contains("spo2") {
        let percent = if rng.chance(0.02) { 91 + rng.below(3) } else { 96 + rng.below(4) };
        return format!("{percent}#");
    }
    let key = if words.contains("không thì bấm 2") {
        if will == Will::Ill && words.contains("khó thở") { "1" } else { "2" }
    } else if words.contains("bấm 9") && will == Will::Refuse {
        "9"
    } else if words.contains("bấm 0") && will == Will::Person {
        "0"
    } else {
        "1"
    };
    key.to_owned()
}

/// What families see when the centre rings; no such number is given to anybody.
const CALLER: &str = "0900000022";

/// The demo's own rule of care calls: as it ships, with the number that calls.
pub async fn name_number(store: &Store, tenant: &Tenant) -> Result<()> {
    let mut cx = store.begin(tenant.id, super::simulator::ME).await?;
    let versions = rules::versions(&mut cx, "care.calls").await?;
    if let [shipped] = versions.as_slice() {
        let mut values = shipped.values.clone();
        values["caller_numbers"] = json!([CALLER]);
        let new = NewVersion {
            valid_from: Date::new(2021, 1, 2).map_err(Error::internal)?,
            valid_to: None,
            citation: "Bản trình diễn: số gọi đi không có thật".into(),
            verified: false,
            note: None,
            values,
        };
        rules::add(&mut cx, "care.calls", new).await?;
    }
    cx.commit().await
}

/// The last calls before the first start, made in fast motion.
pub struct Past {
    store: Store,
    texts: Courier,
    exchange: Exchange,
    dialler: Dialler,
    families: Families,
    /// What each number does whenever it is called.
    known: BTreeMap<String, Will>,
    rng: Rng,
}

/// What the families do in turn, so that a day shows all that can come of a call; whoever is called after them is not
/// at home.
const IN_TURN: [Will; 14] = [
    Will::Answer,
    Will::Miss,
    Will::Ill,
    Will::Answer,
    Will::Refuse,
    Will::Miss,
    Will::Person,
    Will::Answer,
    Will::Silent,
    Will::Answer,
    Will::Miss,
    Will::GiveUp,
    Will::Answer,
    Will::Answer,
];
/// From the text that tells of the calls until the first may come.
const AHEAD: SignedDuration = SignedDuration::from_mins(11);
/// How far the clock moves between two looks: less than anybody waits for a key.
const TURN: SignedDuration = SignedDuration::from_secs(3);
/// Looks of which each third is the dialler's, well within the time for which it holds a call.
const DIALLER: usize = 3;
/// Looks after which whoever still talks is let go.
const TURNS: usize = 400;
/// Looks without a call after which nobody is called any more.
const QUIET: usize = 5;
/// The clock stops so long before now.
const MARGIN: SignedDuration = SignedDuration::from_mins(4);
/// In which the program does what was pressed.
const BREATH: Duration = Duration::from_millis(3);
const PATIENCE: Duration = Duration::from_secs(1);

impl Past {
    /// `store` lives in the past.
    pub fn new(store: &Store) -> Self {
        let exchange = Exchange::new(store.clone());
        let dialler = Dialler::new(store.clone(), Arc::new(exchange.clone()), Prompter::silent());
        let network = Arc::new(Phones::new(store.clone()));
        Self {
            store: store.clone(),
            texts: Courier::new(store.clone(), Arc::new(Texts::new(Some(network)))),
            exchange,
            dialler,
            families: Families::default(),
            known: BTreeMap::new(),
            rng: Rng::seeded(1022),
        }
    }

    /// Calls whoever's turn it is at this hour, until nobody is on the telephone any more.
    pub async fn call(&mut self, tenant: TenantId, clock: &Clock, end: Timestamp) -> Result<()> {
        if clock.now() + AHEAD + MARGIN >= end {
            return Ok(());
        }
        // Whoever is new to it is told by a text first.
        self.dialler.tick().await?;
        while self.texts.deliver_due().await? > 0 {}
        clock.advance(AHEAD);
        let mut quiet = 0;
        for turn in 0..TURNS {
            if quiet > QUIET || clock.now() + MARGIN >= end {
                break;
            }
            if turn.is_multiple_of(DIALLER) {
                self.dialler.tick().await?;
            }
            self.exchange.tick();
            if !self.families.knows(&self.exchange) {
                let mut cx = self.store.begin(tenant, super::simulator::ME).await?;
                let (families, known) = (&mut self.families, &mut self.known);
                let will = |number: &str| {
                    let next = known.len();
                    let turn = IN_TURN.get(next).copied().unwrap_or(Will::Miss);
                    *known.entry(number.to_owned()).or_insert(turn)
                };
                families.meet(&mut cx, &self.exchange, &self.rng, None, will).await?;
            }
            self.families.act(&self.exchange, &self.rng, clock.now());
            quiet = if running(&self.exchange).is_empty() { quiet + 1 } else { 0 };
            clock.advance(TURN);
            tokio::time::sleep(BREATH).await;
        }
        for one in running(&self.exchange) {
            self.exchange.hang_up_there(one.call);
        }
        // What is not on record by then the running demo puts back.
        let _ = tokio::time::timeout(PATIENCE, self.dialler.finished()).await;
        Ok(())
    }
}

/// Whether a call fetches somebody who is on duty outside `yours` into a care call.
async fn on_duty_elsewhere(cx: &mut Cx, call: CallId, yours: Option<UnitId>) -> Result<bool> {
    let call = match calls::find(cx, call).await {
        Ok(call) => call,
        Err(Error::NotFound) => return Ok(false),
        Err(error) => return Err(error),
    };
    let (Purpose::Fetched, Some(_), Some(unit)) = (call.purpose, call.staff, call.unit) else {
        return Ok(false);
    };
    let ward = units::tree(cx).await?.get(unit).and_then(|unit| unit.ward);
    Ok(yours.is_none() || ward != yours)
}

/// Whether a number is that of a household, and of none in `yours`.
async fn lives_elsewhere(cx: &mut Cx, number: &str, yours: Option<UnitId>) -> Result<bool> {
    let Ok(number) = Phone::parse(number) else { return Ok(false) };
    let homes = households::at_number(cx, &number).await?;
    for home in &homes {
        if Some(households::find(cx, *home).await?.ward) == yours {
            return Ok(false);
        }
    }
    Ok(!homes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_by_its_words() {
        let rng = Rng::seeded(4);
        for _ in 0..50 {
            let fever = keys("Xin nhập nhiệt độ của bà Lan, rồi bấm phím thăng", Will::Answer, &rng);
            assert!(fever.starts_with("36") || fever.starts_with("38"), "{fever}");
            assert!(fever.len() == 4 && fever.ends_with('#'), "{fever}");
            let oxygen = keys("Chỉ số SpO2 là bao nhiêu?", Will::Answer, &rng);
            assert!(oxygen.len() == 3 && oxygen.starts_with('9'), "{oxygen}");
        }
        assert_eq!(keys("Hôm nay gia đình thấy thế nào?", Will::Answer, &rng), "1");
    }

    #[test]
    fn by_the_scripts_that_ship_whoever_is_well_presses_no_danger() {
        let rng = Rng::seeded(4);
        let care = health::scripts::shipped("care").unwrap();
        let pressed = |key: &str, will| {
            let question = &care.questions[care.place(key).unwrap()];
            keys(&health::scripts::written(&question.says), will, &rng)
        };
        assert_eq!(
            (pressed("consent", Will::Answer), pressed("feel", Will::Answer)),
            ("1".into(), "1".into())
        );
        assert_eq!((pressed("breath", Will::Answer), pressed("chest", Will::Ill)), ("2".into(), "2".into()));
        assert_eq!(pressed("breath", Will::Ill), "1");
        assert_eq!(
            (pressed("consent", Will::Refuse), pressed("consent", Will::Person)),
            ("9".into(), "0".into())
        );
    }
}
