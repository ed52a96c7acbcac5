use super::{shipped, spoken};
use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{ClipId, StaffId};

/// A piece of what is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Say {
    /// An announcement by its key, `care.intro`.
    Clip(String),
    /// Words that name nobody: they are synthesised once and kept on the disk.
    Text(String),
    /// Somebody's name: synthesised each time, never on the disk.
    Name(String),
    Number(i64),
    /// A whole number and a tenth: `Decimal(36, 5)` is 36,5.
    Decimal(i64, u8),
    /// One by one, a rest where a space stands.
    Digits(String),
    /// One by one, as people say a telephone number.
    Phone(String),
    /// Day and month.
    Day(Date),
    Pause(SignedDuration),
    /// What says something only as a whole: a name and the words around it. Where one of the pieces cannot be
    /// said, the announcement `instead` is; without one, none of them. Not within each other.
    Together {
        says: Vec<Say>,
        instead: Option<&'static str>,
    },
}

impl Say {
    pub fn clip(key: &str) -> Self {
        Self::Clip(key.to_owned())
    }

    pub fn text(words: impl Into<String>) -> Self {
        Self::Text(words.into())
    }

    /// All of these or none.
    pub fn together(says: impl Into<Vec<Self>>) -> Self {
        Self::Together { says: says.into(), instead: None }
    }

    /// The words that are heard; those of a clip are kept by the tenant.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Clip(_) | Self::Pause(_) | Self::Together { .. } => String::new(),
            Self::Text(text) | Self::Name(text) => text.trim().to_owned(),
            Self::Number(value) => spoken::number(*value),
            Self::Decimal(whole, tenth) => spoken::decimal(*whole, *tenth),
            Self::Digits(text) => spoken::digits(text),
            Self::Phone(text) => spoken::phone(text),
            Self::Day(day) => spoken::date(*day),
        }
    }

    /// Whether the words may lie on the disk. Figures one by one may be a telephone number.
    pub(super) fn may_be_kept(&self) -> bool {
        !matches!(self, Self::Name(_) | Self::Digits(_) | Self::Phone(_))
    }

    /// Whether it is put together from recorded words where they are there.
    pub(super) fn is_figures(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Decimal(..) | Self::Digits(_) | Self::Phone(_))
    }
}

/// What these pieces say, to be read: announcements in the words that ship, a code as it is written.
pub fn in_words(says: &[Say]) -> String {
    let words = says.iter().map(|say| match say {
        Say::Clip(key) => shipped::words_of(key).unwrap_or_default().to_owned(),
        Say::Together { says, .. } => in_words(says),
        Say::Digits(code) => code.clone(),
        say => say.words(),
    });
    words.filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What a tenant keeps of one version, without its sound.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub id: ClipId,
    pub key: String,
    pub version: i32,
    /// What is heard; in a recording, what its voice says.
    pub words: String,
    /// Length of the recording in seconds; `None` when the words are synthesised.
    pub seconds: Option<f64>,
    /// Hexadecimal SHA-256 of the recording as it is kept.
    pub sha256: Option<String>,
    /// The older version whose words and sound it has.
    pub again: Option<i32>,
    pub valid_from: Timestamp,
    /// Since when it is no longer heard.
    pub retired_at: Option<Timestamp>,
    pub created_by: Option<StaffId>,
}

impl Version {
    pub fn recorded(&self) -> bool {
        self.seconds.is_some()
    }
}

/// An announcement as it is heard now.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    pub key: &'static str,
    /// The words that ship with the program.
    pub shipped: &'static str,
    /// The tenant's own version, where there is one.
    pub own: Option<Version>,
}

impl Prompt {
    pub fn words(&self) -> &str {
        self.own.as_ref().map_or(self.shipped, |own| own.words.as_str())
    }

    pub fn recorded(&self) -> bool {
        self.own.as_ref().is_some_and(Version::recorded)
    }

    /// What it belongs to: `care` of `care.intro`.
    pub fn part(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(part, _)| part)
    }
}

/// How long words take that nobody synthesises: fourteen characters a second, at least a second.
pub(super) fn length_of(words: &str) -> SignedDuration {
    let characters = i64::try_from(words.chars().count()).unwrap_or(i64::MAX / 1_000);
    SignedDuration::from_millis((characters * 1_000 / 14).max(1_000))
}
