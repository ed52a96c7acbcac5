//! What somebody has answered so far: one draft a device, sealed, for a day.

use super::sql;
use duty::units::Tree;
use health::declarations::{Answers, Device, Law, Question, Whom};
use jiff::{SignedDuration, civil::Date};
use kernel::{Error, PersonId, Result, UnitId};
use serde::{Deserialize, Serialize};
use store::Cx;
use uuid::Uuid;

const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// For whom, and the answers. No `Debug`: they are of somebody's health.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    /// One of those who have the number; `None` for somebody who is told of.
    pub person: Option<PersonId>,
    /// As it is shown to whoever declares.
    pub name: String,
    pub birth: String,
    /// Code of the ward; empty where it is on record.
    pub ward: String,
    /// Who it is has been said.
    pub named: bool,
    pub answers: Answers,
}

/// A draft in the hands of one transaction.
pub(super) struct Held {
    pub id: Uuid,
    device: Uuid,
    pub draft: Draft,
}

impl Draft {
    /// For whom it is, as the room of declarations is asked.
    pub(super) fn whom(&self, tree: &Tree) -> Whom {
        let (birth, ward) = (self.birth.clone(), self.ward(tree));
        match self.person {
            Some(person) => Whom::Known { person, birth, ward },
            None => Whom::New { full_name: self.name.clone(), birth, ward },
        }
    }

    pub(super) fn ward(&self, tree: &Tree) -> Option<UnitId> {
        tree.wards().find(|ward| !self.ward.is_empty() && ward.code == self.ward).map(|ward| ward.id)
    }

    /// The page that comes next: the first question that is not answered well, else the check.
    pub(super) fn next(&self, law: &Law, today: Date) -> &'static str {
        let open = |question: &&Question| !self.answers.faults_of(**question, today, None).is_empty();
        law.questions().iter().find(open).map_or("check", |question| question.as_str())
    }
}

impl Held {
    /// Begins a draft in the place of whatever there was.
    pub(super) async fn begin(cx: &mut Cx, device: &Device, draft: Draft) -> Result<Self> {
        let held = Self { id: cx.id(), device: device.id, draft };
        held.save(cx).await?;
        Ok(held)
    }

    pub(super) async fn find(cx: &mut Cx, device: &Device) -> Result<Option<Self>> {
        Self::read(cx, device, false).await
    }

    /// The draft that a form belongs to, held; `None` where another was begun since, or it is over.
    pub(super) async fn claim(cx: &mut Cx, device: &Device, form: &str) -> Result<Option<Self>> {
        let held = Self::read(cx, device, true).await?;
        Ok(held.filter(|held| held.id.to_string() == form))
    }

    async fn read(cx: &mut Cx, device: &Device, lock: bool) -> Result<Option<Self>> {
        let Some((id, sealed)) = sql::find(cx, device.id, lock).await? else { return Ok(None) };
        let body = cx.open(sql::TABLE, id, "body", &sealed)?;
        let draft = serde_json::from_str(&body).map_err(Error::internal)?;
        Ok(Some(Self { id, device: device.id, draft }))
    }

    pub(super) async fn save(&self, cx: &mut Cx) -> Result<()> {
        let body = serde_json::to_string(&self.draft).map_err(Error::internal)?;
        let sealed = cx.seal(sql::TABLE, self.id, "body", &body)?;
        let until = cx.now() + KEPT;
        sql::save(cx, self.device, self.id, &sealed, until).await
    }
}

/// Forgets what was answered with this device.
pub(super) async fn forget(cx: &mut Cx, device: &Device) -> Result<()> {
    sql::forget(cx, device.id).await
}

/// Forgets every draft whose day is over; how many.
pub async fn purge(cx: &mut Cx) -> Result<u64> {
    sql::purge(cx).await
}
