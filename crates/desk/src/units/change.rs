//! Dated changes of one unit: another name, another parent, the end.

use super::{href, keeps, one};
use crate::Me;
use axum::{Form, extract::Path};
use duty::{
    transfers,
    units::{self, History, Line, NewName},
};
use jiff::civil::Date;
use kernel::{Error, UnitId, dates, text::line};
use pages::{Outcome, forms::Errors, see_other};
use serde::Deserialize;

const NAME: usize = 200;
const CODE: usize = 40;

/// The fields of all three forms.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    pub name: String,
    pub short: String,
    pub name_en: String,
    pub admin_code: String,
    pub reason: String,
    pub line: String,
    pub parent: String,
    pub from: String,
    pub last: String,
    pub sure: String,
}

impl Typed {
    /// The forms before anybody has typed: the unit as it is.
    pub fn as_is(history: &History, today: Date) -> Self {
        let mut typed = Self { from: today.to_string(), last: today.to_string(), ..Self::default() };
        if let Some(name) = history.name_on(today) {
            typed.name.clone_from(&name.name);
            typed.short.clone_from(&name.short);
            typed.name_en.clone_from(&name.name_en);
            typed.admin_code = name.admin_code.clone().unwrap_or_default();
        }
        typed
    }

    fn new_name(&self) -> Result<NewName, Error> {
        let line = |field, text, max| line(text, max).map_err(|error| Error::invalid(field, error.key));
        let given =
            |field, text, max| Ok::<_, Error>(Some(line(field, text, max)?).filter(|t| !t.is_empty()));
        let name = given("name", &self.name, NAME)?.ok_or(Error::invalid("name", "error-text-missing"))?;
        let reason =
            given("reason", &self.reason, NAME)?.ok_or(Error::invalid("reason", "error-unit-reason"))?;
        Ok(NewName {
            short: given("short", &self.short, NAME)?.unwrap_or_else(|| name.clone()),
            name_en: given("name_en", &self.name_en, NAME)?.unwrap_or_else(|| name.clone()),
            admin_code: given("admin_code", &self.admin_code, CODE)?,
            citation: Some(reason),
            verified: false,
            name,
        })
    }
}

/// `POST /{tenant}/desk/units/{id}/{act}`: `rename`, `relink` or `close`.
pub async fn change(
    me: Me,
    Path((_, id, act)): Path<(String, UnitId, String)>,
    Form(typed): Form<Typed>,
) -> Outcome {
    me.check(&typed.csrf)?;
    if !keeps(&me) {
        return Err(Error::Forbidden("unit.edit").into());
    }
    let act = ["rename", "relink", "close"].into_iter().find(|known| *known == act).ok_or(Error::NotFound)?;
    match make(&me, id, act, &typed).await {
        Ok(()) => Ok(see_other(&href(&me, id))),
        Err(error) => {
            let mut errors = Errors::default();
            match error {
                Error::Conflict(key) => errors.add("main", me.w.by_key(key)),
                other => errors.take(me.w, other)?,
            }
            one::show(&me, id, Some((act, typed)), errors).await
        }
    }
}

async fn make(me: &Me, id: UnitId, act: &str, typed: &Typed) -> Result<(), Error> {
    let mut cx = me.begin().await?;
    let today = units::today(&mut cx).await?;
    let day = |field, text: &str| match text.trim() {
        "" => Ok(today),
        text => dates::parse_date(text).map_err(|error| Error::invalid(field, error.key)),
    };
    match act {
        "rename" => {
            let from = day("from", &typed.from)?;
            units::rename(&mut cx, id, from, &typed.new_name()?).await?;
        }
        "relink" => {
            let from = day("from", &typed.from)?;
            let line: Line = typed.line.parse().map_err(|()| Error::invalid("line", "error-choose"))?;
            let parent = match typed.parent.trim() {
                "" => None,
                code => {
                    let then = units::units_on(&mut cx, from).await?;
                    let code = code.to_uppercase();
                    let parent = then.iter().find(|unit| unit.code == code).map(|unit| unit.id);
                    Some(parent.ok_or(Error::invalid("parent", "error-unit-unknown"))?)
                }
            };
            units::relink(&mut cx, id, line, parent, from).await?;
        }
        _ => {
            let last = day("last", &typed.last)?;
            if typed.sure.is_empty() {
                return Err(Error::invalid("sure", "error-unit-sure"));
            }
            transfers::close(&mut cx, id, last).await?;
        }
    }
    cx.commit().await
}
