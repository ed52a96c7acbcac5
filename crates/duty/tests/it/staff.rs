use duty::staff::{self, NewPost};
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
    staff::end_post(&mut cx, row.id, date(2021, 9, 24)).await.unwrap();
    assert!(staff::posts_of(&mut cx, chair).await.unwrap().is_empty());
    let mut cx = centre.as_staff(deputy).await;
    assert!(matches!(staff::take_on(&mut cx, &new).await, Err(Error::Forbidden(_))));
}
