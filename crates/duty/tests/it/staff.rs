use duty::{
    rosters,
    staff::{self, NewPost},
};
use jiff::civil::date;
use kernel::{Error, Role, StaffId};
use testkit::TestCentre;

async fn administrator(centre: &TestCentre) -> StaffId {
    let unit = centre.unit("TTDH").await;
    centre.staff("Quản trị").at(unit, Role::Administrator).create().await
}

const LIST: &str = "DANH SÁCH CÁN BỘ\n\
    Mã,Họ và tên,Điện thoại,Đơn vị,Chức vụ,Vai trò,Trưởng đơn vị,Trực\n\
    TP01,Lê Thị An,0903 000 001,TPHONG.TYT,Y sĩ,station_staff,,x\n\
    ,Trần Hòa Bình,0903000002,TPHONG.TYT,Trạm trưởng,station_staff,x,\n\
    ,Nguyễn Văn Cường,12345,TPHONG.TYT,Y sĩ,station_staff,,\n\
    ,Phạm Văn Dũng,,KHONGCO,Y sĩ,station_staff,,\n\
    ,Võ Thị Em,,TPHONG,Chức vụ lạ,,,\n\
    ,Đỗ Văn Giang,,TPHONG,Công chức,ward_official,có thể,\n";

#[tokio::test]
async fn a_list_of_staff_comes_in_once_however_often_it_is_imported() {
    let centre = TestCentre::new().await;
    let admin = administrator(&centre).await;
    let mut cx = centre.as_staff(admin).await;
    let trial = staff::import(&mut cx, LIST.as_bytes(), None, false).await.unwrap();
    let errors: Vec<_> = trial.errors.iter().map(|e| (e.line, e.field, e.key)).collect();
    assert_eq!(
        errors,
        [
            (5, "phone", "error-phone-short"),
            (6, "unit", "error-row-unit-unknown"),
            (7, "title", "error-row-title-unknown"),
            (8, "head", "error-row-yes-no"),
        ]
    );
    assert_eq!((trial.added, trial.changed, trial.unchanged), (2, 0, 0));
    let station = centre.unit("TPHONG.TYT").await;
    assert_eq!(staff::holders(&mut cx, station).await.unwrap().len(), 0, "a trial writes nothing");
    let first = staff::import(&mut cx, LIST.as_bytes(), None, true).await.unwrap();
    assert_eq!((first.added, first.changed, first.unchanged), (2, 0, 0));
    cx.commit().await.unwrap();
    let mut cx = centre.as_staff(admin).await;
    let again = staff::import(&mut cx, LIST.as_bytes(), None, true).await.unwrap();
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 2));
    // A new number by code, a new post for a person known by telephone.
    let news = "Mã,Họ tên,Điện thoại,Đơn vị,Chức vụ,Vai trò\n\
                TP01,Lê Thị An,0903000009,TPHONG.TYT,Y sĩ,station_staff\n\
                ,Tran Hoa Binh,0903000002,TPHONG,Ủy viên,ward_official\n";
    let changed = staff::import(&mut cx, news.as_bytes(), None, true).await.unwrap();
    assert_eq!((changed.added, changed.changed, changed.errors.len()), (0, 2, 0));
    let people = staff::holders(&mut cx, station).await.unwrap();
    let contacts = staff::contacts(&mut cx, &people).await.unwrap();
    let an = contacts.iter().find(|contact| contact.code == "TP01").unwrap();
    assert_eq!((contacts.len(), an.phone.as_deref()), (2, Some("+84903000009")));
    assert_eq!(staff::head_of(&mut cx, station).await.unwrap().unwrap().1, "Trạm trưởng");
}

#[tokio::test]
async fn two_people_of_one_name_are_never_made_one() {
    let centre = TestCentre::new().await;
    let admin = administrator(&centre).await;
    let list = "Họ tên,Điện thoại,Đơn vị,Chức vụ,Vai trò\n\
                Lê Thị An,0903000001,TPHONG.TYT,Y sĩ,station_staff\n\
                Lê Thị An,0903000002,TPHONG.TYT,Y sĩ,station_staff\n\
                Trần Bình,0903000001,TPHONG.TYT,Y sĩ,station_staff\n";
    let mut cx = centre.as_staff(admin).await;
    let done = staff::import(&mut cx, list.as_bytes(), None, true).await.unwrap();
    let errors: Vec<_> = done.errors.iter().map(|e| (e.line, e.key)).collect();
    assert_eq!(errors, [(3, "error-row-staff-ambiguous")]);
    // One telephone may be an office's: its second holder is a person of his own.
    assert_eq!(done.added, 2);
}

#[tokio::test]
async fn people_are_taken_on_appointed_and_let_act_for_another() {
    let centre = TestCentre::new().await;
    let admin = administrator(&centre).await;
    let ward = centre.unit("TPHONG").await;
    let mut cx = centre.as_staff(admin).await;
    let new =
        staff::described("CT01", " Nguyễn  Văn Chủ ", Some("0903 000 001"), None, date(2021, 9, 1)).unwrap();
    let chair = staff::take_on(&mut cx, &new).await.unwrap();
    assert!(matches!(staff::take_on(&mut cx, &new).await, Err(Error::Conflict("error-staff-code-used"))));
    let wrong = staff::described("CT02", "Võ Thị Phó", Some("09"), None, date(2021, 9, 1));
    assert!(matches!(wrong, Err(Error::Invalid { field: "phone", .. })));
    let post = NewPost {
        staff: chair,
        unit: ward,
        role: Role::WardLeader,
        title: "Chủ tịch".into(),
        title_en: "Chair".into(),
        head: true,
        on_call: false,
        valid_from: date(2021, 9, 20),
    };
    staff::appoint(&mut cx, &post).await.unwrap();
    let new = staff::described("CT02", "Võ Thị Phó", None, None, date(2021, 9, 1)).unwrap();
    let deputy = staff::take_on(&mut cx, &new).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.as_staff(admin).await;
    let row = staff::post_rows(&mut cx, chair).await.unwrap().remove(0);
    rosters::end_post(&mut cx, row.id, date(2021, 9, 24)).await.unwrap();
    assert!(staff::posts_of(&mut cx, chair).await.unwrap().is_empty());
    let mut cx = centre.as_staff(deputy).await;
    assert!(matches!(staff::take_on(&mut cx, &new).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn nobody_gives_himself_a_post_by_hand_or_by_list() {
    let centre = TestCentre::new().await;
    let admin = administrator(&centre).await;
    let post = |staff, unit| NewPost {
        staff,
        unit,
        role: Role::DistrictLeader,
        title: "Lãnh đạo".into(),
        title_en: "Leader".into(),
        head: false,
        on_call: false,
        valid_from: date(2021, 9, 1),
    };
    let leaders = centre.unit("LDQ").await;
    let mut cx = centre.as_staff(admin).await;
    let own = staff::appoint(&mut cx, &post(admin, leaders)).await;
    assert!(matches!(own, Err(Error::Conflict("error-appoint-self"))));
    let code = staff::of(&mut cx, &[admin]).await.unwrap().remove(&admin).unwrap().code;
    let list = format!(
        "Mã,Họ tên,Đơn vị,Chức vụ,Vai trò\n{code},Quản trị,LDQ,Lãnh đạo,district_leader\n\
         CB9,Trần Bình,TPHONG.TYT,Y sĩ,station_staff\n"
    );
    let done = staff::import(&mut cx, list.as_bytes(), None, true).await.unwrap();
    let errors: Vec<_> = done.errors.iter().map(|e| (e.line, e.field, e.key)).collect();
    assert_eq!((errors, done.added), (vec![(2, "role", "error-appoint-self")], 1));
    assert!(staff::posts_of(&mut cx, admin).await.unwrap().iter().all(|post| post.unit != leaders));
    // Another administrator may.
    let other = administrator(&centre).await;
    let mut cx = centre.as_staff(other).await;
    staff::appoint(&mut cx, &post(admin, leaders)).await.unwrap();
}

#[tokio::test]
async fn an_official_is_in_his_post_from_the_first_minute_of_the_district_s_day() {
    let centre = TestCentre::new().await;
    let admin = administrator(&centre).await;
    let ward = centre.unit("TPHONG").await;
    let [old, new] = ["Chủ tịch cũ", "Chủ tịch mới"].map(|name| centre.staff(name));
    let old = old.at(ward, Role::WardLeader).head().create().await;
    let new = new.create().await;
    let mut cx = centre.as_staff(admin).await;
    let post = NewPost {
        staff: new,
        unit: ward,
        role: Role::WardLeader,
        title: "Chủ tịch".into(),
        title_en: "Chair".into(),
        head: true,
        on_call: false,
        valid_from: date(2021, 9, 26),
    };
    staff::appoint(&mut cx, &post).await.unwrap();
    let row = staff::post_rows(&mut cx, old).await.unwrap().remove(0);
    rosters::end_post(&mut cx, row.id, date(2021, 9, 25)).await.unwrap();
    cx.commit().await.unwrap();
    // Half past midnight in the district, half past five in the afternoon before by UTC.
    centre
        .advance(
            "2021-09-25T17:30:00Z".parse::<jiff::Timestamp>().unwrap().duration_since(centre.clock.now()),
        )
        .await;
    let mut cx = centre.system().await;
    let held: Vec<_> =
        staff::posts_at(&mut cx, &[ward]).await.unwrap().iter().map(|post| post.staff).collect();
    assert_eq!(held, [new]);
    assert_eq!(staff::badges(&mut cx, &[new]).await.unwrap()[&new].unit, Some(ward));
    assert_eq!(staff::posts_of(&mut cx, new).await.unwrap().len(), 1);
    assert_eq!(staff::head_of(&mut cx, ward).await.unwrap().unwrap().0, "Chủ tịch mới");
}
