//! What an operator has written down of a call: into the diary of a household that is followed, or as a note on the
//! call. Danger rings in either case.

use super::{
    room,
    script::{Again, Ground, OUTCOMES},
};
use crate::{Me, cases, frame::Frame, questions::Typed};
use duty::calls::{self, Call, Disposition};
use health::{
    alerts::Grade,
    followups::{Channel, ContactOutcome, DiaryForm, MemberEntry, Sheet},
    hotline,
    scripts::{self, Kind},
    vitals::{self, Symptom},
};
use kernel::{CallId, Error, PersonId, Result, UnitId};
use pages::{Outcome, Words, forms::Errors, see_other};

/// What a form came to.
enum Came {
    Done(&'static str),
    /// Of whom what must be mended: the field of an entry, and the message key.
    Mend {
        faults: Vec<(PersonId, &'static str, &'static str)>,
        saved: bool,
        rings: bool,
    },
}

/// `POST /{tenant}/desk/calls/{id}/script`
pub async fn take(me: &Me, id: CallId, typed: &Typed) -> Outcome {
    let mut again = Again::of(id, typed);
    let mut errors = Errors::default();
    let mut frame = Frame::new(me, "calls").await?;
    let call = calls::find(&mut frame.cx, id).await?;
    let ground = Ground::of(me, &mut frame, &call).await?;
    let Some(script) = &ground.script else { return Err(Error::NotFound.into()) };
    let read_out = typed.of("script") == script.key && typed.of("version") == script.version.to_string();
    let came = if read_out {
        match &ground.sheet {
            Some(sheet) => diary(me, frame, &call, script, sheet, &again).await,
            None => note(me, frame, &call, script, &again).await,
        }
    } else {
        // Keys mean what the script says that was read out.
        Err(Error::invalid("members", "error-call-script-changed"))
    };
    match came {
        Ok(Came::Done(done)) => return Ok(see_other(&me.at(format!("calls?done={done}")))),
        Ok(Came::Mend { faults, saved, rings }) => {
            // Only what must be mended comes back, under a key of its own: with the old one the mended entry would
            // pass for one that is known.
            again.members.retain(|one| faults.iter().any(|(person, ..)| *person == one.person));
            again.form_key.clear();
            (again.saved, again.rings) = (saved, rings);
            for (person, field, key) in faults {
                if let Some(n) = again.members.iter().position(|one| one.person == person) {
                    errors.add(&place(script, n, field), fault_word(me.w, field, key));
                }
            }
        }
        Err(Error::Invalid { field, key }) => errors.add(field, me.w.by_key(key)),
        // Somebody has been released, or moved, while this was typed.
        Err(Error::NotFound) => errors.add("members", me.w.by_key("error-follow-changed")),
        Err(other) => return Err(other.into()),
    }
    let typed = room::Typed { script: Some(again), ..room::Typed::default() };
    room::show(me, &room::After::default(), typed, errors).await
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
    mut frame: Frame,
    call: &Call,
    script: &scripts::Script,
    sheet: &Sheet,
    sent: &Again,
) -> Result<Came> {
    let unclear = |_: Error| Error::invalid("outcome", "error-choose");
    let outcome: ContactOutcome = sent.outcome.parse().map_err(unclear)?;
    if !OUTCOMES.contains(&outcome) {
        return Err(Error::invalid("outcome", "error-choose"));
    }
    // Nothing that was written down is dropped silently.
    if outcome != ContactOutcome::Reached && sent.tells() {
        return Err(Error::invalid("outcome", "error-follow-outcome"));
    }
    let people = sent.people();
    let came = scripts::by_hand(script, &people, &sent.answers());
    let members = sent.members.iter().zip(came.entries.iter());
    let members = members.map(|(told, entry)| MemberEntry {
        outcome: if outcome == ContactOutcome::Reached { entry.outcome } else { outcome },
        note: told.note.clone(),
        ..entry.clone()
    });
    let form = DiaryForm {
        form_key: sent.form_key.parse().map_err(|_| Error::invalid("form_key", "error-key-length"))?,
        at: None,
        channel: Channel::Phone,
        members: members.collect(),
    };
    let home = &sheet.home;
    let entered = hotline::enter(&mut frame.cx, &me.tenant, call.id, home.id, &form).await?;
    let mut rings = entered.rings;
    if entered.worst < Grade::Emergency {
        // A sign that only the script knows: no diary rings for it.
        for person in &came.flagged {
            let Some(entry) = came.entries.iter().find(|entry| entry.person == *person) else { continue };
            let rung =
                hotline::tell(&mut frame.cx, &me.tenant, call.id, Some(home.ward), entry, true).await?;
            rings |= rung.is_some();
        }
    }
    frame.cx.commit().await?;
    if !entered.faults.is_empty() {
        let faults = entered.faults.iter().map(|(person, fault)| (*person, fault.field, fault.key));
        return Ok(Came::Mend { faults: faults.collect(), saved: !entered.saved.is_empty(), rings });
    }
    Ok(Came::Done(if rings {
        "script-rings"
    } else if entered.again {
        "script-again"
    } else if outcome != ContactOutcome::Reached {
        "script-unreached"
    } else if entered.worst >= Grade::Today {
        "script-today"
    } else {
        "script-entered"
    }))
}

/// Nobody knows who it is: what he told is a note on the call, and danger rings all the same.
async fn note(
    me: &Me,
    mut frame: Frame,
    call: &Call,
    script: &scripts::Script,
    sent: &Again,
) -> Result<Came> {
    let people = sent.people();
    let came = scripts::by_hand(script, &people, &sent.answers());
    let Some(entry) = came.entries.first() else {
        return Err(Error::invalid("members", "error-call-script-empty"));
    };
    let told = told_words(me.w, entry);
    if told.is_empty() && sent.note.trim().is_empty() {
        return Err(Error::invalid("members", "error-call-script-empty"));
    }
    let ward = match sent.ward.as_str() {
        "" => None,
        ward => Some(ward.parse::<UnitId>().map_err(|_| Error::invalid("ward", "error-choose"))?),
    };
    if ward.is_some_and(|ward| frame.tree.wards().all(|known| known.id != ward)) {
        return Err(Error::invalid("ward", "error-choose"));
    }
    let flagged = !came.flagged.is_empty();
    let rung = hotline::tell(&mut frame.cx, &me.tenant, call.id, ward, entry, flagged).await?;
    if rung.is_none() {
        let (_, faults) = vitals::read(&readings(entry), entry.symptoms.clone());
        if !faults.is_empty() {
            let faults = faults.iter().map(|fault| (entry.person, fault.field, fault.key)).collect();
            return Ok(Came::Mend { faults, saved: false, rings: false });
        }
    }
    let disposition = match (sent.disposition.as_str(), rung) {
        ("", Some(_)) => Disposition::Ticket.as_str(),
        (typed, _) => typed,
    };
    let parts = [call.note.as_deref().unwrap_or_default(), told.as_str(), sent.note.trim()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    calls::dispose(&mut frame.cx, call.id, disposition, &parts.join("\n")).await?;
    frame.cx.commit().await?;
    Ok(Came::Done(if rung.is_some() { "script-emergency" } else { "script-noted" }))
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
    parts.join("; ")
}

/// What a form came to, for the room's message.
pub fn done(w: Words, medical: &str, done: &str) -> Option<String> {
    Some(match done {
        "script-rings" => format!("{} {}", w.household_done_rings(), w.call_script_danger(medical)),
        "script-emergency" => format!("{} {}", w.call_script_emergency(), w.call_script_danger(medical)),
        "script-today" => w.call_script_today(),
        "script-entered" => w.household_done_entered(),
        "script-unreached" => w.household_done_unreached(),
        "script-again" => w.household_done_again(),
        "script-noted" => w.call_script_noted(),
        _ => return None,
    })
}
