//! What an operator has written down of a call: into the diary of a household that is followed, or as a note on the
//! call. Danger rings in either case.

use super::{
    room,
    script::{Again, Ground, OUTCOMES, Rang},
};
use crate::{Me, cases, frame::Frame, questions::Typed};
use duty::{
    calls::{
        self, Call, Disposition,
        operators::{self, Presence},
    },
    units::Tree,
};
use health::{
    alerts::Grade,
    followups::{Channel, ContactOutcome, DiaryForm, Entered, MemberEntry, Sheet},
    hotline::{self, Saying, Told},
    scripts::{self, Kind},
    vitals::{self, Fault, Symptom},
};
use kernel::{CallId, Error, PersonId, Result, UnitId};
use pages::{Outcome, Words, forms::Errors, see_other};
use store::Cx;

/// What a form came to.
enum Came {
    /// The message, and of whom nothing was entered.
    Done(&'static str, Vec<PersonId>),
    /// Of whom what must be mended: the field of an entry, and the message key.
    Mend { faults: Vec<(PersonId, &'static str, &'static str)>, saved: bool },
}

/// `POST /{tenant}/desk/calls/{id}/script`
pub async fn take(me: &Me, id: CallId, typed: &Typed) -> Outcome {
    let mut again = Again::of(id, typed);
    let mut errors = Errors::default();
    let mut frame = Frame::new(me, "calls").await?;
    let call = calls::find(&mut frame.cx, id).await?;
    let ground = Ground::of(me, &mut frame, &call, Some(&again)).await?;
    let Some(script) = &ground.script else { return Err(Error::NotFound.into()) };
    let elsewhere = elsewhere(&mut frame.cx, id).await?;
    let Frame { cx, tree, .. } = frame;
    // What is taken in stands in transactions of its own.
    cx.rollback().await?;
    let read_out = again.script == script.key && typed.of("version") == script.version.to_string();
    let mut rang = Rang::Nobody;
    let came = if elsewhere && typed.of("earlier") != "yes" {
        // He may be writing down what the next caller says.
        again.elsewhere = true;
        Err(Error::invalid("members", "error-call-script-elsewhere"))
    } else if read_out {
        match &ground.sheet {
            Some(sheet) => diary(me, &call, script, sheet, &again, &mut rang).await,
            None => note(me, &tree, &call, script, &again, &mut rang).await,
        }
    } else {
        // Keys mean what the script says that was read out.
        Err(Error::invalid("members", "error-call-script-changed"))
    };
    again.rang = rang;
    match came {
        Ok(Came::Done(done, left)) => {
            let left: Vec<String> = left.iter().map(PersonId::to_string).collect();
            let left = if left.is_empty() { String::new() } else { format!("&left={}", left.join(",")) };
            return Ok(see_other(&me.at(format!("calls?done={done}{left}"))));
        }
        Ok(Came::Mend { faults, saved }) => {
            // Only what must be mended comes back, under a key of its own: with the old one the mended entry would
            // pass for one that is known.
            again.members.retain(|one| faults.iter().any(|(person, ..)| *person == one.person));
            again.form_key.clear();
            again.saved = saved;
            for (person, field, key) in faults {
                if let Some(n) = again.members.iter().position(|one| one.person == person) {
                    errors.add(&place(script, n, field), fault_word(me.w, field, key));
                }
            }
        }
        Err(Error::Invalid { field, key }) => errors.add(field, me.w.by_key(key)),
        // Somebody has been released, or moved, while this was typed.
        Err(Error::NotFound) => errors.add("members", me.w.by_key("error-follow-changed")),
        Err(Error::Conflict(key)) => errors.add("members", me.w.by_key(key)),
        Err(other) => return Err(other.into()),
    }
    let typed = room::Typed { script: Some(again), ..room::Typed::default() };
    room::show(me, &room::After::default(), typed, errors).await
}

/// Whether the reader talks in another call by now.
async fn elsewhere(cx: &mut Cx, id: CallId) -> Result<bool> {
    let mine = operators::mine(cx).await?.filter(|mine| mine.presence == Presence::Talking);
    match mine.and_then(|mine| mine.call) {
        Some(other) if other != id => match calls::find(cx, other).await {
            Ok(call) => Ok(call.ended_at.is_none()),
            Err(Error::NotFound) => Ok(true),
            Err(error) => Err(error),
        },
        _ => Ok(false),
    }
}

/// Rings for danger in a transaction of its own, so that nothing else that is wrong with a form silences it.
async fn alarm(
    me: &Me,
    call: &Call,
    ward: Option<UnitId>,
    entry: &MemberEntry,
    flagged: bool,
) -> Result<Rang> {
    let mut cx = me.begin().await?;
    let told = hotline::alarm(&mut cx, &me.tenant, call.id, Saying { ward, entry, flagged }).await?;
    cx.commit().await?;
    Ok(match told {
        Told::Rings => Rang::Ticket,
        Told::Added => Rang::Added,
        Told::CallBack | Told::Nothing => Rang::Nobody,
    })
}

/// Where a fault of an entry is mended: at the question that asked for it.
fn place(script: &scripts::Script, n: usize, field: &str) -> String {
    let asks = |question: &&scripts::Question| match &question.kind {
        Kind::Digits { reading, .. } => reading.as_str() == field,
        Kind::Choice(_) => field == "symptoms" && !question.once,
        Kind::Statement => false,
    };
    match script.questions.iter().find(asks) {
        Some(question) => format!("m{n}_{}", question.key),
        None if field == "note" => format!("n{n}"),
        None => "members".to_owned(),
    }
}

fn fault_word(w: Words, field: &str, key: &str) -> String {
    match (field, key) {
        ("note", "error-text-too-long") => w.case_text_too_long("500"),
        _ => w.by_key(key),
    }
}

/// The answers of a household that is followed go into its diary.
async fn diary(
    me: &Me,
    call: &Call,
    script: &scripts::Script,
    sheet: &Sheet,
    sent: &Again,
    rang: &mut Rang,
) -> Result<Came> {
    let came = scripts::by_hand(script, &sent.people(), &sent.answers());
    let entered = enter(me, call, sheet, sent, &came).await;
    if entered.as_ref().is_ok_and(|entered| entered.rings) {
        *rang = Rang::Station;
    }
    for entry in &came.entries {
        let flagged = came.flagged.contains(&entry.person);
        let unheard = match &entered {
            // A sign that only the script knows, or somebody who was released while this was typed: no diary rings.
            Ok(entered) => {
                let released = |fault: &(PersonId, Fault)| {
                    fault.0 == entry.person && fault.1.key == "error-member-released"
                };
                (flagged && entered.worst < Grade::Emergency) || entered.faults.iter().any(released)
            }
            // Whatever is wrong with the form.
            Err(_) => true,
        };
        if unheard {
            *rang = (*rang).max(alarm(me, call, Some(sheet.home.ward), entry, flagged).await?);
        }
    }
    let entered = entered?;
    if !entered.faults.is_empty() {
        let faults = entered.faults.iter().map(|(person, fault)| (*person, fault.field, fault.key));
        return Ok(Came::Mend { faults: faults.collect(), saved: !entered.saved.is_empty() });
    }
    let reached = sent.outcome == ContactOutcome::Reached.as_str();
    let nothing = |told: &(&MemberEntry, &str)| told.0.is_empty() && told.1.trim().is_empty();
    let notes = sent.members.iter().map(|one| one.note.as_str());
    let left = came.entries.iter().zip(notes).filter(nothing).map(|(entry, _)| entry.person);
    let done = match *rang {
        Rang::Station => "script-rings",
        Rang::Ticket => "script-ticket",
        Rang::Added => "script-added",
        Rang::Nobody if entered.again => "script-again",
        Rang::Nobody if !reached => "script-unreached",
        Rang::Nobody if entered.worst >= Grade::Today => "script-today",
        Rang::Nobody => "script-entered",
    };
    Ok(Came::Done(done, if reached { left.collect() } else { Vec::new() }))
}

async fn enter(me: &Me, call: &Call, sheet: &Sheet, sent: &Again, came: &scripts::ByHand) -> Result<Entered> {
    let unclear = |_: Error| Error::invalid("outcome", "error-choose");
    let outcome: ContactOutcome = sent.outcome.parse().map_err(unclear)?;
    if !OUTCOMES.contains(&outcome) {
        return Err(Error::invalid("outcome", "error-choose"));
    }
    // Nothing that was written down is dropped silently.
    if outcome != ContactOutcome::Reached && sent.tells() {
        return Err(Error::invalid("outcome", "error-follow-outcome"));
    }
    let members = sent.members.iter().zip(came.entries.iter());
    let members = members.map(|(told, entry)| MemberEntry {
        outcome: if outcome == ContactOutcome::Reached { entry.outcome } else { outcome },
        note: lines(&[entry.note.as_str(), told.note.trim()]),
        ..entry.clone()
    });
    let form = DiaryForm {
        form_key: sent.form_key.parse().map_err(|_| Error::invalid("form_key", "error-key-length"))?,
        at: None,
        channel: Channel::Phone,
        members: members.collect(),
    };
    let mut cx = me.begin().await?;
    let entered = hotline::enter(&mut cx, &me.tenant, call.id, sheet.home.id, &form).await?;
    cx.commit().await?;
    Ok(entered)
}

fn lines(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

/// Nobody knows who it is: what he told is a note on the call, and danger rings all the same.
async fn note(
    me: &Me,
    tree: &Tree,
    call: &Call,
    script: &scripts::Script,
    sent: &Again,
    rang: &mut Rang,
) -> Result<Came> {
    let came = scripts::by_hand(script, &sent.people(), &sent.answers());
    let ward = ward(tree, &sent.ward);
    let known = ward.as_ref().ok().copied().flatten();
    for entry in &came.entries {
        let flagged = came.flagged.contains(&entry.person);
        *rang = (*rang).max(alarm(me, call, known, entry, flagged).await?);
    }
    let ward = ward?;
    let told: Vec<String> = came.entries.iter().map(|entry| told_words(me.w, entry)).collect();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let told = lines(&told);
    if told.is_empty() && sent.note.trim().is_empty() {
        return Err(Error::invalid("members", "error-call-script-empty"));
    }
    let mut cx = me.begin().await?;
    let mut owed = false;
    if *rang == Rang::Nobody {
        for entry in &came.entries {
            let (_, faults) = vitals::read(&readings(entry), entry.symptoms.clone());
            if !faults.is_empty() {
                let faults = faults.iter().map(|fault| (entry.person, fault.field, fault.key)).collect();
                return Ok(Came::Mend { faults, saved: false });
            }
            let told =
                hotline::tell(&mut cx, &me.tenant, call.id, Saying { ward, entry, flagged: false }).await?;
            owed |= told == Told::CallBack;
        }
    }
    let disposition = match sent.disposition.as_str() {
        "" if *rang != Rang::Nobody => Disposition::Ticket.as_str(),
        typed => typed,
    };
    let text = lines(&[call.note.as_deref().unwrap_or_default(), told.as_str(), sent.note.trim()]);
    calls::dispose(&mut cx, call.id, disposition, &text).await?;
    cx.commit().await?;
    let done = match *rang {
        Rang::Station | Rang::Ticket => "script-emergency",
        Rang::Added => "script-emergency-added",
        Rang::Nobody if owed => "script-owed",
        Rang::Nobody => "script-noted",
    };
    Ok(Came::Done(done, Vec::new()))
}

fn ward(tree: &Tree, typed: &str) -> Result<Option<UnitId>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let unclear = || Error::invalid("ward", "error-choose");
    let ward: UnitId = typed.parse().map_err(|_| unclear())?;
    if tree.wards().any(|known| known.id == ward) { Ok(Some(ward)) } else { Err(unclear()) }
}

fn readings(entry: &MemberEntry) -> vitals::Typed<'_> {
    vitals::Typed {
        temperature: &entry.temperature,
        spo2: &entry.spo2,
        respiratory_rate: &entry.respiratory_rate,
        pulse: &entry.pulse,
        pressure: &entry.pressure,
    }
}

/// "Khó thở, Sốt; Nhiệt độ (°C) 38,5"; empty where nothing was told.
fn told_words(w: Words, entry: &MemberEntry) -> String {
    let signs: Vec<String> = entry.symptoms.iter().map(|one: &Symptom| cases::symptom(w, *one)).collect();
    let mut parts: Vec<String> = Vec::new();
    if !signs.is_empty() {
        parts.push(signs.join(", "));
    }
    for (label, value) in [
        (w.reading_temperature(), &entry.temperature),
        (w.reading_spo2(), &entry.spo2),
        (w.reading_breaths(), &entry.respiratory_rate),
        (w.reading_pulse(), &entry.pulse),
    ] {
        if !value.is_empty() {
            parts.push(format!("{label} {value}"));
        }
    }
    if !entry.note.is_empty() {
        parts.push(entry.note.clone());
    }
    parts.join("; ")
}

/// What a form came to, for the room's message.
pub fn done(w: Words, medical: &str, done: &str) -> Option<String> {
    let danger = |rang: Rang, kept: String| {
        format!("{} {kept} {}", rang.words(w).unwrap_or_default(), w.call_script_danger(medical))
    };
    Some(match done {
        "script-rings" => danger(Rang::Station, w.household_done_entered()),
        "script-ticket" => danger(Rang::Ticket, w.household_done_entered()),
        "script-added" => danger(Rang::Added, w.household_done_entered()),
        "script-emergency" => danger(Rang::Ticket, w.call_script_noted()),
        "script-emergency-added" => danger(Rang::Added, w.call_script_noted()),
        "script-owed" => w.call_script_owed(),
        "script-today" => w.call_script_today(),
        "script-entered" => w.household_done_entered(),
        "script-unreached" => w.household_done_unreached(),
        "script-again" => w.household_done_again(),
        "script-noted" => w.call_script_noted(),
        _ => return None,
    })
}

/// Whether the message is of danger.
pub fn rang(done: &str) -> bool {
    matches!(
        done,
        "script-rings" | "script-ticket" | "script-added" | "script-emergency" | "script-emergency-added"
    )
}
