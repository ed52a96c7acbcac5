//! The files of a pack, read strictly: an unknown key is an error, because a misspelt one would
//! silently change who is called.

use crate::{
    calendars::OfficeHours,
    staff::PostSpec,
    tickets::{MatterSpec, ladder::LadderSpec},
    units::{PlaceSpec, SuccessionSpec, UnitRef, UnitSpec, Whom, in_order},
};
use jiff::{SignedDuration, civil::Date};
use kernel::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeSet, fs, path::Path};

/// Everything that makes a tenant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    pub place: PlaceFile,
    pub units: Vec<UnitSpec>,
    pub successions: Vec<SuccessionSpec>,
    pub posts: Vec<PostSpec>,
    pub categories: Vec<Category>,
    pub ladders: Vec<LadderSpec>,
    pub matters: Vec<MatterSpec>,
    pub heartbeats: Vec<HeartbeatSpec>,
}

/// `pack.toml`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceFile {
    pub slug: String,
    pub name: String,
    pub full_name: String,
    /// As written before the date on papers.
    pub place_name: String,
    pub parent_name: String,
    pub timezone: String,
    pub languages: Vec<String>,
    pub admin_code: String,
    pub valid_from: Date,
    /// The unit whose roster is the tenant's duty leader: where every ladder ends.
    pub duty_leader: String,
    pub director: String,
    pub emergency: EmergencyNumbers,
    pub office_hours: OfficeHours,
    pub paper: Paper,
    pub place: Option<PlaceSpec>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmergencyNumbers {
    pub medical: String,
    pub police: String,
    pub fire: String,
    pub city: String,
}

/// What stands on printed papers (Decree 30/2020).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    pub issuing_body: String,
    pub centre_body: String,
    pub symbol: String,
    pub centre_symbol: String,
    pub citation: Option<String>,
    #[serde(default)]
    pub verified: bool,
}

/// `categories.toml`: what people report, and whose it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub code: String,
    #[serde(default)]
    pub kind: CategoryKind,
    pub group: String,
    pub name_vi: String,
    pub name_en: String,
    pub icon: String,
    pub question_vi: String,
    pub question_en: String,
    pub hint_vi: String,
    pub hint_en: String,
    pub lead: UnitRef,
    /// Told, not responsible.
    #[serde(default)]
    pub with: Vec<UnitRef>,
    pub ladder: Option<String>,
    pub severity: Option<crate::tickets::Severity>,
    /// Which of the numbers to call first: `medical`, `police`, `fire`, `city`.
    pub emergency_hint: Option<String>,
    /// Whoever leaves a number is called back by the unit that must answer: it may open who reported,
    /// with a reason, on record. For matters in which somebody's life may hang on it.
    #[serde(default)]
    pub call_back: bool,
    pub citation: Option<String>,
    #[serde(default)]
    pub verified: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CategoryKind {
    #[default]
    Report,
    /// Not a ticket: the page says where to go instead.
    Redirect,
}

/// `heartbeats.toml`: what must keep reporting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeartbeatSpec {
    pub code: String,
    pub name_vi: String,
    pub name_en: String,
    pub every: SignedDuration,
    pub grace: SignedDuration,
    pub responsible: String,
    pub ladder: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List<T> {
    #[serde(alias = "unit", alias = "succession", alias = "post", alias = "category")]
    #[serde(alias = "ladder", alias = "matter", alias = "heartbeat", default = "Vec::new")]
    items: Vec<T>,
}

impl Pack {
    /// Reads and checks the folder of a pack. The error names the file and what is wrong in it.
    pub fn read(folder: &Path) -> Result<Self> {
        Self::from_files(&|name| fs::read_to_string(folder.join(name)).ok())
            .map_err(|error| Error::internal(format!("pack {}: {error}", folder.display())))
    }

    /// A pack from wherever its files are: `file` gives the text of one by its name.
    pub fn from_files(file: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let pack = Self {
            place: parse("pack.toml", file)?,
            units: parse::<List<_>>("units.toml", file)?.items,
            successions: parse::<List<_>>("successions.toml", file)?.items,
            posts: parse::<List<_>>("posts.toml", file)?.items,
            categories: parse::<List<_>>("categories.toml", file)?.items,
            ladders: parse::<List<_>>("ladders.toml", file)?.items,
            matters: parse::<List<_>>("matters.toml", file)?.items,
            heartbeats: parse::<List<_>>("heartbeats.toml", file)?.items,
        };
        pack.check().map_err(Error::internal)?;
        Ok(pack)
    }

    pub fn ladder(&self, code: &str) -> Option<&LadderSpec> {
        self.ladders.iter().find(|ladder| ladder.code == code)
    }

    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.code == code)
    }

    pub fn matter(&self, code: &str) -> Option<&MatterSpec> {
        self.matters.iter().find(|matter| matter.code == code)
    }

    /// Every name used exists, no code stands twice, no unit is its own ancestor.
    fn check(&self) -> std::result::Result<(), String> {
        let mut codes = BTreeSet::new();
        for unit in &self.units {
            if !codes.insert(unit.code.as_str()) {
                return Err(format!("unit {} stands twice", unit.code));
            }
        }
        let unit = |code: &str, by: &str| {
            if codes.contains(code) { Ok(()) } else { Err(format!("{by}: no unit {code}")) }
        };
        unit(&self.place.duty_leader, "duty_leader")?;
        unit(&self.place.director, "director")?;
        for spec in &self.units {
            for named in [&spec.administrative, &spec.professional, &spec.ward].into_iter().flatten() {
                unit(named, &spec.code)?;
            }
        }
        for spec in &self.successions {
            for (side, code, name) in [("from", &spec.from, &spec.from_name), ("to", &spec.to, &spec.to_name)]
            {
                match (code, name) {
                    (Some(code), _) => unit(code, "successions")?,
                    (None, Some(_)) => {}
                    (None, None) => return Err(format!("successions: {side} or {side}_name is missing")),
                }
            }
        }
        let (_, waiting) = in_order(self.units.iter().collect(), |spec| *spec, |_| false);
        if let Some(spec) = waiting.first() {
            return Err(format!("unit {} is above itself", spec.code));
        }
        let ladder = |code: &str, by: &str| {
            self.ladder(code).map(|_| ()).ok_or_else(|| format!("{by}: no ladder {code}"))
        };
        let named = |reference: &UnitRef, by: &str| match reference {
            UnitRef::Unit(code) => unit(code, by),
            _ => Ok(()),
        };
        for category in &self.categories {
            named(&category.lead, &category.code)?;
            category.with.iter().try_for_each(|with| named(with, &category.code))?;
            match (category.kind, &category.ladder, category.severity) {
                (CategoryKind::Report, Some(code), Some(_)) => ladder(code, &category.code)?,
                (CategoryKind::Report, ..) => {
                    return Err(format!("{}: ladder and severity are missing", category.code));
                }
                (CategoryKind::Redirect, ..) => {}
            }
        }
        for matter in &self.matters {
            for ticket in &matter.tickets {
                ladder(&ticket.ladder, &matter.code)?;
                named(&ticket.responsible, &matter.code)?;
            }
        }
        for heartbeat in &self.heartbeats {
            unit(&heartbeat.responsible, &heartbeat.code)?;
            ladder(&heartbeat.ladder, &heartbeat.code)?;
        }
        for spec in &self.ladders {
            if spec.levels.is_empty() {
                return Err(format!("ladder {} has no level", spec.code));
            }
            for level in &spec.levels {
                if let Whom { at: UnitRef::Unit(code), .. } = &level.whom {
                    unit(code, &spec.code)?;
                }
            }
        }
        for spec in &self.posts {
            if let Some(code) = &spec.unit {
                unit(code, &spec.title)?;
            }
        }
        Ok(())
    }
}

fn parse<T: DeserializeOwned>(name: &str, file: &dyn Fn(&str) -> Option<String>) -> Result<T> {
    let text = file(name).ok_or_else(|| Error::internal(format!("{name} is missing")))?;
    toml::from_str(&text).map_err(|error| Error::internal(format!("{name}: {error}")))
}
