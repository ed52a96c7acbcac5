//! Turns `messages/{vi,en}/*.ftl` into methods of `Words`: a page that names a message that is not
//! there, or gives it too few values, does not compile; a message in one language only fails here.

use fluent_syntax::{
    ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

/// The values of each message, in the order in which the text first uses them.
type Messages = BTreeMap<String, Vec<String>>;

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../messages");
    println!("cargo:rerun-if-changed={}", root.display());
    // Parameters stand in the order of the Vietnamese text.
    let (vi, vi_files) = read(&root.join("vi"));
    let (en, en_files) = read(&root.join("en"));
    for (key, variables) in &vi {
        match en.get(key) {
            None => panic!("message {key} is missing in English"),
            Some(other) => {
                let set = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
                assert!(
                    set(other) == set(variables),
                    "message {key}: {variables:?} in Vietnamese, {other:?} in English"
                );
            }
        }
    }
    if let Some(key) = en.keys().find(|key| !vi.contains_key(*key)) {
        panic!("message {key} is missing in Vietnamese");
    }
    let mut out = String::from("impl Words {\n");
    for (key, variables) in &vi {
        let name = key.replace('-', "_");
        let parameters: String = variables
            .iter()
            .map(|v| format!(", {}: impl Into<FluentValue<'a>>", v.replace('-', "_")))
            .collect();
        let values: String =
            variables.iter().map(|v| format!("({v:?}, {}.into()), ", v.replace('-', "_"))).collect();
        let lifetime = if variables.is_empty() { "" } else { "<'a>" };
        out.push_str(&format!(
            "    pub fn {name}{lifetime}(self{parameters}) -> String {{ self.say({key:?}, [{values}]) }}\n"
        ));
    }
    out.push_str("}\n");
    out.push_str(&format!(
        "pub(crate) const KEYS: &[&str] = &{:?};\n",
        vi.keys().map(String::as_str).collect::<Vec<_>>()
    ));
    let values: String = vi.values().map(|names| format!("&{names:?}, ")).collect();
    out.push_str(&format!(
        "/// Beside each key the names of its values.\nconst VALUES: &[&[&str]] = &[{values}];\n"
    ));
    for (name, files) in [("VI", vi_files), ("EN", en_files)] {
        let list: String = files.iter().map(|file| format!("include_str!({file:?}), ")).collect();
        out.push_str(&format!("const {name}: &[&str] = &[{list}];\n"));
    }
    let target = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("words.rs");
    fs::write(target, out).expect("the generated file is writable");
}

fn read(folder: &Path) -> (Messages, Vec<String>) {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "ftl"))
        .collect();
    files.sort();
    let mut messages = Messages::new();
    let mut names = Vec::new();
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        let text = fs::read_to_string(&file).expect("a message file");
        let resource = parser::parse(text.as_str())
            .unwrap_or_else(|(_, errors)| panic!("{}: {errors:?}", file.display()));
        for entry in &resource.body {
            match entry {
                Entry::Message(message) => {
                    let key = message.id.name.to_owned();
                    let mut variables = Vec::new();
                    if let Some(pattern) = &message.value {
                        in_pattern(pattern, &mut variables);
                    }
                    assert!(
                        messages.insert(key.clone(), variables).is_none(),
                        "{}: message {key} stands twice",
                        file.display()
                    );
                }
                Entry::Junk { content } => panic!("{}: not a message: {content}", file.display()),
                _ => {}
            }
        }
        names.push(file.canonicalize().expect("a path").to_string_lossy().into_owned());
    }
    (messages, names)
}

fn in_pattern(pattern: &Pattern<&str>, variables: &mut Vec<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            in_expression(expression, variables);
        }
    }
}

fn in_expression(expression: &Expression<&str>, variables: &mut Vec<String>) {
    match expression {
        Expression::Inline(inline) => in_inline(inline, variables),
        Expression::Select { selector, variants } => {
            in_inline(selector, variables);
            for variant in variants {
                in_pattern(&variant.value, variables);
            }
        }
    }
}

fn in_inline(inline: &InlineExpression<&str>, variables: &mut Vec<String>) {
    match inline {
        InlineExpression::VariableReference { id } if !variables.iter().any(|known| known == id.name) => {
            variables.push(id.name.to_owned());
        }
        InlineExpression::FunctionReference { arguments, .. } => in_arguments(arguments, variables),
        InlineExpression::TermReference { arguments: Some(arguments), .. } => {
            in_arguments(arguments, variables);
        }
        InlineExpression::Placeable { expression } => in_expression(expression, variables),
        _ => {}
    }
}

fn in_arguments(arguments: &CallArguments<&str>, variables: &mut Vec<String>) {
    for argument in &arguments.positional {
        in_inline(argument, variables);
    }
    for argument in &arguments.named {
        in_inline(&argument.value, variables);
    }
}
