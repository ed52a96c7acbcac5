//! A report as it is handed in, and what of it must be mended before it is taken.

use super::{model::Channel, place};
use duty::{
    tenants::{
        Pack,
        pack::{Category, CategoryKind},
    },
    units::{Tree, UnitKind},
};
use kernel::{FileId, Phone, UnitId, text};
use std::collections::BTreeSet;

/// Shortest and longest details, in characters.
const DETAILS: std::ops::RangeInclusive<usize> = 10..=2000;
const ADDRESS: usize = 300;
const NAME: usize = 100;
const EXTERNAL: usize = 64;
const KEY: std::ops::RangeInclusive<usize> = 8..=128;
const FILES: usize = 6;

/// What somebody reports, as typed. No `Debug`: it holds what must not reach a log.
#[derive(Clone, Default)]
pub struct NewReport {
    /// Idempotency key: made once by the form (or the other system) and sent again with each retry.
    pub key: String,
    pub channel: Option<Channel>,
    /// The report's code at the system that passed it on (1022).
    pub external_code: Option<String>,
    pub category: String,
    pub ward: Option<UnitId>,
    pub address: String,
    /// Latitude and longitude in degrees.
    pub point: Option<(f64, f64)>,
    pub details: String,
    /// Neither name nor phone is kept.
    pub anonymous: bool,
    pub name: String,
    pub phone: String,
    /// Pictures kept before with purpose `Report`.
    pub files: Vec<FileId>,
    /// The address it came from (network address, caller's line); kept as a keyed hash only.
    pub source: Option<String>,
}

/// One thing to mend: the field, and the message that says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub field: &'static str,
    pub key: &'static str,
}

/// A report that can be taken.
pub(super) struct Draft<'a> {
    pub key: &'a str,
    pub channel: Channel,
    pub external_code: Option<String>,
    pub category: &'a Category,
    pub ward: UnitId,
    pub address: Option<String>,
    pub point: Option<(f64, f64)>,
    pub details: String,
    pub anonymous: bool,
    pub name: Option<String>,
    pub phone: Option<Phone>,
    pub files: Vec<FileId>,
    pub source: Option<&'a str>,
}

impl Draft<'_> {
    /// What is reported, as one text: the same submission again says the same. Files are left out: a
    /// photo that is sent again is another file.
    pub(super) fn content(&self) -> String {
        serde_json::json!([
            self.category.code,
            self.ward,
            self.address,
            self.point.map(|(lat, lon)| format!("{lat:.6},{lon:.6}")),
            self.details,
            self.anonymous,
            self.name,
            self.phone.as_ref().map(Phone::as_e164),
            self.external_code,
        ])
        .to_string()
    }
}

impl NewReport {
    /// Everything that is wrong, in the order of the form; a draft when nothing is.
    pub(super) fn read<'a>(&'a self, pack: &'a Pack, tree: &Tree) -> Result<Draft<'a>, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fault = |field, key| faults.push(Fault { field, key });

        let category = pack.category(&self.category);
        match category.map(|category| category.kind) {
            None if self.category.is_empty() => fault("category", "error-category-missing"),
            None => fault("category", "error-category-unknown"),
            Some(CategoryKind::Redirect) => fault("category", "error-category-redirect"),
            Some(CategoryKind::Report) => {}
        }
        let ward = self.ward.filter(|id| tree.get(*id).is_some_and(|unit| unit.kind == UnitKind::Ward));
        match (self.ward, ward) {
            (None, _) => fault("ward", "error-ward-missing"),
            (Some(_), None) => fault("ward", "error-ward-unknown"),
            _ => {}
        }
        let address = text::line(&self.address, ADDRESS).unwrap_or_else(|error| {
            fault("address", error.key);
            String::new()
        });
        if self.point.is_some_and(|point| !place::is_sane(point, pack.place.place.as_ref())) {
            fault("point", "error-place-outside");
        }
        let details = text::paragraphs(&self.details, *DETAILS.end()).unwrap_or_else(|error| {
            fault("details", error.key);
            // Long enough: one fault a field.
            "·".repeat(*DETAILS.start())
        });
        match details.chars().count() {
            0 => fault("details", "error-text-missing"),
            length if length < *DETAILS.start() => fault("details", "error-details-short"),
            _ => {}
        }
        let (mut name, mut phone) = (None, None);
        if !self.anonymous {
            match text::line(&self.name, NAME) {
                Ok(line) => name = Some(line).filter(|line| !line.is_empty()),
                Err(error) => fault("name", error.key),
            }
            if !self.phone.trim().is_empty() {
                match Phone::parse(&self.phone) {
                    Ok(parsed) => phone = Some(parsed),
                    Err(error) => fault("phone", error.key),
                }
            } else if self.name.trim().is_empty() {
                fault("phone", "error-reporter-missing");
            }
        }
        let files: BTreeSet<FileId> = self.files.iter().copied().collect();
        if files.len() > FILES {
            fault("file", "error-files-too-many");
        }
        let external_code = match self.external_code.as_deref().map(|code| text::line(code, EXTERNAL)) {
            Some(Err(error)) => {
                fault("external_code", error.key);
                None
            }
            Some(Ok(code)) => Some(code).filter(|code| !code.is_empty()),
            None => None,
        };
        if !KEY.contains(&self.key.len()) {
            fault("key", "error-key-length");
        }
        match (category, ward) {
            (Some(category), Some(ward)) if faults.is_empty() => Ok(Draft {
                key: &self.key,
                channel: self.channel.unwrap_or(Channel::Web),
                external_code,
                category,
                ward,
                address: Some(address).filter(|address| !address.is_empty()),
                point: self.point,
                details,
                anonymous: self.anonymous,
                name,
                phone,
                files: files.into_iter().collect(),
                source: self.source.as_deref(),
            }),
            _ => Err(faults),
        }
    }
}
