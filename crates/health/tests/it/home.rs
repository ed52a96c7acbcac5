//! A household of Tân Phong that is cared for at home, and what its stories have in common.

use crate::day::Day;
use health::{
    followups::{self, Channel, Closed, DiaryForm, Entered, MemberEntry, Slots, Subject},
    households::NewMember,
};
use jiff::SignedDuration;
use kernel::{Actor, CaseId, HouseholdId, PersonId, Role, StaffId, UnitId};
use std::sync::Arc;
use store::timers::Runner;
use uuid::Uuid;

pub struct Home {
    pub day: Day,
    pub case: CaseId,
    pub id: HouseholdId,
    /// Trần Thị Bích, 36 years old, the F0.
    pub mother: PersonId,
    /// Born in 1948, an F1.
    pub grandmother: PersonId,
    pub rapid_team: UnitId,
    /// On duty in the rapid team.
    pub rescuer: StaffId,
}

impl Home {
    pub async fn begin() -> Self {
        let day = Day::begin().await;
        let rapid_team = day.centre.unit("TPHONG.TPUN").await;
        let rescuer = day.centre.staff("Trực phản ứng nhanh").at(rapid_team, Role::CareTeam);
        let rescuer = rescuer.phone("+84900000004").on_duty().create().await;
        let mut cx = day.centre.as_staff(day.nurse).await;
        let tenant = day.centre.tenant.clone();
        let recorded = health::cases::record(&mut cx, &tenant, &day.form(1)).await.unwrap();
        let taken = followups::take_on(&mut cx, recorded.case).await.unwrap().unwrap();
        let member =
            NewMember { full_name: "Lê Thị Hạnh".into(), birth: "1948".into(), ..NewMember::default() };
        let grandmother =
            followups::add_member(&mut cx, taken.household, &member, Some(Subject::F1)).await.unwrap();
        followups::install(&mut cx).await.unwrap();
        cx.commit().await.unwrap();
        Self {
            case: recorded.case,
            id: taken.household,
            mother: recorded.person,
            grandmother,
            rapid_team,
            rescuer,
            day,
        }
    }

    pub fn form(&self, key: u128, members: Vec<MemberEntry>) -> DiaryForm {
        DiaryForm { form_key: Uuid::from_u128(key), at: None, channel: Channel::Household, members }
    }

    /// What the family sends from its phone.
    pub async fn send(&self, key: u128, members: Vec<MemberEntry>) -> Entered {
        let mut cx = self.day.centre.begin(Actor::citizen(self.id.uuid())).await;
        let form = self.form(key, members);
        let entered = followups::enter(&mut cx, &self.day.centre.tenant, self.id, &form).await.unwrap();
        cx.commit().await.unwrap();
        entered
    }

    /// Lets time pass, with all that is due in it.
    pub async fn wait(&self, by: SignedDuration) {
        let slots = Runner::new(self.day.centre.store.clone(), vec![Arc::new(Slots)]);
        self.day.centre.advance(by).await;
        while slots.fire_due().await.unwrap() > 0 {}
    }

    /// Somebody is followed no more.
    pub async fn release(&self, person: PersonId) {
        let plan = self.sheet().await.plans.into_iter().find(|one| one.person.id == person).unwrap().kept.id;
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        followups::close(&mut cx, plan, Closed::Released, "Đủ ngày").await.unwrap();
        cx.commit().await.unwrap();
    }

    pub async fn sheet(&self) -> followups::Sheet {
        let mut cx = self.day.centre.as_staff(self.day.nurse).await;
        followups::sheet(&mut cx, self.id).await.unwrap()
    }
}

/// Somebody who is well.
pub fn well(person: PersonId) -> MemberEntry {
    MemberEntry {
        temperature: "36,8".into(),
        spo2: "98".into(),
        symptoms: [health::vitals::Symptom::NoSymptom].into(),
        ..MemberEntry::of(person)
    }
}

/// Somebody whose oximeter shows this.
pub fn saturated(person: PersonId, spo2: &str) -> MemberEntry {
    MemberEntry { spo2: spo2.into(), ..MemberEntry::of(person) }
}
