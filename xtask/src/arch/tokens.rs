//! Rust source as tokens: comments and the insides of strings are no longer in the way, and the
//! insides of macros are read like the rest.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// Names that the tokens reach at the root of their crate, by `crate::…` or by as many `super::`
/// as the module stands deep. Modules for tests are left out: a test may look everywhere.
pub fn root_names(tokens: TokenStream, depth: usize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    walk(tokens, depth, &mut names);
    names
}

fn walk(tokens: TokenStream, depth: usize, names: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(skipped) = test_module(&tokens[at..]) {
            at += skipped;
            continue;
        }
        match &tokens[at] {
            TokenTree::Ident(ident) if ident == "crate" => at = take(&tokens, at + 1, names),
            TokenTree::Ident(ident) if ident == "super" => {
                let mut climbed = 1;
                at += 1;
                while path_separator(&tokens, at) && is_ident(tokens.get(at + 2), "super") {
                    climbed += 1;
                    at += 3;
                }
                if climbed == depth {
                    at = take(&tokens, at, names);
                }
            }
            TokenTree::Group(group) => {
                let deeper =
                    group.delimiter() == Delimiter::Brace && at >= 2 && is_ident(tokens.get(at - 2), "mod");
                walk(group.stream(), depth + usize::from(deeper), names);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads `::name` or `::{name, other::…}` at `at`; returns where reading goes on.
fn take(tokens: &[TokenTree], at: usize, names: &mut BTreeSet<String>) -> usize {
    if !path_separator(tokens, at) {
        return at;
    }
    match tokens.get(at + 2) {
        Some(TokenTree::Ident(name)) => {
            names.insert(name.to_string());
            at + 3
        }
        Some(TokenTree::Group(group)) => {
            let mut first = true;
            for token in group.stream() {
                match token {
                    TokenTree::Ident(name) if first => {
                        names.insert(name.to_string());
                        first = false;
                    }
                    TokenTree::Punct(punct) if punct.as_char() == ',' => first = true,
                    _ => first = false,
                }
            }
            at + 3
        }
        _ => at + 2,
    }
}

fn path_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon =
        |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(tokens.get(at)) && colon(tokens.get(at + 1))
}

fn is_ident(token: Option<&TokenTree>, name: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == name)
}

/// Length of `#[cfg(test)] mod name { … }` if that is what stands here.
fn test_module(tokens: &[TokenTree]) -> Option<usize> {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), rest @ ..] = tokens else { return None };
    if hash.as_char() != '#' || attribute.stream().to_string().replace(' ', "") != "cfg(test)" {
        return None;
    }
    let end = rest.iter().position(|token| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    })?;
    rest[..end].iter().any(|token| is_ident(Some(token), "mod")).then_some(end + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(source: &str, depth: usize) -> Vec<String> {
        root_names(source.parse().unwrap(), depth).into_iter().collect()
    }

    #[test]
    fn paths_groups_and_macros_are_read_and_words_in_strings_are_not() {
        let source = r#"
            // crate::comment
            use crate::{units::{self, tree}, Error};
            fn f() { crate::staff::load("crate::text"); json!({ "a": crate::tickets::X }) }
        "#;
        assert_eq!(names(source, 1), ["Error", "staff", "tickets", "units"]);
    }

    #[test]
    fn super_counts_only_when_it_reaches_the_root() {
        assert_eq!(names("use super::sql; use super::super::units;", 2), ["units"]);
        assert_eq!(names("mod inner { use super::own; use super::super::units; }", 1), ["units"]);
    }

    #[test]
    fn tests_may_look_everywhere() {
        assert_eq!(names("#[cfg(test)] mod tests { use crate::tickets; } use crate::units;", 1), ["units"]);
    }
}
