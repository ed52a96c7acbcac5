//! One PostgreSQL for all tests, found running or started on first use; one template with the
//! migrations applied; one clone of it for each test, dropped at its end.

use pgbox::{Options, PgBox};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

/// A database of a test's own.
pub struct TestDatabase {
    name: String,
    admin_url: String,
    url: String,
}

impl TestDatabase {
    /// Clones the template.
    pub async fn new() -> Self {
        let cluster = tokio::task::spawn_blocking(cluster).await.expect("the cluster's starter panicked");
        let template = template_name();
        let admin_url = cluster.url("postgres");
        let mut admin = connect(&admin_url).await;
        if !exists(&mut admin, &template).await {
            make_template(&cluster, &mut admin, &template).await;
        }
        let name = format!("vx_test_{}", kernel::Rng::system().code(16).to_lowercase());
        execute(&mut admin, format!("create database {name} template {template} strategy file_copy")).await;
        admin.close().await.expect("the admin connection closes");
        let url = cluster.url(&name);
        cluster.leave_running();
        Self { name, admin_url, url }
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (name, admin_url) = (self.name.clone(), self.admin_url.clone());
        // A runtime of its own: the test's may be gone or blocked by this very drop.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    if let Ok(mut admin) = PgConnection::connect(&admin_url).await {
                        let drop = format!("drop database if exists {name} with (force)");
                        let _ = sqlx::query(AssertSqlSafe(drop)).execute(&mut admin).await;
                    }
                });
            }
        });
        let _ = dropping.join();
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cluster() -> PgBox {
    let target = workspace().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    let options = Options {
        data: target.join("testpg"),
        fast: true,
        node_modules: Some(workspace().join("ci/postgres/node_modules")),
    };
    PgBox::start(&options).unwrap_or_else(|error| panic!("tests need PostgreSQL: {error}"))
}

/// Named by what is in it, so that a changed migration makes a new one.
fn template_name() -> String {
    let folder = workspace().join("migrations");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("the migrations folder")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    files.sort();
    let mut hash = DefaultHasher::new();
    for file in files {
        file.file_name().hash(&mut hash);
        std::fs::read(&file).expect("a migration").hash(&mut hash);
    }
    format!("vx_template_{:016x}", hash.finish())
}

async fn make_template(cluster: &PgBox, admin: &mut PgConnection, template: &str) {
    // One process makes it, the others wait here for the lock and then find it made.
    execute(admin, "select pg_advisory_lock(7700)".into()).await;
    if !exists(admin, template).await {
        let staged = format!("{template}_making");
        execute(admin, format!("drop database if exists {staged} with (force)")).await;
        execute(admin, format!("create database {staged}")).await;
        store::migrate::migrate(&cluster.url(&staged)).await.expect("the migrations apply");
        execute(admin, format!("alter database {staged} rename to {template}")).await;
    }
    execute(admin, "select pg_advisory_unlock(7700)".into()).await;
}

async fn exists(admin: &mut PgConnection, name: &str) -> bool {
    sqlx::query("select exists (select from pg_database where datname = $1)")
        .bind(name)
        .fetch_one(admin)
        .await
        .expect("pg_database is readable")
        .get(0)
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("the test cluster answers")
}

async fn execute(admin: &mut PgConnection, sql: String) {
    sqlx::query(AssertSqlSafe(sql.clone()))
        .execute(admin)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}
