//! Official papers as PDF: what stands on one goes in, bytes come out. Nothing is asked and nothing is
//! decided here; every word comes from whoever issues the paper.
//!
//! The form follows Decree 30/2020/NĐ-CP, appendix I: A4, the nation at the top right, who issues at the
//! top left, number and date on one line, the body justified at 14 points, the signature at the bottom
//! right, recipients at the bottom left, the page's number at the top from the second page on.
//!
//! Lines are broken by the widths of their shaped glyphs, and the same glyphs are drawn. The same paper
//! gives the same bytes: no clock is read, the date comes in.

//!
//! Beside them what is printed for gates and doors: [`card()`], [`sheet()`], [`sign()`], [`poster()`]. Their
//! boxes do not grow; a long name stands in smaller letters.

mod face;
mod lines;
mod code;
mod sheet;
mod table;
mod layout;
mod draw;
mod plate;
mod card;
mod batch;
mod sign;
mod poster;
#[cfg(test)]
mod tests;

pub use batch::Batch;
pub use card::{Card, Said};
pub use poster::{Format, Poster};
pub use sign::{Sign, Told, Zone};

use draw::Imprint;
use jiff::civil::Date;

/// A paper; what is empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paper {
    /// Language of the text: `vi`, `en`.
    pub lang: &'static str,
    /// Top right; `None` on papers that are not in the nation's name.
    pub nation: Option<Nation>,
    /// Top left, in capitals: the body above.
    pub parent: String,
    /// Top left, in capitals: who issues it. Also the author of the file.
    pub issuer: String,
    /// As it stands there: "Số: 05/QĐ-UBND".
    pub symbol: String,
    /// "Tân Phong, ngày 02 tháng 10 năm 2021"
    pub place_and_date: String,
    /// The day of the file.
    pub date: Option<Date>,
    /// "QUYẾT ĐỊNH"
    pub title: String,
    /// What it is about, below the title.
    pub about: String,
    /// What stands between the title and the signatures, in its order.
    pub parts: Vec<Part>,
    /// Bottom left.
    pub recipients: Recipients,
    /// Bottom left, of whoever promises.
    pub holder: Signature,
    /// Bottom right.
    pub signer: Signature,
    /// How anybody finds out whether the paper stands.
    pub check: Option<Check>,
    /// In a frame at the top of each page: that the paper no longer stands.
    pub void: String,
    /// In small letters at the foot of each page.
    pub footer: String,
}

/// The nation and its motto.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nation {
    pub name: String,
    pub motto: String,
}

impl Nation {
    /// As papers in Vietnamese write it.
    pub fn vietnamese() -> Self {
        Self {
            name: "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM".to_owned(),
            motto: "Độc lập - Tự do - Hạnh phúc".to_owned(),
        }
    }
}

/// One piece of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// "II. SỐ CA THEO PHƯỜNG"; never the last line of a page.
    Heading(String),
    /// What the paper rests on, in italics.
    Ground(String),
    /// A paragraph that begins in bold: "Điều 1.", and goes on.
    Article(String, String),
    Text(String),
    /// A line of a list, without the dash before it.
    Item(String),
    /// In small italics: how numbers are to be read.
    Note(String),
    /// In large letters and a frame, for whoever stands before a door.
    Notice(String),
    /// Names and what they are, side by side.
    Facts(Vec<(String, String)>),
    Table(Table),
}

/// A table; its head stands again on each page it reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub head: Vec<Head>,
    /// Each as long as the head.
    pub rows: Vec<Vec<String>>,
    /// The last row is the sum of those above.
    pub sum: bool,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub label: String,
    /// Figures stand to the right.
    pub number: bool,
}

/// Who gets the paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipients {
    /// "Nơi nhận:"
    pub label: String,
    /// "- Như Điều 3;"
    pub lines: Vec<String>,
}

/// Where somebody signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"
    pub title: Vec<String>,
    /// "(Ký, ghi rõ họ tên, đóng dấu)"
    pub hint: String,
    /// Below the room for the hand; may be empty.
    pub name: String,
}

/// A code and where it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// "Kiểm tra giấy này tại https://…"
    pub text: String,
    /// "Mã: ABCD-EFGH"
    pub code: String,
    /// The modules of a QR code, row by row, dark is true, without the white around them.
    pub qr: Vec<Vec<bool>>,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A row is not as long as the head.
    #[error("a table whose rows differ in length")]
    Ragged,
    /// A QR code that is no square.
    #[error("a code that is no square")]
    NotSquare,
    /// A QR code of so many modules that no phone would read it at this size.
    #[error("a code too fine to be printed so small")]
    Fine,
    #[error("a batch without cards")]
    NoCards,
    #[error("a font cannot be read")]
    Font,
    #[error("the file cannot be written: {0}")]
    Written(String),
}

/// Sets the paper: the bytes of a PDF.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, Fault> {
    let imprint = Imprint {
        lang: paper.lang,
        title: vec![&paper.title, &paper.symbol],
        about: &paper.about,
        author: &paper.issuer,
        date: paper.date,
    };
    draw::file(&imprint, &layout::pages(paper)?)
}

/// One card: a PDF of one page of 85.60 by 53.98 mm.
pub fn card(card: &Card) -> Result<Vec<u8>, Fault> {
    face::check()?;
    draw::file(&card.imprint(), &[card::plate(card)?.page()])
}

/// Cards to be cut apart, ten on each page of A4. Fails where there are none.
pub fn sheet(batch: &Batch, cards: &[Card]) -> Result<Vec<u8>, Fault> {
    face::check()?;
    draw::file(&batch.imprint(), &batch::pages(batch, cards)?)
}

/// A sign for a door: a PDF of one page of A4.
pub fn sign(sign: &Sign) -> Result<Vec<u8>, Fault> {
    face::check()?;
    draw::file(&sign.imprint(), &[sign::page(sign)?])
}

/// A poster for a wall: a PDF of one page. The dark square of its code measures 15 cm at the least.
pub fn poster(poster: &Poster) -> Result<Vec<u8>, Fault> {
    face::check()?;
    draw::file(&poster.imprint(), &[poster::page(poster)?])
}
