//! The wards of District 7 on the map, and through the reform of 1 July 2025.

use super::{map::SIDE, shape::Point, *};
use crate::tenants::Pack;
use jiff::civil::date;
use kernel::UnitId;
use std::{collections::BTreeMap, path::Path};
use uuid::Uuid;

fn pack(name: &str) -> Pack {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(name);
    Pack::read(&folder).unwrap_or_else(|error| panic!("{error}"))
}

/// The units of a pack, named 1, 2, 3 in its order.
fn units(pack: &Pack) -> Vec<Unit> {
    let ids: BTreeMap<&str, UnitId> = pack
        .units
        .iter()
        .zip(1_u128..)
        .map(|(spec, n)| (spec.code.as_str(), UnitId(Uuid::from_u128(n))))
        .collect();
    let id = |code: &Option<String>| code.as_deref().and_then(|code| ids.get(code).copied());
    pack.units
        .iter()
        .map(|spec| Unit {
            id: ids[spec.code.as_str()],
            code: spec.code.clone(),
            kind: spec.kind.parse().unwrap(),
            ward: id(&spec.ward),
            name: spec.name.clone(),
            short: spec.short.clone(),
            name_en: spec.name_en.clone(),
            admin_code: spec.admin_code.clone(),
            administrative: id(&spec.administrative),
            professional: id(&spec.professional),
            place: spec.place.as_ref().map(|place| Place {
                lat: place.lat,
                lon: place.lon,
                area_km2: place.area_km2,
                population: place.population,
                source: None,
                verified: place.verified,
                boundary: None,
            }),
        })
        .collect()
}

fn tree_of(units: Vec<Unit>, pack: &Pack) -> Tree {
    Tree::new(units, &pack.place.duty_leader, &pack.place.director, date(2021, 9, 25)).unwrap()
}

/// The rings of a path of `map::cells`.
fn rings(path: &str) -> shape::Polygon {
    path.split('Z')
        .filter(|ring| !ring.is_empty())
        .map(|ring| {
            ring.trim_start_matches('M')
                .split('L')
                .map(|at| {
                    let (x, y) = at.split_once(' ').unwrap();
                    (x.parse().unwrap(), y.parse().unwrap())
                })
                .collect()
        })
        .collect()
}

#[test]
fn ten_wards_give_ten_cells_that_do_not_overlap() {
    let pack = pack("quan7");
    let tree = tree_of(units(&pack), &pack);
    let cells = map::cells(&tree);
    assert_eq!(cells.len(), 10);
    let shapes: Vec<Vec<shape::Polygon>> = cells.iter().map(|cell| vec![rings(&cell.path)]).collect();
    for (cell, shape) in cells.iter().zip(&shapes) {
        assert!(cell.illustrative);
        assert!(shape::contains(shape, cell.label), "the label of a ward stands in it");
        assert!(shape[0][0].iter().all(|(x, y)| (0.0..=SIDE).contains(x) && (0.0..=SIDE).contains(y)));
    }
    // Looked at every 3 units, no place belongs to two wards.
    let grid = || {
        (0..334).flat_map(|x| (0..334).map(move |y| (f64::from(x) * 3.0 + 0.517, f64::from(y) * 3.0 + 0.483)))
    };
    let mut inside = 0;
    for at in grid() {
        let holders = shapes.iter().filter(|shape| shape::contains(shape, at)).count();
        assert!(holders <= 1, "{at:?} belongs to {holders} wards");
        inside += holders;
    }
    assert!(inside > 20_000, "the wards fill the drawing: {inside}");
    // North is up: Tân Thuận Đông lies north-east of Tân Phong.
    let label = |code: &str| cells.iter().find(|c| c.unit == tree.by_code(code).unwrap().id).unwrap().label;
    let (north_east, south_west): (Point, Point) = (label("TTDONG"), label("TPHONG"));
    assert!(north_east.0 > south_west.0 && north_east.1 < south_west.1);
}

#[test]
fn a_real_boundary_is_drawn_as_it_is_and_on_top() {
    let pack = pack("quan7");
    let mut all = units(&pack);
    let ward = all.iter_mut().find(|unit| unit.code == "THUNG").unwrap();
    let id = ward.id;
    let square = [[106.69, 10.74], [106.70, 10.74], [106.70, 10.75], [106.69, 10.75], [106.69, 10.74]];
    let boundary = serde_json::json!({ "type": "MultiPolygon", "coordinates": [[square]] });
    ward.place.as_mut().unwrap().boundary = Some(boundary);
    let cells = map::cells(&tree_of(all, &pack));
    let last = cells.last().unwrap();
    assert_eq!((cells.len(), last.unit, last.illustrative), (10, id, false));
    let ring = &rings(&last.path)[0];
    assert_eq!(ring.len(), 4);
    // A hundredth of a degree is as wide as high, but for the cosine of the latitude.
    let (width, height) = ((ring[0].0 - ring[1].0).abs(), (ring[1].1 - ring[2].1).abs());
    assert!((width / height - 10.74_f64.to_radians().cos()).abs() < 0.01, "{width} x {height}");
}

#[test]
fn one_ward_alone_has_a_cell_too() {
    let pack = pack("tan-hung");
    let cells = map::cells(&tree_of(units(&pack), &pack));
    assert_eq!(cells.len(), 1);
    assert!(cells[0].illustrative && (cells[0].label.0 - SIDE / 2.0).abs() < 1.0);
}

/// Successions of the pack as rows, all inherited from outside the tenant.
fn rows(pack: &Pack, tree: &Tree) -> Vec<Succession> {
    pack.successions
        .iter()
        .map(|spec| Succession {
            from: Some(tree.by_code(spec.from.as_deref().unwrap()).unwrap().id),
            from_code: None,
            from_name: None,
            to: None,
            to_code: spec.to_code.clone(),
            to_name: spec.to_name.clone(),
            on: spec.on,
            whole: spec.share == "whole",
            citation: spec.citation.clone(),
        })
        .collect()
}

#[test]
fn the_reform_is_followed_by_succession_not_by_code() {
    let pack = pack("quan7");
    let before = tree_of(units(&pack), &pack);
    let rows = rows(&pack, &before);
    assert!(rows.iter().all(|row| row.on == date(2025, 7, 1)));
    let id = |code: &str| before.by_code(code).unwrap().id;
    // While the unit is there, what it owes is its own.
    assert_eq!(follow(&rows, &before, id("TPHONG"), None), Successor::Itself);
    // After the reform the wards of the district are gone.
    let left = units(&pack).into_iter().filter(|unit| unit.kind != UnitKind::Ward).collect();
    let after = tree_of(left, &pack);
    let outside = |code: &str, name: &str| Heir::Outside { code: Some(code.into()), name: name.into() };
    assert_eq!(
        follow(&rows, &after, id("TPHONG"), None),
        Successor::Whole(outside("27475", "Phường Tân Hưng"))
    );
    // Bình Thuận had the code 27478 and became a part of the ward that has it now.
    assert_eq!(
        follow(&rows, &after, id("BTHUAN"), None),
        Successor::Whole(outside("27478", "Phường Tân Thuận"))
    );
    let split = [outside("27484", "Phường Phú Thuận"), outside("27487", "Phường Tân Mỹ")];
    assert_eq!(follow(&rows, &after, id("PMY"), None), Successor::NeedsPoint(split.to_vec()));
    // A point decides only where a boundary is known.
    assert_eq!(
        follow(&rows, &after, id("PMY"), Some((106.73, 10.71))),
        Successor::NeedsPoint(split.to_vec())
    );
}

#[test]
fn a_ward_may_have_several_care_teams_and_the_first_by_code_stands_for_them() {
    let pack = pack("quan7");
    let mut all = units(&pack);
    let first = all.iter().find(|unit| unit.code == "TPHONG.TCSF0").unwrap().clone();
    // Made before it, and still the second by its code.
    let second = Unit { id: UnitId(Uuid::nil()), code: "TPHONG.TCSF0B".into(), ..first.clone() };
    all.push(second);
    let tree = tree_of(all, &pack);
    let ward = tree.by_code("TPHONG").unwrap().id;
    let teams: Vec<&str> =
        tree.all_in_ward(ward, UnitKind::CareTeam).map(|unit| unit.code.as_str()).collect();
    assert_eq!(teams, ["TPHONG.TCSF0", "TPHONG.TCSF0B"]);
    assert_eq!(tree.in_ward(ward, UnitKind::CareTeam), Some(first.id));
    for ward in tree.wards() {
        assert_eq!(tree.all_in_ward(ward.id, UnitKind::RapidTeam).count(), 1, "{}", ward.code);
    }
}

#[test]
fn a_list_may_call_a_kind_whatever_the_screen_calls_it() {
    let messages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../messages");
    for language in ["vi", "en"] {
        let files = std::fs::read_dir(messages.join(language)).unwrap();
        let texts: Vec<String> = files.map(|f| std::fs::read_to_string(f.unwrap().path()).unwrap()).collect();
        for kind in UnitKind::ALL {
            let key = format!("unit-kind-{} = ", kind.as_str().replace('_', "-"));
            let label = texts.iter().flat_map(|text| text.lines()).find_map(|line| line.strip_prefix(&key));
            let label = label.unwrap_or_else(|| panic!("{language} has no {key}"));
            assert_eq!(UnitKind::named(label), Some(*kind), "{label}");
            assert_eq!(UnitKind::named(kind.as_str()), Some(*kind));
        }
    }
    assert_eq!(UnitKind::named("khu phố"), Some(UnitKind::Quarter));
    assert_eq!(UnitKind::named("TỔ DÂN PHỐ"), Some(UnitKind::Neighbourhood));
    assert_eq!(UnitKind::named("lâu đài"), None);
}
