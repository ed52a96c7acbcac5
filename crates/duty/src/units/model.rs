use kernel::{UnitId, text::search_key};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The two lines a unit stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Who commands.
    Administrative,
    /// Who guides the trade.
    Professional,
}

impl Line {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrative => "administrative",
            Self::Professional => "professional",
        }
    }
}

impl FromStr for Line {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        match s {
            "administrative" => Ok(Self::Administrative),
            "professional" => Ok(Self::Professional),
            _ => Err(()),
        }
    }
}

macro_rules! kinds {
    ($($name:ident = $text:literal),+ $(,)?) => {
        /// What a unit is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum UnitKind { $($name),+ }
        impl UnitKind {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }
    };
}

kinds! {
    Committee = "committee", Leaders = "leaders", Office = "office", Ward = "ward", Station = "station",
    MobileStation = "mobile_station", CareTeam = "care_team", RapidTeam = "rapid_team", Police = "police",
    Military = "military", Front = "front", StationPoint = "station_point", Union = "union", Centre = "centre",
    Hospital = "hospital", Facility = "facility", Department = "department",
    Enterprise = "enterprise", Quarter = "quarter", Neighbourhood = "neighbourhood", Steering = "steering",
    LockdownPoint = "lockdown_point",
}

impl UnitKind {
    /// A kind by its code, or by what lists and screens call it, in either language, with or
    /// without marks.
    pub fn named(text: &str) -> Option<Self> {
        let key = search_key(text);
        let by_code = || key.replace(' ', "_").parse().ok();
        Self::ALL.iter().copied().find(|kind| kind.names().contains(&key.as_str())).or_else(by_code)
    }

    /// As [`search_key`] folds them; those of the screens stand first.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Committee => &["uy ban nhan dan quan", "district committee", "ubnd quan"],
            Self::Leaders => &["lanh dao", "leaders", "lanh dao uy ban"],
            Self::Office => &["phong ban", "office", "phong"],
            Self::Ward => &["phuong", "ward", "uy ban nhan dan phuong", "ubnd phuong"],
            Self::Station => &["tram y te", "health station", "tram"],
            Self::MobileStation => &["tram y te luu dong", "mobile health station"],
            Self::CareTeam => {
                &["to cham soc f0 cong dong", "community f0 care team", "to cham soc", "to cham soc f0"]
            }
            Self::RapidTeam => &["to phan ung nhanh", "rapid response team"],
            Self::Police => &["cong an", "police"],
            Self::Military => &["quan su", "military", "ban chi huy quan su"],
            Self::Front => &["mat tran to quoc", "fatherland front", "mat tran", "uy ban mat tran to quoc"],
            Self::StationPoint => &["diem tram", "station point"],
            Self::Union => &["doan the", "union", "cong doan"],
            Self::Centre => &["trung tam", "centre", "trung tam dieu hanh"],
            Self::Hospital => &["benh vien", "hospital"],
            Self::Facility => &["khu cach ly dieu tri", "care facility", "khu cach ly", "khu dieu tri"],
            Self::Department => {
                &["don vi nganh doc su nghiep", "sector unit", "don vi su nghiep", "don vi nganh doc"]
            }
            Self::Enterprise => &["doanh nghiep cong ich", "public enterprise"],
            Self::Quarter => &["khu pho", "quarter"],
            Self::Neighbourhood => &["to dan pho", "neighbourhood group"],
            Self::Steering => &["ban chi dao", "steering committee"],
            Self::LockdownPoint => &["diem phong toa", "lockdown point"],
        }
    }
}

impl FromStr for UnitKind {
    type Err = kernel::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == s)
            .ok_or(kernel::Error::invalid("kind", "error-unit-kind-unknown"))
    }
}

impl fmt::Display for UnitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a unit is, when it is a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub lat: f64,
    pub lon: f64,
    pub area_km2: Option<f64>,
    pub population: Option<i32>,
    pub source: Option<String>,
    pub verified: bool,
    /// GeoJSON geometry; `None` where only the centroid is known.
    pub boundary: Option<serde_json::Value>,
}

/// A unit as it is on the day the tree was read for.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    pub id: UnitId,
    pub code: String,
    pub kind: UnitKind,
    pub ward: Option<UnitId>,
    pub name: String,
    pub short: String,
    pub name_en: String,
    pub admin_code: Option<String>,
    pub administrative: Option<UnitId>,
    pub professional: Option<UnitId>,
    pub place: Option<Place>,
}

impl Unit {
    /// The name in a language ("vi", "en").
    pub fn name_in(&self, language: &str) -> &str {
        if language == "en" { &self.name_en } else { &self.name }
    }

    pub fn parent(&self, line: Line) -> Option<UnitId> {
        match line {
            Line::Administrative => self.administrative,
            Line::Professional => self.professional,
        }
    }
}
