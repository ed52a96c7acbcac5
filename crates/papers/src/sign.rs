//! A sign for a door: A4, read from the other side of the street. Its band has the colour of a zone, and
//! says it by a word and a shape as well, for whoever does not see the colour and for printers without one.
//! Where nobody has said which zone it is, the band has neither colour nor shape: a frame around the word.

use crate::{
    Fault,
    card::{Said, inside},
    code::{Code, DOT},
    draw::Imprint,
    face::Face,
    lines::Align,
    plate::{Fit, Plate, Stand},
    sheet::{Area, Colour, Mark, PAGE, Page, STROKE, mm},
};

const EDGE: f32 = mm(12.0);
const WIDTH: f32 = PAGE.0 - 2.0 * EDGE;
const BAND: Area = (EDGE, mm(26.0), WIDTH, mm(56.0));
/// Of a line around it.
const FRAME: f32 = mm(1.0);
/// The square for a code and its white: 96.0 mm.
const SQUARE: f32 = 1134.0 * DOT;
/// Of a module in dots, 0.68 mm: read at arm's length.
const FINEST: u16 = 8;
const CODE: (f32, f32) = (EDGE - mm(4.0), mm(180.0));

/// A text, and the same in a second language; that one may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub text: String,
    pub translated: String,
}

/// The colour of a zone; each has a shape of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// A disc with a tick.
    Green,
    /// A triangle.
    Yellow,
    /// A square on its corner.
    Orange,
    /// An octagon with a bar.
    Red,
}

/// A sign. What is empty is left out, but no sign is without its code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sign {
    /// Language of the text: `vi`, `en`.
    pub lang: &'static str,
    /// Who issues it.
    pub issuer: String,
    /// `None` where nobody has said: no colour is claimed.
    pub zone: Option<Zone>,
    /// "CỬA HÀNG XANH"
    pub title: Told,
    pub name: String,
    /// As the business gave it.
    pub address: String,
    /// The last day, large.
    pub until: Said,
    /// How many may be inside, or belong to it.
    pub limit: Said,
    /// What one does with the code.
    pub hint: Told,
    /// In small letters at the foot.
    pub footer: String,
    /// The modules of the QR code, row by row, dark is true, without the white around them.
    pub qr: Vec<Vec<bool>>,
}

impl Sign {
    pub(crate) fn imprint(&self) -> Imprint<'_> {
        let title = vec![self.title.text.as_str(), self.name.as_str()];
        Imprint { lang: self.lang, title, author: &self.issuer, ..Imprint::default() }
    }
}

pub(crate) fn page(sign: &Sign) -> Result<Page, Fault> {
    let centred = |face, most, least| Fit::new(face, most, least).aligned(Align::Centre);
    let mut plate = Plate::new(PAGE);
    let issuer = centred(Face::Regular, 16.0, 8.0).standing(Stand::Middle);
    plate.text(&sign.issuer, issuer, (EDGE, mm(10.0), WIDTH, mm(14.0)));
    band(&mut plate, sign);
    let name = centred(Face::Bold, 44.0, 14.0).standing(Stand::Middle);
    plate.text(&sign.name, name, (EDGE, mm(86.0), WIDTH, mm(56.0)));
    let address = centred(Face::Regular, 20.0, 9.0).standing(Stand::Middle);
    plate.text(&sign.address, address, (EDGE, mm(144.0), WIDTH, mm(28.0)));
    plate.fill((EDGE, mm(176.0), WIDTH, STROKE), Colour::Black);
    plate.marks.push(Mark::Code(Code::within(&sign.qr, CODE, SQUARE, FINEST)?));
    beside(&mut plate, sign);
    let footer = centred(Face::Regular, 9.0, 6.0);
    plate.text(&sign.footer, footer, (EDGE, mm(282.0), WIDTH, mm(6.0)));
    Ok(plate.page())
}

/// Colour, shape and word; of an unknown zone the word in a frame.
fn band(plate: &mut Plate, sign: &Sign) {
    let (x, y, width, height) = BAND;
    let (ink, from) = if let Some(zone) = sign.zone {
        let (ground, ink) = zone.colours();
        plate.fill(BAND, ground);
        let radius = mm(20.0);
        let middle = (x + mm(8.0) + radius, y + height / 2.0);
        plate.marks.extend(zone.shape(middle, radius));
        (ink, mm(54.0))
    } else {
        plate.marks.push(frame());
        (Colour::Black, mm(8.0))
    };
    let words = |face, most, least| Fit::new(face, most, least).coloured(ink);
    let measure = width - from - mm(6.0);
    let title = words(Face::Bold, 54.0, 20.0).standing(Stand::Bottom);
    if sign.title.translated.is_empty() {
        let title = title.standing(Stand::Middle);
        plate.text(&sign.title.text, title, inside((x + from, y, measure, height), 0.0, mm(4.0)));
        return;
    }
    let part = height * 0.68;
    plate.text(&sign.title.text, title, (x + from, y + mm(3.0), measure, part - mm(3.0)));
    let translated = words(Face::Bold, 22.0, 10.0);
    plate.text(&sign.title.translated, translated, (x + from, y + part, measure, height - part - mm(3.0)));
}

/// Four lines around the band.
fn frame() -> Mark {
    let (x, y, width, height) = BAND;
    Mark::Ink(vec![
        (x, y, width, FRAME),
        (x, y + height - FRAME, width, FRAME),
        (x, y, FRAME, height),
        (x + width - FRAME, y, FRAME, height),
    ])
}

/// What stands to the right of the code.
fn beside(plate: &mut Plate, sign: &Sign) {
    let x = CODE.0 + SQUARE + mm(2.0);
    let width = PAGE.0 - EDGE - x;
    let label = Fit::new(Face::Regular, 15.0, 8.0).standing(Stand::Bottom);
    let large = Fit::new(Face::Bold, 34.0, 12.0).standing(Stand::Middle);
    for (said, y) in [(&sign.until, 184.0), (&sign.limit, 212.0)] {
        if !said.text.is_empty() {
            plate.text(&said.label, label, (x, mm(y), width, mm(9.0)));
            plate.text(&said.text, large, (x, mm(y + 9.0), width, mm(16.0)));
        }
    }
    let hint =
        plate.text(&sign.hint.text, Fit::new(Face::Regular, 14.0, 8.0), (x, mm(243.0), width, mm(17.0)));
    let translated = Fit::new(Face::Italic, 12.0, 7.0);
    plate.text(&sign.hint.translated, translated, (x, mm(243.5) + hint, width, mm(14.0)));
}

impl Zone {
    /// Of the band, and of what stands on it: those that the screens use in light.
    const fn colours(self) -> (Colour, Colour) {
        match self {
            Self::Green => (Colour::Mixed(0x1b, 0x7a, 0x3d), Colour::White),
            Self::Yellow => (Colour::Mixed(0xf5, 0xc5, 0x18), Colour::Mixed(0x2b, 0x22, 0x00)),
            Self::Orange => (Colour::Mixed(0xb8, 0x4d, 0x08), Colour::White),
            Self::Red => (Colour::Mixed(0xc6, 0x21, 0x18), Colour::White),
        }
    }

    fn shape(self, (x, y): (f32, f32), radius: f32) -> Vec<Mark> {
        let (ground, ink) = self.colours();
        let area = |corners: &[(f32, f32)], colour| Mark::Shape {
            corners: corners.iter().map(|(dx, dy)| (x + dx * radius, y + dy * radius)).collect(),
            colour,
        };
        match self {
            Self::Green => vec![Mark::Disc { x, y, radius, colour: ink }, area(&TICK, ground)],
            Self::Yellow => vec![area(&TRIANGLE, ink)],
            Self::Orange => vec![area(&DIAMOND, ink)],
            Self::Red => vec![area(&OCTAGON, ink), area(&BAR, ground)],
        }
    }
}

/// Corners of shapes around their middle; what holds them reaches to 1.
const TICK: [(f32, f32); 6] =
    [(-0.58, 0.04), (-0.40, -0.14), (-0.14, 0.12), (0.40, -0.42), (0.58, -0.24), (-0.14, 0.48)];
const TRIANGLE: [(f32, f32); 3] = [(0.0, -0.9), (1.0, 0.8), (-1.0, 0.8)];
const DIAMOND: [(f32, f32); 4] = [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)];
const OCTAGON: [(f32, f32); 8] = [
    (-0.383, -0.924),
    (0.383, -0.924),
    (0.924, -0.383),
    (0.924, 0.383),
    (0.383, 0.924),
    (-0.383, 0.924),
    (-0.924, 0.383),
    (-0.924, -0.383),
];
const BAR: [(f32, f32); 4] = [(-0.6, -0.16), (0.6, -0.16), (0.6, 0.16), (-0.6, 0.16)];
