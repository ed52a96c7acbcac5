use crate::{Cx, Store};
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use kernel::{Actor, Result, TenantId};
use sqlx::{Connection, PgConnection, Postgres, Transaction};

/// A transaction over the cell's own tables: the registry of tenants, timers, jobs, outbox.
/// Row security hides every tenant's rows from it.
pub struct Cell {
    pub(crate) tx: Transaction<'static, Postgres>,
    pub(crate) now: Timestamp,
}

/// A line of the registry.
#[derive(Clone, Debug)]
pub struct TenantRow {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub demo: bool,
    pub config: serde_json::Value,
    pub version: i64,
}

/// A tenant of a database that is no demo's, by its slug. Asked before anything else is done there,
/// so the schema may be of any age, or none.
pub async fn real_tenant(url: &str) -> Result<Option<String>> {
    let mut login = PgConnection::connect_with(&crate::connect_options(url)?).await?;
    let there: bool =
        sqlx::query_scalar("select to_regclass('public.tenants') is not null").fetch_one(&mut login).await?;
    let mut real = None;
    if there {
        sqlx::query("set role vx_app").execute(&mut login).await?;
        real = sqlx::query_scalar("select slug from tenants where not demo order by slug limit 1")
            .fetch_optional(&mut login)
            .await?;
    }
    login.close().await?;
    Ok(real)
}

/// What PostgreSQL answers at an address: its version.
pub async fn reach(url: &str) -> Result<String> {
    let mut login = PgConnection::connect_with(&crate::connect_options(url)?).await?;
    let version = sqlx::query_scalar("show server_version").fetch_one(&mut login).await?;
    login.close().await?;
    Ok(version)
}

impl Cell {
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub async fn tenants(&mut self) -> Result<Vec<TenantRow>> {
        Ok(sqlx::query_as!(
            TenantRow,
            "select id, slug, name, demo, config, version from tenants order by slug"
        )
        .fetch_all(&mut *self.tx)
        .await?)
    }

    /// Their ids alone, for work done again and again: a pack weighs a hundred kilobytes.
    pub async fn tenant_ids(&mut self) -> Result<Vec<TenantId>> {
        let ids =
            sqlx::query_scalar!("select id from tenants order by slug").fetch_all(&mut *self.tx).await?;
        Ok(ids.into_iter().map(TenantId).collect())
    }

    pub async fn insert_tenant(&mut self, row: &TenantRow) -> Result<()> {
        sqlx::query!(
            "insert into tenants (id, slug, name, demo, created_at, config) values ($1, $2, $3, $4, $5, $6)",
            row.id.uuid(),
            row.slug,
            row.name,
            row.demo,
            self.now.to_sqlx(),
            row.config,
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Marks this database as a demo; the mark cannot be taken off.
    pub async fn mark_demo(&mut self) -> Result<()> {
        sqlx::query!("update cell set demo = true").execute(&mut *self.tx).await?;
        Ok(())
    }

    pub async fn is_demo(&mut self) -> Result<bool> {
        Ok(sqlx::query_scalar!("select demo from cell").fetch_one(&mut *self.tx).await?)
    }

    /// Moves the demo's clock further ahead of the real one, for every process of the cell.
    pub async fn advance_demo_clock(&mut self, by: jiff::SignedDuration) -> Result<()> {
        sqlx::query!(
            "update cell set clock_ahead_us = clock_ahead_us + $1 where demo",
            i64::try_from(by.as_micros()).unwrap_or(0)
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Holds the demo's clock where it stands, or lets it run on from there: what a person does by hand
    /// between two ticks then takes no time.
    pub async fn hold_demo_clock(&mut self, hold: bool) -> Result<()> {
        sqlx::query!(
            "update cell set
                 clock_ahead_us = clock_ahead_us - case when $1 then 0 else
                     coalesce((extract(epoch from clock_timestamp() - clock_held_at) * 1e6)::bigint, 0) end,
                 clock_held_at = case when $1 then coalesce(clock_held_at, clock_timestamp()) end
             where demo",
            hold
        )
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Goes on in the same database transaction as one tenant: what was written to the registry and
    /// what is written from here on commit together.
    pub async fn enter(self, store: &Store, tenant: TenantId, actor: Actor) -> Result<Cx> {
        Cx::enter(store, self.tx, tenant, actor, "").await
    }

    pub async fn commit(self) -> Result<()> {
        Ok(self.tx.commit().await?)
    }
}
