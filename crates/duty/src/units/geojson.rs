//! Real boundaries: polygons from a GeoJSON file, given to the units they name.

use super::{Unit, changes_sql, shape, sql};
use crate::permissions::{Action, Permit, Scope};
use geojson::{Feature, FeatureCollection, GeoJson, GeometryValue, Position};
use jiff::civil::Date;
use kernel::{Error, Result, UnitId, text::search_key};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{Cx, Event};

/// Largest file, in bytes, and most corners of one shape.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
const MAX_CORNERS: usize = 50_000;
/// Longest text of a single area, in bytes.
const AREA_BYTES: usize = 256 * 1024;
/// Names under which files give a code, the state's or ours.
const CODES: [&str; 8] = ["code", "unit", "admin_code", "ma", "ma_xa", "maxa", "ma_phuong", "ward_code"];
const NAMES: [&str; 6] = ["fullName", "full_name", "name", "ten", "ten_xa", "tenxa"];

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Boundaries {
    pub taken: Vec<UnitId>,
    pub refused: Vec<Refused>,
}

/// A feature left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its place in the file, from 1.
    pub feature: usize,
    pub code: Option<String>,
    pub name: Option<String>,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// No property gives a code.
    NoCode,
    /// No unit has the code on the day.
    UnknownCode,
    /// The unit of that code bears another name on the day: codes have been used again.
    OtherName,
    /// By the day the unit has passed into another one, whatever its code.
    Succeeded,
    /// Not a Polygon or MultiPolygon.
    NotAnArea,
    /// Not longitude and latitude, not closed, too few or too many corners.
    BadCoordinates,
    /// An earlier feature of the file named the same unit.
    Repeated,
}

/// Takes the polygons of a feature collection as boundaries from `valid_from` on. A feature names
/// its unit by the state's code in force on that day, or by the unit's own code. Errors of the file
/// as a whole are `Invalid` at `file`.
pub async fn import_geojson(cx: &mut Cx, file: &[u8], valid_from: Date) -> Result<Boundaries> {
    cx.permit(Action::UnitEdit, Scope::Tenant)?;
    let features = collection(file)?;
    let units = sql::units_on(cx, valid_from).await?;
    let gone = changes_sql::succeeded_by(cx, valid_from).await?;
    let mut report = Boundaries::default();
    for (index, feature) in features.features.into_iter().enumerate() {
        let (code, name) =
            (property(&feature, &CODES).or_else(|| own_id(&feature)), property(&feature, &NAMES));
        match matched(&feature, code.as_deref(), name.as_deref(), &units, &gone, &report.taken) {
            Ok((unit, geometry)) => {
                let centre = shape::label(&shape::polygons(&geometry)).unwrap_or_default();
                changes_sql::save_boundary(cx, unit, &geometry, centre, valid_from).await?;
                report.taken.push(unit);
            }
            Err(why) => report.refused.push(Refused { feature: index + 1, code, name, why }),
        }
    }
    if !report.taken.is_empty() {
        sql::touch(cx).await?;
    }
    let tenant = cx.tenant();
    cx.record(Event::new("unit_boundaries.imported", tenant).data(json!({
        "units": report.taken, "refused": report.refused.len(), "from": valid_from,
    })));
    Ok(report)
}

fn collection(file: &[u8]) -> Result<FeatureCollection> {
    if file.len() > MAX_BYTES {
        return Err(Error::invalid("file", "error-geojson-too-big"));
    }
    let text = std::str::from_utf8(file).map_err(|_| Error::invalid("file", "error-geojson-damaged"))?;
    match text.trim_start_matches('\u{feff}').parse::<GeoJson>() {
        Ok(GeoJson::FeatureCollection(features)) => Ok(features),
        Ok(GeoJson::Feature(feature)) => {
            Ok(FeatureCollection { bbox: None, features: vec![feature], foreign_members: None })
        }
        Ok(GeoJson::Geometry(_)) => Err(Error::invalid("file", "error-geojson-no-features")),
        Err(_) => Err(Error::invalid("file", "error-geojson-damaged")),
    }
}

/// One area out of a text in GeoJSON (a geometry, a feature, or a collection of one feature), checked and
/// in the form in which boundaries are stored.
///
/// Errors: `area`: `error-geojson-too-big`, `error-geojson-damaged`, `error-geojson-not-an-area`,
/// `error-geojson-coordinates`.
pub fn area_of(text: &str) -> Result<Value> {
    let wrong = |key| Error::invalid("area", key);
    if text.len() > AREA_BYTES {
        return Err(wrong("error-geojson-too-big"));
    }
    let feature = match text.trim_start_matches('\u{feff}').parse::<GeoJson>() {
        Ok(GeoJson::Geometry(geometry)) => Feature::from(geometry),
        Ok(GeoJson::Feature(feature)) => feature,
        Ok(GeoJson::FeatureCollection(mut features)) if features.features.len() == 1 => {
            features.features.remove(0)
        }
        Ok(GeoJson::FeatureCollection(_)) => return Err(wrong("error-geojson-not-an-area")),
        Err(_) => return Err(wrong("error-geojson-damaged")),
    };
    geometry(&feature).map_err(|why| match why {
        Why::BadCoordinates => wrong("error-geojson-coordinates"),
        _ => wrong("error-geojson-not-an-area"),
    })
}

fn property(feature: &Feature, names: &[&str]) -> Option<String> {
    let properties = feature.properties.as_ref()?;
    names.iter().find_map(|name| match properties.get(*name)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn own_id(feature: &Feature) -> Option<String> {
    match feature.id.as_ref()? {
        geojson::feature::Id::String(text) => Some(text.clone()),
        geojson::feature::Id::Number(number) => Some(number.to_string()),
    }
}

fn matched(
    feature: &Feature,
    code: Option<&str>,
    name: Option<&str>,
    units: &[Unit],
    gone: &BTreeSet<UnitId>,
    taken: &[UnitId],
) -> std::result::Result<(UnitId, Value), Why> {
    let code = code.ok_or(Why::NoCode)?;
    let by_own = units.iter().find(|unit| unit.code == code);
    // The state's code names a place: of the units that carry it, the one that is a ward or a district.
    let by_state =
        || units.iter().filter(|u| u.admin_code.as_deref() == Some(code)).min_by_key(|u| u.ward.is_some());
    let unit = by_own.or_else(by_state).ok_or(Why::UnknownCode)?;
    if let Some(name) = name
        && by_own.is_none()
        && !same_place(&unit.name, name)
    {
        return Err(Why::OtherName);
    }
    if gone.contains(&unit.id) {
        return Err(Why::Succeeded);
    }
    if taken.contains(&unit.id) {
        return Err(Why::Repeated);
    }
    Ok((unit.id, geometry(feature)?))
}

/// "Ủy ban nhân dân Phường Tân Hưng" and "Tân Hưng" are one place.
fn same_place(unit: &str, feature: &str) -> bool {
    let (unit, feature) = (format!(" {} ", search_key(unit)), format!(" {} ", search_key(feature)));
    unit.contains(&feature) || feature.contains(&unit)
}

fn geometry(feature: &Feature) -> std::result::Result<Value, Why> {
    let geometry = feature.geometry.as_ref().ok_or(Why::NotAnArea)?;
    let polygons = match &geometry.value {
        GeometryValue::Polygon { coordinates } => std::slice::from_ref(coordinates),
        GeometryValue::MultiPolygon { coordinates } => coordinates.as_slice(),
        _ => return Err(Why::NotAnArea),
    };
    let corners: usize = polygons.iter().flatten().map(Vec::len).sum();
    let sound =
        |ring: &Vec<Position>| ring.len() >= 4 && ring.first() == ring.last() && ring.iter().all(on_earth);
    let whole =
        !polygons.is_empty() && polygons.iter().all(|rings| !rings.is_empty() && rings.iter().all(sound));
    if corners > MAX_CORNERS || !whole {
        return Err(Why::BadCoordinates);
    }
    let flat = |ring: &Vec<Position>| ring.iter().map(|at| [at[0], at[1]]).collect::<Vec<_>>();
    let coordinates: Vec<Vec<Vec<[f64; 2]>>> =
        polygons.iter().map(|rings| rings.iter().map(flat).collect()).collect();
    Ok(json!({ "type": "MultiPolygon", "coordinates": coordinates }))
}

/// Longitude and latitude in degrees, with a height that is left out.
fn on_earth(at: &Position) -> bool {
    matches!(at.as_slice(), [lon, lat, ..] if (-180.0..=180.0).contains(lon) && (-90.0..=90.0).contains(lat))
}
