//! Drug bags: what each patient may have and what is missing, handing one over, and what became of it.

use super::{
    Ground,
    act::{Asked, Sent},
    consent, supplies,
};
use crate::{Me, frame};
use askama::Template;
use health::care::bags::{
    self, Bag, Candidate, Consent, Cupboard, Ended, Exclusion, Kind, NewBag, NewConsent, Verdict, Without,
};
use jiff::{Timestamp, civil::DateTime};
use kernel::{BagId, Error, HouseholdId, PersonId, Result, UnitId, dates};
use pages::{Desk, Outcome, Words, form_page, forms::Errors, see_other};
use town::files::{self, Purpose};

/// Code, label, chosen.
type Choice = (String, String, bool);

/// What a bag would need.
struct Offer {
    kind: &'static str,
    title: String,
    /// "Được cấp", "Còn thiếu", "Không được cấp"
    state: String,
    /// It may be given as things stand.
    open: bool,
    forbidden: bool,
    /// What is met, missing or forbids, one line each.
    lines: Vec<String>,
    cautions: Vec<String>,
    /// Where the form of B and C stands; `None` for A, which is one press.
    form_href: Option<String>,
}

struct Patient {
    id: String,
    name: String,
    offers: Vec<Offer>,
}

/// A bag that was handed over.
struct Row {
    id: String,
    title: String,
    name: String,
    given: String,
    full: String,
    from: String,
    /// Prescriber, consent, capsules.
    about: Vec<String>,
    /// What became of it; empty while nobody has said.
    ended: String,
    /// Capsules are counted back.
    counts: bool,
    /// The picture of the consent, for those who may look at it.
    consent_href: Option<String>,
    /// Where a picture of it is put, while there is none.
    attach: Option<String>,
}

/// A bag for which nothing is left in the stock, to be given all the same.
struct Confirm {
    person: String,
    unit: String,
}

#[derive(Template)]
#[template(path = "household_bags.html")]
struct Page {
    d: Desk,
    code: String,
    back: String,
    action: String,
    message: String,
    patients: Vec<Patient>,
    rows: Vec<Row>,
    units: Vec<Choice>,
    endings: Vec<(String, String)>,
    confirm: Option<Confirm>,
    errors: Errors,
}

/// `GET /{tenant}/desk/households/{id}/bags`, and with `?member=&kind=` the form of a bag
pub async fn page(me: &Me, id: HouseholdId, asked: &Asked) -> Outcome {
    if asked.kind.is_empty() {
        return show(me, id, &asked.done, None, Errors::default()).await;
    }
    let typed = Typed { person: asked.member.clone(), kind: asked.kind.clone(), ..Typed::default() };
    form(me, id, typed, Errors::default()).await
}

/// `POST /{tenant}/desk/households/{id}/bags`: `do` is `give` or `end`
pub async fn act(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    match sent.of("do") {
        "give" if sent.of("kind") == Kind::A.as_str() => give_a(me, id, sent).await,
        "give" => give(me, id, sent, Vec::new(), Errors::default()).await,
        "end" => end(me, id, sent).await,
        _ => Err(Error::NotFound.into()),
    }
}

/// One press.
async fn give_a(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    // Only who may record may know what is given.
    drop(Ground::of(me, id).await?);
    let (person, unit) = (sent.of("person").parse::<PersonId>()?, sent.of("unit").parse::<UnitId>()?);
    let new = NewBag { short: !sent.of("short").is_empty(), ..NewBag::of(person, Kind::A, unit) };
    match hand_over(me, id, new, Vec::new()).await {
        Ok(()) => Ok(see_other(&at(me, id, "given"))),
        Err(Error::Conflict("error-bag-given")) => Ok(see_other(&at(me, id, "known"))),
        Err(Error::Conflict("error-bag-not-eligible")) => Ok(see_other(&at(me, id, "refused"))),
        Err(Error::Conflict("error-stock-empty")) => {
            let confirm = Confirm { person: person.to_string(), unit: unit.to_string() };
            let mut errors = Errors::default();
            errors.add("short", me.w.by_key("error-stock-empty"));
            show(me, id, "", Some(confirm), errors).await
        }
        Err(error) => {
            let mut errors = Errors::default();
            errors.take(me.w, error)?;
            show(me, id, "", None, errors).await
        }
    }
}

/// `picture` is of the consent; empty where none came.
async fn hand_over(me: &Me, id: HouseholdId, mut new: NewBag, picture: Vec<u8>) -> Result<()> {
    let mut cx = me.begin().await?;
    let mut kept = None;
    if let Some(consent) = new.consent.as_mut().filter(|_| !picture.is_empty()) {
        kept = Some(files::keep(&mut cx, me.app.vault(), picture, Purpose::Proof).await?);
        consent.file = kept;
    }
    let bag = bags::give(&mut cx, id, &new).await?;
    files::bind(&mut cx, kept.as_slice(), Purpose::Proof, consent::owner(bag)).await?;
    cx.commit().await
}

async fn end(me: &Me, id: HouseholdId, sent: &Sent) -> Outcome {
    drop(Ground::of(me, id).await?);
    let mut errors = Errors::default();
    match ended(me, sent).await {
        Ok(()) => return Ok(see_other(&at(me, id, "ended"))),
        Err(Error::Conflict("error-bag-ended")) => return Ok(see_other(&at(me, id, "known"))),
        Err(Error::Invalid { key, .. }) => {
            let bag = sent.of("bag");
            errors.add(&format!("bag-{bag}"), me.w.by_key(key));
        }
        Err(other) => return Err(other.into()),
    }
    show(me, id, "", None, errors).await
}

async fn ended(me: &Me, sent: &Sent) -> Result<()> {
    let bag = sent.of("bag").parse::<BagId>()?;
    let ended: Ended = sent.of("ended_as").parse().map_err(|_| Error::invalid("ended_as", "error-choose"))?;
    let counted = sent.of("capsules").trim();
    let capsules = match counted {
        "" => None,
        text => Some(text.parse().map_err(|_| Error::invalid("capsules", "error-capsules-missing"))?),
    };
    let mut cx = me.begin().await?;
    bags::end(&mut cx, bag, ended, capsules).await?;
    cx.commit().await
}

pub(super) fn at(me: &Me, id: HouseholdId, done: &str) -> String {
    me.at(format!("households/{id}/bags?done={done}"))
}

fn message(w: Words, done: &str) -> String {
    match done {
        "given" => w.bag_done_given(),
        "known" => w.bag_done_known(),
        "refused" => w.bag_done_refused(),
        "ended" => w.bag_done_ended(),
        "attached" => w.bag_done_attached(),
        _ => String::new(),
    }
}

/// What is wrong with the picture of a consent, beside its bag.
pub(super) async fn wrong(me: &Me, id: HouseholdId, errors: Errors) -> Outcome {
    show(me, id, "", None, errors).await
}

async fn show(me: &Me, id: HouseholdId, done: &str, confirm: Option<Confirm>, errors: Errors) -> Outcome {
    let mut ground = Ground::of(me, id).await?;
    let cupboard = bags::of_household(&mut ground.frame.cx, id).await?;
    let w = me.w;
    let wrong = !errors.is_empty();
    let page = Page {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}")),
        action: me.at(format!("households/{id}/bags")),
        message: message(w, done),
        patients: cupboard.candidates.iter().map(|one| patient(me, id, &ground, &cupboard, one)).collect(),
        rows: cupboard.bags.iter().map(|bag| row(me, &ground, bag)).collect(),
        units: units(w, &ground, &cupboard, Kind::A, ""),
        endings: Ended::ALL
            .iter()
            .map(|one| (one.as_str().to_owned(), supplies::bag_ended(w, *one)))
            .collect(),
        confirm,
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}

/// "Trạm y tế Tân Phong: còn 12"; the reader's own stands first.
fn units(w: Words, ground: &Ground, cupboard: &Cupboard, kind: Kind, chosen: &str) -> Vec<Choice> {
    let item = match kind {
        Kind::A => health::care::stock::Item::BagA,
        Kind::B => health::care::stock::Item::BagB,
        Kind::C => health::care::stock::Item::BagC,
    };
    let choice = |(unit, lines): &(UnitId, Vec<health::care::stock::Line>)| {
        let name = frame::short(&ground.frame.tree, &ground.frame.d, Some(*unit));
        let label = match lines.iter().find(|line| line.item == item) {
            Some(line) if line.counted_at.is_some() => w.bag_unit_left(name, line.n.to_string()),
            _ => w.bag_unit_uncounted(name),
        };
        (unit.to_string(), label, unit.to_string() == chosen)
    };
    cupboard.stocks.iter().map(choice).collect()
}

fn patient(me: &Me, id: HouseholdId, ground: &Ground, cupboard: &Cupboard, of: &Candidate) -> Patient {
    let offer = |(kind, verdict): &(Kind, Verdict)| {
        let w = me.w;
        let form = format!("households/{id}/bags?member={}&kind={}", of.person.id, kind.as_str());
        // B and C need the station.
        let may = *kind != Kind::A && ground.rights.papers && !verdict.forbids();
        Offer {
            kind: kind.as_str(),
            title: w.bag_title(kind.as_str(), cupboard.law.days(*kind).to_string()),
            state: if verdict.forbids() {
                w.bag_state_forbidden()
            } else if verdict.allows() {
                w.bag_state_open()
            } else {
                w.bag_state_lacking()
            },
            open: verdict.allows(),
            forbidden: verdict.forbids(),
            lines: lines(w, verdict),
            cautions: cautions(w, cupboard, verdict),
            form_href: may.then(|| me.at(form)),
        }
    };
    Patient {
        id: of.person.id.to_string(),
        name: of.person.full_name.clone(),
        offers: of.verdicts.iter().map(offer).collect(),
    }
}

/// What is met, what is missing, what forbids it; in this order.
fn lines(w: Words, verdict: &Verdict) -> Vec<String> {
    let met = verdict.met.iter().map(|one| w.bag_line_met(supplies::met(w, *one)));
    let severity = verdict.severity.iter().map(|one| w.bag_line_severity(supplies::severity(w, *one)));
    let lacks = verdict.lacks.iter().map(|one| w.bag_line_lack(supplies::lack(w, *one)));
    let bars = verdict.bars.iter().map(|one| w.bag_line_bar(supplies::bar(w, *one)));
    let excluded = verdict.excluded.iter().map(|one| w.bag_line_bar(supplies::exclusion(w, *one)));
    met.chain(severity).chain(lacks).chain(bars).chain(excluded).collect()
}

fn cautions(w: Words, cupboard: &Cupboard, verdict: &Verdict) -> Vec<String> {
    let limits = cupboard.law.b_limits();
    verdict.cautions.iter().map(|one| supplies::caution(w, *one, limits)).collect()
}

fn row(me: &Me, ground: &Ground, bag: &Bag) -> Row {
    let (w, clock, kept) = (me.w, &ground.frame.d.clock, &bag.kept);
    let mut about = Vec::new();
    if let Some(name) = &bag.prescriber {
        about.push(w.bag_about_prescriber(name.as_str()));
    }
    if let (Some((how, at, _)), Some(by)) = (kept.consent, &bag.consented_by) {
        about.push(w.bag_about_consent(supplies::consent(w, how), by.as_str(), clock.short(at)));
        if let (None, Some(why), Some(who)) = (kept.consent_file, kept.consent_without, &bag.without_who) {
            about.push(w.bag_about_without(supplies::without(w, why), who.as_str()));
        }
    }
    let picture =
        kept.consent.filter(|_| ground.rights.papers).map(|_| me.at(format!("bags/{}/consent", kept.id)));
    let (consent_href, attach) = match kept.consent_file {
        Some(_) => (picture, None),
        None => (None, picture),
    };
    if let Some(given) = kept.capsules {
        about.push(match kept.returned_capsules {
            Some(left) => w.bag_about_counted(given.to_string(), left.to_string()),
            None => w.bag_about_capsules(given.to_string()),
        });
    }
    Row {
        id: kept.id.to_string(),
        title: w.bag_name(kept.kind.as_str()),
        name: bag.person.full_name.clone(),
        given: clock.short(kept.given_at),
        full: clock.full(kept.given_at),
        from: frame::short(&ground.frame.tree, &ground.frame.d, Some(kept.unit)),
        about,
        ended: kept.ended.map_or_else(String::new, |(ended, at)| {
            format!("{} · {}", supplies::bag_ended(w, ended), clock.short(at))
        }),
        counts: kept.capsules.is_some(),
        consent_href,
        attach,
    }
}

/// The form of B and C as it was typed.
#[derive(Clone, Default)]
struct Typed {
    person: String,
    kind: String,
    unit: String,
    excluded: Vec<String>,
    asked: bool,
    beforehand: bool,
    doctor_not_reached: bool,
    prescriber: String,
    capsules: String,
    consent: String,
    consent_by: String,
    consent_at: String,
    consent_without: String,
    consent_without_who: String,
    short: bool,
}

impl Typed {
    fn of(sent: &Sent) -> Self {
        let text = |name| sent.of(name).to_owned();
        let ticked = |name| !sent.of(name).is_empty();
        Self {
            person: text("person"),
            kind: text("kind"),
            unit: text("unit"),
            excluded: sent.all("excluded").map(str::to_owned).collect(),
            asked: ticked("asked"),
            beforehand: ticked("beforehand"),
            doctor_not_reached: ticked("doctor_not_reached"),
            prescriber: text("prescriber"),
            capsules: text("capsules"),
            consent: text("consent"),
            consent_by: text("consent_by"),
            consent_at: text("consent_at"),
            consent_without: text("consent_without"),
            consent_without_who: text("consent_without_who"),
            short: ticked("short"),
        }
    }
}

#[derive(Template)]
#[template(path = "household_bag.html")]
struct FormPage {
    d: Desk,
    code: String,
    back: String,
    action: String,
    title: String,
    name: String,
    /// Bag C.
    c: bool,
    /// B may be left in the house for later by the rule of the day.
    pre_issues: bool,
    typed: Typed,
    /// What is in the way, as it was weighed last.
    lines: Vec<String>,
    cautions: Vec<String>,
    units: Vec<Choice>,
    exclusions: Vec<Choice>,
    consents: Vec<Choice>,
    withouts: Vec<Choice>,
    people: Vec<Choice>,
    /// The stock is used up.
    empty: bool,
    errors: Errors,
}

/// `picture` is of the consent; empty where none came. `errors` tell what was wrong with it on its way.
pub(super) async fn give(
    me: &Me,
    id: HouseholdId,
    sent: &Sent,
    picture: Vec<u8>,
    mut errors: Errors,
) -> Outcome {
    let typed = Typed::of(sent);
    let came = !picture.is_empty();
    let entered = enter(me, id, &typed, picture, &mut errors).await;
    // A browser sends no file a second time by itself.
    if came && !matches!(entered, Ok(true)) && errors.of("file").is_none() {
        errors.add("file", me.w.bag_consent_file_again());
    }
    match entered {
        Ok(true) => Ok(see_other(&at(me, id, "given"))),
        Ok(false) => form(me, id, typed, errors).await,
        Err(Error::Conflict("error-bag-given")) => Ok(see_other(&at(me, id, "known"))),
        Err(Error::Conflict(key @ "error-bag-not-eligible")) => {
            errors.add("asked", me.w.by_key(key));
            form(me, id, typed, errors).await
        }
        Err(Error::Conflict(key @ "error-stock-empty")) => {
            errors.add("short", me.w.by_key(key));
            form(me, id, typed, errors).await
        }
        Err(Error::Invalid { field, key }) => {
            let text = match (field, key) {
                ("prescriber" | "consent_without_who", "error-text-too-long") => {
                    me.w.case_text_too_long("100")
                }
                _ => me.w.by_key(key),
            };
            errors.add(field, text);
            form(me, id, typed, errors).await
        }
        Err(other) => Err(other.into()),
    }
}

/// False when something must be mended first, which `errors` then tell.
async fn enter(
    me: &Me,
    id: HouseholdId,
    typed: &Typed,
    picture: Vec<u8>,
    errors: &mut Errors,
) -> Result<bool> {
    let ground = Ground::of_papers(me, id).await?;
    let zone = ground.frame.d.clock.zone.clone();
    drop(ground);
    let Some(new) = new_bag(me, typed, &zone, errors)? else { return Ok(false) };
    hand_over(me, id, new, picture).await?;
    Ok(true)
}

fn new_bag(me: &Me, typed: &Typed, zone: &jiff::tz::TimeZone, errors: &mut Errors) -> Result<Option<NewBag>> {
    let (person, kind) = (typed.person.parse::<PersonId>()?, typed.kind.parse::<Kind>()?);
    let unit = typed.unit.parse::<UnitId>().ok();
    if unit.is_none() {
        errors.add("unit", me.w.error_choose());
    }
    let capsules = match typed.capsules.trim() {
        "" => None,
        text => {
            let count = text.parse().ok();
            if count.is_none() {
                errors.add("capsules", me.w.by_key("error-capsules-range"));
            }
            count
        }
    };
    let consent = match (kind, typed.consent.parse::<Consent>().ok()) {
        (Kind::C, Some(how)) => agreed(me, typed, how, zone, errors),
        _ => None,
    };
    let (Some(unit), true) = (unit, errors.is_empty()) else { return Ok(None) };
    let mut new = NewBag {
        prescriber: typed.prescriber.clone(),
        capsules,
        consent,
        short: typed.short,
        ..NewBag::of(person, kind, unit)
    };
    new.said.asked = typed.asked;
    new.said.beforehand = typed.beforehand;
    new.said.doctor_not_reached = typed.doctor_not_reached;
    new.said.excluded = typed.excluded.iter().filter_map(|code| code.parse::<Exclusion>().ok()).collect();
    Ok(Some(new))
}

fn agreed(
    me: &Me,
    typed: &Typed,
    how: Consent,
    zone: &jiff::tz::TimeZone,
    errors: &mut Errors,
) -> Option<NewConsent> {
    let by = typed.consent_by.parse::<PersonId>().ok();
    if by.is_none() {
        errors.add("consent_by", me.w.error_choose());
    }
    let at = match typed.consent_at.trim() {
        "" => None,
        text => {
            let at = moment(text, zone);
            if at.is_none() {
                errors.add("consent_at", me.w.bag_consent_at_wrong());
            }
            at
        }
    };
    let without = typed.consent_without.parse::<Without>().ok();
    let without = without.map(|why| (why, typed.consent_without_who.clone()));
    Some(NewConsent { how, by: by?, at, file: None, without })
}

/// "24/09/2021 21:00"
fn moment(text: &str, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let (day, time) = dates::parse_date_time(text).ok()?;
    zone.to_timestamp(DateTime::from_parts(day, time?)).ok()
}

async fn form(me: &Me, id: HouseholdId, typed: Typed, errors: Errors) -> Outcome {
    let w = me.w;
    let mut ground = Ground::of_papers(me, id).await?;
    let kind = typed.kind.parse::<Kind>().map_err(|_| Error::NotFound)?;
    let person = typed.person.parse::<PersonId>()?;
    let cupboard = bags::of_household(&mut ground.frame.cx, id).await?;
    let of = cupboard.candidates.iter().find(|one| one.person.id == person).ok_or(Error::NotFound)?;
    // As it stands with what was ticked; without a unit it can be weighed all the same.
    let unit = cupboard.stocks.first().map(|(unit, _)| *unit).ok_or(Error::NotFound)?;
    let zone = ground.frame.d.clock.zone.clone();
    let weighed = Typed { unit: unit.to_string(), capsules: String::new(), ..typed.clone() };
    let new = new_bag(me, &weighed, &zone, &mut Errors::default())?;
    let new = new.unwrap_or_else(|| NewBag::of(person, kind, unit));
    let verdict = bags::weigh(&mut ground.frame.cx, id, &new).await?;
    let chosen = |code: &str, typed: &str| code == typed;
    let members = ground.sheet.home.members.iter().map(|member| &member.person);
    let wrong = !errors.is_empty();
    let page = FormPage {
        code: ground.sheet.home.code.clone(),
        back: me.at(format!("households/{id}/bags")),
        // A picture of the consent comes with the form of bag C.
        action: me.at(match kind {
            Kind::C => format!("households/{id}/bags/signed"),
            Kind::A | Kind::B => format!("households/{id}/bags"),
        }),
        title: w.bag_title(kind.as_str(), cupboard.law.days(kind).to_string()),
        name: of.person.full_name.clone(),
        c: kind == Kind::C,
        pre_issues: kind == Kind::B && cupboard.law.pre_issues(),
        lines: lines(w, &verdict),
        cautions: cautions(w, &cupboard, &verdict),
        units: units(w, &ground, &cupboard, kind, &typed.unit),
        exclusions: cupboard
            .law
            .exclusions(kind)
            .iter()
            .map(|one| {
                let code = one.as_str().to_owned();
                let here = typed.excluded.contains(&code);
                (code, supplies::exclusion(w, *one), here)
            })
            .collect(),
        consents: Consent::ALL
            .iter()
            .map(|one| {
                (one.as_str().to_owned(), supplies::consent(w, *one), chosen(one.as_str(), &typed.consent))
            })
            .collect(),
        withouts: Without::ALL
            .iter()
            .map(|one| {
                let here = chosen(one.as_str(), &typed.consent_without);
                (one.as_str().to_owned(), supplies::without(w, *one), here)
            })
            .collect(),
        people: members
            .map(|one| {
                let id = one.id.to_string();
                let here = chosen(&id, &typed.consent_by);
                (id, one.full_name.clone(), here)
            })
            .collect(),
        empty: errors.has("short") || typed.short,
        typed,
        errors,
        d: ground.frame.d,
    };
    form_page(&page, wrong)
}
