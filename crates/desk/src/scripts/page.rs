//! A script: its questions, where each key leads, and all its versions.

use super::{Asked, asked, edits, title, version};
use crate::{Me, frame::Frame, questions::Typed};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use duty::staff;
use health::scripts::{self, Listed};
use kernel::{Error, StaffId, dates::shown_date};
use pages::{Desk, Outcome, html, see_other};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    /// The one in force when there is none.
    pub version: Option<i32>,
    done: String,
}

struct Version {
    href: String,
    name: String,
    made: String,
    state: String,
    in_force: bool,
    here: bool,
    compare: String,
}

#[derive(Template)]
#[template(path = "script.html")]
struct Page {
    d: Desk,
    title: String,
    name: String,
    done: String,
    number: i32,
    in_force: bool,
    /// May be retired.
    retires: bool,
    edits: bool,
    base: String,
    questions: Vec<Asked>,
    versions: Vec<Version>,
}

/// `GET /{tenant}/desk/scripts/{key}`
pub async fn page(me: Me, Path((_, key)): Path<(String, String)>, Query(which): Query<Which>) -> Outcome {
    let mut frame = Frame::new(&me, "scripts").await?;
    let all = scripts::versions(&mut frame.cx, &key).await?;
    let shown = all
        .iter()
        .find(|one| which.version.map_or(one.in_force, |number| one.script.version == number))
        .ok_or(Error::NotFound)?;
    let makers: Vec<StaffId> = all.iter().filter_map(|one| one.made_by).collect();
    let makers = staff::of(&mut frame.cx, &makers).await?;
    let w = me.w;
    let base = me.at(format!("scripts/{key}"));
    let line = |one: &Listed| {
        let number = one.script.version;
        let who = one.made_by.and_then(|by| makers.get(&by)).map(|maker| maker.full_name.clone());
        Version {
            href: format!("{base}?version={number}"),
            name: version(w, &one.script),
            made: match one.made_at {
                Some(at) => {
                    [Some(frame.d.clock.full(at)), who].into_iter().flatten().collect::<Vec<_>>().join(" · ")
                }
                None => "–".to_owned(),
            },
            state: match one.retired_on {
                _ if one.in_force => w.script_in_force(),
                Some(day) => w.script_retired(shown_date(day)),
                None if one.script.valid_from > frame.d.clock.today() => w.script_to_come(),
                None => w.script_replaced(),
            },
            in_force: one.in_force,
            here: number == shown.script.version,
            compare: format!("{base}/compare?version={number}"),
        }
    };
    let versions = all.iter().map(line).collect();
    let edits = edits(&me);
    let page = Page {
        title: title(w, &key),
        name: version(w, &shown.script),
        done: match which.done.as_str() {
            "saved" => w.script_done_saved(),
            "retired" => w.script_done_retired(),
            _ => String::new(),
        },
        number: shown.script.version,
        in_force: shown.in_force,
        retires: edits && shown.script.version > 0 && shown.retired_on.is_none(),
        edits,
        base,
        questions: (0..shown.script.questions.len()).map(|at| asked(w, &shown.script, at)).collect(),
        versions,
        d: frame.d,
    };
    html(&page)
}

/// `POST /{tenant}/desk/scripts/{key}/retire`
pub async fn retire(
    me: Me,
    Path((_, key)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    let mut cx = me.begin().await?;
    // A number that is none names no version.
    let number = typed.of("version").parse().unwrap_or(0);
    scripts::retire(&mut cx, &key, number).await?;
    cx.commit().await?;
    Ok(see_other(&me.at(format!("scripts/{key}?done=retired"))))
}
