use super::model::{Origin, Version};
use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use kernel::{Error, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use store::Cx;

struct Row {
    code: String,
    version: i32,
    valid_from: jiff_sqlx::Date,
    valid_to: Option<jiff_sqlx::Date>,
    citation: String,
    verified: bool,
    note: Option<String>,
    body: Value,
    origin: String,
}

impl Row {
    fn read(self) -> Result<(String, Version)> {
        let origin = match self.origin.as_str() {
            "shipped" => Origin::Shipped,
            "tenant" => Origin::Tenant,
            other => return Err(Error::internal(format!("not an origin of a rule: {other}"))),
        };
        let version = Version {
            version: self.version,
            valid_from: self.valid_from.to_jiff(),
            valid_to: self.valid_to.map(jiff_sqlx::Date::to_jiff),
            citation: self.citation,
            verified: self.verified,
            note: self.note,
            values: self.body,
            origin,
        };
        Ok((self.code, version))
    }
}

/// The tenant's rows, of one rule or of all.
pub(super) async fn rows(cx: &mut Cx, code: Option<&str>) -> Result<BTreeMap<String, Vec<Version>>> {
    let tenant = cx.tenant().uuid();
    let rows = sqlx::query_as!(
        Row,
        "select code, version, valid_from, valid_to, citation, verified, note, body, origin
         from rule_versions where tenant_id = $1 and ($2::text is null or code = $2) order by code, valid_from",
        tenant,
        code
    )
    .fetch_all(cx.conn())
    .await?;
    let mut found: BTreeMap<String, Vec<Version>> = BTreeMap::new();
    for row in rows {
        let (code, version) = row.read()?;
        found.entry(code).or_default().push(version);
    }
    Ok(found)
}

/// Writes a version, or sets the end of one that is there.
pub(super) async fn save(cx: &mut Cx, code: &str, version: &Version) -> Result<()> {
    let (tenant, now) = (cx.tenant().uuid(), cx.now().to_sqlx());
    let by = cx.actor.staff_id().map(kernel::StaffId::uuid);
    let date = |date: Option<Date>| date.map(ToSqlx::to_sqlx);
    sqlx::query!(
        "insert into rule_versions (tenant_id, code, version, valid_from, valid_to, citation, verified, note, body, origin,
                                    created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (tenant_id, code, version) do update set valid_to = excluded.valid_to",
        tenant,
        code,
        version.version,
        version.valid_from.to_sqlx(),
        date(version.valid_to) as Option<jiff_sqlx::Date>,
        version.citation,
        version.verified,
        version.note,
        version.values,
        version.origin.as_str(),
        now,
        by
    )
    .execute(cx.conn())
    .await?;
    Ok(())
}
