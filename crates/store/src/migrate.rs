//! Bringing the schema up to date. The login of the address must be able to act as `vx_owner`,
//! which owns the tables; everything else works as `vx_app`. Where the login may create roles (the
//! private cluster, a test), missing roles are made.

use crate::connect_options;
use kernel::{Error, Result};
use sqlx::{Connection, PgConnection, Row, migrate::Migrator};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Applies what is missing. Safe to run from several processes at once.
pub async fn migrate(url: &str) -> Result<()> {
    let options = connect_options(url)?;
    let mut login = PgConnection::connect_with(&options).await?;
    ensure_roles(&mut login).await?;
    login.close().await?;
    let mut owner = PgConnection::connect_with(&options.options([("role", "vx_owner")])).await?;
    MIGRATIONS.run(&mut owner).await.map_err(|error| Error::internal(format!("migration: {error}")))?;
    sqlx::query("grant select on _sqlx_migrations to vx_app").execute(&mut owner).await?;
    owner.close().await?;
    Ok(())
}

/// Whether every migration this program knows has been applied, for `readyz`.
pub async fn is_current(store: &crate::Store) -> Result<bool> {
    let known = MIGRATIONS.iter().filter(|m| m.migration_type.is_up_migration()).count() as i64;
    let applied = sqlx::query("select count(*) from _sqlx_migrations where success")
        .fetch_one(&store.pool)
        .await?
        .get::<i64, _>(0);
    Ok(applied >= known)
}

async fn ensure_roles(login: &mut PgConnection) -> Result<()> {
    let ready = sqlx::query(
        "select pg_has_role('vx_owner', 'member') and pg_has_role('vx_app', 'member')
                and has_schema_privilege('vx_owner', 'public', 'create')
         where exists (select from pg_roles where rolname = 'vx_owner')
           and exists (select from pg_roles where rolname = 'vx_app')",
    )
    .fetch_optional(&mut *login)
    .await?
    .is_some_and(|row| row.get(0));
    if ready {
        return Ok(());
    }
    // Two processes may both find the roles missing; the second finds them made.
    for statement in [
        "do $$ begin create role vx_owner; exception when duplicate_object or unique_violation then null; end $$",
        "do $$ begin create role vx_app; exception when duplicate_object or unique_violation then null; end $$",
        "grant vx_owner, vx_app to current_user",
        "grant create, usage on schema public to vx_owner",
        "grant usage on schema public to vx_app",
    ] {
        sqlx::query(statement).execute(&mut *login).await.map_err(|error| {
            Error::internal(format!(
                "the database login must be a member of vx_owner and vx_app (docs/operate.md says how): {error}"
            ))
        })?;
    }
    Ok(())
}
