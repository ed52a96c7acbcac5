//! One announcement: how it sounds, a new version, and those before.

use super::{may_edit, must_edit, name, sound};
use crate::{Me, frame::Frame, questions::Typed};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use duty::{prompts, staff};
use kernel::{Error, Result, StaffId};
use pages::{Desk, Outcome, form_page, forms::Errors, see_other};
use serde::Deserialize;

/// What was heard at some time.
struct Line {
    number: i32,
    words: String,
    sound: String,
    from: String,
    until: String,
    who: String,
    again: String,
    now: bool,
    wav: Option<String>,
}

#[derive(Template)]
#[template(path = "prompt.html")]
struct Page {
    d: Desk,
    title: String,
    key: &'static str,
    action: String,
    message: String,
    words: String,
    sound: String,
    wav: Option<String>,
    /// The words that ship, where others are heard.
    shipped: Option<String>,
    lines: Vec<Line>,
    edits: bool,
    typed: String,
    hint: String,
    errors: Errors,
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    done: String,
}

/// `GET /{tenant}/desk/prompts/{key}`
pub async fn page(me: Me, Path((_, key)): Path<(String, String)>, Query(asked): Query<Asked>) -> Outcome {
    show(&me, &key, None, &asked.done, Errors::default()).await
}

/// `POST /{tenant}/desk/prompts/{key}/back`: an older version again, or with 0 the words that ship
pub async fn back(
    me: Me,
    Path((_, key)): Path<(String, String)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    must_edit(&me)?;
    let version: i32 = typed.of("version").parse().map_err(|_| Error::NotFound)?;
    match again(&me, &key, version).await {
        // Pressed twice, or by two: it is as it was wanted.
        Ok(()) | Err(Error::Conflict("error-prompt-heard-already")) => {
            Ok(see_other(&me.at(format!("prompts/{key}?done=back"))))
        }
        Err(error) => Err(error.into()),
    }
}

async fn again(me: &Me, key: &str, version: i32) -> Result<()> {
    let mut cx = me.begin().await?;
    if version == 0 {
        prompts::withdraw(&mut cx, key).await?;
    } else {
        prompts::back(&mut cx, key, version).await?;
    }
    cx.commit().await
}

/// With what was typed, when something must be mended.
pub async fn show(me: &Me, key: &str, typed: Option<&str>, done: &str, errors: Errors) -> Outcome {
    let mut frame = Frame::new(me, "prompts").await?;
    let (w, prompter) = (me.w, me.app.prompter());
    let prompt = prompts::current(&mut frame.cx, key).await?;
    let kept = prompts::versions(&mut frame.cx, key).await?;
    let makers: Vec<StaffId> = kept.iter().filter_map(|version| version.created_by).collect();
    let makers = staff::of(&mut frame.cx, &makers).await?;
    let speaks = prompter.synthesises().await;
    let at = me.at(format!("prompts/{}", prompt.key));
    let (clock, wrong) = (&frame.d.clock, !errors.is_empty());
    let lines = kept
        .iter()
        .map(|version| Line {
            number: version.version,
            words: version.words.clone(),
            sound: sound(w, version.seconds),
            from: clock.full(version.valid_from),
            until: version.retired_at.map_or_else(|| w.prompt_now(), |at| clock.full(at)),
            who: version
                .created_by
                .and_then(|id| makers.get(&id))
                .map_or_else(|| "–".to_owned(), |maker| maker.full_name.clone()),
            again: version.again.map(|n| w.prompt_again(n.to_string())).unwrap_or_default(),
            now: version.retired_at.is_none(),
            wav: (version.recorded() || speaks).then(|| format!("{at}/wav?version={}", version.version)),
        })
        .collect();
    let page = Page {
        title: name(w, prompt.key, prompt.words()),
        key: prompt.key,
        message: match done {
            "kept" => w.prompt_done_kept(),
            "back" => w.prompt_done_back(),
            _ => String::new(),
        },
        words: prompt.words().to_owned(),
        sound: sound(w, prompt.own.as_ref().and_then(|own| own.seconds)),
        wav: (prompt.recorded() || speaks).then(|| format!("{at}/wav")),
        shipped: prompt.own.as_ref().map(|_| prompt.shipped.to_owned()),
        lines,
        edits: may_edit(me),
        typed: typed.unwrap_or(prompt.words()).to_owned(),
        hint: w.prompt_file_hint(
            kernel::numbers::decimal(prompts::SHORTEST, 1),
            kernel::numbers::decimal(prompts::LONGEST, 0),
        ),
        errors,
        action: at,
        d: frame.d,
    };
    form_page(&page, wrong)
}
