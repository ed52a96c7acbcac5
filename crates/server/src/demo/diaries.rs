//! Families outside your ward write their diaries: most are well, some cough, few fall severely ill,
//! some forget.

use duty::{tenants::Tenant, units};
use health::{
    followups::{self, Channel, DiaryForm, MemberEntry, Only, Round},
    vitals::Symptom,
};
use kernel::{Actor, PersonId, Result, Rng, UnitId};
use store::Cx;

/// Families that owe an entry write it, each with this chance.
pub async fn write(
    cx: &mut Cx,
    tenant: &Tenant,
    rng: &Rng,
    except: Option<UnitId>,
    share: f64,
) -> Result<()> {
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
    }
    Ok(())
}

async fn send(cx: &mut Cx, tenant: &Tenant, rng: &Rng, round: &Round) -> Result<()> {
    let me = cx.actor.clone();
    cx.actor = Actor::citizen(round.household.uuid());
    let members = round.people.iter().map(|one| entry(rng, one.person.id)).collect();
    let form = DiaryForm { form_key: cx.id(), at: None, channel: Channel::Household, members };
    let entered = followups::enter(cx, tenant, round.household, &form).await;
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
