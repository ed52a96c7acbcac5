//! What is printed: a card, sheets of ten, a sign for a door. Papers are in Vietnamese, as whoever stands at a gate
//! reads them.

use super::page;
use crate::{Me, frame::Frame, paper, questions::Typed};
use axum::{Form, extract::Path};
use duty::organisations::{self, OrganisationKind};
use health::passes::{self, Printed, SET, Standing, Whose};
use kernel::{Error, OrganisationId, PassId, Result, UnitId};
use pages::{
    Lang, Outcome, Words,
    pass_paper::{self, Area, Carried, Door, Hung},
};
use papers::{Card, Zone};
use std::collections::BTreeMap;

const W: Words = Words(Lang::Vi);

/// `POST /{tenant}/desk/passes/{id}/card`: that it was printed stands on record.
pub async fn card(
    me: Me,
    Path((_, id)): Path<(String, PassId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    me.check(Typed(pairs).of("csrf"))?;
    let mut frame = Frame::new(&me, "passes").await?;
    let card = match one(&me, &mut frame, id).await {
        Ok(card) => card,
        Err(Error::Conflict(key)) => return page::show(&me, id, String::new(), me.w.by_key(key)).await,
        Err(other) => return Err(other.into()),
    };
    let response = paper::saved(move || papers::card(&card), "the-qr").await?;
    frame.cx.commit().await?;
    Ok(response)
}

/// `POST /{tenant}/desk/passes/sheet`: `ids`, at most 500 in a file, and the `name` that stands in its margin. Of how
/// many no card is printed stands at the foot of the last page, and who they are on the page that asked for it.
pub async fn sheet(me: Me, Form(pairs): Form<Vec<(String, String)>>) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    super::must_issue(&me)?;
    let ids: Vec<PassId> = typed.of("ids").split_whitespace().filter_map(|id| id.parse().ok()).collect();
    if ids.is_empty() {
        return Err(Error::Conflict("error-pass-none-chosen").into());
    }
    if ids.len() > SET {
        return Err(Error::Conflict("error-pass-set-too-large").into());
    }
    let mut frame = Frame::new(&me, "passes").await?;
    let set = passes::printed_set(&mut frame.cx, &ids).await?;
    let left = set.left.len();
    let cards = laid(&me, &mut frame, set.cards).await?;
    let name: String = typed.of("name").chars().take(80).collect();
    let time = frame.d.clock.full(frame.d.clock.now);
    let batch = pass_paper::batch(W, &name, &frame.d.who_unit, &time, left);
    let response = paper::saved(move || papers::sheet(&batch, &cards), "the-qr-a4").await?;
    frame.cx.commit().await?;
    Ok(response)
}

/// `POST /{tenant}/desk/passes/{id}/sign`: of a khu phố, a tổ dân phố or a ward in the colour of its `zone`, as whoever prints it says; of
/// none where he says nothing.
pub async fn sign(
    me: Me,
    Path((_, id)): Path<(String, PassId)>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Outcome {
    let typed = Typed(pairs);
    me.check(typed.of("csrf"))?;
    let mut frame = Frame::new(&me, "passes").await?;
    match hung(&me, &mut frame, id, zone(typed.of("zone"))).await {
        Ok(hung) => {
            let sign = pass_paper::sign(W, &hung)?;
            let response = paper::saved(move || papers::sign(&sign), "bien").await?;
            frame.cx.commit().await?;
            Ok(response)
        }
        Err(Error::Conflict(key)) => page::show(&me, id, String::new(), me.w.by_key(key)).await,
        Err(other) => Err(other.into()),
    }
}

fn zone(typed: &str) -> Option<Zone> {
    match typed {
        "green" => Some(Zone::Green),
        "yellow" => Some(Zone::Yellow),
        "orange" => Some(Zone::Orange),
        "red" => Some(Zone::Red),
        _ => None,
    }
}

async fn hung(me: &Me, frame: &mut Frame, id: PassId, zone: Option<Zone>) -> Result<Hung> {
    let line = passes::find(&mut frame.cx, id).await?;
    if line.standing == Standing::Suspended {
        return Err(Error::Conflict("error-pass-sign-rests"));
    }
    let (door, address) = match line.whose {
        Whose::Neighbourhood(unit) => {
            let area = Area::of(frame.tree.get(unit).ok_or(Error::NotFound)?.kind);
            (Door::Neighbourhood(area, zone), String::new())
        }
        Whose::Business { organisation, .. } => {
            match organisations::seen(&mut frame.cx, organisation).await {
                Ok(known) => {
                    let shop = matches!(known.kind, OrganisationKind::Household | OrganisationKind::Market);
                    (if shop { Door::Shop } else { Door::Enterprise }, known.address.unwrap_or_default())
                }
                // Whoever gives out its pass and does not see where it is.
                Err(Error::NotFound) => (Door::Shop, String::new()),
                Err(other) => return Err(other),
            }
        }
        _ => return Err(Error::Conflict("error-pass-no-sign")),
    };
    let printed = passes::printed_set(&mut frame.cx, &[id]).await?;
    let one = printed.cards.into_iter().next().ok_or(Error::NotFound)?;
    Ok(Hung {
        door,
        address,
        issuer: issuer(me, frame, one.ward),
        name: one.name,
        people: one.people,
        until: one.until,
        text: one.text,
        time: frame.d.clock.full(frame.d.clock.now),
    })
}

/// A set of one: what is refused there is refused here. Its printing is on record once the frame's transaction is.
async fn one(me: &Me, frame: &mut Frame, id: PassId) -> Result<Card> {
    let printed = passes::printed_set(&mut frame.cx, &[id]).await?;
    laid(me, frame, printed.cards).await?.into_iter().next().ok_or(Error::NotFound)
}

async fn laid(me: &Me, frame: &mut Frame, printed: Vec<Printed>) -> Result<Vec<Card>> {
    let employers: Vec<OrganisationId> = printed.iter().filter_map(employer).collect();
    let names = organisations::names(&mut frame.cx, &employers).await?;
    let card = |one: Printed| card_of(me, frame, &names, one);
    printed.into_iter().map(card).collect()
}

fn card_of(me: &Me, frame: &Frame, names: &BTreeMap<OrganisationId, String>, one: Printed) -> Result<Card> {
    let employer = employer(&one).and_then(|id| names.get(&id)).map_or("", String::as_str);
    let issuer = issuer(me, frame, one.ward);
    pass_paper::card(W, &Carried::of(W, one, employer, issuer))
}

fn employer(one: &Printed) -> Option<OrganisationId> {
    match one.whose {
        Whose::Force { organisation, .. } => organisation,
        _ => None,
    }
}

/// Who issues it: the ward, or the district where there is none.
fn issuer(me: &Me, frame: &Frame, ward: Option<UnitId>) -> String {
    ward.and_then(|ward| frame.tree.get(ward)).map_or_else(
        || me.tenant.pack.place.paper.issuing_body.clone(),
        |ward| ward.name_in(W.lang().as_str()).to_owned(),
    )
}
