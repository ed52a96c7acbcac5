//! Scripts in versions: which one holds on a day, who may change them, what a diary takes of a run.

use crate::home::Home;
use duty::lines::Heard;
use health::{
    followups::{self, Channel, DiaryForm},
    scripts::{self, Member, NewScript, Run, Step},
};
use jiff::civil::date;
use kernel::{Error, Result, Role, ScriptId, StaffId};
use std::collections::BTreeSet;
use testkit::TestCentre;
use uuid::Uuid;

struct Desk {
    centre: TestCentre,
    director: StaffId,
}

impl Desk {
    async fn new() -> Self {
        let centre = TestCentre::new().await;
        let unit = centre.unit("TTDH").await;
        let director = centre.staff("Giám đốc trung tâm").at(unit, Role::CentreDirector).create().await;
        Self { centre, director }
    }

    async fn save(&self, new: &NewScript) -> Result<ScriptId> {
        let mut cx = self.centre.as_staff(self.director).await;
        let id = scripts::save(&mut cx, new).await?;
        cx.commit().await?;
        Ok(id)
    }

    async fn holds(&self, day: i8) -> i32 {
        let mut cx = self.centre.system().await;
        scripts::current(&mut cx, "care", date(2021, 9, day)).await.unwrap().version
    }
}

/// The shipped questions, with another greeting.
fn new(day: i8, after: i32) -> NewScript {
    let mut questions = scripts::shipped("care").unwrap().questions;
    questions[0].says = scripts::pieces(&format!("Xin chào từ {{station}}, bản {}.", after + 1));
    NewScript { key: "care".into(), valid_from: date(2021, 9, day), questions, after }
}

#[tokio::test]
async fn a_version_holds_from_its_day_and_none_before_it_is_changed() {
    let desk = Desk::new().await;
    assert_eq!(desk.holds(25).await, 0);
    desk.save(&new(27, 0)).await.unwrap();
    desk.save(&new(30, 1)).await.unwrap();
    // Of two from one day the later one made holds.
    desk.save(&new(27, 2)).await.unwrap();
    assert_eq!((desk.holds(26).await, desk.holds(27).await, desk.holds(30).await), (0, 3, 2));
    let mut cx = desk.centre.as_staff(desk.director).await;
    let all = scripts::versions(&mut cx, "care").await.unwrap();
    let numbers: Vec<i32> = all.iter().map(|one| one.script.version).collect();
    assert_eq!(numbers, [3, 2, 1, 0]);
    assert!(all[3].in_force && all[0].made_by == Some(desk.director) && all[3].made_at.is_none());
    assert_eq!(all[2].script.questions, new(27, 0).questions);
    assert_eq!(scripts::list(&mut cx).await.unwrap().len(), 2);
    scripts::retire(&mut cx, "care", 3).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!((desk.holds(27).await, desk.holds(30).await), (1, 2));
    let mut cx = desk.centre.as_staff(desk.director).await;
    for version in [3, 0, 9] {
        let again = scripts::retire(&mut cx, "care", version).await;
        assert!(matches!(again, Err(Error::Conflict("error-script-retired"))));
    }
}

#[tokio::test]
async fn what_cannot_be_asked_is_not_saved() {
    let desk = Desk::new().await;
    let past = desk.save(&new(24, 0)).await;
    assert!(matches!(past, Err(Error::Invalid { field: "valid_from", key: "error-script-past" })));
    let mut loose = new(25, 0);
    loose.questions[0].next = Some("nowhere".into());
    let loose = desk.save(&loose).await;
    assert!(matches!(loose, Err(Error::Invalid { field: "next", key: "error-script-next" })));
    let other = desk.save(&NewScript { key: "other".into(), ..new(25, 0) }).await;
    assert!(matches!(other, Err(Error::NotFound)));
    desk.save(&new(25, 0)).await.unwrap();
    // Two editors: the second has not read what the first saved.
    let second = desk.save(&new(25, 0)).await;
    assert!(matches!(second, Err(Error::Conflict("error-script-changed"))));
    assert_eq!(desk.holds(25).await, 1);
}

#[tokio::test]
async fn the_health_department_sees_and_a_nurse_does_not() {
    let desk = Desk::new().await;
    let station = desk.centre.unit("TPHONG.TYT").await;
    let nurse = desk.centre.staff("Y tá").at(station, Role::StationStaff).create().await;
    let official = desk.centre.staff("Chuyên viên y tế").at(station, Role::DepartmentOfficial).create().await;
    let mut cx = desk.centre.as_staff(nurse).await;
    assert!(matches!(scripts::list(&mut cx).await, Err(Error::NotFound)));
    assert!(matches!(scripts::save(&mut cx, &new(25, 0)).await, Err(Error::NotFound)));
    let mut cx = desk.centre.as_staff(official).await;
    assert_eq!(scripts::list(&mut cx).await.unwrap().len(), 2);
    assert!(matches!(scripts::save(&mut cx, &new(25, 0)).await, Err(Error::Forbidden(_))));
    assert!(matches!(scripts::retire(&mut cx, "care", 1).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn what_a_run_tells_of_each_member_goes_into_the_diary_as_it_is() {
    let home = Home::begin().await;
    let member = |person, name: &str| Member { person, name_words: name.into(), asked: BTreeSet::new() };
    let members = vec![member(home.mother, "Bích"), member(home.grandmother, "Hạnh")];
    let mut run = Run::new(&scripts::shipped("care").unwrap(), members);
    // The mother is well; the grandmother's oximeter is read wrongly, and her chest hurts.
    let mut keys = ["1", "1", "368", "98", "2", "2", "2", "0", "980", "980", "2", "1"].into_iter();
    loop {
        match run.step() {
            Step::Say(_) => run.said(),
            Step::Ask { .. } => {
                run.answer(&Heard::Keys(keys.next().unwrap().into()));
            }
            Step::Person | Step::Done => break,
        }
    }
    assert!(keys.next().is_none());
    let form = DiaryForm {
        form_key: Uuid::from_u128(77),
        at: None,
        channel: Channel::Robot,
        members: [home.mother, home.grandmother].map(|person| run.entry(person)).into(),
    };
    let mut cx = home.day.centre.system().await;
    let entered = followups::enter(&mut cx, &home.day.centre.tenant, home.id, &form).await.unwrap();
    cx.commit().await.unwrap();
    assert_eq!(entered.saved, [home.mother, home.grandmother]);
    assert!(entered.faults.is_empty() && !entered.alerts.is_empty());
}
