//! A card for whoever has no phone: ID-1 (ISO/IEC 7810), as a bank's card. The code stands to the right as
//! large as the card allows; name and year, which a guard compares with another paper, and the figures
//! that he types where no camera reads, to the left.

use crate::{
    Fault,
    code::{Code, DOT},
    draw::Imprint,
    face::Face,
    lines::Align,
    plate::{Fit, Plate, Stand},
    sheet::{Area, Colour, Mark, STROKE, mm},
};

pub(crate) const SIZE: (f32, f32) = (mm(85.60), mm(53.98));
/// To the edges: scissors are not exact.
const EDGE: f32 = mm(3.5);
/// The square for a code and its white: 36.6 mm, 7 dots (0.59 mm) for each of 53 modules.
const SQUARE: f32 = 432.0 * DOT;
/// Of a module in dots, 0.42 mm: no finer code is printed.
const FINEST: u16 = 5;
/// The white of a code reaches nearer to the edge than letters do.
const CODE: (f32, f32) = (SIZE.0 - mm(1.0) - SQUARE, SIZE.1 - mm(1.0) - SQUARE);
/// The measure of what stands to the left.
const LEFT: f32 = CODE.0 - EDGE - mm(1.0);
const LABEL: Fit = Fit::new(Face::Regular, 7.0, 5.0).standing(Stand::Bottom);

/// A value with what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub label: String,
    pub text: String,
}

/// A card. What is empty is left out, but no card is without its code. It has no room for the number of a
/// paper, a phone or an address, and is to have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Language of the text: `vi`, `en`.
    pub lang: &'static str,
    /// Who issues it.
    pub issuer: String,
    /// "MÃ QR CÁ NHÂN", in a band above the code.
    pub kind: String,
    /// What the holder does: "Người giao hàng (shipper)"
    pub role: String,
    pub name: String,
    /// Large: the year of birth; of households and businesses, how many they are.
    pub figure: Said,
    /// The last day.
    pub until: Said,
    /// Twelve digits, large, as they are to be read: "4821 0937 5516"
    pub code: Said,
    /// The modules of the QR code, row by row, dark is true, without the white around them.
    pub qr: Vec<Vec<bool>>,
}

impl Card {
    pub(crate) fn imprint(&self) -> Imprint<'_> {
        Imprint { lang: self.lang, title: vec![&self.kind], author: &self.issuer, ..Imprint::default() }
    }
}

/// The card with its left top corner in that of the plate.
pub(crate) fn plate(card: &Card) -> Result<Plate, Fault> {
    let mut plate = Plate::new(SIZE);
    head(&mut plate, card);
    body(&mut plate, card);
    plate.marks.push(Mark::Code(Code::within(&card.qr, CODE, SQUARE, FINEST)?));
    Ok(plate)
}

/// Who issues it, what it is, what the holder does.
fn head(plate: &mut Plate, card: &Card) {
    let issuer = (EDGE, mm(2.8), LEFT, mm(6.8));
    plate.text(&card.issuer, Fit::new(Face::Regular, 8.0, 5.0).standing(Stand::Middle), issuer);
    plate.fill((EDGE, mm(10.2), LEFT, STROKE), Colour::Black);
    let band = (CODE.0, EDGE, SIZE.0 - EDGE - CODE.0, mm(6.0));
    plate.fill(band, Colour::Black);
    let kind = Fit::new(Face::Bold, 10.0, 6.0).aligned(Align::Centre).standing(Stand::Middle);
    plate.text(&card.kind, kind.coloured(Colour::White), inside(band, 3.0, 0.5));
    let role = Fit::new(Face::Bold, 10.0, 5.5).aligned(Align::Centre).standing(Stand::Middle);
    let top = EDGE + band.3;
    plate.text(&card.role, role, (band.0, top, band.2, CODE.1 - top + mm(1.0)));
}

fn body(plate: &mut Plate, card: &Card) {
    let name = Fit::new(Face::Bold, 17.0, 6.0).standing(Stand::Middle);
    plate.text(&card.name, name, (EDGE, mm(10.8), LEFT, mm(16.4)));
    let gap = mm(2.0);
    let figure = LEFT * 0.4;
    let large = |most: f32| Fit::new(Face::Bold, most, 7.0).standing(Stand::Middle);
    said(plate, &card.figure, large(21.0), (EDGE, mm(27.2), figure, mm(11.8)));
    let until = (EDGE + figure + gap, mm(27.2), LEFT - figure - gap, mm(11.8));
    said(plate, &card.until, large(14.0), until);
    said(plate, &card.code, large(21.0), (EDGE, mm(39.4), LEFT, mm(11.6)));
}

/// The label, and below it the text.
fn said(plate: &mut Plate, said: &Said, fit: Fit, (x, y, width, height): Area) {
    if said.text.is_empty() {
        return;
    }
    let label = mm(3.3);
    plate.text(&said.label, LABEL, (x, y, width, label));
    plate.text(&said.text, fit, (x, y + label, width, height - label));
}

pub(crate) fn inside((x, y, width, height): Area, aside: f32, above: f32) -> Area {
    (x + aside, y + above, width - 2.0 * aside, height - 2.0 * above)
}
