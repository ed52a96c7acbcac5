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
async fn the_units_by_which_the_centre_stands_cannot_be_ended() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let tree = units::tree(&mut cx).await.unwrap();
    for unit in [tree.duty_leader(), tree.director()] {
        let closed = units::close(&mut cx, unit, date(2021, 12, 31)).await;
        assert!(matches!(closed, Err(Error::Conflict("error-unit-needed"))));
    }
    let ward = tree.by_code("TPHONG").unwrap().id;
    let long_ago = units::close(&mut cx, ward, date(1990, 1, 1)).await;
    assert!(matches!(long_ago, Err(Error::Invalid { field: "last", .. })));
}

#[tokio::test]
async fn a_list_for_the_coming_month_is_taken_once_and_its_codes_are_used_up() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let list = "Mã đơn vị,Tên đơn vị,Loại,Phường,Cấp trên,Từ ngày\n\
                TPHONG.KP9,Khu phố 9,Khu phố,TPHONG,TPHONG,01/10/2021\n\
                TPHONG.MT9,Mặt trận khu phố 9,Mặt trận Tổ quốc,TPHONG,TPHONG,01/10/2021\n";
    let first = units::import(&mut cx, list.as_bytes(), None, true).await.unwrap();
    assert_eq!((first.added, first.errors.len()), (2, 0));
    let again = units::import(&mut cx, list.as_bytes(), None, true).await.unwrap();
    let keys: Vec<_> = again.errors.iter().map(|error| error.key).collect();
    assert_eq!((again.added, keys), (0, vec!["error-unit-code-used"; 2]));
    assert!(units::tree(&mut cx).await.unwrap().by_code("TPHONG.KP9").is_none());
    // A change from before the unit's days spoils its own row only.
    let early =
        "code,name,kind,from\nTPHONG.TYT,Trạm cũ,station,01/01/1900\nTQUY.TYT,Trạm khác,station,25/09/2021\n";
    let early = units::import(&mut cx, early.as_bytes(), None, true).await.unwrap();
    assert_eq!((early.changed, early.errors[0].key), (1, "error-unit-not-yet"));
    let then = units::units_on(&mut cx, date(2021, 10, 1)).await.unwrap();
    assert!(then.iter().any(|unit| unit.code == "TPHONG.KP9"));
}

#[tokio::test]
async fn what_a_unit_was_called_and_under_whom_stays_on_record() {
    let centre = TestCentre::new().await;
    let (ward, quarter) = (centre.unit("TPHONG").await, centre.unit("TPHONG.TYT").await);
    let mut cx = centre.system().await;
    let name = NewName {
        name: "Trạm Y tế số 1".into(),
        short: "Trạm 1".into(),
        name_en: "Station 1".into(),
        admin_code: None,
        citation: Some("12/QĐ-UBND".into()),
        verified: true,
    };
    units::rename(&mut cx, quarter, date(2021, 9, 1), &name).await.unwrap();
    units::relink(&mut cx, quarter, Line::Professional, Some(ward), date(2021, 9, 10)).await.unwrap();
    units::close(&mut cx, quarter, date(2021, 9, 20)).await.unwrap();
    assert!(units::tree(&mut cx).await.unwrap().get(quarter).is_none());
    let history = units::history(&mut cx, quarter).await.unwrap();
    assert_eq!((history.code.as_str(), history.last), ("TPHONG.TYT", Some(date(2021, 9, 20))));
    assert_eq!(history.names.len(), 2);
    assert_eq!(history.names[0].to, Some(date(2021, 8, 31)));
    assert_eq!(history.name_on(date(2021, 9, 25)).unwrap().citation.as_deref(), Some("12/QĐ-UBND"));
    let lines: Vec<_> = history.parents.iter().filter(|row| row.line == Line::Professional).collect();
    assert_eq!((lines.len(), lines[0].to, lines[1].parent), (2, Some(date(2021, 9, 9)), ward));
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

#[tokio::test]
async fn a_list_corrects_where_a_unit_lies() {
    let centre = TestCentre::new().await;
    let mut cx = centre.system().await;
    let list = |ward: &str| {
        format!(
            "code,name,kind,administrative,ward,lat,lon\nTPHONG.KP9,Khu phố 9,quarter,TPHONG,{ward},10.73,106.70\n"
        )
    };
    units::import(&mut cx, list("TQUY").as_bytes(), None, true).await.unwrap();
    let corrected = units::import(&mut cx, list("TPHONG").as_bytes(), None, true).await.unwrap();
    assert_eq!((corrected.changed, corrected.unchanged), (1, 0));
    let tree = units::tree(&mut cx).await.unwrap();
    let quarter = tree.by_code("TPHONG.KP9").unwrap();
    assert_eq!(quarter.ward, Some(tree.by_code("TPHONG").unwrap().id));
    let again = units::import(&mut cx, list("TPHONG").as_bytes(), None, true).await.unwrap();
    assert_eq!((again.changed, again.unchanged), (0, 1));
    let wrong = units::import(&mut cx, list("TPHONG.TYT").as_bytes(), None, true).await.unwrap();
    assert_eq!(wrong.errors[0].key, "error-unit-no-ward");
}
