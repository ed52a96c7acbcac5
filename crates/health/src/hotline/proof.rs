//! Whose record it is: the code of the household's diary, pressed on the keys. Everybody is asked alike,
//! and everybody who fails hears the same, whether his number is known or not.

use super::{
    branches::TRIES,
    model::{End, Next, Topic},
    visit::Visit,
    words,
};
use crate::{followups, households};
use duty::lines::Heard;
use kernel::{Actor, Error, HouseholdId, Result};

/// Keys of a code.
const LENGTH: usize = 16;

impl Visit<'_> {
    /// The household for which the caller has the code; `None` where he has none. What ends the question
    /// otherwise is an error.
    pub async fn prove(&mut self) -> Result<Result<Option<HouseholdId>, Next>> {
        match self.ask(&words::all(&["hotline.has_code"]), 1, words::ONE_KEY).await? {
            Heard::Gone => return Ok(Err(Next::End(End::HungUp))),
            Heard::Keys(keys) if keys == "0" => {
                let topic = self.topic.unwrap_or(Topic::Person);
                return Ok(Err(Next::Line(topic, topic.priority())));
            }
            Heard::Keys(keys) if keys == "1" => {}
            Heard::Keys(_) | Heard::Nothing => return Ok(Ok(None)),
        }
        let mut question = words::all(&["hotline.code"]);
        for _ in 0..TRIES {
            match self.ask(&question, LENGTH, words::MORE_KEYS).await? {
                Heard::Gone => return Ok(Err(Next::End(End::HungUp))),
                // The key that ends a code, and no code before it: nothing was tried.
                Heard::Keys(keys) if keys.is_empty() => {}
                Heard::Keys(keys) => {
                    if let Some(home) = self.opened_by(&keys).await? {
                        return Ok(Ok(Some(home)));
                    }
                    question = words::all(&["hotline.code_wrong", "hotline.code"]);
                }
                Heard::Nothing => {}
            }
        }
        Ok(Ok(None))
    }

    /// The household that a code opens; each try is on record with the call.
    async fn opened_by(&self, keys: &str) -> Result<Option<HouseholdId>> {
        let mut cx = self.cx().await?;
        let code = match &self.from {
            Some(number) => households::code_at_number(&mut cx, number, keys).await?,
            None => None,
        };
        let home = match code {
            Some(code) => {
                cx.actor = Actor::public();
                match followups::held(&mut cx, code.canonical()).await {
                    Ok(home) => Some(home),
                    Err(Error::NotFound) => None,
                    Err(other) => return Err(other),
                }
            }
            None => None,
        };
        cx.actor = super::reception::PART;
        let event = store::Event::new("call.code_tried", self.call());
        cx.record(event.data(serde_json::json!({ "opened": home })));
        cx.commit().await?;
        Ok(home)
    }
}
