//! Backup and restore without PostgreSQL's own tools: one archive with every table as PostgreSQL's
//! COPY text, taken in one snapshot while the centre works, and, if asked, the keys without which
//! sealed columns stay closed. Restoring goes into an empty database of the same schema version.

use crate::migrate;
use futures_util::TryStreamExt;
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

/// What is in an archive.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The newest migration of the database it was taken from.
    pub schema: i64,
    pub taken_at: String,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    pub with_keys: bool,
    /// The weeks whose part of `checkins` is there, each by its Monday.
    #[serde(default)]
    pub checkin_weeks: Vec<jiff::civil::Date>,
}

const MANIFEST: &str = "manifest.json";
/// Work in flight: leases of processes that will be gone.
const LEFT_OUT: &[&str] = &["leases", "_sqlx_migrations"];

/// Writes an archive (mode 0600). `keys` is the key folder to put into it.
pub async fn backup(url: &str, archive: &Path, keys: Option<&Path>) -> Result<Manifest> {
    let options = crate::connect_options(url)?.options([("role", crate::APP_ROLE)]);
    let mut db = PgConnection::connect_with(&options).await?;
    sqlx::query("begin isolation level repeatable read, read only").execute(&mut db).await?;
    let taken_at: String = sqlx::query_scalar("select clock_timestamp()::text").fetch_one(&mut db).await?;
    let tenants: Vec<sqlx::types::Uuid> =
        sqlx::query_scalar("select id from tenants").fetch_all(&mut db).await?;
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(archive)
        .map_err(|error| Error::internal(format!("{}: {error}", archive.display())))?;
    let mut zip = ZipWriter::new(file);
    let mut rows = BTreeMap::new();
    for table in tables(&mut db).await? {
        let mut count = 0;
        begin(&mut zip, &format!("tables/{}.copy", table.name))?;
        // Row security shows one tenant at a time.
        let scopes: Vec<Option<_>> =
            if table.guarded { tenants.iter().copied().map(Some).collect() } else { vec![None] };
        for scope in scopes {
            if let Some(tenant) = scope {
                sqlx::query("select set_config('vx.tenant', $1, true)")
                    .bind(tenant.to_string())
                    .execute(&mut db)
                    .await?;
            }
            let copy = format!("copy (select {} from {}) to stdout", table.columns, table.name);
            let mut lines = db.copy_out_raw(&copy).await?;
            while let Some(chunk) = lines.try_next().await? {
                count += chunk.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
                zip.write_all(&chunk).map_err(Error::internal)?;
            }
        }
        rows.insert(table.name, count);
    }
    if let Some(folder) = keys {
        for entry in fs::read_dir(folder).map_err(Error::internal)? {
            let path = entry.map_err(Error::internal)?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                begin(&mut zip, &format!("keys/{name}"))?;
                zip.write_all(&fs::read(&path).map_err(Error::internal)?).map_err(Error::internal)?;
            }
        }
    }
    let checkin_weeks = checkin_weeks(&mut db).await?;
    let manifest =
        Manifest { schema: migrate::newest(), taken_at, rows, with_keys: keys.is_some(), checkin_weeks };
    begin(&mut zip, MANIFEST)?;
    zip.write_all(&serde_json::to_vec_pretty(&manifest).map_err(Error::internal)?)
        .map_err(Error::internal)?;
    let file = zip.finish().map_err(Error::internal)?;
    file.sync_all().map_err(Error::internal)?;
    Ok(manifest)
}

/// Fills an empty database from an archive and puts its keys, if it has any, into `keys`. A
/// database with a tenant in it is refused; all rows come in one transaction or none.
pub async fn restore(url: &str, archive: &Path, keys: &Path) -> Result<Manifest> {
    let file =
        File::open(archive).map_err(|error| Error::internal(format!("{}: {error}", archive.display())))?;
    let mut zip =
        ZipArchive::new(file).map_err(|error| Error::internal(format!("not an archive: {error}")))?;
    let manifest: Manifest = serde_json::from_slice(&read(&mut zip, MANIFEST)?).map_err(Error::internal)?;
    if manifest.schema != migrate::newest() {
        return Err(Error::internal(format!(
            "the archive has schema {}, this program {}: restore with the program that took it, then upgrade",
            manifest.schema,
            migrate::newest()
        )));
    }
    migrate::migrate(url).await?;
    let options = crate::connect_options(url)?.options([("role", "vx_owner")]);
    let mut db = PgConnection::connect_with(&options).await?;
    sqlx::query("begin").execute(&mut db).await?;
    let there: bool = sqlx::query_scalar("select exists (select from tenants)").fetch_one(&mut db).await?;
    if there {
        return Err(Error::Conflict("error-restore-not-empty"));
    }
    for monday in &manifest.checkin_weeks {
        let make = "select vx_make_checkin_weeks($1::text::timestamptz, $1::text::timestamptz)";
        sqlx::query(make).bind(format!("{monday} 12:00Z")).execute(&mut db).await?;
    }
    sqlx::query("delete from cell").execute(&mut db).await?;
    for table in tables(&mut db).await? {
        // The owner fills a table only while its guard is lifted, inside this transaction.
        guard(&mut db, &table, false).await?;
        let rows = read(&mut zip, &format!("tables/{}.copy", table.name))?;
        let copy = format!("copy {} ({}) from stdin", table.name, table.columns);
        let mut sink = db.copy_in_raw(&copy).await?;
        for chunk in rows.chunks(1 << 16) {
            sink.send(chunk).await?;
        }
        sink.finish().await?;
        guard(&mut db, &table, true).await?;
    }
    restore_keys(&mut zip, keys)?;
    sqlx::query("commit").execute(&mut db).await?;
    db.close().await?;
    Ok(manifest)
}

/// A table in parts takes rows only where their part is.
async fn checkin_weeks(db: &mut PgConnection) -> Result<Vec<jiff::civil::Date>> {
    let names: Vec<String> = sqlx::query_scalar(
        "select substr(c.relname, 11) from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = 'checkins'::regclass and c.relname ~ '^checkins_w[0-9]{8}$' order by 1",
    )
    .fetch_all(db)
    .await?;
    names.iter().map(|name| jiff::civil::Date::strptime("%Y%m%d", name).map_err(Error::internal)).collect()
}

struct Table {
    name: String,
    columns: String,
    guarded: bool,
}

/// The tables in an order in which every row finds what it refers to.
async fn tables(db: &mut PgConnection) -> Result<Vec<Table>> {
    let rows = sqlx::query(
        "select c.relname::text as name, c.relrowsecurity as guarded,
                (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
                 where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
                array(select distinct f.confrelid::regclass::text from pg_constraint f
                      where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as refers
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by c.relname",
    )
    .fetch_all(db)
    .await?;
    let mut waiting: Vec<(Table, Vec<String>)> = rows
        .iter()
        .map(|row| {
            let table =
                Table { name: row.get("name"), columns: row.get("columns"), guarded: row.get("guarded") };
            (table, row.get("refers"))
        })
        .filter(|(table, _)| !LEFT_OUT.contains(&table.name.as_str()))
        .collect();
    let mut ordered: Vec<Table> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|(_, refers)| {
            refers.iter().all(|name| ordered.iter().any(|table| table.name == *name))
        });
        let next = ready.ok_or_else(|| Error::internal("tables refer to each other in a circle"))?;
        ordered.push(waiting.remove(next).0);
    }
    Ok(ordered)
}

async fn guard(db: &mut PgConnection, table: &Table, on: bool) -> Result<()> {
    if table.guarded {
        let force = if on { "force" } else { "no force" };
        let alter = format!("alter table {} {force} row level security", table.name);
        sqlx::query(AssertSqlSafe(alter)).execute(db).await?;
    }
    Ok(())
}

fn restore_keys(zip: &mut ZipArchive<File>, folder: &Path) -> Result<()> {
    let names: Vec<String> = zip
        .file_names()
        .filter_map(|name| name.ok().map(std::borrow::Cow::into_owned))
        .filter(|name| name.starts_with("keys/"))
        .collect();
    for name in names {
        let bytes = read(zip, &name)?;
        // Only the file's own name: an archive must not write elsewhere.
        let Some(file) = Path::new(&name).file_name() else { continue };
        let path = folder.join(file);
        match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut out) => out.write_all(&bytes).map_err(Error::internal)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                if fs::read(&path).map_err(Error::internal)? != bytes {
                    return Err(Error::internal(format!("{}: other keys are here already", path.display())));
                }
            }
            Err(error) => return Err(Error::internal(format!("{}: {error}", path.display()))),
        }
    }
    Ok(())
}

fn begin(zip: &mut ZipWriter<File>, name: &str) -> Result<()> {
    zip.start_file(name, SimpleFileOptions::default().large_file(true)).map_err(Error::internal)
}

fn read(zip: &mut ZipArchive<File>, name: &str) -> Result<Vec<u8>> {
    let mut entry = zip.by_name(name).map_err(|error| Error::internal(format!("{name}: {error}")))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}
