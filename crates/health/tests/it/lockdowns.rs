//! A place is closed off, guarded and lifted.

use crate::{assign::beside, home::Home};
use duty::{
    rosters,
    units::{self, UnitKind},
};
use health::{
    followups, households,
    lockdowns::{self, NewLockdown, Supply},
    places::{self, Kind, NewPlace, State},
};
use jiff::{SignedDuration, civil::date};
use kernel::{Actor, Error, LockdownId, Result, Role, StaffId, UnitId};

const DAY: SignedDuration = SignedDuration::from_hours(24);

struct Point {
    home: Home,
    /// Decides in Tân Phong.
    chair: StaffId,
    other_chair: StaffId,
}

impl Point {
    async fn begin() -> Self {
        let home = Home::begin().await;
        let centre = &home.day.centre;
        let other = centre.unit("TQUY").await;
        let chair = centre.staff("Chủ tịch phường").at(home.day.ward, Role::WardLeader).create().await;
        let other_chair = centre.staff("Chủ tịch phường bên").at(other, Role::WardLeader).create().await;
        Self { home, chair, other_chair }
    }

    fn form(&self) -> NewLockdown {
        NewLockdown {
            ward: Some(self.home.day.ward),
            name: "Hẻm 88".into(),
            number: "1234/QĐ-UBND".into(),
            decision_on: "25/9/2021".into(),
            signer_title: "Chủ tịch".into(),
            signer: "Nguyễn Văn Ký".into(),
            planned_until: "9/10/2021".into(),
            tests_due: "28/9/2021".into(),
            words_vi: "Một đoạn hẻm ở khu phố 2 tạm phong tỏa.".into(),
            words_en: "Part of a lane in quarter 2 is closed off.".into(),
            ..NewLockdown::default()
        }
    }

    async fn decide_as(&self, staff: StaffId, new: &NewLockdown) -> Result<LockdownId> {
        let mut cx = self.home.day.centre.as_staff(staff).await;
        let id = lockdowns::decide(&mut cx, new).await?;
        cx.commit().await?;
        Ok(id)
    }

    /// By the household's code.
    async fn with_household(&self) -> NewLockdown {
        let mut cx = self.home.day.centre.as_staff(self.home.day.nurse).await;
        let code = households::find(&mut cx, self.home.id).await.unwrap().code;
        NewLockdown { households: code.to_lowercase(), ..self.form() }
    }

    async fn unit(&self, id: LockdownId) -> UnitId {
        let mut cx = self.home.day.centre.as_staff(self.chair).await;
        lockdowns::find(&mut cx, id).await.unwrap().kept.unit
    }
}

fn refused<T: std::fmt::Debug>(done: Result<T>) -> (&'static str, &'static str) {
    match done {
        Err(Error::Invalid { field, key }) => (field, key),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_lockdown_without_a_guard_is_a_gap_before_it_happens() {
    let point = Point::begin().await;
    let id = point.decide_as(point.chair, &point.with_household().await).await.unwrap();
    let unit = point.unit(id).await;
    let centre = &point.home.day.centre;
    let mut cx = centre.as_staff(point.chair).await;
    let known = lockdowns::find(&mut cx, id).await.unwrap();
    assert!(known.decides && !known.gaps.is_empty());
    assert_eq!((known.inside.len(), known.inside[0].people, known.inside[0].followed), (1, 2, 2));
    let tree = units::tree(&mut cx).await.unwrap();
    let own = tree.get(unit).unwrap();
    assert_eq!(
        (own.kind, own.ward, own.administrative),
        (UnitKind::LockdownPoint, Some(point.home.day.ward), Some(point.home.day.ward))
    );
    // Whoever watches over rosters has it in view at once.
    let watched = rosters::gaps_watched(&mut cx).await.unwrap();
    assert!(watched.iter().any(|gap| gap.unit == unit && gap.nobody));
    let listed = lockdowns::list(&mut cx).await.unwrap();
    assert!(listed[0].gap.is_some() && listed[0].households == 1);
    drop(cx);
    // Somebody stands there for good: the gap is gone.
    centre.staff("Dân quân").at(unit, Role::CareTeam).on_duty().create().await;
    let mut cx = centre.as_staff(point.chair).await;
    assert!(lockdowns::find(&mut cx, id).await.unwrap().gaps.is_empty());
}

#[tokio::test]
async fn a_point_names_the_outbreak_place_it_was_made_for() {
    let point = Point::begin().await;
    let day = &point.home.day;
    let new = NewPlace {
        name: "Chợ Tân Phong".into(),
        kind: Some(Kind::Market),
        ward: Some(day.ward),
        ..NewPlace::default()
    };
    let mut cx = day.centre.as_staff(day.nurse).await;
    let (place, _) = places::record(&mut cx, &new).await.unwrap();
    cx.commit().await.unwrap();
    let form = NewLockdown { place: Some(place), ..point.form() };
    let early = point.decide_as(point.chair, &form).await;
    assert_eq!(refused(early), ("place", "error-choice-unknown"), "nobody has declared it");
    let mut cx = day.centre.as_staff(day.nurse).await;
    places::move_to(&mut cx, place, State::Outbreak, "Nhiều ca cùng đến.").await.unwrap();
    cx.commit().await.unwrap();
    let elsewhere = NewLockdown { ward: Some(day.centre.unit("TQUY").await), ..form.clone() };
    let elsewhere = point.decide_as(point.other_chair, &elsewhere).await;
    assert_eq!(refused(elsewhere), ("place", "error-choice-unknown"), "of another ward");
    let id = point.decide_as(point.chair, &form).await.unwrap();
    point.decide_as(point.chair, &point.form()).await.unwrap();
    let mut cx = day.centre.as_staff(day.nurse).await;
    let points = lockdowns::of_place(&mut cx, place).await.unwrap();
    assert_eq!(points.iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    let mut cx = day.centre.as_staff(day.other_nurse).await;
    assert!(lockdowns::of_place(&mut cx, place).await.unwrap().is_empty());
}

#[tokio::test]
async fn lifting_needs_a_decision() {
    let point = Point::begin().await;
    let id = point.decide_as(point.chair, &point.form()).await.unwrap();
    let unit = point.unit(id).await;
    let centre = &point.home.day.centre;
    let mut cx = centre.as_staff(point.home.day.nurse).await;
    let hers = lockdowns::lift(&mut cx, id, "99", "25/9/2021").await;
    assert!(matches!(hers, Err(Error::Forbidden("lockdown.decide"))));
    drop(cx);
    let mut cx = centre.as_staff(point.chair).await;
    assert_eq!(
        refused(lockdowns::lift(&mut cx, id, " ", "25/9/2021").await),
        ("number", "error-text-missing")
    );
    assert_eq!(
        refused(lockdowns::lift(&mut cx, id, "99", "26/9/2021").await),
        ("lift_on", "error-date-future")
    );
    assert_eq!(
        refused(lockdowns::lift(&mut cx, id, "99", "24/9/2021").await),
        ("lift_on", "error-lockdown-lift-early")
    );
    lockdowns::lift(&mut cx, id, "99/QĐ-UBND", "25/9/2021").await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.as_staff(point.chair).await;
    let known = lockdowns::find(&mut cx, id).await.unwrap();
    let (_, number, on) = known.kept.lifted.unwrap();
    assert_eq!((number.as_str(), on), ("99/QĐ-UBND", date(2021, 9, 25)));
    // Nobody is missed at its gate any more.
    assert!(known.gaps.is_empty());
    assert!(rosters::gaps_watched(&mut cx).await.unwrap().iter().all(|gap| gap.unit != unit));
    assert!(lockdowns::in_force(&mut cx).await.unwrap().is_empty());
    let again = lockdowns::lift(&mut cx, id, "100", "25/9/2021").await;
    assert!(matches!(again, Err(Error::Conflict("error-lockdown-lifted"))));
    let late = lockdowns::ask(&mut cx, id, Supply::Food, "").await;
    assert!(matches!(late, Err(Error::Conflict("error-lockdown-lifted"))));
    drop(cx);
    centre.advance(DAY).await;
    let mut cx = centre.as_staff(point.chair).await;
    assert!(units::tree(&mut cx).await.unwrap().get(unit).is_none());
}

#[tokio::test]
async fn the_public_page_names_no_household() {
    let point = Point::begin().await;
    let new = point.with_household().await;
    for words in ["Phong tỏa hộ bà Trần Thị Bích.", "Phong tỏa nhà 12 Đường số 15."] {
        let named = NewLockdown { words_vi: words.into(), ..new.clone() };
        let done = point.decide_as(point.chair, &named).await;
        assert_eq!(refused(done), ("words_vi", "error-lockdown-words-private"), "{words}");
    }
    let phone = NewLockdown { words_en: "Call 0903 123 456.".into(), ..new.clone() };
    let done = point.decide_as(point.chair, &phone).await;
    assert_eq!(refused(done), ("words_en", "error-lockdown-words-number"));
    let id = point.decide_as(point.chair, &new).await.unwrap();
    let mut cx = point.home.day.centre.begin(Actor::public()).await;
    let public = lockdowns::in_force(&mut cx).await.unwrap();
    let told = format!("{public:?}");
    for private in ["Bích", "Hạnh", "12 Đường", "Hẻm 88", "Nguyễn Văn Ký", "0900"] {
        assert!(!told.contains(private), "{private}: {told}");
    }
    assert_eq!((public[0].number.as_str(), public[0].id), ("1234/QĐ-UBND", id));
    assert_eq!(lockdowns::announced(&mut cx, id).await.unwrap().planned_until, Some(date(2021, 10, 9)));
    drop(cx);
    // The words are held against whoever comes in later, too.
    let open = NewLockdown { words_vi: "Nhà 12 Đường số 15 và xung quanh.".into(), ..point.form() };
    let id = point.decide_as(point.chair, &open).await.unwrap();
    let mut cx = point.home.day.centre.as_staff(point.chair).await;
    let done = lockdowns::add(&mut cx, id, point.home.id).await;
    assert_eq!(refused(done), ("household", "error-lockdown-words-private"));
    lockdowns::announce(&mut cx, id, "Một góc khu phố 2.", "A corner of quarter 2.").await.unwrap();
    lockdowns::add(&mut cx, id, point.home.id).await.unwrap();
    let twice = lockdowns::add(&mut cx, id, point.home.id).await;
    assert!(matches!(twice, Err(Error::Conflict("error-lockdown-inside"))));
}

#[tokio::test]
async fn households_within_the_boundary_are_inside_and_others_are_found_by_their_address() {
    let point = Point::begin().await;
    let centre = &point.home.day.centre;
    let square = r#"{"type":"Polygon","coordinates":[[[106.70,10.72],[106.71,10.72],[106.71,10.73],[106.70,10.73],[106.70,10.72]]]}"#;
    let mut cx = centre.system().await;
    sqlx::query("update households set lat = 10.725, lon = 106.705 where id = $1")
        .bind(point.home.id.uuid())
        .execute(cx.conn())
        .await
        .unwrap();
    cx.commit().await.unwrap();
    let bounded = NewLockdown { area: square.into(), ..point.form() };
    let id = point.decide_as(point.chair, &bounded).await.unwrap();
    let empty = point.decide_as(point.chair, &point.form()).await.unwrap();
    let mut cx = centre.as_staff(point.chair).await;
    assert_eq!(lockdowns::find(&mut cx, id).await.unwrap().inside.len(), 1);
    assert!(lockdowns::search(&mut cx, id, "duong so 15").await.unwrap().is_empty(), "inside already");
    let found = lockdowns::search(&mut cx, empty, "Đường số 15").await.unwrap();
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), [point.home.id]);
    assert!(lockdowns::search(&mut cx, empty, " ").await.unwrap().is_empty());
    lockdowns::remove(&mut cx, id, point.home.id).await.unwrap();
    let gone = lockdowns::remove(&mut cx, id, point.home.id).await;
    assert!(matches!(gone, Err(Error::NotFound)));
    drop(cx);
    let unknown = NewLockdown { households: "ZZZZZZZ".into(), ..point.form() };
    let done = point.decide_as(point.chair, &unknown).await;
    assert_eq!(refused(done), ("households", "error-lockdown-household-unknown"));
    let broken = NewLockdown { area: "{".into(), ..point.form() };
    assert_eq!(refused(point.decide_as(point.chair, &broken).await), ("area", "error-geojson-damaged"));
}

#[tokio::test]
async fn a_household_inside_that_becomes_one_with_another_is_inside_as_that_one() {
    let point = Point::begin().await;
    let (_, from) = beside(&point.home).await;
    let centre = &point.home.day.centre;
    let nurse = point.home.day.nurse;
    let mut cx = centre.as_staff(nurse).await;
    let code = households::find(&mut cx, from).await.unwrap().code;
    drop(cx);
    let new = NewLockdown { households: code.clone(), ..point.form() };
    let id = point.decide_as(point.chair, &new).await.unwrap();
    let mut cx = centre.as_staff(nurse).await;
    followups::join(&mut cx, from, point.home.id, "Cùng một nhà, nhập hai lần").await.unwrap();
    cx.commit().await.unwrap();

    let mut cx = centre.as_staff(point.chair).await;
    let inside = lockdowns::find(&mut cx, id).await.unwrap().inside;
    assert_eq!(inside.iter().map(|one| (one.id, one.people)).collect::<Vec<_>>(), [(point.home.id, 3)]);
    for one in [point.home.id, from] {
        let twice = lockdowns::add(&mut cx, id, one).await;
        assert!(matches!(twice, Err(Error::Conflict("error-lockdown-inside"))));
    }
    assert_eq!(lockdowns::list(&mut cx).await.unwrap()[0].households, 1);
    // The code on its paper is known, too.
    lockdowns::decide(&mut cx, &new).await.unwrap();
    lockdowns::remove(&mut cx, id, point.home.id).await.unwrap();
    assert!(lockdowns::find(&mut cx, id).await.unwrap().inside.is_empty());
}

#[tokio::test]
async fn what_is_asked_for_stands_until_it_comes_and_is_sealed() {
    let point = Point::begin().await;
    let id = point.decide_as(point.chair, &point.form()).await.unwrap();
    let mut cx = point.home.day.centre.as_staff(point.home.day.nurse).await;
    let nothing = lockdowns::ask(&mut cx, id, Supply::Other, "").await;
    assert_eq!(refused(nothing), ("words", "error-text-missing"));
    let milk = lockdowns::ask(&mut cx, id, Supply::Milk, "Sữa cho bé nhà cô Lành").await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = point.home.day.centre.as_staff(point.chair).await;
    assert_eq!(lockdowns::list(&mut cx).await.unwrap()[0].wanted, 1);
    assert_eq!(lockdowns::meet(&mut cx, milk).await.unwrap(), id);
    let again = lockdowns::meet(&mut cx, milk).await;
    assert!(matches!(again, Err(Error::Conflict("error-lockdown-supply-met"))));
    cx.commit().await.unwrap();
    let mut cx = point.home.day.centre.as_staff(point.chair).await;
    let known = lockdowns::find(&mut cx, id).await.unwrap();
    assert!(known.supplies[0].met_at.is_some());
    assert_eq!(known.supplies[0].words.as_deref(), Some("Sữa cho bé nhà cô Lành"));
    drop(cx);
    for (table, text) in point.home.day.everything().await {
        assert!(!text.contains("cô Lành"), "{table}");
    }
}

#[tokio::test]
async fn a_neighbouring_ward_neither_decides_nor_sees() {
    let point = Point::begin().await;
    let theirs = point.decide_as(point.other_chair, &point.form()).await;
    assert!(matches!(theirs, Err(Error::Forbidden("lockdown.decide"))));
    let id = point.decide_as(point.chair, &point.form()).await.unwrap();
    let mut cx = point.home.day.centre.as_staff(point.other_chair).await;
    assert!(matches!(lockdowns::find(&mut cx, id).await, Err(Error::NotFound)));
    assert!(matches!(lockdowns::replan(&mut cx, id, "1", "10/10/2021", "").await, Err(Error::NotFound)));
    assert!(lockdowns::list(&mut cx).await.unwrap().is_empty());
    drop(cx);
    // The station of the ward sees it and does not decide.
    let mut cx = point.home.day.centre.as_staff(point.home.day.nurse).await;
    assert!(!lockdowns::find(&mut cx, id).await.unwrap().decides);
    assert_eq!(lockdowns::list(&mut cx).await.unwrap().len(), 1);
    let mut cx = point.home.day.centre.as_staff(point.chair).await;
    lockdowns::replan(&mut cx, id, "1300/QĐ-UBND", "12/10/2021", "").await.unwrap();
    let kept = lockdowns::find(&mut cx, id).await.unwrap().kept;
    assert_eq!((kept.planned_until, kept.tests_due), (Some(date(2021, 10, 12)), None));
}
