//! The routes that the sources declare, so that a test which visits every route cannot forget one.

use std::{collections::BTreeSet, fs, path::Path};

/// A method and a path as the router has them.
pub type Declared = (String, String);

/// Every `.route("…", get(…).post(…))` in the sources under a folder, also those whose path a file
/// builds with its own `at`.
///
/// # Panics
/// When the folder cannot be read, or a route is written in a way that is not understood.
pub fn declared(folder: &Path) -> BTreeSet<Declared> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(declared(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("a source");
            for (method, route) in of(&text) {
                assert!(!method.is_empty(), "{}: no method for {route}", path.display());
                found.insert((method, route));
            }
        }
    }
    found
}

fn of(text: &str) -> Vec<Declared> {
    // `let at = |path: &str| format!("/{{tenant}}/desk/staff{path}");`
    let base = text
        .split_once("let at = |path: &str| format!(\"/{{tenant}}")
        .and_then(|(_, rest)| rest.split_once("{path}\")"))
        .map_or("", |(base, _)| base);
    let mut found = Vec::new();
    for rest in text.split(".route(").skip(1) {
        let call = balanced(rest);
        let Some((before, after)) = call.split_once('"') else { continue };
        let Some((path, handlers)) = after.split_once('"') else { continue };
        let path = if before.trim() == "&at(" { format!("/{{tenant}}{base}{path}") } else { path.to_owned() };
        let methods: Vec<&str> = ["get", "post", "put", "patch", "delete"]
            .into_iter()
            .filter(|method| {
                handlers.match_indices(&format!("{method}(")).any(|(at, _)| {
                    !handlers[..at]
                        .ends_with(|before: char| before.is_alphanumeric() || "_:".contains(before))
                })
            })
            .collect();
        if methods.is_empty() {
            found.push((String::new(), path));
        } else {
            found.extend(methods.into_iter().map(|method| (method.to_uppercase(), path.clone())));
        }
    }
    found
}

/// What stands before the bracket that closes a call.
fn balanced(text: &str) -> &str {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_way_of_writing_a_route_is_read() {
        let text = r#"
            let at = |path: &str| format!("/{{tenant}}/desk/staff{path}");
            Router::new()
                .route(&at(""), get(list))
                .route(&at("/{id}"), get(a::page).post(a::widget(1)))
                .route(
                    "/{tenant}/desk/imports",
                    get(recent::list).post(upload::upload).layer(DefaultBodyLimit::max(BODY_LIMIT)),
                )
                .route("/x", post(forget))
        "#;
        let found: Vec<String> =
            super::of(text).into_iter().map(|(method, path)| format!("{method} {path}")).collect();
        assert_eq!(
            found,
            [
                "GET /{tenant}/desk/staff",
                "GET /{tenant}/desk/staff/{id}",
                "POST /{tenant}/desk/staff/{id}",
                "GET /{tenant}/desk/imports",
                "POST /{tenant}/desk/imports",
                "POST /x",
            ]
        );
    }
}
