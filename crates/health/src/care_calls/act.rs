//! What people do to campaigns and to a household's calls.

use super::{settle, sql, sql_campaign, sql_day};
use crate::households::{self, Kept};
use duty::{
    permissions::{Action, Permit, Scope},
    units,
};
use kernel::{CampaignId, Error, HouseholdId, Result, TicketId};
use serde_json::json;
use store::{Cx, Event, Topic};

/// What is done to a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    /// No call is started; those that run go on.
    Pause,
    Resume,
    /// For good, for all of the day: what waits is people's. The dialler hands it over within a minute.
    Stop,
}

/// Steers a campaign of today. It is the whole district's, so it is asked of whoever places households there.
///
/// Errors: `Forbidden`, `NotFound`; Conflict `error-campaign-over` for one that is stopped or whose window has
/// gone by.
pub async fn steer(cx: &mut Cx, id: CampaignId, what: Do) -> Result<()> {
    let director = units::tree(cx).await?.director();
    cx.permit(Action::CareAssign, Scope::Units(&[director]))?;
    let campaign = sql_campaign::lock_campaign(cx, id).await?;
    if campaign.stopped_at.is_some() || cx.now() >= campaign.closes_at {
        return Err(Error::Conflict("error-campaign-over"));
    }
    let kind = match what {
        Do::Pause if campaign.paused_at.is_none() => "campaign.paused",
        Do::Resume if campaign.paused_at.is_some() => "campaign.resumed",
        Do::Stop => "campaign.stopped",
        // Pressed twice.
        Do::Pause | Do::Resume => return Ok(()),
    };
    match what {
        Do::Pause | Do::Resume => sql_campaign::set_paused(cx, id, what == Do::Pause).await?,
        Do::Stop => sql_campaign::set_stopped(cx, id).await?,
    }
    let data = json!({ "day": campaign.day, "window": campaign.window });
    cx.record(Event::new(kind, id).unit(director).data(data));
    cx.tell(Topic::screen("care_calls"));
    Ok(())
}

/// No robot calls this household from now on: it asked for that, or somebody calls it by hand.
///
/// Errors: `NotFound`, `Forbidden`.
pub async fn hold_home(cx: &mut Cx, id: HouseholdId) -> Result<()> {
    set_held(cx, id, true).await
}

/// It is called again.
///
/// Errors: the same.
pub async fn release_home(cx: &mut Cx, id: HouseholdId) -> Result<()> {
    set_held(cx, id, false).await
}

async fn set_held(cx: &mut Cx, id: HouseholdId, held: bool) -> Result<()> {
    let home = households::claim(cx, id, Action::CareRecord).await?;
    if sql::hold_home(cx, id, held).await? {
        let kind = if held { "household.calls_paused" } else { "household.calls_resumed" };
        cx.record(Event::new(kind, id).unit(home.station));
        cx.tell(Topic::screen("care_calls"));
    }
    Ok(())
}

/// Somebody of the station has told a household himself who will call it and from which number: by telephone, or at
/// its door. From now on a robot may call it, at this number.
///
/// Errors: `NotFound`, `Forbidden`; Conflict `error-call-no-number` for a household without a number.
pub async fn told_home(cx: &mut Cx, id: HouseholdId) -> Result<()> {
    let home = households::claim(cx, id, Action::CareRecord).await?;
    let by = cx.actor.staff_id().ok_or(Error::Forbidden(Action::CareRecord.as_str()))?;
    if home.contact(cx)?.is_none() {
        return Err(Error::Conflict("error-call-no-number"));
    }
    if sql::tell_home(cx, id, by).await? {
        cx.record(Event::new("household.calls_told", id).unit(home.station));
        cx.tell(Topic::screen("care_calls"));
    }
    Ok(())
}

/// Sends somebody to a household that calls do not reach. The ticket; the open one where there is one.
///
/// Errors: `NotFound` for a household that no campaign has called, `Forbidden`; Conflict
/// `error-household-joined`.
pub async fn order_visit(cx: &mut Cx, id: HouseholdId) -> Result<TicketId> {
    households::claim(cx, id, Action::CareRecord).await?;
    let home = households::lock(cx, id).await?;
    let row = sql::newest(cx, id).await?.ok_or(Error::NotFound)?;
    let ticket = settle::visit(cx, &row, &home, row.state).await?;
    cx.tell(Topic::screen("care_calls"));
    Ok(ticket)
}

/// What a family wishes that nobody has signed in for: no robot's calls, or calls again. Whether it is so now:
/// what somebody of the station has stopped a family does not begin again. The caller has locked the household.
pub(crate) async fn wish(cx: &mut Cx, home: &Kept, called: bool) -> Result<bool> {
    let done =
        if called { sql::release_own(cx, home.id).await? } else { sql::hold_home(cx, home.id, true).await? };
    if done {
        let kind = if called { "household.calls_resumed" } else { "household.calls_paused" };
        cx.record(Event::new(kind, home.id).unit(home.station).data(json!({ "by": "family" })));
        cx.tell(Topic::screen("care_calls"));
    }
    Ok(done || sql_day::is_held(cx, home.id).await? != called)
}
