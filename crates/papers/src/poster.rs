//! A poster for the wall of a venue: whoever comes in points a phone at it. The code is an address of the
//! web, which any phone opens, and stands below in letters for those whose phone does not.

use crate::{
    Fault,
    code::{Code, QUIET},
    draw::Imprint,
    face::Face,
    lines::Align,
    plate::{Fit, Plate, Stand},
    sheet::{Area, Colour, Mark, PAGE, Page, mm},
    sign::Told,
};

/// The dark square of a code at the least, on A4; A3 is so much larger in all.
const DARK: f32 = 150.0;
const A3: f32 = 297.0 / 210.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    #[default]
    A4,
    A3,
}

/// A poster; what is empty is left out, but no poster is without its code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poster {
    /// Language of the text: `vi`, `en`.
    pub lang: &'static str,
    pub format: Format,
    /// Who issues it.
    pub issuer: String,
    /// "QUÉT MÃ KHI VÀO"
    pub title: Told,
    /// Of the venue.
    pub name: String,
    /// What the code says, as one types it: "https://…"
    pub link: String,
    /// What one does, in its order.
    pub steps: [Told; 3],
    /// The modules of the QR code, row by row, dark is true, without the white around them.
    pub qr: Vec<Vec<bool>>,
}

impl Poster {
    pub(crate) fn imprint(&self) -> Imprint<'_> {
        let title = vec![self.title.text.as_str(), self.name.as_str()];
        Imprint { lang: self.lang, title, author: &self.issuer, ..Imprint::default() }
    }
}

/// Millimetres of A4 on the page.
#[derive(Clone, Copy)]
struct Scale(f32);

impl Scale {
    fn of(self, millimetres: f32) -> f32 {
        mm(millimetres) * self.0
    }

    fn area(self, x: f32, y: f32, width: f32, height: f32) -> Area {
        (self.of(x), self.of(y), self.of(width), self.of(height))
    }

    fn fit(self, face: Face, most: f32, least: f32) -> Fit {
        Fit::new(face, most * self.0, least * self.0)
    }
}

/// Of A4.
const EDGE: f32 = 10.0;
const WIDTH: f32 = 190.0;
const LINK: (f32, f32) = (236.0, 12.0);
const STEPS: (f32, f32) = (250.0, 38.0);

pub(crate) fn page(poster: &Poster) -> Result<Page, Fault> {
    let (scale, size) = match poster.format {
        Format::A4 => (Scale(1.0), PAGE),
        Format::A3 => (Scale(A3), (mm(297.0), mm(420.0))),
    };
    let mut plate = Plate::new(size);
    // In the middle of the page's width, its white down to the address.
    let code = Code::at_least(&poster.qr, (0.0, 0.0), size.0, scale.of(DARK))?;
    let white = QUIET * code.side;
    let (left, bottom) = (code.x, scale.of(LINK.0));
    let top = bottom - white - code.width();
    let down = top - code.y;
    let code = code.moved(0.0, down);
    debug_assert!(left >= white && top > white, "the white of a code is whole");
    head(&mut plate, poster, scale, (top - white) / scale.of(1.0));
    plate.marks.push(Mark::Code(code));
    let link = scale.fit(Face::Bold, 26.0, 9.0).aligned(Align::Centre).standing(Stand::Middle);
    plate.text(&poster.link, link, scale.area(EDGE, LINK.0, WIDTH, LINK.1));
    steps(&mut plate, poster, scale);
    Ok(plate.page())
}

/// What stands above the white of the code, down to `bottom`.
fn head(plate: &mut Plate, poster: &Poster, scale: Scale, bottom: f32) {
    let (top, issuer) = (6.0, 6.0);
    let rest = bottom - top - issuer;
    let centred = |face, most, least| scale.fit(face, most, least).aligned(Align::Centre);
    let middle = |fit: Fit| fit.standing(Stand::Middle);
    plate.text(
        &poster.issuer,
        middle(centred(Face::Regular, 12.0, 6.0)),
        scale.area(EDGE, top, WIDTH, issuer),
    );
    let mut y = top + issuer;
    for (text, fit, part) in [
        (&poster.title.text, centred(Face::Bold, 34.0, 12.0), 0.4),
        (&poster.title.translated, centred(Face::Italic, 17.0, 8.0), 0.22),
        (&poster.name, centred(Face::Bold, 22.0, 8.0), 0.38),
    ] {
        plate.text(text, middle(fit), scale.area(EDGE, y, WIDTH, rest * part));
        y += rest * part;
    }
}

/// Side by side: a figure in a disc, what to do, and the same in the second language.
fn steps(plate: &mut Plate, poster: &Poster, scale: Scale) {
    let (top, height) = STEPS;
    let (column, gap, radius) = (WIDTH / 3.0, 4.0, 5.0);
    for (step, place) in poster.steps.iter().zip(0_u8..) {
        if step.text.is_empty() {
            continue;
        }
        let x = EDGE + f32::from(place) * column;
        plate.marks.push(Mark::Disc {
            x: scale.of(x + radius),
            y: scale.of(top + radius + 1.0),
            radius: scale.of(radius),
            colour: Colour::Black,
        });
        let figure = scale.fit(Face::Bold, 17.0, 17.0).aligned(Align::Centre).standing(Stand::Middle);
        let disc = scale.area(x, top + 0.6, 2.0 * radius, 2.0 * radius);
        plate.text(&(place + 1).to_string(), figure.coloured(Colour::White), disc);
        let (x, width) = (x + 2.0 * radius + 2.5, column - 2.0 * radius - 2.5 - gap);
        let said = scale.fit(Face::Bold, 13.0, 7.0);
        let used = plate.text(&step.text, said, scale.area(x, top, width, height * 0.55));
        let translated = scale.fit(Face::Italic, 11.5, 6.5);
        let (x, y, width, _) = scale.area(x, top, width, 0.0);
        plate.text(&step.translated, translated, (x, y + used, width, scale.of(height) - used));
    }
}
