use duty::units::{self, Line, NewName, Why, map};
use jiff::{SignedDuration, civil::date};
use kernel::{Error, Role};
use testkit::TestCentre;

const LIST: &str = "Mã đơn vị,Tên đơn vị,Loại,Phường,Cấp trên,Từ ngày\n\
    TPHONG.KP9,Khu phố 9,khu phố,TPHONG,TPHONG,01/09/2021\n\
    TPHONG.KP9.T1,Tổ dân phố 1,tổ dân phố,TPHONG,TPHONG.KP9,01/09/2021\n\
    TPHONG.KP8,Khu phố 8,khu phố,TPHONG,KHONGCO,\n\
    TPHONG.KP7,Khu phố 7,lâu đài,TPHONG,TPHONG,\n\
    A.1,Đơn vị A,phòng,,A.2,\n\
    A.2,Đơn vị B,phòng,,A.1,\n";

#[tokio::test]
async fn a_list_of_units_comes_in_once_and_later_lists_change_them_by_date() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let trial = units::import(&mut cx, LIST.as_bytes(), None, false).await.unwrap();
    let errors: Vec<_> = trial.errors.iter().map(|e| (e.line, e.field, e.key)).collect();
    assert_eq!(
        errors,
        [
            (4, "administrative", "error-unit-unknown"),
            (5, "kind", "error-unit-kind-unknown"),
            (6, "administrative", "error-unit-circle"),
            (7, "administrative", "error-unit-circle"),
        ]
    );
    assert_eq!((trial.added, trial.changed, trial.unchanged), (2, 0, 0));
    assert!(units::tree(&mut cx).await.unwrap().by_code("TPHONG.KP9").is_none());
    units::import(&mut cx, LIST.as_bytes(), None, true).await.unwrap();
    let again = units::import(&mut cx, LIST.as_bytes(), None, true).await.unwrap();
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 2));
    let tree = units::tree(&mut cx).await.unwrap();
    let (kp, group) = (tree.by_code("TPHONG.KP9").unwrap(), tree.by_code("TPHONG.KP9.T1").unwrap());
    assert_eq!(group.administrative, Some(kp.id));
    // From October it bears another name and stands under the ward itself.
    let later = "code,name,kind,administrative,from\n\
                 TPHONG.KP9.T1,Tổ dân phố 1A,neighbourhood,TPHONG,01/10/2021\n";
    let changed = units::import(&mut cx, later.as_bytes(), None, true).await.unwrap();
    assert_eq!((changed.changed, changed.errors.len()), (1, 0));
    let (group, ward) = (group.id, tree.by_code("TPHONG").unwrap().id);
    assert_eq!(units::tree(&mut cx).await.unwrap().unit(group).unwrap().name, "Tổ dân phố 1");
    cx.commit().await.unwrap();
    centre.advance(SignedDuration::from_hours(24 * 7)).await;
    let mut cx = centre.system().await;
    let tree = units::tree(&mut cx).await.unwrap();
    let unit = tree.unit(group).unwrap();
    assert_eq!((unit.name.as_str(), unit.administrative), ("Tổ dân phố 1A", Some(ward)));
}

#[tokio::test]
async fn no_unit_comes_to_stand_above_itself() {
    let centre = TestCentre::new().await;
    let (ward, quarter) = (centre.unit("TPHONG").await, centre.unit("TPHONG.TYT").await);
    let mut cx = centre.system().await;
    let linked = units::relink(&mut cx, ward, Line::Administrative, Some(quarter), date(2021, 10, 1)).await;
    assert!(matches!(linked, Err(Error::Invalid { field: "parent", .. })));
    units::close(&mut cx, quarter, date(2021, 9, 30)).await.unwrap();
    let name = NewName {
        name: "Trạm".into(),
        short: "Trạm".into(),
        name_en: "Station".into(),
        admin_code: None,
        citation: None,
        verified: false,
    };
    assert!(units::rename(&mut cx, quarter, date(2021, 10, 5), &name).await.is_err());
}

#[tokio::test]
async fn a_change_that_is_given_up_leaves_no_trace_in_the_tree() {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let name = |name: &str| NewName {
        name: name.into(),
        short: name.into(),
        name_en: name.into(),
        admin_code: None,
        citation: None,
        verified: false,
    };
    let mut cx = centre.system().await;
    units::rename(&mut cx, ward, date(2021, 9, 1), &name("Thử")).await.unwrap();
    assert_eq!(units::tree(&mut cx).await.unwrap().unit(ward).unwrap().name, "Thử");
    cx.rollback().await.unwrap();
    let mut cx = centre.system().await;
    units::rename(&mut cx, centre.unit("TQUY").await, date(2021, 9, 1), &name("Khác")).await.unwrap();
    cx.commit().await.unwrap();
    let mut cx = centre.system().await;
    assert_ne!(units::tree(&mut cx).await.unwrap().unit(ward).unwrap().name, "Thử");
}

const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[106.70,10.73],[106.71,10.73],[106.71,10.74],[106.70,10.74],[106.70,10.73]]]}"#;

fn collection(features: &[(&str, &str)]) -> String {
    let one = |(properties, geometry): &(&str, &str)| {
        format!(r#"{{"type":"Feature","properties":{properties},"geometry":{geometry}}}"#)
    };
    let list: Vec<String> = features.iter().map(one).collect();
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, list.join(","))
}

#[tokio::test]
async fn boundaries_are_matched_by_code_and_what_does_not_fit_is_told() {
    let centre = TestCentre::new().await;
    let ward = centre.unit("TPHONG").await;
    let line = r#"{"type":"LineString","coordinates":[[106.7,10.7],[106.8,10.8]]}"#;
    let open = r#"{"type":"Polygon","coordinates":[[[106.7,10.7],[106.8,10.7],[106.8,10.8],[106.7,10.8]]]}"#;
    let metres = r#"{"type":"Polygon","coordinates":[[[600000,1180000],[600100,1180000],[600100,1180100],[600000,1180000]]]}"#;
    let file = collection(&[
        (r#"{"code":"27490","name":"Tân Phong"}"#, SQUARE),
        (r#"{"unit":"TPHONG"}"#, SQUARE),
        (r#"{"code":"27478","name":"Tân Thuận"}"#, SQUARE),
        (r#"{"code":"99999"}"#, SQUARE),
        (r#"{"color":"red"}"#, SQUARE),
        (r#"{"code":"27481"}"#, line),
        (r#"{"code":"27481"}"#, open),
        (r#"{"code":27481}"#, metres),
    ]);
    let mut cx = centre.system().await;
    let done = units::import_geojson(&mut cx, file.as_bytes(), date(2021, 9, 1)).await.unwrap();
    assert_eq!(done.taken, [ward]);
    let whys: Vec<Why> = done.refused.iter().map(|refused| refused.why).collect();
    let bad = Why::BadCoordinates;
    assert_eq!(
        whys,
        [Why::Repeated, Why::OtherName, Why::UnknownCode, Why::NoCode, Why::NotAnArea, bad, bad]
    );
    let cells = map::cells(&units::tree(&mut cx).await.unwrap());
    assert_eq!(
        cells.iter().filter(|cell| !cell.illustrative).map(|cell| cell.unit).collect::<Vec<_>>(),
        [ward]
    );
    for bad in ["", "[]", "{\"type\":\"Point\",\"coordinates\":[1,2]}"] {
        assert!(units::import_geojson(&mut cx, bad.as_bytes(), date(2021, 9, 1)).await.is_err(), "{bad}");
    }
    let chair = centre.staff("Chủ tịch").at(ward, Role::WardLeader).create().await;
    let mut cx = centre.as_staff(chair).await;
    let refused = units::import_geojson(&mut cx, file.as_bytes(), date(2021, 9, 1)).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn the_ward_of_2025_takes_its_real_boundary_and_the_old_one_of_the_same_code_does_not() {
    let Some(path) = testkit::test_data("wards-2025/27475_tan_hung.geojson") else { return };
    let file = std::fs::read(path).unwrap();
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    // The district of 2021 has a ward of this code and name, and it is another ward.
    let done = units::import_geojson(&mut cx, &file, date(2025, 7, 1)).await.unwrap();
    assert_eq!((done.taken.len(), done.refused[0].why), (0, Why::Succeeded));
    let centre = TestCentre::from_pack("tan-hung").await;
    centre.advance(SignedDuration::from_hours(24 * 365 * 4)).await;
    let mut cx = centre.system().await;
    let done = units::import_geojson(&mut cx, &file, date(2025, 7, 1)).await.unwrap();
    assert_eq!((done.taken.len(), done.refused.len()), (1, 0));
    let cells = map::cells(&units::tree(&mut cx).await.unwrap());
    assert!(!cells[0].illustrative && cells[0].path.len() > 500);
}
