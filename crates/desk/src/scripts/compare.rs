//! What a version changes against the one in force.

use super::{Asked, asked, page::Which, title, version};
use crate::{Me, frame::Frame};
use askama::Template;
use axum::extract::{Path, Query};
use health::scripts::{self, Script};
use kernel::Error;
use pages::{Desk, Outcome, Words, html};

struct Change {
    key: String,
    /// `added`, `removed`, `changed`, `moved`.
    state: String,
    before: String,
    after: String,
}

#[derive(Template)]
#[template(path = "script_compare.html")]
struct Page {
    d: Desk,
    title: String,
    back: String,
    before: String,
    after: String,
    changes: Vec<Change>,
    same: usize,
}

/// `GET /{tenant}/desk/scripts/{key}/compare?version=3`; the newest version without a number.
pub async fn page(me: Me, Path((_, key)): Path<(String, String)>, Query(which): Query<Which>) -> Outcome {
    let mut frame = Frame::new(&me, "scripts").await?;
    let all = scripts::versions(&mut frame.cx, &key).await?;
    let now = all.iter().find(|one| one.in_force).ok_or(Error::NotFound)?;
    let new = match which.version {
        Some(number) => all.iter().find(|one| one.script.version == number),
        None => all.first(),
    };
    let new = new.ok_or(Error::NotFound)?;
    let changes = changes(me.w, &now.script, &new.script);
    let page = Page {
        title: title(me.w, &key),
        back: me.at(format!("scripts/{key}?version={}", new.script.version)),
        before: version(me.w, &now.script),
        after: version(me.w, &new.script),
        same: new
            .script
            .questions
            .len()
            .saturating_sub(changes.iter().filter(|c| !c.after.is_empty()).count()),
        changes,
        d: frame.d,
    };
    html(&page)
}

/// Question by question, in the order of the new version; what is gone comes last.
fn changes(w: Words, old: &Script, new: &Script) -> Vec<Change> {
    let order = |script: &Script, other: &Script| -> Vec<String> {
        let kept = script.questions.iter().filter(|question| other.place(&question.key).is_some());
        kept.map(|question| question.key.clone()).collect()
    };
    let (old_order, new_order) = (order(old, new), order(new, old));
    let mut changes = Vec::new();
    for (at, question) in new.questions.iter().enumerate() {
        let after = plain(&asked(w, new, at));
        let Some(was) = old.place(&question.key) else {
            changes.push(change(w, &question.key, "added", String::new(), after));
            continue;
        };
        let before = plain(&asked(w, old, was));
        let rank = |order: &[String]| order.iter().position(|key| *key == question.key);
        if before != after {
            changes.push(change(w, &question.key, "changed", before, after));
        } else if rank(&old_order) != rank(&new_order) {
            changes.push(change(w, &question.key, "moved", before, after));
        }
    }
    for (at, question) in old.questions.iter().enumerate() {
        if new.place(&question.key).is_none() {
            let before = plain(&asked(w, old, at));
            changes.push(change(w, &question.key, "removed", before, String::new()));
        }
    }
    changes
}

fn change(w: Words, key: &str, state: &str, before: String, after: String) -> Change {
    Change { key: key.to_owned(), state: w.by_key(&format!("script-change-{state}")), before, after }
}

/// A question in one text.
fn plain(one: &Asked) -> String {
    let mut lines = vec![one.says.clone(), format!("{} · {}", one.whom, one.kind)];
    if !one.again.is_empty() {
        lines.push(one.again.clone());
    }
    for way in &one.ways {
        let words = [&way.key, &way.label, &way.symptom].into_iter().filter(|word| !word.is_empty());
        let words: Vec<&str> = words.map(String::as_str).collect();
        let flag = if way.flag { " !" } else { "" };
        lines.push(format!("{} → {}{flag}", words.join(" "), way.to));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_word_an_added_question_and_one_that_is_gone_are_told() {
        let old = scripts::shipped("care").unwrap();
        let mut new = old.clone();
        assert!(changes(Words::default(), &old, &new).is_empty());
        new.questions[0].says = scripts::pieces("Xin chào từ {station}.");
        let mut added = new.questions[1].clone();
        added.key = "weather".into();
        new.questions.insert(2, added);
        let gone = new.place("spo2").unwrap();
        new.questions.remove(gone);
        let told = changes(Words::default(), &old, &new);
        let keys: Vec<&str> = told.iter().map(|change| change.key.as_str()).collect();
        // What comes before leads elsewhere now.
        assert_eq!(keys, ["intro", "notice", "weather", "temperature", "spo2"]);
        assert!(told[2].before.is_empty() && told[4].after.is_empty());
    }
}
