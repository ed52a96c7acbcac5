//! Message keys stand in the code as plain strings where an error tells people what is wrong: an
//! error knows no screen. Here each of them is held against `messages/`; that both languages have
//! the same keys is checked by the build of `pages`.

use crate::{Outcome, workspace};
use fluent_syntax::{ast::Entry, parser};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Calls of `kernel::Error` that carry a message key, and which argument it is.
const CARRIERS: [(&str, usize); 2] = [("invalid", 1), ("Conflict", 0)];
/// Whatever begins so is a message key wherever it stands.
const PREFIX: &str = "error-";

/// What the code names: keys that must exist with the file that first names them, and every other
/// string or identifier that may be naming a message.
#[derive(Default)]
struct Named {
    keys: BTreeMap<String, String>,
    maybe: BTreeSet<String>,
    /// Beginnings of keys that are put together while running, such as `role-{}`.
    beginnings: BTreeSet<String>,
}

pub fn run(unused: bool) -> Outcome {
    let mut named = Named::default();
    let crates = workspace::root().join("crates");
    for file in workspace::files(&crates, &["rs"]) {
        let short = workspace::short(&file);
        let tokens: TokenStream =
            workspace::read(&file)?.parse().map_err(|error| format!("{short}: {error}"))?;
        let in_test = file.iter().any(|part| part.to_string_lossy().contains("tests"));
        gather(tokens, &short, in_test, &mut named);
    }
    for file in workspace::files(&crates, &["html"]) {
        let text = workspace::read(&file)?;
        named
            .maybe
            .extend(text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').map(str::to_owned));
    }
    let messages = workspace::root().join("messages");
    let (vi, en) = (keys(&messages.join("vi"))?, keys(&messages.join("en"))?);
    let idle: Vec<&String> = vi.iter().filter(|key| !named.names(key)).collect();
    if unused {
        for key in &idle {
            println!("{key}");
        }
    }
    println!("{} messages, {} of them named nowhere", vi.len(), idle.len());
    let missing = named.keys.iter().filter(|(key, _)| !vi.contains(*key) || !en.contains(*key));
    let faults: Vec<String> =
        missing.map(|(key, file)| format!("no message {key}, which {file} names")).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

impl Named {
    fn names(&self, key: &str) -> bool {
        self.keys.contains_key(key)
            || self.maybe.contains(key)
            || self.maybe.contains(&key.replace('-', "_"))
            || self.beginnings.iter().any(|beginning| key.starts_with(beginning))
    }
}

fn gather(tokens: TokenStream, file: &str, in_test: bool, named: &mut Named) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) => {
                named.maybe.insert(ident.to_string());
            }
            TokenTree::Literal(literal) => {
                if let Some(text) = string(&literal.to_string()) {
                    if !in_test && is_error_key(&text) {
                        named.keys.entry(text.clone()).or_insert_with(|| file.to_owned());
                    }
                    if let Some((beginning, _)) = text.split_once('{').filter(|(b, _)| b.ends_with('-')) {
                        named.beginnings.insert(beginning.to_owned());
                    }
                    named.maybe.insert(text);
                }
            }
            TokenTree::Group(group) => {
                let before = at.checked_sub(1).map(|before| tokens[before].to_string());
                let carrier = CARRIERS.iter().find(|(call, _)| before.as_deref() == Some(call));
                if let (Some((_, place)), Delimiter::Parenthesis, false) =
                    (carrier, group.delimiter(), in_test)
                    && let Some(key) = argument(&group.stream(), *place)
                {
                    named.keys.entry(key).or_insert_with(|| file.to_owned());
                }
                gather(group.stream(), file, in_test, named);
            }
            TokenTree::Punct(_) => {}
        }
    }
}

fn is_error_key(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.strip_prefix(PREFIX).is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain))
}

/// The argument at `place`, if it is one plain string.
fn argument(arguments: &TokenStream, place: usize) -> Option<String> {
    let tokens: Vec<TokenTree> = arguments.clone().into_iter().collect();
    let comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    match tokens.split(comma).nth(place)? {
        [TokenTree::Literal(literal)] => string(&literal.to_string()),
        _ => None,
    }
}

/// The text of a plain string literal; a key has nothing to escape.
fn string(literal: &str) -> Option<String> {
    let text = literal.strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('\\')).then(|| text.to_owned())
}

fn keys(folder: &Path) -> Outcome<BTreeSet<String>> {
    let mut keys = BTreeSet::new();
    for file in workspace::files(folder, &["ftl"]) {
        let text = workspace::read(&file)?;
        let resource = parser::parse(text.as_str())
            .map_err(|(_, errors)| format!("{}: {errors:?}", workspace::short(&file)))?;
        for entry in &resource.body {
            if let Entry::Message(message) = entry {
                keys.insert(message.id.name.to_owned());
            }
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_by_prefix_and_by_the_call_that_carries_them() {
        let source = r#"
            fn f() -> Error {
                let _ = Error::invalid("phone", "phone-short");
                let _ = Conflict("ticket-closed");
                let _ = format!("role-{}", role);
                let _ = (words.sign_out(), "error-x");
                Error::invalid(field, key)
            }
        "#;
        let mut named = Named::default();
        gather(source.parse().unwrap(), "a.rs", false, &mut named);
        let keys: Vec<&str> = named.keys.keys().map(String::as_str).collect();
        assert_eq!(keys, ["error-x", "phone-short", "ticket-closed"]);
        assert!(named.names("role-auditor") && named.names("sign-out") && !named.names("nav-label"));
    }
}
