//! One conversation by keys: something is said, keys are waited for.

use super::{Events, Happened, Lines, Spoken, Told};
use jiff::{SignedDuration, Timestamp};
use kernel::{CallId, Result};
use std::sync::Arc;

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The keys pressed, without the `#` that ends them.
    Keys(String),
    /// Nobody pressed anything.
    Nothing,
    /// The call is over.
    Gone,
}

/// A call that has been answered, and whoever conducts it.
pub struct Talk {
    pub lines: Arc<dyn Lines>,
    pub call: CallId,
    events: Events,
    /// Each event that was passed over while something else was waited for, told to whoever asks.
    over: Option<Told>,
    recorded: Option<bool>,
    /// Until when a `#` belongs to an answer that was whole without it.
    ends_until: Option<Timestamp>,
}

impl Talk {
    pub fn new(lines: Arc<dyn Lines>, call: CallId, events: Events) -> Self {
        Self { lines, call, events, over: None, recorded: None, ends_until: None }
    }

    /// The next event as it comes; safe to give up waiting for. After the end of the call only what may follow it,
    /// then `None`. The `#` after an answer that its last key had made whole is no event: he was asked to press it.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            let told = self.events.next().await?;
            if !self.ends_answer(&told) {
                self.note(&told);
                return Some(told);
            }
        }
    }

    /// How the call ended, once it has.
    pub const fn ended(&self) -> Option<&Told> {
        self.over.as_ref()
    }

    /// Whether the last recording holds all of it, once it has ended.
    pub const fn recorded(&self) -> Option<bool> {
        self.recorded
    }

    /// Says something to its end; a key ends it early and is thrown away. `false` when the call is over.
    pub async fn say(&mut self, spoken: &Spoken) -> Result<bool> {
        if !self.order(spoken, None).await? {
            return Ok(false);
        }
        while let Some(told) = self.next().await {
            match told.what {
                Happened::Said => return Ok(true),
                Happened::Key(_) => {
                    let _ = self.lines.hush(self.call).await;
                    return Ok(true);
                }
                what if what.is_final() => return Ok(false),
                _ => {}
            }
        }
        Ok(false)
    }

    /// Asks for up to `most` keys. The question may be cut short by a key; `#` ends the answer early, and so
    /// does silence of `wait` after the question or after the last key. With `most` at one the first key is
    /// the answer, `#` and `*` too. After the last of `most` keys a `#` is passed over for as long as another key
    /// would have been waited for, whatever is said or asked by then.
    pub async fn ask(&mut self, spoken: &Spoken, most: usize, wait: SignedDuration) -> Result<Heard> {
        if !self.order(spoken, Some(wait)).await? {
            return Ok(Heard::Gone);
        }
        let mut keys = String::new();
        while let Some(told) = self.next().await {
            match told.what {
                Happened::Key(key) if most == 1 => return Ok(Heard::Keys(key.to_string())),
                Happened::Key('#') => return Ok(Heard::Keys(keys)),
                Happened::Key(key) => {
                    if keys.is_empty() {
                        let _ = self.lines.hush(self.call).await;
                    }
                    keys.push(key);
                    if keys.chars().count() >= most {
                        self.ends_until = Some(told.at + wait);
                        return Ok(Heard::Keys(keys));
                    }
                }
                Happened::Silent if keys.is_empty() => return Ok(Heard::Nothing),
                Happened::Silent => return Ok(Heard::Keys(keys)),
                what if what.is_final() => return Ok(Heard::Gone),
                _ => {}
            }
        }
        Ok(Heard::Gone)
    }

    /// Begins to say something; its end is told by [`Talk::next`], and after `silence` more that nobody has pressed a
    /// key. `false` when the call is over.
    pub async fn begin(&mut self, spoken: &Spoken, silence: Option<SignedDuration>) -> Result<bool> {
        self.order(spoken, silence).await
    }

    /// `false` when the call is over, which its events tell too.
    async fn order(&mut self, spoken: &Spoken, wait: Option<SignedDuration>) -> Result<bool> {
        while let Some(told) = self.events.ready() {
            if !self.ends_answer(&told) {
                self.note(&told);
            }
        }
        if self.over.is_some() {
            return Ok(false);
        }
        match self.lines.say(self.call, spoken, wait).await {
            Err(kernel::Error::NotFound) => Ok(false),
            said => said.map(|()| true),
        }
    }

    /// Whether this is the `#` of an answer that was taken without it. Any key ends the wait for it.
    fn ends_answer(&mut self, told: &Told) -> bool {
        let Happened::Key(key) = told.what else { return false };
        let until = self.ends_until.take();
        key == '#' && until.is_some_and(|until| told.at <= until)
    }

    fn note(&mut self, told: &Told) {
        match told.what {
            Happened::Recorded { whole } => self.recorded = Some(whole),
            ref what if what.is_final() => self.over = Some(told.clone()),
            _ => {}
        }
    }
}
