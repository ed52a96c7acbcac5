//! `.sqlx` holds what the database says of each checked query, so that the house compiles without
//! one. The query macros write it themselves when they are expanded with a database at hand; here
//! they are made to expand again, all of them, against a fresh database with every migration.

use crate::{Outcome, database, workspace};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

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

/// Expands every query against a database made for it.
fn record() -> Outcome<Record> {
    let folder = workspace::target().join("sqlx-record");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let askers = askers()?;
    let cluster = database::start(&database::development_folder())?;
    let adopted = cluster.adopted();
    let url = database::migrate(&cluster, "vx_sqlx", true)?;

    // Only the roots are touched, and given their time back after: cargo's other builds stay fresh.
    let mut touched = Vec::new();
    for root in askers.iter().flat_map(|asker| &asker.roots) {
        touched.push(Touched::now(root)?);
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace::root()).args(["check", "--quiet", "--all-targets"]);
    for asker in &askers {
        cargo.args(["--package", &asker.name]);
    }
    cargo.env(database::URL_VARIABLE, &url).env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", &folder);
    let status = cargo.status().map_err(|error| format!("cargo: {error}"));
    drop(touched);
    if adopted {
        cluster.leave_running();
    } else {
        cluster.stop().map_err(|error| error.to_string())?;
    }
    if !status?.success() {
        return Err("the queries do not compile against the migrated database".into());
    }
    read(&folder)
}

/// A crate with checked queries, and the files its builds begin at.
struct Asker {
    name: String,
    roots: Vec<PathBuf>,
}

fn askers() -> Outcome<Vec<Asker>> {
    let mut askers = Vec::new();
    for name in workspace::crates()? {
        let folder = workspace::root().join("crates").join(&name);
        let asks = workspace::files(&folder, &["rs"]).iter().any(|file| {
            fs::read_to_string(file).is_ok_and(|text| {
                ["query!(", "query_as!(", "query_scalar!("].iter().any(|call| text.contains(call))
            })
        });
        if asks {
            let here = ["src/lib.rs", "src/main.rs"].map(|root| folder.join(root));
            let tests = fs::read_dir(folder.join("tests")).into_iter().flatten().flatten();
            let tests = tests.flat_map(|test| [test.path(), test.path().join("main.rs")]);
            let roots = here.into_iter().chain(tests).filter(|root| root.is_file()).collect();
            askers.push(Asker { name, roots });
        }
    }
    Ok(askers)
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

/// A file that looks newly written until this is dropped.
struct Touched {
    file: File,
    before: SystemTime,
}

impl Touched {
    fn now(path: &Path) -> Outcome<Self> {
        let touch = || {
            let file = File::options().append(true).open(path)?;
            let before = file.metadata()?.modified()?;
            file.set_modified(kernel::clock::machine_now().into())?;
            Ok(Self { file, before })
        };
        touch().map_err(|error: std::io::Error| format!("{}: {error}", workspace::short(path)))
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        if let Err(error) = self.file.set_modified(self.before) {
            eprintln!("a file keeps the time of this run: {error}");
        }
    }
}
