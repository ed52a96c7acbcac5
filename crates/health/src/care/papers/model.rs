use crate::codes::codes;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

codes! {
    Kind in "kind" {
        /// The ward's decision to isolate somebody at home.
        Decision = "decision",
        /// What he promises.
        Commitment = "commitment",
        /// Twice a day, to be filled in by hand.
        FollowSheet = "follow_sheet",
        /// At the door; about the household, it names nobody.
        DoorNotice = "door_notice",
        /// That he has completed it.
        Completion = "completion",
        /// What the certificate of sick leave is written from.
        SickLeave = "sick_leave",
    }
}

impl Kind {
    /// Letters behind the number (Decree 30/2020, appendix III).
    pub(super) const fn letters(self) -> &'static str {
        match self {
            Self::Decision => "QĐ-UBND",
            Self::Commitment => "BCK-TYT",
            Self::FollowSheet => "PTD-TYT",
            Self::DoorNotice => "TB-TYT",
            Self::Completion => "GXN-UBND",
            Self::SickLeave => "GCN-TYT",
        }
    }

    /// Issued by the ward's committee; the others by the health station.
    pub(super) const fn of_ward(self) -> bool {
        matches!(self, Self::Decision | Self::Completion)
    }

    /// Shown to others, who ask by its code whether it stands.
    pub const fn is_certificate(self) -> bool {
        matches!(self, Self::Decision | Self::Completion | Self::SickLeave)
    }
}

/// A paper with everything that stands on it, in the order in which it stands there. Texts are the
/// paper's own, in Vietnamese.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub kind: Kind,
    /// Top left: the body above, in capitals; may be empty.
    pub parent: String,
    /// Top left: who issues it, in capitals.
    pub issuer: String,
    /// "05/QĐ-UBND"
    pub symbol: String,
    /// "Tân Phong, ngày 02 tháng 10 năm 2021"
    pub place_and_date: String,
    /// "QUYẾT ĐỊNH"
    pub title: String,
    /// What it is about, below the title.
    pub about: String,
    /// "Căn cứ …;", in italics.
    pub grounds: Vec<String>,
    /// In capitals across the paper, for whoever stands before the door; empty on the others.
    pub notice: String,
    /// What it says of the person or the house.
    pub facts: Vec<Fact>,
    /// Articles or paragraphs.
    pub articles: Vec<String>,
    /// Lines of the follow-up sheet; empty on the others.
    pub sheet: Vec<SheetLine>,
    /// "Như Điều 3;", without the dash before it.
    pub recipients: Vec<String>,
    /// Above the signature on the left, of whoever promises; empty where nobody does.
    pub holder: String,
    pub holder_name: String,
    /// Above the signature, line by line, in capitals.
    pub signer_title: Vec<String>,
    /// May be empty: it is written by hand.
    pub signer_name: String,
    /// By which anybody asks whether the paper stands.
    pub code: String,
    /// Whom it names; `None` where it names nobody.
    pub full_name: Option<String>,
    pub issued_on: Date,
    pub from_on: Option<Date>,
    pub to_on: Option<Date>,
}

/// One line of what a paper says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub name: String,
    /// Dots where it is written by hand.
    pub value: String,
}

/// One time of a day on the follow-up sheet; what is empty is filled in by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetLine {
    /// "25/09/2021"
    pub day: String,
    /// "Sáng"
    pub time: String,
    pub breaths: String,
    pub pulse: String,
    pub temperature: String,
    pub spo2: String,
    pub pressure: String,
    /// "Không", "Có"
    pub symptoms: String,
}
