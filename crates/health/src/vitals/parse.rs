//! Readings as people type them from an oximeter, a thermometer or a cuff.

use super::model::{Symptom, Vitals};
use crate::fault::{Fault, optional};
use kernel::{ValueError, text::tidy};
use std::{collections::BTreeSet, ops::RangeInclusive};

/// What can be true of a living body. Wider than any limit of a guideline: a number beyond is a slip
/// of the pen, a number within is a reading.
const TEMPERATURE_TENTHS: RangeInclusive<i16> = 340..=430;
const SPO2: RangeInclusive<i16> = 30..=100;
const RESPIRATORY_RATE: RangeInclusive<i16> = 5..=80;
const PULSE: RangeInclusive<i16> = 30..=220;
const SYSTOLIC: RangeInclusive<i16> = 40..=280;
const DIASTOLIC: RangeInclusive<i16> = 20..=180;

/// Units that stand behind a number of times a minute.
const A_MINUTE: &[&str] = &["lần/phút", "nhịp/phút", "/phút", "l/p", "lần", "nhịp", "bpm"];

/// The fields of a form; each may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Typed<'a> {
    pub temperature: &'a str,
    pub spo2: &'a str,
    pub respiratory_rate: &'a str,
    pub pulse: &'a str,
    pub pressure: &'a str,
}

/// What could be read, and every field that could not, in the order of the form: the rest still
/// counts. Of "no symptoms" beside a symptom the symptom counts until it is asked again.
///
/// Faults: `temperature`: `error-temperature-range`; `spo2`: `error-spo2-whole` (9.8),
/// `error-spo2-range` (980); `respiratory_rate`: `error-rate-range`; `pulse`: `error-pulse-range`;
/// `pressure`: `error-pressure-format`, `error-pressure-range`; `symptoms`:
/// `error-symptoms-contradict`.
pub fn read(typed: &Typed<'_>, mut symptoms: BTreeSet<Symptom>) -> (Vitals, Vec<Fault>) {
    let mut faults = Vec::new();
    let temperature_tenths = optional(&mut faults, "temperature", typed.temperature, temperature);
    let spo2 = optional(&mut faults, "spo2", typed.spo2, saturation);
    let respiratory_rate = optional(&mut faults, "respiratory_rate", typed.respiratory_rate, |text| {
        within(whole(&bare(text, A_MINUTE)), &RESPIRATORY_RATE, "error-rate-range")
    });
    let pulse = optional(&mut faults, "pulse", typed.pulse, |text| {
        within(whole(&bare(text, A_MINUTE)), &PULSE, "error-pulse-range")
    });
    let pressure = optional(&mut faults, "pressure", typed.pressure, pressure);
    if symptoms.len() > 1 && symptoms.remove(&Symptom::NoSymptom) {
        faults.push(Fault { field: "symptoms", key: "error-symptoms-contradict" });
    }
    (Vitals { temperature_tenths, spo2, respiratory_rate, pulse, pressure, symptoms }, faults)
}

/// `37,5`, `37.5°C`, `37 độ 5`. A dot that was forgotten (385) is asked for, not put in.
fn temperature(text: &str) -> Result<i16, ValueError> {
    let text = bare(&tidy(text).to_lowercase().replace("độ", "°"), &["℃", "c"]);
    within(tenths(&bare(&text, &["°", "º"])), &TEMPERATURE_TENTHS, "error-temperature-range")
}

/// `98`, `98%`.
fn saturation(text: &str) -> Result<i16, ValueError> {
    let value = whole(&bare(text, &["%"])).ok_or(ValueError::new("error-spo2-whole"))?;
    within(Some(value), &SPO2, "error-spo2-range")
}

/// `120/80`; the upper one first.
fn pressure(text: &str) -> Result<(i16, i16), ValueError> {
    let format = ValueError::new("error-pressure-format");
    let text = bare(text, &["mmhg"]);
    let (upper, lower) = text.split_once('/').ok_or(format)?;
    let upper = whole(upper.trim()).ok_or(format)?;
    let lower = whole(lower.trim()).ok_or(format)?;
    let key = "error-pressure-range";
    let pair = (within(Some(upper), &SYSTOLIC, key)?, within(Some(lower), &DIASTOLIC, key)?);
    if pair.0 > pair.1 { Ok(pair) } else { Err(ValueError::new(key)) }
}

fn within(value: Option<i32>, range: &RangeInclusive<i16>, key: &'static str) -> Result<i16, ValueError> {
    let value = value.and_then(|value| i16::try_from(value).ok());
    value.filter(|value| range.contains(value)).ok_or(ValueError::new(key))
}

/// Tidied, in lower case, without the unit that some write behind a number.
fn bare(text: &str, units: &[&str]) -> String {
    let text = tidy(text).to_lowercase();
    let number = units.iter().find_map(|unit| text.strip_suffix(*unit)).unwrap_or(&text);
    number.trim().to_owned()
}

fn whole(text: &str) -> Option<i32> {
    tenths(text).filter(|tenths| tenths % 10 == 0).map(|tenths| tenths / 10)
}

/// A number in tenths: `37,5` is 375. `None` when it is no number, or finer than a tenth.
fn tenths(text: &str) -> Option<i32> {
    let (whole, fraction) = match text.split_once([',', '.', '°', 'º']) {
        Some((whole, fraction)) => (whole.trim_end(), fraction.trim_start()),
        None => (text, "0"),
    };
    let digits = |text: &str| (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let tenth = fraction.trim_end_matches('0');
    if !digits(whole) || !digits(fraction) || tenth.len() > 1 {
        return None;
    }
    let tenth = if tenth.is_empty() { 0 } else { tenth.parse::<i32>().ok()? };
    Some(whole.parse::<i32>().ok()? * 10 + tenth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(typed: Typed<'_>) -> Vec<(&'static str, &'static str)> {
        let (_, faults) = read(&typed, BTreeSet::new());
        faults.into_iter().map(|fault| (fault.field, fault.key)).collect()
    }

    #[test]
    fn readings_are_read_as_people_write_them() {
        for text in
            ["37,5", "37.5", " 37,5 ", "37 , 5", "37,50", "37.5°C", "37,5 độ", "37 độ 5", "37°5", "37.5 ℃"]
        {
            assert_eq!(temperature(text), Ok(375), "{text}");
        }
        assert_eq!(temperature("38"), Ok(380));
        for text in ["98", "98%", " 98 % ", "98,0"] {
            assert_eq!(saturation(text), Ok(98), "{text}");
        }
        for text in ["120/80", "120 / 80", "120/80 mmHg"] {
            assert_eq!(pressure(text), Ok((120, 80)), "{text}");
        }
        let typed = Typed { respiratory_rate: "18 lần/phút", pulse: "82 bpm", ..Typed::default() };
        let (vitals, faults) = read(&typed, BTreeSet::from([Symptom::Cough]));
        assert_eq!(faults, []);
        assert_eq!((vitals.respiratory_rate, vitals.pulse), (Some(18), Some(82)));
        assert_eq!(vitals.symptoms, BTreeSet::from([Symptom::Cough]));
    }

    #[test]
    fn spo2_of_9_8_and_980_are_asked_again_in_words() {
        for (text, key) in [
            ("9.8", "error-spo2-whole"),
            ("9,8", "error-spo2-whole"),
            ("0,98", "error-spo2-whole"),
            ("tốt", "error-spo2-whole"),
            ("9 8", "error-spo2-whole"),
            ("980", "error-spo2-range"),
            ("9", "error-spo2-range"),
            ("29", "error-spo2-range"),
            ("101", "error-spo2-range"),
            ("999999", "error-spo2-range"),
        ] {
            assert_eq!(saturation(text), Err(ValueError::new(key)), "{text}");
        }
    }

    #[test]
    fn a_number_that_cannot_be_true_is_never_mended_silently() {
        for text in ["385", "37,55", "37,", "37 5", "33,9", "43,1", "sốt"] {
            assert_eq!(temperature(text), Err(ValueError::new("error-temperature-range")), "{text}");
        }
        for (text, key) in [
            ("120", "error-pressure-format"),
            ("120/", "error-pressure-format"),
            ("cao/thấp", "error-pressure-format"),
            ("12/8", "error-pressure-range"),
            ("80/120", "error-pressure-range"),
            ("300/80", "error-pressure-range"),
        ] {
            assert_eq!(pressure(text), Err(ValueError::new(key)), "{text}");
        }
        assert_eq!(
            faults(Typed { respiratory_rate: "4", ..Typed::default() }),
            [("respiratory_rate", "error-rate-range")]
        );
        assert_eq!(faults(Typed { pulse: "8,2", ..Typed::default() }), [("pulse", "error-pulse-range")]);
    }

    #[test]
    fn a_slip_of_the_pen_holds_back_its_field_and_never_a_danger_sign() {
        let typed =
            Typed { temperature: "385", spo2: "91", respiratory_rate: "", pulse: "x", pressure: "120/80" };
        let (vitals, faults) = read(&typed, BTreeSet::from([Symptom::NoSymptom, Symptom::Breathless]));
        assert_eq!((vitals.temperature_tenths, vitals.spo2, vitals.pulse), (None, Some(91), None));
        assert_eq!(vitals.pressure, Some((120, 80)));
        // The sign counts; what contradicts it is asked again.
        assert_eq!(vitals.symptoms, BTreeSet::from([Symptom::Breathless]));
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["temperature", "pulse", "symptoms"]);
    }

    #[test]
    fn an_empty_form_says_nothing_and_no_symptoms_is_an_answer() {
        let (vitals, faults) = read(&Typed { spo2: "  ", ..Typed::default() }, BTreeSet::new());
        assert!(vitals.is_empty() && faults.is_empty());
        let (vitals, faults) = read(&Typed::default(), BTreeSet::from([Symptom::NoSymptom]));
        assert!(!vitals.is_empty() && faults.is_empty());
    }
}
