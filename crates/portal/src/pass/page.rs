//! The pass as its holder shows it.

use super::doorway::Asker;
use crate::home::Visit;
use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderName, HeaderValue, header},
};
use duty::units::{self, UnitKind};
use health::{
    cards::{self, Card, Colour, OWN},
    passes::{self, Shown, Standing},
};
use kernel::{Actor, Error, Result, SecretCode};
use pages::{
    Outcome, Portal, Words,
    cards::{code as code_word, reason},
    html, pass_paper, qr, see_other,
};
use store::Cx;

/// Pixels, where no style says how wide.
const QR: u16 = 360;
/// Kept by the telephone's own worker alone.
pub(super) const KEPT: &str = "private, no-store";

/// What a gate scans, and until when it is good.
struct Scanned {
    svg: String,
    until: String,
}

/// The card, as its holder is told of it.
struct Colours {
    class: &'static str,
    /// Beside the colour and the word, for whoever does not see colours.
    shape: &'static str,
    word: String,
    scope: String,
    why: Vec<String>,
    next: Vec<String>,
    citation: String,
    verified: bool,
}

/// Why there is nothing to scan.
struct Refused {
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "pass.html")]
struct Page {
    p: Portal,
    kind: String,
    /// What a member of a force does; may be empty.
    role: String,
    name: String,
    born: String,
    scanned: Option<Scanned>,
    refused: Option<Refused>,
    card: Option<Colours>,
    /// Twelve digits in groups; empty where there are none.
    code: String,
    /// Where twelve digits are asked for, while there are none; empty where none are given.
    code_action: String,
    /// The card to be printed; empty where none is.
    paper: String,
    asked_at: String,
}

/// The pass that a key opens.
pub(super) async fn open(cx: &mut Cx, key: &str) -> Result<Shown> {
    let pass = passes::held(cx, key).await?;
    passes::shown(cx, pass).await
}

pub(super) fn address(visit: &Visit, key: &str) -> Result<String> {
    Ok(visit.frame().at(format_args!("pass/{}", SecretCode::parse(key)?)))
}

/// `GET /{tenant}/pass/{key}`
pub(super) async fn page(asker: Asker, Path((_, key)): Path<(String, String)>) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let shown = match open(&mut cx, &key).await {
        Ok(shown) => shown,
        Err(error) => return asker.refuse(&key, error),
    };
    let page = Page::read(visit, &mut cx, &shown, &address(visit, &key)?).await?;
    let mut response = html(&page)?;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEPT));
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow"));
    Ok(visit.keep_language(response))
}

/// `POST /{tenant}/pass/{key}/code`: twelve digits for the day on which the telephone stays at home.
pub(super) async fn code(asker: Asker, Path((_, key)): Path<(String, String)>) -> Outcome {
    let visit = &asker.visit;
    let mut cx = visit.app.store().begin(visit.tenant.id, Actor::public()).await?;
    let shown = match open(&mut cx, &key).await {
        Ok(shown) => shown,
        Err(error) => return asker.refuse(&key, error),
    };
    if shown.code.is_none() && holds(&mut cx, &shown).await? {
        passes::own_code(&mut cx, shown.pass).await?;
        cx.commit().await?;
    }
    Ok(see_other(&address(visit, &key)?))
}

/// How the pass stands as far as its page tells. Whoever is ill or in isolation reads the same as one whose pass was
/// turned back: that it rests, and whom to call.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Good,
    Rests,
    Replaced,
    Over,
}

impl State {
    fn of(standing: Standing, card: Option<&Card>) -> Self {
        let held_back = card.is_some_and(|card| card.reasons.iter().any(|one| OWN.contains(&one.key)));
        match standing {
            Standing::Revoked => Self::Over,
            Standing::Replaced => Self::Replaced,
            Standing::Suspended => Self::Rests,
            Standing::Good if held_back => Self::Rests,
            Standing::Good => Self::Good,
        }
    }
}

/// Whether anything is given out of this pass now: a code, a card.
pub(super) async fn holds(cx: &mut Cx, shown: &Shown) -> Result<bool> {
    let card = card_of(cx, shown).await?;
    Ok(State::of(shown.standing, card.as_ref()) == State::Good)
}

async fn card_of(cx: &mut Cx, shown: &Shown) -> Result<Option<Card>> {
    let Some(person) = shown.whose.person() else { return Ok(None) };
    let today = units::today(cx).await?;
    Ok(Some(cards::card_as(cx, person, shown.whose.kind(), shown.whose.force(), today).await?))
}

impl Page {
    async fn read(visit: &Visit, cx: &mut Cx, shown: &Shown, address: &str) -> Result<Self> {
        let (w, p, kind) = (visit.w, visit.frame(), shown.whose.kind());
        let card = card_of(cx, shown).await?;
        let state = State::of(shown.standing, card.as_ref());
        let (scanned, refused) = match state {
            State::Good => scanned(&p, cx, shown).await?,
            state => (None, Some(refused(visit, cx, shown, state).await?)),
        };
        let good = state == State::Good;
        let role = shown.whose.force().map(|force| force.name().replace('_', "-"));
        Ok(Self {
            kind: w.by_key(&format!("pass-print-kind-{}", kind.name())),
            role: role.map_or_else(String::new, |force| w.by_key(&format!("pass-print-force-{force}"))),
            name: shown.name.clone(),
            born: shown.birth_year.map(|year| year.to_string()).unwrap_or_default(),
            card: card.filter(|_| good).map(|card| colours(w, &card)),
            code: shown.code.filter(|_| good).map(pass_paper::grouped).unwrap_or_default(),
            code_action: if good && shown.code.is_none() { format!("{address}/code") } else { String::new() },
            paper: if scanned.is_some() { format!("{address}/card.pdf") } else { String::new() },
            asked_at: p.clock.full(p.clock.now),
            scanned,
            refused,
            p,
        })
    }
}

async fn scanned(p: &Portal, cx: &mut Cx, shown: &Shown) -> Result<(Option<Scanned>, Option<Refused>)> {
    let w = p.w;
    match passes::signed(cx, shown.pass).await {
        Ok(signed) => {
            let svg = qr::svg(&signed.text, QR, &w.pass_page_qr(shown.name.as_str()))?;
            Ok((Some(Scanned { svg, until: p.clock.full(signed.until) }), None))
        }
        // No key that signs, or a record that lacks what a pass has to say.
        Err(Error::Conflict(_)) => {
            let refused = Refused { title: w.pass_page_unsigned_title(), text: w.pass_page_unsigned_text() };
            Ok((None, Some(refused)))
        }
        Err(other) => Err(other),
    }
}

async fn refused(visit: &Visit, cx: &mut Cx, shown: &Shown, state: State) -> Result<Refused> {
    let w = visit.w;
    let tree = units::tree(cx).await?;
    let station = shown.ward.and_then(|ward| tree.in_ward(ward, UnitKind::Station));
    let station = station
        .and_then(|station| tree.get(station))
        .map_or_else(|| w.pass_page_station(), |station| station.name_in(w.lang().as_str()).to_owned());
    Ok(match state {
        State::Replaced => {
            Refused { title: w.pass_page_replaced_title(), text: w.pass_page_replaced_text(station) }
        }
        State::Over => Refused { title: w.pass_page_over_title(), text: w.pass_page_over_text(station) },
        State::Good | State::Rests => {
            Refused { title: w.pass_page_rests_title(), text: w.pass_page_rests_text(station) }
        }
    })
}

fn colours(w: Words, card: &Card) -> Colours {
    let (class, shape, word) = match card.colour {
        Colour::Green => ("zone-green", "circle-check", w.pass_page_card_green()),
        Colour::Yellow => ("zone-yellow", "triangle", w.pass_page_card_yellow()),
        Colour::Red => ("zone-red", "octagon", w.pass_page_card_red()),
    };
    Colours {
        class,
        shape,
        word,
        scope: card.scope.as_deref().map(|scope| code_word(w, "scope", scope)).unwrap_or_default(),
        why: card.reasons.iter().map(|one| reason(w, one)).collect(),
        next: card.next.iter().map(|one| reason(w, one)).collect(),
        citation: card.citation.clone(),
        verified: card.verified,
    }
}
