//! What the station, the mobile stations and the care teams of a ward carry, and who is to take the
//! households for which one of them is missing: proposed by load, given in one press.

use crate::{
    Me, cases,
    frame::{self, Frame},
    households::Sent,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query},
};
use duty::permissions::Action;
use health::households::{self, Balance, Load, Placing, Proposal};
use kernel::{Error, HouseholdId, Result, UnitId};
use pages::{Desk, Outcome, Words, charts, html, see_other};
use serde::Deserialize;

/// What the page shows; the same words stand in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// Empty: the reader's first.
    ward: String,
    /// How many households a press has given, and how many it had been shown.
    given: Option<usize>,
    of: Option<usize>,
}

/// A unit and what it carries.
struct Row {
    name: String,
    href: String,
    f0: i64,
    homes: i64,
    /// "10–20 F0"
    range: String,
    /// Drawn; empty where nothing bounds it.
    bar: String,
    state: String,
    /// As time presses: `late` is over its load.
    pressure: &'static str,
}

/// A household for which somebody is missing.
struct Lone {
    href: String,
    code: String,
    address: String,
    /// "2 F0, 4 người theo dõi"
    people: String,
    /// Who is to take it; empty where nobody has room.
    taker: String,
}

#[derive(Template)]
#[template(path = "balance.html")]
struct Page {
    d: Desk,
    action: String,
    ward: String,
    name: String,
    /// Id, name, chosen; empty where there is nothing to choose.
    wards: Vec<(String, String, bool)>,
    message: String,
    rows: Vec<Row>,
    law: String,
    lone: Vec<Lone>,
    more: bool,
    /// As the form carries them.
    placings: Vec<String>,
}

/// `GET /{tenant}/desk/rounds/balance?ward=`
pub async fn page(me: Me, Query(asked): Query<Asked>) -> Outcome {
    let mut frame = Frame::new(&me, "rounds").await?;
    let wards = cases::wards(&me, &frame, Action::CareAssign);
    let ward = match asked.ward.as_str() {
        "" => *wards.first().ok_or(Error::Forbidden(Action::CareAssign.as_str()))?,
        text => text.parse::<UnitId>()?,
    };
    let balance = households::balance(&mut frame.cx, ward).await?;
    let proposal = households::proposal(&mut frame.cx, ward).await?;
    let w = me.w;
    let page = Page {
        action: me.at("rounds/balance"),
        ward: ward.to_string(),
        name: frame::short(&frame.tree, &frame.d, Some(ward)),
        wards: if wards.len() < 2 { Vec::new() } else { choices(&frame, &wards, ward) },
        message: match (asked.given, asked.of) {
            (Some(given), Some(of)) if given < of => w.balance_done_some(given.to_string(), of.to_string()),
            (Some(given), _) => w.balance_done(given.to_string()),
            (None, _) => String::new(),
        },
        rows: balance.loads.iter().map(|load| row(&me, &frame, load)).collect(),
        law: law(w, &balance),
        lone: lone(&me, &frame, &proposal),
        more: proposal.more,
        placings: proposal.placings.iter().map(carried).collect(),
        d: frame.d,
    };
    html(&page)
}

/// `POST /{tenant}/desk/rounds/balance`
pub async fn give(me: Me, Path(_): Path<String>, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let sent = Sent(pairs);
    me.check(sent.of("csrf"))?;
    let ward = sent.of("ward").parse::<UnitId>()?;
    let placings = sent.all("placing").map(placing).collect::<Result<Vec<_>>>()?;
    let mut cx = me.begin().await?;
    let given = households::apply(&mut cx, ward, &placings).await?;
    cx.commit().await?;
    let of = placings.len();
    Ok(see_other(&me.at(format!("rounds/balance?ward={ward}&given={given}&of={of}"))))
}

fn choices(frame: &Frame, wards: &[UnitId], here: UnitId) -> Vec<(String, String, bool)> {
    let name = |ward: &UnitId| frame::short(&frame.tree, &frame.d, Some(*ward));
    wards.iter().map(|ward| (ward.to_string(), name(ward), *ward == here)).collect()
}

fn row(me: &Me, frame: &Frame, load: &Load) -> Row {
    let w = me.w;
    let name = frame::short(&frame.tree, &frame.d, Some(load.unit));
    let range = match (load.least, load.most) {
        (Some(least), Some(most)) => w.balance_range(least.to_string(), most.to_string()),
        // A station carries households.
        (None, Some(most)) => w.balance_most_homes(most.to_string()),
        (_, None) => w.balance_unbounded(),
    };
    let pressure = if load.over() > 0 {
        "late"
    } else if load.is_full() {
        "soon"
    } else {
        "calm"
    };
    let state = match (load.over(), load.under(), load.most) {
        (over @ 1.., _, _) => w.balance_over(over.to_string()),
        (_, _, Some(_)) if load.is_full() => w.balance_full(),
        (_, under @ 1.., _) => w.balance_under(under.to_string()),
        (_, _, Some(most)) => w.balance_room((most - load.carried()).to_string()),
        (_, _, None) => String::new(),
    };
    let bar = load.most.map_or_else(String::new, |most| {
        let label = format!("{name}: {}/{most}", load.carried());
        charts::load(load.carried(), load.least, most, pressure, &label)
    });
    Row {
        href: me.at(format!("rounds?unit={}", load.unit)),
        name,
        f0: load.f0,
        homes: load.homes,
        range,
        bar,
        state,
        pressure,
    }
}

/// By which version these are the limits, and whether its sources were read.
fn law(w: Words, balance: &Balance) -> String {
    let checked = if balance.rule.verified { w.rule_verified() } else { w.rule_unverified() };
    w.balance_law(balance.rule.citation.as_str(), balance.rule.version.to_string(), checked)
}

fn lone(me: &Me, frame: &Frame, proposal: &Proposal) -> Vec<Lone> {
    let w = me.w;
    let short = |unit: UnitId| frame::short(&frame.tree, &frame.d, Some(unit));
    let taker = |home: HouseholdId| {
        let placing = proposal.placings.iter().find(|placing| placing.household == home)?;
        let takers = [placing.mobile_station, placing.care_team].into_iter().flatten();
        Some(takers.map(short).collect::<Vec<_>>().join(", "))
    };
    proposal
        .lone
        .iter()
        .map(|home| Lone {
            href: me.at(format!("households/{}", home.id)),
            code: home.code.clone(),
            address: home.address.clone().unwrap_or_else(|| w.household_no_address()),
            people: w.balance_people(home.f0.to_string(), home.followed.to_string()),
            taker: taker(home.id).unwrap_or_default(),
        })
        .collect()
}

/// A placing as the form carries it: household, mobile station, care team; a dash for none.
fn carried(placing: &Placing) -> String {
    let unit = |unit: Option<UnitId>| unit.map_or_else(|| "-".to_owned(), |unit| unit.to_string());
    format!("{} {} {}", placing.household, unit(placing.mobile_station), unit(placing.care_team))
}

/// A form that was changed by hand names nothing that is there.
fn placing(text: &str) -> Result<Placing> {
    let unit = |text: &str| match text {
        "-" => Ok(None),
        id => id.parse::<UnitId>().map(Some).map_err(|_| Error::NotFound),
    };
    let mut parts = text.split(' ');
    let (Some(home), Some(mobile), Some(team), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Error::NotFound);
    };
    Ok(Placing {
        household: home.parse().map_err(|_| Error::NotFound)?,
        mobile_station: unit(mobile)?,
        care_team: unit(team)?,
    })
}
