//! Families outside your ward take the calls of their care: most answer and press what they are asked for, some
//! are not at home, few have had enough of it.

use gateways::{
    Exchange,
    phones::{State, Telephone},
};
use jiff::Timestamp;
use kernel::{CallId, Result, Rng, UnitId};
use std::collections::BTreeMap;
use store::Cx;

/// What a family will do with a call, decided when it begins.
#[derive(Clone, Copy)]
enum Plan {
    /// Takes it after so many seconds.
    Answer(i64),
    /// Takes it, and hangs up at the second question.
    GiveUp(i64),
    /// Does not hear it, or is nobody of ours to play.
    Miss,
}

/// The families that are being called, and how many of the words said to each they have answered.
#[derive(Default)]
pub struct Families(BTreeMap<CallId, (Plan, usize)>);

/// Seconds from the end of a question to the keys.
const THINKING: i64 = 2;

impl Families {
    /// Does what is due at each phone. Whoever lives in `yours`, and whoever is no household's number, is left
    /// to the person who tries the demo.
    pub async fn answer(
        &mut self,
        cx: &mut Cx,
        exchange: &Exchange,
        rng: &Rng,
        yours: Option<UnitId>,
    ) -> Result<()> {
        let calls: Vec<Telephone> =
            exchange.calls().into_iter().filter(|one| !one.is_over() && !one.incoming).collect();
        self.0.retain(|call, _| calls.iter().any(|one| one.call == *call));
        let now = cx.now();
        for one in calls {
            let (plan, answered) = if let Some(known) = self.0.get(&one.call) {
                *known
            } else {
                let ours = one.tenant == Some(cx.tenant()) && lives_elsewhere(cx, &one.number, yours).await?;
                (if ours { plan(rng) } else { Plan::Miss }, 0)
            };
            let answered = handle(exchange, rng, &one, plan, answered, now);
            self.0.insert(one.call, (plan, answered));
        }
        Ok(())
    }
}

fn plan(rng: &Rng) -> Plan {
    let after = 3 + rng.below(12) as i64;
    match rng.below(100) {
        0..72 => Plan::Answer(after),
        72..77 => Plan::GiveUp(after),
        _ => Plan::Miss,
    }
}

/// Returns how many of the words have been answered now.
fn handle(
    exchange: &Exchange,
    rng: &Rng,
    one: &Telephone,
    plan: Plan,
    answered: usize,
    now: Timestamp,
) -> usize {
    let (Plan::Answer(after) | Plan::GiveUp(after)) = plan else { return answered };
    if one.state == State::Ringing {
        if now.duration_since(one.since).as_secs() >= after {
            exchange.answer(one.call);
        }
        return answered;
    }
    let asked = one.words.len();
    let thought = one.said_at.is_some_and(|at| now.duration_since(at).as_secs() >= THINKING);
    if !one.waits || !thought || answered == asked {
        return answered;
    }
    match one.words.last() {
        _ if asked > 1 && matches!(plan, Plan::GiveUp(_)) => exchange.hang_up_there(one.call),
        Some(words) => exchange.press(one.call, &keys(words, rng)),
        None => {}
    }
    asked
}

/// What somebody presses who has understood the question.
fn keys(words: &str, rng: &Rng) -> String {
    let words = words.to_lowercase();
    if words.contains("nhiệt độ") {
        let tenths = if rng.chance(0.06) { 380 + rng.below(10) } else { 362 + rng.below(8) };
        format!("{tenths}#")
    } else if words.contains("spo2") {
        let percent = if rng.chance(0.03) { 91 + rng.below(3) } else { 96 + rng.below(4) };
        percent.to_string()
    } else {
        "1".to_owned()
    }
}

/// Whether a number is that of a household, and of none in `yours`.
async fn lives_elsewhere(cx: &mut Cx, number: &str, yours: Option<UnitId>) -> Result<bool> {
    let (tenant, index) = (cx.tenant().uuid(), cx.blind("phone", number)?);
    let here: Option<bool> = sqlx::query_scalar(
        "select bool_or(ward_id = $3) from households
         where tenant_id = $1 and contact_index = $2 and joined_into is null",
    )
    .bind(tenant)
    .bind(index)
    .bind(yours.map(UnitId::uuid))
    .fetch_one(cx.conn())
    .await?;
    Ok(here == Some(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_answered_by_its_words() {
        let rng = Rng::seeded(4);
        for _ in 0..50 {
            let fever = keys("Xin nhập nhiệt độ của bà Lan, rồi bấm phím thăng", &rng);
            assert!(fever.starts_with("36") || fever.starts_with("38"), "{fever}");
            assert!(fever.len() == 4 && fever.ends_with('#'), "{fever}");
            let oxygen = keys("Chỉ số SpO2 là bao nhiêu?", &rng);
            assert!(oxygen.len() == 2 && oxygen.starts_with('9'), "{oxygen}");
        }
        assert_eq!(keys("Hôm nay gia đình thấy thế nào?", &rng), "1");
    }
}
