//! All announcements, part by part.

use super::{name, part, part_hint, sound};
use crate::{Me, frame::Frame};
use askama::Template;
use duty::prompts::{self, Prompt};
use pages::{Desk, Outcome, html};

struct Row {
    href: String,
    name: String,
    words: String,
    recorded: bool,
    sound: String,
    version: String,
    /// Where it can be heard; `None` when nothing says it.
    wav: Option<String>,
}

struct Part {
    id: &'static str,
    title: String,
    hint: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "prompts.html")]
struct Page {
    d: Desk,
    parts: Vec<Part>,
    /// Nothing synthesises what is not recorded.
    mute: bool,
}

/// `GET /{tenant}/desk/prompts`
pub async fn page(me: Me) -> Outcome {
    let mut frame = Frame::new(&me, "prompts").await?;
    let listed = prompts::list(&mut frame.cx).await?;
    let speaks = me.app.prompter().synthesises().await;
    let mut parts: Vec<Part> = Vec::new();
    for prompt in &listed {
        let row = row(&me, prompt, speaks);
        match parts.iter_mut().find(|part| part.id == prompt.part()) {
            Some(part) => part.rows.push(row),
            None => parts.push(Part {
                id: prompt.part(),
                title: part(me.w, prompt.part()),
                hint: part_hint(me.w, prompt.part()),
                rows: vec![row],
            }),
        }
    }
    html(&Page { parts, mute: !speaks, d: frame.d })
}

fn row(me: &Me, prompt: &Prompt, speaks: bool) -> Row {
    let w = me.w;
    let at = me.at(format!("prompts/{}", prompt.key));
    Row {
        name: name(w, prompt.key, prompt.words()),
        words: prompt.words().to_owned(),
        recorded: prompt.recorded(),
        sound: sound(w, prompt.own.as_ref().and_then(|own| own.seconds)),
        version: match &prompt.own {
            Some(own) => w.prompt_version(own.version.to_string()),
            None => w.prompt_shipped(),
        },
        wav: (prompt.recorded() || speaks).then(|| format!("{at}/wav")),
        href: at,
    }
}
