//! Areas of a crate use only those that its `lib.rs` lists before them. What `lib.rs` itself
//! defines or passes on under another name belongs to all.

use super::tokens;
use crate::{Outcome, workspace};
use proc_macro2::{TokenStream, TokenTree};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Crates whose areas are parts of one mechanism and may know each other.
const ONE_MECHANISM: [&str; 7] = ["kernel", "store", "pgbox", "sip", "pages", "server", "testkit"];

pub fn check(name: &str, graph: bool, faults: &mut Vec<String>) -> Outcome {
    let source = workspace::root().join("crates").join(name).join("src");
    let lib = source.join("lib.rs");
    if !lib.is_file() {
        return Ok(());
    }
    let order = modules(tokenize(&lib)?);
    let used = uses(&source, &order)?;
    if graph && !order.is_empty() {
        println!("{name}");
        for area in &order {
            let below: Vec<&str> = used.get(area).into_iter().flatten().map(String::as_str).collect();
            println!("  {area} -> {}", if below.is_empty() { "-".into() } else { below.join(", ") });
        }
    }
    if ONE_MECHANISM.contains(&name) {
        return Ok(());
    }
    for (place, area) in order.iter().enumerate() {
        for other in used.get(area).into_iter().flatten() {
            if order[place..].contains(other) {
                faults.push(format!(
                    "crates/{name}: {area} uses {other}, which lib.rs lists after it; news upward goes by subscription"
                ));
            }
        }
    }
    Ok(())
}

/// Area to the areas it uses.
fn uses(source: &Path, order: &[String]) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in workspace::files(source, &["rs"]) {
        let inside = file.strip_prefix(source).unwrap_or(&file).with_extension("");
        let mut path: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if path.last().is_some_and(|last| last == "mod") {
            path.pop();
        }
        let Some(area) = path.first().filter(|area| order.contains(area)).cloned() else { continue };
        if path.iter().any(|part| part == "tests" || part.ends_with("_tests")) {
            continue;
        }
        let names = tokens::root_names(tokenize(&file)?, path.len());
        let areas = names.into_iter().filter(|name| *name != area && order.contains(name));
        used.entry(area.clone()).or_default().extend(areas);
    }
    Ok(used)
}

/// Modules in the order they are declared in.
fn modules(tokens: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    tokens
        .windows(3)
        .filter_map(|three| match three {
            [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Punct(end)]
                if word == "mod" && end.as_char() == ';' =>
            {
                Some(name.to_string())
            }
            _ => None,
        })
        .collect()
}

fn tokenize(file: &Path) -> Outcome<TokenStream> {
    workspace::read(file)?.parse().map_err(|error| format!("{}: {error}", workspace::short(file)))
}
