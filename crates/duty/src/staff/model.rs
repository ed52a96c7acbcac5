use jiff::civil::Date;
use kernel::{Role, StaffId, UnitId};
use serde::{Deserialize, Serialize};

/// A member of staff, without what is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staff {
    pub id: StaffId,
    pub code: String,
    pub full_name: String,
    pub left_on: Option<Date>,
}

/// How a person is named beside an act: unit and role first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Badge {
    pub full_name: String,
    pub title: String,
    pub title_en: String,
    pub unit: Option<UnitId>,
}

/// A post held today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    pub staff: StaffId,
    pub unit: UnitId,
    pub role: Role,
    pub title: String,
    pub title_en: String,
    pub head: bool,
    pub on_call: bool,
}

/// Somebody a level of a ladder reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    pub staff: StaffId,
    pub unit: UnitId,
    pub title: String,
    pub has_phone: bool,
    pub has_email: bool,
    /// A browser of his takes notices.
    pub has_push: bool,
}

/// A person to be taken on.
pub struct NewStaff {
    pub code: String,
    pub full_name: String,
    /// Unaccented, lower case: what a search finds.
    pub search: String,
    /// E.164.
    pub phone: Option<String>,
    pub email: Option<String>,
    pub active_from: Date,
}

pub struct NewPost {
    pub staff: StaffId,
    pub unit: UnitId,
    pub role: Role,
    pub title: String,
    pub title_en: String,
    pub head: bool,
    pub on_call: bool,
    pub valid_from: Date,
}

/// How to reach a person: for rosters and their papers, never for lists that others see.
pub struct Contact {
    pub id: StaffId,
    pub code: String,
    pub full_name: String,
    /// E.164.
    pub phone: Option<String>,
    pub email: Option<String>,
}

/// A post with its days; `valid_to` is the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostRow {
    pub id: uuid::Uuid,
    pub staff: StaffId,
    pub unit: UnitId,
    pub role: Role,
    pub title: String,
    pub head: bool,
    pub on_call: bool,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
}

/// `posts.toml`: which posts a unit has, and how many people the demo puts there.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostSpec {
    pub kind: String,
    /// Only this unit; a unit named by any post takes no posts of its kind.
    pub unit: Option<String>,
    pub role: Role,
    pub title: String,
    pub title_en: String,
    pub head: bool,
    pub count: u32,
    pub on_call: bool,
}
