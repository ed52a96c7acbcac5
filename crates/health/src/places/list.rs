//! Places as screens show them.

use super::{
    model::{Measure, Role, State, Told},
    sql::{self, Line},
    sql_visits,
};
use crate::{
    cases, people,
    windows::{Days, Windows},
};
use duty::{
    organisations,
    permissions::{Action, Permit, Scope},
    units,
};
use jiff::{Timestamp, civil::Date};
use kernel::{CaseId, PersonId, PlaceId, Result, StaffId, UnitId, text::search_key};
use sqlx::types::Uuid;
use std::collections::BTreeSet;
use store::{Cx, events};

/// Places of one list; more are found by their name.
const MOST: i64 = 200;

/// Places of a list, with what the rule asks of each.
#[derive(Clone, Debug)]
pub struct Found {
    /// Those that are proposed first, then the outbreak places.
    pub places: Vec<Line>,
    /// There are more than are shown.
    pub more: bool,
}

/// A case that was at a place.
#[derive(Clone, Debug)]
pub struct Seen {
    pub visit: Uuid,
    pub case: CaseId,
    /// `None` where the reader does not see cases of that ward.
    pub name: Option<String>,
    pub ward: UnitId,
    pub role: Role,
    pub told: Told,
    pub from_at: Option<Timestamp>,
    pub to_at: Option<Timestamp>,
    pub entered_at: Timestamp,
    pub is_f0: bool,
}

/// A measure that was ordered.
#[derive(Clone, Debug)]
pub struct Ordered {
    pub kind: Measure,
    pub on: Date,
    pub words: Option<String>,
    pub by: Option<StaffId>,
    pub at: Timestamp,
}

/// A place with everything about it.
#[derive(Clone, Debug)]
pub struct At {
    pub place: Line,
    pub address: Option<String>,
    /// The business or school that is on record there.
    pub organisation: Option<String>,
    pub made_at: Timestamp,
    pub visits: Vec<Seen>,
    /// The newest first.
    pub measures: Vec<Ordered>,
    /// What happened to it, oldest first.
    pub story: Vec<events::Recorded>,
}

/// Places of the district: of one ward, in one state, whose name begins or goes on like this; an empty text
/// means all. A place is proposed when as many cases were there as the rule asks, and nobody has declared or
/// closed it.
pub async fn list(cx: &mut Cx, ward: Option<UnitId>, state: Option<State>, text: &str) -> Result<Found> {
    cx.permit_sight(Action::CaseSee, Scope::Tenant)?;
    let today = units::today(cx).await?;
    let windows = Windows::on(cx, today).await?;
    let asked = sql::Asked {
        ward,
        state,
        text: search_key(text),
        since: windows.place_since(today),
        enough: windows.place_cases,
    };
    let mut places = sql::list(cx, &asked, MOST + 1).await?;
    let more = places.len() as i64 > MOST;
    places.truncate(MOST as usize);
    Ok(Found { places, more })
}

/// Places to choose from, of all wards, by name.
pub async fn to_choose(cx: &mut Cx) -> Result<Vec<Line>> {
    let mut places = list(cx, None, None, "").await?.places;
    places.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(places)
}

/// One place with its cases and measures. Cases of wards that the reader does not see have no name.
///
/// Errors: `NotFound`.
pub async fn find(cx: &mut Cx, id: PlaceId) -> Result<At> {
    cx.permit_sight(Action::CaseSee, Scope::Tenant)?;
    let today = units::today(cx).await?;
    let windows = Windows::on(cx, today).await?;
    let (place, facts) = sql::find(cx, id, windows.place_since(today), windows.place_cases).await?;
    let organisation = match facts.organisation {
        Some(organisation) => organisations::names(cx, &[organisation]).await?.remove(&organisation),
        None => None,
    };
    let seen = people::wards(cx, Action::CaseSee).await?;
    let seen: Option<BTreeSet<UnitId>> = seen.map(|wards| wards.into_iter().collect());
    let rows = sql::visits(cx, id).await?;
    let ids: Vec<PersonId> = rows.iter().map(|row| row.person).collect();
    let people = people::briefs(cx, &ids).await?;
    let visits = rows
        .into_iter()
        .map(|row| {
            let visible = seen.as_ref().is_none_or(|seen| seen.contains(&row.ward));
            let name = people.get(&row.person).filter(|_| visible).map(|brief| brief.full_name.clone());
            Seen { name, ..row.seen }
        })
        .collect();
    Ok(At {
        address: facts.address,
        organisation,
        made_at: facts.made_at,
        visits,
        measures: sql::measures(cx, id).await?,
        story: events::of_object(cx, id.uuid()).await?,
        place,
    })
}

/// The places at which a case was, with what he had to do there.
///
/// Errors: `NotFound` for a case that the reader does not see.
pub async fn at(cx: &mut Cx, case: CaseId) -> Result<Vec<(Line, Role)>> {
    cases::see_traced(cx, case).await?;
    let today = units::today(cx).await?;
    let windows = Windows::on(cx, today).await?;
    sql::of_case(cx, case, windows.place_since(today), windows.place_cases).await
}

/// The places at which a case was, with the days of each visit; `None` where nobody has said when. A visit of which
/// one end is not known is one of the day that is.
///
/// Errors: `NotFound` for a case that the reader does not see.
pub(crate) async fn days_at(cx: &mut Cx, case: CaseId) -> Result<Vec<(PlaceId, Option<Days>)>> {
    cases::see_traced(cx, case).await?;
    let zone = units::timezone(cx).await?;
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let spans = sql_visits::spans(cx, case).await?;
    let days = |from: Option<Timestamp>, to: Option<Timestamp>| {
        from.or(to).zip(to.or(from)).map(|(from, to)| Days { from: day(from), to: day(to) })
    };
    Ok(spans.into_iter().map(|(place, from, to)| (place, days(from, to))).collect())
}
