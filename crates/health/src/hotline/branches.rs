//! The menu and what its keys lead to.

use super::{
    leg::still,
    model::{End, Next, Owing, Topic},
    owed::{self, NewOwed},
    sql,
    visit::Visit,
    watch, words,
};
use crate::followups;
use duty::{calendars, calls, lines::Heard, prompts::Say};
use kernel::{HouseholdId, Phone, Result};

/// How often the menu is said before a caller who presses nothing that means something is put through to a
/// person: his telephone may have no keys.
const ROUNDS: usize = 4;
/// How often somebody may mistype a number or a code.
pub(super) const TRIES: usize = 3;

impl Visit<'_> {
    /// The whole call. `often`: this number has called too often within the hour.
    pub async fn run(&mut self, often: bool) -> Result<End> {
        if !self.on.take(self.tenant.id, self.call()).await? {
            return Ok(End::HungUp);
        }
        let next = if often { self.limited().await? } else { self.menu().await? };
        match next {
            Next::End(end) => Ok(end),
            Next::Line(topic, priority) => {
                self.choose(topic).await?;
                self.wait(topic, priority).await
            }
        }
    }

    async fn menu(&mut self) -> Result<Next> {
        let closed = self.closed().await?;
        let mut said = words::welcome(&self.tenant.pack.place.full_name, closed);
        for _ in 0..ROUNDS {
            said = match self.ask(&said, 1, words::ONE_KEY).await? {
                Heard::Gone => return Ok(Next::End(End::HungUp)),
                Heard::Keys(keys) => match Topic::of_key(&keys) {
                    Some(topic) => return self.branch(topic).await,
                    None if keys == "*" => words::all(&["hotline.menu"]),
                    None => words::all(&["hotline.strange", "hotline.menu"]),
                },
                Heard::Nothing => words::all(&["hotline.menu"]),
            };
        }
        Ok(Next::Line(Topic::Person, Topic::Person.priority()))
    }

    async fn branch(&mut self, topic: Topic) -> Result<Next> {
        self.choose(topic).await?;
        match topic {
            Topic::Symptoms => self.symptoms().await,
            Topic::Record => self.record().await,
            Topic::Emergency | Topic::Report | Topic::Support | Topic::Person => {
                Ok(Next::Line(topic, topic.priority()))
            }
        }
    }

    /// Notes what he calls about.
    pub async fn choose(&mut self, topic: Topic) -> Result<()> {
        if self.topic == Some(topic) {
            return Ok(());
        }
        self.topic = Some(topic);
        let mut cx = self.cx().await?;
        sql::choose(&mut cx, self.call(), topic).await?;
        cx.commit().await
    }

    /// Into the line; an emergency becomes a ticket when nobody takes it in time.
    pub async fn join_line(&mut self, topic: Topic, priority: i16) -> Result<()> {
        let call = self.call();
        let mut cx = self.cx().await?;
        sql::join_line(&mut cx, call, topic, priority).await?;
        still(calls::wait(&mut cx, call, topic.as_str()).await)?;
        if topic == Topic::Emergency && !self.waits {
            watch::arm(&mut cx, call, self.law.emergency_ticket_after);
        }
        cx.tell(store::Topic::screen("hotline"));
        cx.commit().await?;
        self.waits = true;
        Ok(())
    }

    /// Who has called too often is put through for an emergency alone. Many may call by one number, from a
    /// factory or a hospital: who gets no further than this is called back.
    async fn limited(&mut self) -> Result<Next> {
        let said = words::all(&["hotline.recorded", "hotline.limited"]);
        match self.ask(&said, 1, words::ONE_KEY).await? {
            Heard::Keys(keys) if keys == "1" => return self.branch(Topic::Emergency).await,
            Heard::Gone => {}
            Heard::Keys(_) | Heard::Nothing => {
                self.tell_caller(&["hotline.thanks"]).await?;
            }
        }
        Ok(Next::End(End::Abandoned))
    }

    pub async fn goodbye(&mut self) -> Result<Next> {
        self.tell_caller(&["hotline.thanks"]).await?;
        Ok(Next::End(End::Done))
    }

    async fn closed(&self) -> Result<bool> {
        let mut cx = self.cx().await?;
        let calendar = calendars::of(&mut cx).await?;
        let now = cx.now();
        cx.rollback().await?;
        Ok(!calendar.is_working(now).value)
    }

    /// His own household's record: nothing of it without the code.
    async fn record(&mut self) -> Result<Next> {
        let home = match self.prove().await? {
            Ok(home) => home,
            Err(next) => return Ok(next),
        };
        let Some(home) = home else {
            return Ok(match self.ask(&words::all(&["hotline.no_code"]), 1, words::ONE_KEY).await? {
                Heard::Keys(keys) if keys == "0" => Next::Line(Topic::Record, Topic::Record.priority()),
                // He has been told how to come by it.
                Heard::Gone => Next::End(End::Done),
                Heard::Keys(_) | Heard::Nothing => self.goodbye().await?,
            });
        };
        let told = self.own_words(home).await?;
        if !self.say(&told).await? {
            return Ok(Next::End(End::Done));
        }
        self.goodbye().await
    }

    async fn own_words(&self, home: HouseholdId) -> Result<Vec<Say>> {
        let mut cx = self.cx().await?;
        let own = followups::own(&mut cx, home).await?;
        cx.record(store::Event::new("household.read_by_phone", home).data(serde_json::json!({
            "call": self.call(), "people": own.len(),
        })));
        cx.commit().await?;
        if own.is_empty() {
            return Ok(words::all(&["hotline.nobody_followed"]));
        }
        Ok(own.iter().map(|one| words::own(&one.given_name, one.day, one.days, one.owed)).collect())
    }

    /// He is called back at the number he calls from, or at another that he presses.
    pub async fn call_back(&mut self, topic: Topic) -> Result<End> {
        let first = if self.from.is_some() { "hotline.which_number" } else { "hotline.no_number" };
        let mut question = words::all(&[first]);
        let mut number = None;
        for _ in 0..TRIES {
            // Seventeen keys: a foreign number with its two zeros.
            match self.ask(&question, 17, words::MORE_KEYS).await? {
                Heard::Gone => return Ok(End::Abandoned),
                Heard::Nothing if self.from.is_some() => break,
                Heard::Keys(keys) if keys.is_empty() && self.from.is_some() => break,
                Heard::Keys(keys) => match Phone::parse(&keys) {
                    Ok(other) => {
                        number = Some(other);
                        break;
                    }
                    Err(_) => question = words::all(&["hotline.number_wrong", first]),
                },
                Heard::Nothing => {}
            }
        }
        let from = self.from.clone();
        let Some(number) = number.or_else(|| from.clone()) else {
            // Nobody can call a number that nobody has said.
            self.tell_caller(&["hotline.no_call_back"]).await?;
            return Ok(End::Abandoned);
        };
        let mut cx = self.cx().await?;
        let call = self.call();
        let new =
            NewOwed { number: Some(&number), ..NewOwed::of(call, Owing::CallBack, topic, from.as_ref()) };
        owed::open(&mut cx, Some(self.tenant), &new).await?;
        cx.commit().await?;
        let said = if from.as_ref() == Some(&number) {
            // What the network told of him is not read out to whoever holds the telephone.
            words::all(&["hotline.callback"])
        } else {
            words::will_call(&number)
        };
        self.say(&said).await?;
        Ok(End::Promised { message: false })
    }
}
