//! A unit added by hand.

use super::{codes, href, keeper, kind};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::Form;
use duty::units::{self, UnitKind};
use kernel::{Error, UnitId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    csrf: String,
    code: String,
    kind: String,
    name: String,
    short: String,
    name_en: String,
    admin_code: String,
    ward: String,
    administrative: String,
    professional: String,
    from: String,
    lat: String,
    lon: String,
    citation: String,
}

impl Typed {
    fn field(&self, name: &str) -> &str {
        match name {
            "code" => &self.code,
            "kind" => &self.kind,
            "name" => &self.name,
            "short" => &self.short,
            "name_en" => &self.name_en,
            "admin_code" => &self.admin_code,
            "ward" => &self.ward,
            "administrative" => &self.administrative,
            "professional" => &self.professional,
            "from" => &self.from,
            "lat" => &self.lat,
            "lon" => &self.lon,
            "citation" => &self.citation,
            _ => "",
        }
    }
}

#[derive(Template)]
#[template(path = "units_new.html")]
struct Page {
    d: Desk,
    kinds: Vec<(&'static str, String)>,
    codes: Vec<(String, String)>,
    typed: Typed,
    errors: Errors,
}

async fn show(me: &Me, typed: Typed, errors: Errors) -> Outcome {
    keeper(me)?;
    let frame = Frame::new(me, "units").await?;
    let wrong = !errors.is_empty();
    let page = Page {
        kinds: UnitKind::ALL.iter().map(|one| (one.as_str(), kind(me.w, *one))).collect(),
        codes: codes(&frame),
        typed,
        errors,
        d: frame.d,
    };
    form_page(&page, wrong)
}

/// `GET /{tenant}/desk/units/new`
pub async fn page(me: Me) -> Outcome {
    let today = me.app.store().clock().now().to_zoned(me.tenant.timezone()).date();
    show(&me, Typed { from: today.to_string(), ..Typed::default() }, Errors::default()).await
}

/// `POST /{tenant}/desk/units/new`
pub async fn add(me: Me, Form(typed): Form<Typed>) -> Outcome {
    me.check(&typed.csrf)?;
    match try_add(&me, &typed).await {
        Ok(id) => Ok(see_other(&href(&me, id))),
        Err(error) => {
            let mut errors = Errors::default();
            match error {
                Error::Conflict(key) => errors.add("code", me.w.by_key(key)),
                other => errors.take(me.w, other)?,
            }
            show(&me, typed, errors).await
        }
    }
}

async fn try_add(me: &Me, typed: &Typed) -> Result<UnitId, Error> {
    keeper(me)?;
    let mut cx = me.begin().await?;
    let today = units::today(&mut cx).await?;
    let spec = units::described(|field| typed.field(field), today)?;
    let id = units::add(&mut cx, &spec, &BTreeMap::new()).await?;
    cx.commit().await?;
    Ok(id)
}
