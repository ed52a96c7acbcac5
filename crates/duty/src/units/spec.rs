//! A unit as a form or a row of a list describes it.

use super::{PlaceSpec, UnitKind, UnitSpec};
use jiff::civil::Date;
use kernel::{Error, Result, dates, text::line};

/// Longest unit code and name, in characters.
const CODE: usize = 40;
const NAME: usize = 200;

/// Reads a description; `text` gives what stands in a field of [`super::COLUMNS`]. Errors are
/// `Invalid` at the field.
pub fn described<'a>(text: impl Fn(&'static str) -> &'a str, today: Date) -> Result<UnitSpec> {
    let line = |field, max| line(text(field), max).map_err(|error| Error::invalid(field, error.key));
    let given = |field, max| Ok::<_, Error>(Some(line(field, max)?).filter(|text| !text.is_empty()));
    let needed = |field, max| given(field, max)?.ok_or(Error::invalid(field, "error-text-missing"));
    let code = needed("code", CODE)?.to_uppercase();
    if !code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '.' || c == '-') {
        return Err(Error::invalid("code", "error-unit-code-format"));
    }
    let name = needed("name", NAME)?;
    let upper = |text: Option<String>| text.map(|text| text.to_uppercase());
    let kind = UnitKind::named(text("kind")).ok_or(Error::invalid("kind", "error-unit-kind-unknown"))?;
    Ok(UnitSpec {
        kind: kind.as_str().to_owned(),
        short: given("short", NAME)?.unwrap_or_else(|| name.clone()),
        name_en: given("name_en", NAME)?.unwrap_or_else(|| name.clone()),
        ward: upper(given("ward", CODE)?),
        admin_code: given("admin_code", CODE)?,
        administrative: upper(given("administrative", CODE)?),
        professional: upper(given("professional", CODE)?),
        valid_from: day("from", text("from"), today)?,
        valid_to: None,
        citation: given("citation", NAME)?,
        verified: false,
        place: place(&text)?,
        code,
        name,
    })
}

fn day(field: &'static str, text: &str, today: Date) -> Result<Date> {
    match text.trim() {
        "" => Ok(today),
        text => dates::parse_date(text).map_err(|error| Error::invalid(field, error.key)),
    }
}

fn place<'a>(text: &impl Fn(&'static str) -> &'a str) -> Result<Option<PlaceSpec>> {
    let degrees = |field: &'static str, most: f64| match text(field).trim() {
        "" => Ok(None),
        text => text
            .replace(',', ".")
            .parse::<f64>()
            .ok()
            .filter(|value| value.abs() <= most)
            .map(Some)
            .ok_or(Error::invalid(field, "error-degrees-format")),
    };
    let place = degrees("lat", 90.0)?.zip(degrees("lon", 180.0)?);
    Ok(place.map(|(lat, lon)| PlaceSpec {
        lat,
        lon,
        area_km2: None,
        population: None,
        source: None,
        verified: false,
    }))
}
