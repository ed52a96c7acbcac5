//! What a resident has answered so far, kept sealed for a day under the form's key.

use super::{Answers, key::Key, sql};
use duty::{
    tenants::{Tenant, pack::Category},
    units::Tree,
};
use jiff::SignedDuration;
use kernel::{Error, FileId, Result, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Cx;
use town::reports::{Channel, NewReport};
use uuid::Uuid;

const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// What of one field is kept, in characters: far more than is taken, so that too long a text can be
/// shortened by whoever wrote it.
const LONGEST: usize = 20_000;

/// The answers as typed. No `Debug`: they hold what must not reach a log.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    pub category: String,
    /// Id, code or administrative code of the ward.
    pub ward: String,
    pub address: String,
    /// Degrees, as the browser or the client wrote them.
    pub lat: String,
    pub lon: String,
    pub text: String,
    pub phone: String,
    pub name: String,
    /// Pictures kept, not yet bound to a report.
    pub files: Vec<FileId>,
    /// The last question was answered: a change goes back to the check.
    pub asked: bool,
    /// The code of the report this became; then of the answers only what tells them from others is
    /// left here.
    pub sent: Option<String>,
    /// Keyed hashes of the fields as they were sent.
    pub sent_as: BTreeMap<String, String>,
    /// The code of the report that was sent before somebody went back and wrote something else.
    pub after: Option<String>,
}

/// The fields of the questions.
const FIELDS: [&str; 8] = ["category", "ward", "address", "lat", "lon", "text", "phone", "name"];

impl Draft {
    /// Takes in whichever fields came.
    pub(super) fn take(&mut self, answers: &Answers) {
        for name in FIELDS {
            if let Some(typed) = answers.get(name) {
                *self.field(name) = typed.chars().take(LONGEST).collect();
            }
        }
        if let Some(dropped) = answers.get("drop") {
            self.files.retain(|file| file.to_string() != dropped);
        }
    }

    fn field(&mut self, name: &str) -> &mut String {
        match name {
            "category" => &mut self.category,
            "ward" => &mut self.ward,
            "address" => &mut self.address,
            "lat" => &mut self.lat,
            "lon" => &mut self.lon,
            "text" => &mut self.text,
            "phone" => &mut self.phone,
            _ => &mut self.name,
        }
    }

    /// Whether anything was typed.
    pub(super) fn is_begun(&self) -> bool {
        let typed = [&self.category, &self.ward, &self.address, &self.text, &self.phone, &self.name];
        typed.iter().any(|text| !text.is_empty()) || !self.files.is_empty()
    }

    /// As a page may show it to whoever brings this key: what names a person is shown again only under
    /// a key that we made; a client's own shows `mask` instead, unless it sent it just now.
    pub(super) fn shown(&self, key: &Key, answers: &Answers, mask: &str) -> Self {
        let mut shown = self.clone();
        for name in ["phone", "name"] {
            let field = shown.field(name);
            if !key.own && !field.is_empty() && answers.get(name).is_none() {
                mask.clone_into(field);
            }
        }
        shown
    }

    /// What is left of a draft that became a report.
    pub(super) fn over(mut self, cx: &Cx, code: String) -> Result<Self> {
        let mut sent_as = BTreeMap::new();
        for name in FIELDS {
            let text = std::mem::take(self.field(name));
            sent_as.insert(name.to_owned(), mark(cx, name, &text)?);
        }
        Ok(Self { sent: Some(code), sent_as, ..Self::default() })
    }

    /// Whether a form that comes after the sending says something else than what was sent.
    fn is_other(&self, cx: &Cx, answers: &Answers) -> Result<bool> {
        for name in FIELDS {
            if let (Some(typed), Some(sent)) = (answers.get(name), self.sent_as.get(name))
                && mark(cx, name, typed)? != *sent
            {
                return Ok(true);
            }
        }
        Ok(answers.get("drop").is_some() || answers.has_photos())
    }

    /// The chosen category, if the district has it.
    pub(super) fn category<'a>(&self, tenant: &'a Tenant) -> Option<&'a Category> {
        tenant.pack.category(&self.category)
    }

    /// The chosen ward. What names none becomes an id that no unit has, so that it is told as unknown
    /// rather than as missing.
    pub(super) fn ward(&self, tree: &Tree) -> Option<UnitId> {
        let typed = self.ward.trim();
        if typed.is_empty() {
            return None;
        }
        let known = tree.wards().find(|ward| {
            ward.code.eq_ignore_ascii_case(typed)
                || ward.admin_code.as_deref() == Some(typed)
                || ward.id.to_string() == typed
        });
        Some(known.map_or(UnitId(Uuid::nil()), |ward| ward.id))
    }

    /// Where it is, in degrees; what cannot be read is nowhere.
    fn point(&self) -> Option<(f64, f64)> {
        let degrees = |typed: &str| typed.trim().replace(',', ".").parse().unwrap_or(f64::NAN);
        let none = self.lat.trim().is_empty() && self.lon.trim().is_empty();
        (!none).then(|| (degrees(&self.lat), degrees(&self.lon)))
    }

    pub(super) fn has_point(&self) -> bool {
        self.point().is_some()
    }

    /// Whoever leaves neither name nor telephone stays anonymous.
    pub(super) fn is_anonymous(&self) -> bool {
        self.phone.trim().is_empty() && self.name.trim().is_empty()
    }

    /// The report that these answers make.
    pub(super) fn report(&self, key: &str, tree: &Tree, source: Option<String>) -> NewReport {
        NewReport {
            key: key.to_owned(),
            channel: Some(Channel::Web),
            category: self.category.trim().to_owned(),
            ward: self.ward(tree),
            address: self.address.clone(),
            point: self.point(),
            details: self.text.clone(),
            anonymous: self.is_anonymous(),
            name: self.name.clone(),
            phone: self.phone.clone(),
            files: self.files.clone(),
            source,
            external_code: None,
        }
    }
}

/// A draft in the hands of one transaction.
pub(super) struct Held {
    id: Uuid,
    key_index: Vec<u8>,
    pub draft: Draft,
}

impl Held {
    /// The draft of this key, begun if there is none; nobody else changes it until the commit.
    pub(super) async fn claim(cx: &mut Cx, key: &str) -> Result<Self> {
        let key_index = index(cx, key)?;
        let expires_at = cx.now() + KEPT;
        let row = sql::claim(cx, &key_index, expires_at).await?;
        Ok(Self { id: row.id, draft: open(cx, &row)?, key_index })
    }

    pub(super) async fn save(&self, cx: &mut Cx) -> Result<()> {
        let body = serde_json::to_string(&self.draft).map_err(Error::internal)?;
        let sealed = cx.seal(sql::TABLE, self.id, "body", &body)?;
        sql::save(cx, &self.key_index, &sealed).await
    }
}

/// What a form that was sent goes into.
pub(super) enum Begun {
    Draft(Key, Box<Held>),
    /// The report that these answers became before.
    Sent(String),
}

/// The draft of a form. One that was sent already gives its code again; whoever went back and wrote
/// something else begins a new one with it.
///
/// Errors: Conflict `error-report-key-used` under a client's own key, which stays with its report.
pub(super) async fn begin(cx: &mut Cx, key: Key, answers: &Answers) -> Result<Begun> {
    let held = Held::claim(cx, &key.text).await?;
    let Some(code) = held.draft.sent.clone() else { return Ok(Begun::Draft(key, Box::new(held))) };
    if !held.draft.is_other(cx, answers)? {
        return Ok(Begun::Sent(code));
    }
    if !key.own {
        return Err(Error::Conflict("error-report-key-used"));
    }
    let key = Key::new(cx)?;
    let mut held = Held::claim(cx, &key.text).await?;
    held.draft.after = Some(code);
    Ok(Begun::Draft(key, Box::new(held)))
}

fn mark(cx: &Cx, name: &str, text: &str) -> Result<String> {
    let hash = cx.blind("report field", &format!("{name}:{}", text.trim()))?;
    Ok(hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Forgets what was typed under this key.
pub(super) async fn forget(cx: &mut Cx, key: &str) -> Result<()> {
    let index = index(cx, key)?;
    sql::forget(cx, &index).await
}

/// What was answered under this key; nothing once it has become a report.
pub(super) async fn find(cx: &mut Cx, key: &str) -> Result<Option<Draft>> {
    let index = index(cx, key)?;
    let Some(row) = sql::find(cx, &index).await? else { return Ok(None) };
    Ok(Some(open(cx, &row)?).filter(|draft| draft.sent.is_none()))
}

/// Forgets every draft whose day is over; how many there were.
pub async fn purge(cx: &mut Cx) -> Result<u64> {
    sql::purge(cx).await
}

fn index(cx: &Cx, key: &str) -> Result<Vec<u8>> {
    cx.blind("report draft", key)
}

fn open(cx: &Cx, row: &sql::Row) -> Result<Draft> {
    if row.body.is_empty() {
        return Ok(Draft::default());
    }
    let body = cx.open(sql::TABLE, row.id, "body", &row.body)?;
    serde_json::from_str(&body).map_err(Error::internal)
}
