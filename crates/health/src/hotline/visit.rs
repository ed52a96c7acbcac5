//! One caller, and what is said to him.

use super::{
    law::Law,
    leg::{Held, gone},
    model::Topic,
    reception::Reception,
    words,
};
use duty::{
    lines::{Heard, Spoken, Talk},
    prompts::Say,
    tenants::Tenant,
};
use jiff::SignedDuration;
use kernel::{CallId, Phone, Result};
use store::Cx;

/// A call under way.
pub(super) struct Visit<'a> {
    pub on: &'a Reception,
    pub tenant: &'a Tenant,
    pub talk: Talk,
    /// Who calls, as the network says.
    pub from: Option<Phone>,
    pub law: Law,
    /// The calls of this conversation that this process holds.
    pub held: Held,
    /// What he has chosen.
    pub topic: Option<Topic>,
    /// He has waited for a person.
    pub waits: bool,
    /// What he has told by keys and stands nowhere else yet, as JSON.
    pub told: Option<String>,
    /// It is a danger sign.
    pub danger: bool,
    /// He was offered to an operator before anybody asked for his ward.
    pub ward_unasked: bool,
}

impl Visit<'_> {
    pub const fn call(&self) -> CallId {
        self.talk.call
    }

    pub async fn cx(&self) -> Result<Cx> {
        self.on.begin(self.tenant.id).await
    }

    pub async fn spoken(&self, says: &[Say]) -> Result<Spoken> {
        self.on.spoken(self.tenant.id, says).await
    }

    /// Says something to its end; `false` when the call is over.
    pub async fn say(&mut self, says: &[Say]) -> Result<bool> {
        let spoken = self.spoken(says).await?;
        self.talk.say(&spoken).await
    }

    /// The same of pieces by their keys.
    pub async fn tell_caller(&mut self, keys: &[&str]) -> Result<bool> {
        self.say(&words::all(keys)).await
    }

    pub async fn ask(&mut self, says: &[Say], most: usize, wait: SignedDuration) -> Result<Heard> {
        let spoken = self.spoken(says).await?;
        self.talk.ask(&spoken, most, wait).await
    }

    /// Begins to say something to a call and goes on at once.
    pub async fn begin_to_say(&self, call: CallId, says: &[Say], wait: Option<SignedDuration>) -> Result<()> {
        let spoken = self.spoken(says).await?;
        gone(self.on.lines.say(call, &spoken, wait).await)
    }
}
