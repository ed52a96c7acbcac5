//! Families outside your ward write their diaries: most are well, some cough, few fall severely ill,
//! some forget.

use duty::{tenants::Tenant, units};
use health::{
    alerts::{Ended, Grade},
    followups::{self, Channel, DiaryForm, MemberEntry, Only, Round},
    vitals::Symptom,
};
use kernel::{Actor, AlertId, Error, PersonId, Result, Rng, UnitId};
use store::Cx;

/// Hours of the day in which families write.
const WRITING: [std::ops::Range<i8>; 2] = [5..10, 13..18];

/// Families that owe an entry write it, each with this chance.
pub async fn write(
    cx: &mut Cx,
    tenant: &Tenant,
    rng: &Rng,
    except: Option<UnitId>,
    share: f64,
) -> Result<()> {
    let hour = cx.now().to_zoned(tenant.timezone()).hour();
    if !WRITING.iter().any(|hours| hours.contains(&hour)) {
        return Ok(());
    }
    let tree = units::tree(cx).await?;
    let stations = tree.iter().filter(|unit| unit.kind == units::UnitKind::Station);
    let stations: Vec<UnitId> =
        stations.filter(|unit| unit.ward != except || except.is_none()).map(|unit| unit.id).collect();
    for station in stations {
        for only in [Only::Owed, Only::Silent] {
            for round in followups::morning(cx, station, only, 0).await?.rounds {
                if rng.chance(share) {
                    send(cx, tenant, rng, &round).await?;
                }
            }
        }
        for round in followups::morning(cx, station, Only::Flagged, 0).await?.rounds {
            // An emergency is seen to by whoever takes up its ticket.
            let calls = round.people.iter().flat_map(|one| &one.alerts);
            for alert in calls.filter(|alert| alert.grade == Grade::Today) {
                if rng.chance(share) {
                    seen_to(cx, alert.id, Ended::Advised).await?;
                }
            }
        }
    }
    Ok(())
}

/// Somebody has called or come, and says what was done.
pub async fn seen_to(cx: &mut Cx, alert: AlertId, how: Ended) -> Result<()> {
    match followups::end_alert(cx, alert, how, "").await {
        Ok(_) | Err(Error::Conflict(_)) => Ok(()),
        Err(other) => Err(other),
    }
}

async fn send(cx: &mut Cx, tenant: &Tenant, rng: &Rng, round: &Round) -> Result<()> {
    let me = cx.actor.clone();
    cx.actor = Actor::citizen(round.home.id.uuid());
    let members = round.people.iter().map(|one| entry(rng, one.person.id)).collect();
    let form = DiaryForm { form_key: cx.id(), at: None, channel: Channel::Household, members };
    let entered = followups::enter(cx, tenant, round.home.id, &form).await;
    cx.actor = me;
    entered.map(|_| ())
}

fn entry(rng: &Rng, person: PersonId) -> MemberEntry {
    let (spo2, tenths, symptoms): (u64, u64, &[Symptom]) = match rng.below(1000) {
        0..4 => (90 + rng.below(4), 380 + rng.below(12), &[Symptom::Breathless, Symptom::Cough]),
        4..30 => (96 + rng.below(2), 385 + rng.below(8), &[Symptom::Fever, Symptom::Diarrhoea]),
        30..220 => (97 + rng.below(3), 370 + rng.below(10), &[Symptom::Cough, Symptom::Tired]),
        _ => (97 + rng.below(3), 364 + rng.below(6), &[Symptom::NoSymptom]),
    };
    MemberEntry {
        temperature: format!("{},{}", tenths / 10, tenths % 10),
        spo2: spo2.to_string(),
        respiratory_rate: (15 + rng.below(4)).to_string(),
        symptoms: symptoms.iter().copied().collect(),
        ..MemberEntry::of(person)
    }
}
