//! `.sqlx` holds what the database says of each checked query, so that the house compiles without
//! one. The queries are read from the sources and described by a fresh database with every
//! migration; nothing has to compile for it.

use crate::{Outcome, database, workspace};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use proc_macro2::{TokenStream, TokenTree};
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqlSafeStr};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The macros whose text the database checks.
const MACROS: [&str; 3] = ["query", "query_as", "query_scalar"];

/// Name of a file to its text.
type Record = BTreeMap<String, String>;

pub fn run(check: bool) -> Outcome {
    let fresh = record()?;
    let kept_folder = workspace::root().join(".sqlx");
    let kept = read(&kept_folder)?;
    let stale: Vec<&String> = kept.keys().filter(|name| !fresh.contains_key(*name)).collect();
    let changed: Vec<&String> =
        fresh.iter().filter(|(name, text)| kept.get(*name) != Some(text)).map(|(name, _)| name).collect();
    if check {
        if stale.is_empty() && changed.is_empty() {
            println!("{} queries are recorded as the database knows them", fresh.len());
            return Ok(());
        }
        let list =
            |names: &[&String]| names.iter().map(|name| format!("\n  .sqlx/{name}")).collect::<String>();
        return Err(format!(
            "the recorded queries are out of date; run `cargo xtask sqlx`.\nmissing or different:{}\nnot used any more:{}",
            list(&changed),
            list(&stale)
        ));
    }
    fs::create_dir_all(&kept_folder).map_err(|error| format!(".sqlx: {error}"))?;
    for name in &stale {
        fs::remove_file(kept_folder.join(name)).map_err(|error| format!("{name}: {error}"))?;
    }
    for name in &changed {
        fs::write(kept_folder.join(name), &fresh[*name]).map_err(|error| format!("{name}: {error}"))?;
    }
    println!("{} queries: {} written, {} removed", fresh.len(), changed.len(), stale.len());
    Ok(())
}

/// Describes every query by a database made for it.
fn record() -> Outcome<Record> {
    let queries = queries()?;
    let cluster = database::start(&database::development_folder())?;
    let adopted = cluster.adopted();
    let described = database::migrate(&cluster, "vx_sqlx", true)
        .and_then(|url| database::wait_for(describe_all(&url, &queries)));
    if adopted {
        cluster.leave_running();
    } else {
        cluster.stop().map_err(|error| error.to_string())?;
    }
    described
}

/// One file as the query macros read it; the order of the fields is theirs.
#[derive(Serialize)]
struct Described<'a, D> {
    db_name: &'static str,
    query: &'a str,
    describe: D,
    hash: &'a str,
}

async fn describe_all(url: &str, queries: &BTreeMap<String, String>) -> Outcome<Record> {
    let mut database = PgConnection::connect(url).await.map_err(|error| error.to_string())?;
    // As the query macros ask: what may be null is read from the plan, and a plan made for
    // parameters that are all null is another one.
    let generic = sqlx::raw_sql("set plan_cache_mode = force_generic_plan");
    generic.execute(&mut database).await.map_err(|error| error.to_string())?;
    let mut record = Record::new();
    let mut faults = Vec::new();
    for (query, file) in queries {
        match database.describe(AssertSqlSafe(query.as_str()).into_sql_str()).await {
            Ok(describe) => {
                let hash = HEXLOWER.encode(digest(&SHA256, query.as_bytes()).as_ref());
                let file = Described { db_name: "PostgreSQL", query, describe, hash: &hash };
                let text = serde_json::to_string_pretty(&file).map_err(|error| error.to_string())?;
                record.insert(format!("query-{hash}.json"), format!("{text}\n"));
            }
            Err(error) => faults.push(format!("{file}: {error}\n  {query}")),
        }
    }
    if faults.is_empty() { Ok(record) } else { Err(faults.join("\n")) }
}

/// Every query of the house, and a file that asks it.
fn queries() -> Outcome<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for file in workspace::files(&workspace::root().join("crates"), &["rs"]) {
        let text = workspace::read(&file)?;
        if !MACROS.iter().any(|name| text.contains(&format!("{name}!("))) {
            continue;
        }
        let tokens: TokenStream =
            text.parse().map_err(|error| format!("{}: {error}", workspace::short(&file)))?;
        let mut here = BTreeSet::new();
        walk(tokens, &mut here);
        found.extend(here.into_iter().map(|query| (query, workspace::short(&file))));
    }
    Ok(found)
}

fn walk(tokens: TokenStream, found: &mut BTreeSet<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let called = match &tokens[..at] {
            [.., TokenTree::Ident(name), TokenTree::Punct(bang)] => {
                bang.as_char() == '!' && MACROS.iter().any(|one| name == one)
            }
            _ => false,
        };
        if called {
            found.extend(text_of(group.stream()));
        }
        walk(group.stream(), found);
    }
}

/// The first text among the arguments, or several joined by `+`.
fn text_of(arguments: TokenStream) -> Option<String> {
    let mut text = None;
    for token in arguments {
        match token {
            TokenTree::Literal(literal) => {
                let piece = syn::parse_str::<syn::LitStr>(&literal.to_string()).ok()?.value();
                text.get_or_insert_with(String::new).push_str(&piece);
            }
            TokenTree::Punct(comma) if comma.as_char() == ',' && text.is_some() => break,
            _ => {}
        }
    }
    text
}

fn read(folder: &Path) -> Outcome<Record> {
    let mut record = Record::new();
    for file in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("query-") {
            record.insert(name, workspace::read(&file)?);
        }
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_found_wherever_it_is_asked_and_its_text_is_read_as_the_compiler_reads_it() {
        let source = r##"
            // sqlx::query!("select 0")
            async fn f() {
                query!("select 1 where $1 = 'a'", one).execute(db).await;
                let rows = sqlx::query_as!(Row, r#"select id as "id: TicketId" from tickets"#, "no query");
                x(|| query_scalar!("select \
                    2" + " where true"));
                format!("select 3");
            }
        "##;
        let mut found = BTreeSet::new();
        walk(source.parse().unwrap(), &mut found);
        let expected =
            ["select 1 where $1 = 'a'", "select 2 where true", r#"select id as "id: TicketId" from tickets"#];
        assert_eq!(found.into_iter().collect::<Vec<_>>(), expected);
    }
}
