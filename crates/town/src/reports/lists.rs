//! Lists of reports, by the time left.

use super::{
    model::{Channel, State},
    sight::words,
    sql::{self, Kept, Wanted},
};
use duty::{
    permissions::{Action, Permit, Scope, allowed_units},
    tenants::Tenant,
};
use jiff::{Timestamp, civil::Date};
use kernel::{Error, Phone, ReportId, Result, UnitId};
use serde_json::json;
use sqlx::types::Uuid;
use store::{Cx, Event};

/// What a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub unit: Option<UnitId>,
    pub ward: Option<UnitId>,
    pub category: Option<String>,
    pub state: Option<State>,
    /// Only what is still owed an answer.
    pub open: bool,
    pub overdue: bool,
    pub channel: Option<Channel>,
    /// Received on this day, by the district's wall clock.
    pub day: Option<Date>,
    /// Due time and id of the last line of the page before.
    pub after: Option<(Timestamp, ReportId)>,
    /// 1 to 200.
    pub limit: i64,
}

/// One line of a list.
#[derive(Clone, Debug)]
pub struct Line {
    pub id: ReportId,
    pub channel: Channel,
    pub category: String,
    pub ward: UnitId,
    pub unit: Option<UnitId>,
    pub point: Option<(f64, f64)>,
    /// `None` when hidden.
    pub details: Option<String>,
    pub state: State,
    pub received_at: Timestamp,
    pub due_at: Timestamp,
    pub overdue: bool,
    pub with_leader: bool,
    pub reopened: i16,
    pub merged: bool,
    pub anonymous: bool,
    pub source_rate: i32,
    pub rating: Option<i16>,
}

/// The reports the actor may see, least time left first.
pub async fn list(cx: &mut Cx, tenant: &Tenant, filter: &Filter) -> Result<Vec<Line>> {
    let allowed = allowed_units(&cx.actor, Action::ReportSee);
    if allowed.as_ref().is_some_and(std::collections::BTreeSet::is_empty) {
        return Err(Error::Forbidden(Action::ReportSee.as_str()));
    }
    let allowed: Option<Vec<Uuid>> = allowed.map(|units| units.into_iter().map(Uuid::from).collect());
    let wanted = Wanted {
        allowed: allowed.as_deref(),
        unit: filter.unit,
        ward: filter.ward,
        category: filter.category.as_deref(),
        state: filter.state,
        open: filter.open,
        overdue: filter.overdue,
        channel: filter.channel,
        received: filter.day.map(|day| bounds(tenant, day)).transpose()?,
        after: filter.after,
        limit: filter.limit.clamp(1, 200),
    };
    let kept = sql::list(cx, &wanted).await?;
    kept.into_iter().map(|kept| line(cx, kept)).collect()
}

/// The first instant of a day and of the next.
fn bounds(tenant: &Tenant, day: Date) -> Result<(Timestamp, Timestamp)> {
    let out = |_| Error::invalid("day", "error-date-range");
    let start = |day: Date| day.to_zoned(tenant.timezone()).map(|zoned| zoned.timestamp());
    Ok((start(day).map_err(out)?, start(day.tomorrow().map_err(out)?).map_err(out)?))
}

/// What a caller has reported before, newest first, for the operator who has him on the line. It
/// tells who sent those reports, so it needs the same right, and is on record with its reason: the
/// call at hand, by its channel and the key of the form on which it is written down.
pub async fn of_phone(cx: &mut Cx, phone: &Phone, channel: Channel, form: &str) -> Result<Vec<Line>> {
    cx.permit(Action::ReportIdentity, Scope::Tenant)?;
    let kept = sql::of_phone(cx, phone, 20).await?;
    let tenant = cx.tenant().uuid();
    let found: Vec<ReportId> = kept.iter().map(|kept| kept.id).collect();
    cx.record(
        Event::new("reporter.looked_up", tenant)
            .data(json!({ "reports": found, "reason": "call", "channel": channel, "form": form })),
    );
    kept.into_iter().map(|kept| line(cx, kept)).collect()
}

fn line(cx: &Cx, kept: Kept) -> Result<Line> {
    let (_, details) = words(cx, &kept)?;
    Ok(Line {
        id: kept.id,
        channel: kept.channel,
        category: kept.category,
        ward: kept.ward,
        unit: kept.unit,
        point: kept.point,
        details,
        state: kept.state,
        received_at: kept.received_at,
        due_at: kept.due_at,
        overdue: kept.overdue,
        with_leader: kept.with_leader,
        reopened: kept.reopened,
        merged: kept.merged_into.is_some(),
        anonymous: kept.anonymous,
        source_rate: kept.source_rate,
        rating: kept.rating,
    })
}
