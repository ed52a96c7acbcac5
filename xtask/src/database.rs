//! PostgreSQL for those who write the house: a private one in `target/devpg`, with the migrations
//! applied as a production database has them. The migrations run from their files, not through
//! `store`, because `store` compiles only when its queries match a database.

use crate::{Outcome, workspace};
use pgbox::{Options, PgBox};
use sqlx::{AssertSqlSafe, Connection, PgConnection, migrate::Migrator, postgres::PgConnectOptions};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The variable that every `sqlx.toml` names.
pub const URL_VARIABLE: &str = "VX_SQLX_DATABASE_URL";

pub fn development_folder() -> PathBuf {
    workspace::target().join("devpg")
}

/// Starts the private cluster in `folder`, or joins the one that runs there.
pub fn start(folder: &Path) -> Outcome<PgBox> {
    let options = Options {
        data: folder.to_owned(),
        fast: true,
        node_modules: Some(workspace::root().join("ci/postgres/node_modules")),
    };
    PgBox::start(&options).map_err(|error| error.to_string())
}

/// Starts the development database, brings its schema up to date, and leaves it running with its
/// address in `.env`, where the query macros find it.
pub fn develop() -> Outcome {
    let cluster = start(&development_folder())?;
    let url = migrate(&cluster, "vx_dev", false)?;
    let env = workspace::root().join(".env");
    let line = format!("{URL_VARIABLE}={url}\n");
    let others = fs::read_to_string(&env).unwrap_or_default();
    let kept = others.lines().filter(|line| !line.starts_with(URL_VARIABLE)).map(|line| format!("{line}\n"));
    let text: String = kept.chain([line]).collect();
    fs::write(&env, text).map_err(|error| format!(".env: {error}"))?;
    println!("{url}");
    cluster.leave_running();
    Ok(())
}

/// Stops the development cluster, if there is one and nobody else uses it.
pub fn stop() -> Outcome {
    let folder = development_folder();
    if !folder.join("pgbox.lock").exists() {
        return Ok(());
    }
    start(&folder)?.stop().map_err(|error| error.to_string())
}

/// Stops the cluster that tests left running, without the databases of tests that were killed.
pub fn stop_tests() -> Outcome {
    let folder = workspace::target().join("testpg");
    if !folder.join("pgbox.lock").exists() {
        return Ok(());
    }
    let cluster = start(&folder)?;
    wait_for(sweep(&cluster))?;
    cluster.stop().map_err(|error| error.to_string())
}

async fn sweep(cluster: &PgBox) -> Result<(), sqlx::Error> {
    let mut admin = PgConnection::connect(&cluster.url("postgres")).await?;
    let left: Vec<String> =
        sqlx::query_scalar("select datname::text from pg_database where datname ^@ 'vx_test_'")
            .fetch_all(&mut admin)
            .await?;
    for name in left {
        let drop = format!("drop database if exists {name} with (force)");
        sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut admin).await?;
    }
    admin.close().await
}

/// Makes database `name` if it is missing (or anew) and applies the migrations; returns its address.
pub fn migrate(cluster: &PgBox, name: &'static str, anew: bool) -> Outcome<String> {
    wait_for(apply(cluster, name, anew)).map_err(|error| format!("{name}: {error}"))?;
    Ok(cluster.url(name))
}

/// Runs to its end what asks a database.
pub fn wait_for<T, E: ToString>(work: impl Future<Output = Result<T, E>>) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| error.to_string())?.block_on(work).map_err(|error| error.to_string())
}

async fn apply(cluster: &PgBox, name: &'static str, anew: bool) -> Result<(), sqlx::Error> {
    let mut admin = PgConnection::connect(&cluster.url("postgres")).await?;
    for role in ["vx_owner", "vx_app"] {
        let make =
            format!("do $$ begin create role {role}; exception when duplicate_object then null; end $$");
        sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut admin).await?;
    }
    if anew {
        let drop = format!("drop database if exists {name} with (force)");
        sqlx::raw_sql(AssertSqlSafe(drop)).execute(&mut admin).await?;
    }
    let there: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(&mut admin)
        .await?;
    if !there {
        let create = format!("create database {name} owner vx_owner");
        sqlx::raw_sql(AssertSqlSafe(create)).execute(&mut admin).await?;
    }
    admin.close().await?;

    let options: PgConnectOptions = cluster.url(name).parse()?;
    let mut owner = PgConnection::connect_with(&options.options([("role", "vx_owner")])).await?;
    Migrator::new(workspace::root().join("migrations")).await?.run(&mut owner).await?;
    owner.close().await
}
