//! What an operator reads out and writes down while he talks: the questions of the script that fits the call, one
//! below the other. For a household whose diary it is the answers go into the diary; of anybody else they are a note
//! on the call. Of a record nothing is read out but the given name, and that to nobody who has not shown the code of
//! his diary or was called at his household's number.

use super::words;
use crate::{
    Me,
    frame::{self, Frame},
    households,
    questions::{Question, Typed},
};
use duty::{
    calls::{
        self, Call, Direction, Disposition, Purpose,
        operators::{Operator, Presence},
    },
    permissions::{Action, Scope, permits},
    units,
};
use health::{
    followups::{self, ContactOutcome, Followed, Sheet},
    hotline::{self, Topic},
    scripts::{self, Act, Answers, Kind, Reading, Slots},
};
use kernel::{CallId, Error, HouseholdId, PersonId, Result, UnitId};
use pages::{Words, forms::Errors};
use std::collections::BTreeMap;
use store::Cx;
use uuid::Uuid;

/// More than any family.
const MOST: usize = 40;
pub(super) const OUTCOMES: [ContactOutcome; 3] =
    [ContactOutcome::Reached, ContactOutcome::NotReached, ContactOutcome::Refused];

/// Code, label, chosen.
type Choice = (String, String, bool);

/// A question with what it is answered by.
pub struct Asked {
    pub id: String,
    pub words: String,
    /// The keys; none where a number is typed.
    pub choices: Vec<Choice>,
    /// The keys that a telephone shows for a number.
    pub keys: &'static str,
    pub label: String,
    pub value: String,
    pub error: Option<String>,
}

/// Somebody who is asked about.
pub struct Member {
    pub n: usize,
    pub person: String,
    pub name: String,
    pub questions: Vec<Asked>,
    pub note: String,
    pub note_error: Option<String>,
}

/// The panel of the room.
pub struct Script {
    pub action: String,
    /// "0903 ··· 456, Triệu chứng"
    pub about: String,
    /// What to ask where there is no script; then there is no form.
    pub checks: Vec<String>,
    pub key: String,
    pub version: i32,
    pub form_key: String,
    pub opening: Option<String>,
    pub closing: Vec<String>,
    /// Path and label; `None` where the answers become a note on the call.
    pub household: Option<(String, String)>,
    pub outcomes: Vec<Choice>,
    pub members: Vec<Member>,
    /// Where the caller lives, of whom nobody knows who he is.
    pub wards: Vec<Choice>,
    pub questions: Vec<Question>,
    /// Somebody of the household has been taken in already, and an alarm rings.
    pub saved: bool,
    pub rings: Option<String>,
    /// The reader talks in another call by now: whose answers these are he has to say.
    pub elsewhere: bool,
    /// What was written down of people who are not asked about any more.
    pub lost: Option<String>,
}

/// Who is rung for what a form told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rang {
    #[default]
    Nobody,
    /// A ticket of this call rings already.
    Added,
    /// A ticket of the hotline.
    Ticket,
    /// The station and the rapid team of a household, by its diary.
    Station,
}

impl Rang {
    pub fn words(self, w: Words) -> Option<String> {
        match self {
            Self::Nobody => None,
            Self::Added => Some(w.call_script_rang_added()),
            Self::Ticket => Some(w.call_script_rang_ticket()),
            Self::Station => Some(w.household_done_rings()),
        }
    }
}

/// What was written down of one person.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub person: PersonId,
    /// By the key of the question.
    answers: BTreeMap<String, String>,
    pub note: String,
}

/// The form as it was sent, to be mended.
#[derive(Clone, Debug)]
pub struct Again {
    pub(super) call: CallId,
    /// The key of the script that was read out.
    pub(super) script: String,
    pub(super) form_key: String,
    pub(super) outcome: String,
    pub(super) ward: String,
    pub(super) disposition: String,
    pub(super) note: String,
    pub(super) members: Vec<Told>,
    pub(super) saved: bool,
    pub(super) rang: Rang,
    pub(super) elsewhere: bool,
}

impl Again {
    pub(super) fn of(call: CallId, typed: &Typed) -> Self {
        let member = |n: usize| {
            let person = typed.of(&format!("p{n}")).parse().ok()?;
            let prefix = format!("m{n}_");
            let own = typed.0.iter().filter_map(|(name, value)| {
                Some((name.strip_prefix(prefix.as_str())?.to_owned(), value.clone()))
            });
            Some(Told { person, answers: own.collect(), note: typed.of(&format!("n{n}")).to_owned() })
        };
        Self {
            call,
            script: typed.of("script").to_owned(),
            form_key: typed.of("form_key").to_owned(),
            outcome: typed.of("outcome").to_owned(),
            ward: typed.of("ward").to_owned(),
            disposition: typed.of("disposition").to_owned(),
            note: typed.of("note").to_owned(),
            members: (0..MOST).map_while(member).collect(),
            saved: false,
            rang: Rang::Nobody,
            elsewhere: false,
        }
    }

    pub(super) fn people(&self) -> Vec<PersonId> {
        self.members.iter().map(|one| one.person).collect()
    }

    pub(super) fn answers(&self) -> Answers {
        let of = |one: &Told| {
            let person = one.person;
            one.answers.clone().into_iter().map(move |(key, text)| ((person, key), text))
        };
        self.members.iter().flat_map(of).collect()
    }

    pub(super) fn tells(&self) -> bool {
        self.members.iter().any(|one| one.answers.values().any(|text| !text.trim().is_empty()))
    }

    /// All that was written down, in words.
    fn words(&self, w: Words, script: &scripts::Script) -> String {
        let read = if self.script == script.key { None } else { scripts::shipped(&self.script).ok() };
        let script = read.as_ref().unwrap_or(script);
        let told = |one: &Told| {
            let answers = script.questions.iter().filter_map(|question| {
                let text = one.answers.get(&question.key)?.trim();
                if let Kind::Digits { reading, .. } = &question.kind {
                    return (!text.is_empty()).then(|| format!("{} {text}", reading_word(w, *reading)));
                }
                let choice = question.choices().iter().find(|choice| choice.key.to_string() == text)?;
                let asked = scripts::read_out(question, "", &Slots::default());
                Some(format!("{asked} {}", choice.label))
            });
            let note = Some(one.note.trim().to_owned()).filter(|note| !note.is_empty());
            answers.chain(note).collect::<Vec<_>>().join("; ")
        };
        let told: Vec<String> = self.members.iter().map(told).filter(|text| !text.is_empty()).collect();
        told.join("\n")
    }
}

/// The call that the reader talks in, or has just ended and not written up.
pub async fn current(
    cx: &mut Cx,
    again: Option<&Again>,
    mine: Option<&Operator>,
    unwritten: Option<&Call>,
) -> Result<Option<Call>> {
    let talks = mine
        .filter(|mine| matches!(mine.presence, Presence::Talking | Presence::Writing))
        .and_then(|mine| mine.call);
    let Some(id) = again.map(|again| again.call).or(talks) else { return Ok(unwritten.cloned()) };
    // Nobody is asked anything while he tries his own telephone.
    let open = |call: &Call| {
        call.purpose != Purpose::Test
            && (again.is_some() || call.ended_at.is_none() || call.disposed_at.is_none())
    };
    match calls::find(cx, id).await {
        Ok(call) => Ok(Some(call).filter(open)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What fits a call.
pub(super) struct Ground {
    /// `None` where there is only a list of what to ask.
    pub script: Option<scripts::Script>,
    /// The household whose diary is written.
    pub sheet: Option<Sheet>,
    slots: Slots,
}

/// Whom a question is about: the id, what is said of him, what is shown of him.
type Spoken = (PersonId, String, String);

impl Ground {
    /// `sent` is the form that was filled in: where nothing fits the call any more it is still read by its script.
    pub async fn of(me: &Me, frame: &mut Frame, call: &Call, sent: Option<&Again>) -> Result<Self> {
        let topic = topic(call);
        let sheet = match topic {
            Some(Topic::Report | Topic::Support) => None,
            _ => household(me, frame, call).await?,
        };
        let key = match (topic, &sheet) {
            (Some(Topic::Symptoms | Topic::Emergency), _) => Some("symptoms"),
            (_, Some(_)) => Some("care"),
            (_, None) => {
                sent.filter(|sent| !sent.members.is_empty()).and_then(|sent| shipped_key(&sent.script))
            }
        };
        let script = match key {
            Some(key) => {
                let today = units::today(&mut frame.cx).await?;
                Some(scripts::current(&mut frame.cx, key, today).await?)
            }
            None => None,
        };
        let name = |id: UnitId| frame.tree.get(id).map(|unit| unit.name.clone()).unwrap_or_default();
        let slots = match &sheet {
            Some(sheet) => Slots {
                ward: name(sheet.home.ward),
                station: name(sheet.home.station),
                number: String::new(),
            },
            None => Slots { station: me.w.call_script_station(), ..Slots::default() },
        };
        Ok(Self { script, sheet, slots })
    }

    /// Those who are followed now.
    fn running(&self) -> impl Iterator<Item = &Followed> {
        self.sheet.iter().flat_map(|sheet| &sheet.plans).filter(|one| one.kept.plan.closed_at.is_none())
    }

    /// Who is asked about; somebody, where nobody is known.
    fn people(&self, w: Words) -> Vec<Spoken> {
        if self.sheet.is_none() {
            let somebody = w.call_script_somebody();
            return vec![(PersonId(Uuid::nil()), somebody.clone(), somebody)];
        }
        let people = self.running().map(|one| {
            let given = one.person.given_name().to_owned();
            let shown = match one.person.birth_year {
                Some(year) => format!("{given} · {year}"),
                None => given.clone(),
            };
            (one.person.id, given, shown)
        });
        people.collect()
    }
}

fn shipped_key(key: &str) -> Option<&'static str> {
    scripts::KEYS.into_iter().find(|known| *known == key)
}

fn topic(call: &Call) -> Option<Topic> {
    call.topic.as_deref().and_then(|topic| topic.parse().ok())
}

/// The household whose diary the reader may write: the one that was called, or whose code the caller has pressed.
async fn household(me: &Me, frame: &mut Frame, call: &Call) -> Result<Option<Sheet>> {
    let called = call.object.filter(|_| call.leg_of.is_none()).map(HouseholdId);
    let id = match called {
        Some(id) => Some(id),
        None => hotline::proved(&mut frame.cx, call.id).await?,
    };
    let Some(id) = id else { return Ok(None) };
    let sheet = match followups::sheet(&mut frame.cx, id).await {
        Ok(sheet) => sheet,
        // Another's household, or a call that is about something else.
        Err(Error::NotFound | Error::Forbidden(_) | Error::Conflict(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let units = households::standing(frame, &sheet.home);
    let followed = sheet.plans.iter().any(|one| one.kept.plan.closed_at.is_none());
    let records = permits(&me.actor, Action::CareRecord, Scope::Units(&units));
    Ok((followed && records).then_some(sheet))
}

/// The panel for a call.
pub async fn of(
    me: &Me,
    frame: &mut Frame,
    call: &Call,
    again: Option<&Again>,
    errors: &Errors,
) -> Result<Script> {
    let ground = Ground::of(me, frame, call, again).await?;
    let w = me.w;
    let about = match &call.topic {
        Some(topic) => format!("{} · {}", super::who(w, call), words::topic(w, topic)),
        None => super::who(w, call),
    };
    let mut panel = Script {
        action: me.at(format!("calls/{}/script", call.id)),
        about,
        checks: Vec::new(),
        key: String::new(),
        version: 0,
        form_key: String::new(),
        opening: None,
        closing: Vec::new(),
        household: ground.sheet.as_ref().map(|sheet| {
            (me.at(format!("households/{}", sheet.home.id)), w.household_title(sheet.home.code.as_str()))
        }),
        outcomes: Vec::new(),
        members: Vec::new(),
        wards: Vec::new(),
        questions: Vec::new(),
        saved: again.is_some_and(|again| again.saved),
        rings: again.and_then(|again| again.rang.words(w)),
        elsewhere: again.is_some_and(|again| again.elsewhere),
        lost: None,
    };
    let Some(script) = &ground.script else {
        panel.checks = checks(w, topic(call));
        return Ok(panel);
    };
    panel.key.clone_from(&script.key);
    panel.version = script.version;
    panel.form_key = again
        .and_then(|again| again.form_key.parse::<Uuid>().ok())
        .unwrap_or_else(|| frame.cx.id::<Uuid>())
        .to_string();
    if call.direction == Direction::Out {
        let (station, ward) = (ground.slots.station.as_str(), ground.slots.ward.as_str());
        panel.opening = Some(w.call_script_opening(station, ward));
    }
    panel.closing = closing(script, &ground.slots);
    let people = ground.people(w);
    let sent = again.map(|again| again.members.as_slice()).unwrap_or_default();
    let mut asked: Vec<(&Spoken, Option<&Told>)> = sent
        .iter()
        .filter_map(|told| Some((people.iter().find(|one| one.0 == told.person)?, Some(told))))
        .collect();
    if asked.is_empty() {
        // Whom to ask has changed while he wrote: everybody anew, and what he wrote in words.
        let mut words: Vec<String> = again.map(|again| again.words(w, script)).into_iter().collect();
        if ground.sheet.is_some() {
            // A diary has no place for the note on the call.
            words.extend(again.map(|again| again.note.trim().to_owned()));
        }
        words.retain(|text| !text.is_empty());
        panel.lost = Some(words.join("\n")).filter(|words| !words.is_empty());
        asked = people.iter().map(|one| (one, None)).collect();
    }
    panel.members = asked
        .into_iter()
        .enumerate()
        .map(|(n, (one, told))| member(w, script, &ground.slots, n, one, told, errors))
        .collect();
    if let (Some(lost), [only], true) = (&panel.lost, &mut panel.members[..], ground.sheet.is_some()) {
        only.note.clone_from(lost);
    }
    if ground.sheet.is_some() {
        let chosen = again.map_or(ContactOutcome::Reached.as_str(), |again| again.outcome.as_str());
        panel.outcomes = OUTCOMES
            .iter()
            .map(|one| (one.as_str().to_owned(), outcome(w, *one), one.as_str() == chosen))
            .collect();
    } else {
        let lives = again.map_or("", |again| again.ward.as_str());
        let wards = frame.tree.wards().map(|ward| {
            let id = ward.id.to_string();
            let here = id == lives;
            (id, frame::short(&frame.tree, &frame.d, Some(ward.id)), here)
        });
        panel.wards = wards.collect();
        panel.wards.sort_by(|one, other| one.1.cmp(&other.1));
        let note = again.map_or("", |again| again.note.trim());
        let note: Vec<&str> =
            panel.lost.as_deref().into_iter().chain([note]).filter(|text| !text.is_empty()).collect();
        panel.questions = note_questions(w, call, again, &note.join("\n"));
    }
    Ok(panel)
}

fn outcome(w: Words, one: ContactOutcome) -> String {
    match one {
        ContactOutcome::NotReached => w.follow_outcome_not_reached(),
        ContactOutcome::Refused => w.follow_outcome_refused(),
        ContactOutcome::Reached | ContactOutcome::Reminded => w.follow_outcome_reached(),
    }
}

fn note_questions(w: Words, call: &Call, again: Option<&Again>, note: &str) -> Vec<Question> {
    let chosen = match again {
        Some(again) => again.disposition.as_str(),
        None => call.disposition.map_or("", Disposition::as_str),
    };
    let choices = Disposition::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), words::disposition(w, *one), one.as_str() == chosen))
        .collect();
    vec![
        Question::choice("disposition", w.call_disposition(), choices),
        Question::text("note", w.call_note(), note).hint(w.call_note_hint()),
    ]
}

/// What is asked where no script is: short, so that nothing is forgotten.
fn checks(w: Words, topic: Option<Topic>) -> Vec<String> {
    match topic {
        Some(Topic::Report) => {
            vec![
                w.call_check_report_what(),
                w.call_check_report_where(),
                w.call_check_report_when(),
                w.call_check_report_danger(),
                w.call_check_report_back(),
            ]
        }
        Some(Topic::Support) => {
            vec![
                w.call_check_support_what(),
                w.call_check_support_who(),
                w.call_check_support_where(),
                w.call_check_support_stock(),
                w.call_check_support_back(),
            ]
        }
        _ => {
            vec![
                w.call_check_other_health(),
                w.call_check_other_what(),
                w.call_check_other_where(),
                w.call_check_other_secret(),
            ]
        }
    }
}

/// What is said at the end: what stands below the questions about people.
fn closing(script: &scripts::Script, slots: &Slots) -> Vec<String> {
    let last = script.questions.iter().rposition(|question| !question.once);
    let below = script.questions.iter().skip(last.map_or(0, |last| last + 1));
    let said = below.filter(|question| question.kind == Kind::Statement && !question.is_closing());
    said.map(|question| scripts::read_out(question, "", slots)).collect()
}

fn member(
    w: Words,
    script: &scripts::Script,
    slots: &Slots,
    n: usize,
    (person, name, shown): &Spoken,
    told: Option<&Told>,
    errors: &Errors,
) -> Member {
    let error = |id: &str| errors.of(id).map(str::to_owned);
    let questions = script.questions.iter().filter(|question| !question.once).map(|question| {
        let id = format!("m{n}_{}", question.key);
        let value = told.and_then(|told| told.answers.get(&question.key)).cloned().unwrap_or_default();
        let (keys, label) = match &question.kind {
            Kind::Digits { reading, .. } => (keys(*reading), reading_word(w, *reading)),
            Kind::Choice(_) | Kind::Statement => ("", String::new()),
        };
        // Whoever wants a person talks with one.
        let choices = question.choices().iter().filter(|choice| choice.act != Act::Person);
        let choices = choices.map(|choice| {
            let key = choice.key.to_string();
            let here = key == value;
            (key, pages::words::heading(&choice.label), here)
        });
        Asked {
            words: scripts::read_out(question, name, slots),
            choices: choices.collect(),
            keys,
            label,
            error: error(&id),
            value,
            id,
        }
    });
    let note_id = format!("n{n}");
    Member {
        n,
        person: person.to_string(),
        name: shown.clone(),
        questions: questions.collect(),
        note: told.map_or_else(String::new, |told| told.note.clone()),
        note_error: error(&note_id),
    }
}

fn keys(reading: Reading) -> &'static str {
    match reading {
        Reading::Temperature => "decimal",
        Reading::Spo2 | Reading::Pulse | Reading::RespiratoryRate => "numeric",
    }
}

fn reading_word(w: Words, reading: Reading) -> String {
    match reading {
        Reading::Temperature => w.reading_temperature(),
        Reading::Spo2 => w.reading_spo2(),
        Reading::Pulse => w.reading_pulse(),
        Reading::RespiratoryRate => w.reading_breaths(),
    }
}
