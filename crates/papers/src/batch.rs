//! Cards by the sheet: A4, two by five, edge to edge, so that one cut parts two cards. Marks say where.

use crate::{
    Fault,
    card::{self, Card},
    draw::Imprint,
    face::Face,
    lines::Align,
    plate::{Fit, Plate, Stand},
    sheet::{Area, Mark, PAGE, Page, mm},
};

const ACROSS: usize = 2;
const DOWN: usize = 5;
pub(crate) const A_SHEET: usize = ACROSS * DOWN;
/// The left top corner of the first card.
const CORNER: (f32, f32) =
    ((PAGE.0 - ACROSS as f32 * card::SIZE.0) / 2.0, (PAGE.1 - DOWN as f32 * card::SIZE.1) / 2.0);
/// Of a line to cut along.
const HAIR: f32 = 0.3;
/// Lines to cut along stand this far from the cards and are this long; between cards they cross.
const ASIDE: f32 = mm(1.0);
const MARK: f32 = mm(4.5);
const CROSS: f32 = mm(2.0);

/// Cards that are printed together; each of its words stands in the margin of every page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Language of the text: `vi`, `en`.
    pub lang: &'static str,
    /// "Công ty Ánh Dương, ca ngày"
    pub name: String,
    /// Who prints it.
    pub unit: String,
    /// "In lúc 25/09/2021 07:05"
    pub time: String,
    /// "Trang"; the page and how many there are follow: "Trang 2/7".
    pub page: String,
    /// At the foot of the last page: "3 thẻ không in". Names do not belong on it, whoever gets the sheet.
    pub left: String,
}

impl Batch {
    pub(crate) fn imprint(&self) -> Imprint<'_> {
        Imprint { lang: self.lang, title: vec![&self.name], author: &self.unit, ..Imprint::default() }
    }
}

pub(crate) fn pages(batch: &Batch, cards: &[Card]) -> Result<Vec<Page>, Fault> {
    if cards.is_empty() {
        return Err(Fault::NoCards);
    }
    let all = cards.len().div_ceil(A_SHEET);
    let pages = cards.chunks(A_SHEET).zip(1..).map(|(cards, at)| {
        let mut plate = Plate::new(PAGE);
        cover(&mut plate, batch, &format!("{} {at}/{all}", batch.page));
        plate.marks.push(Mark::Ink(cuts()));
        for (place, card) in cards.iter().enumerate() {
            let (dx, dy) = corner(place % ACROSS, place / ACROSS);
            let set = card::plate(card)?;
            plate.marks.extend(set.marks.into_iter().map(|mark| mark.moved(dx, dy)));
        }
        if at == all && !batch.left.is_empty() {
            foot(&mut plate, batch);
        }
        Ok(plate.page())
    });
    pages.collect()
}

fn cover(plate: &mut Plate, batch: &Batch, page: &str) {
    let (y, height) = (mm(4.0), mm(4.4));
    let fit = |face| Fit::new(face, 9.0, 5.0).standing(Stand::Middle);
    let part = |text: &String| if text.is_empty() { None } else { Some(text.clone()) };
    let joined = |texts: [Option<String>; 2]| texts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let middle = CORNER.0 + card::SIZE.0 * 1.2;
    let left = joined([part(&batch.name), part(&batch.unit)]);
    plate.text(&left, fit(Face::Bold), (CORNER.0, y, middle - CORNER.0 - ASIDE, height));
    let right = joined([part(&batch.time), Some(page.to_owned())]);
    let end = PAGE.0 - CORNER.0;
    plate.text(&right, fit(Face::Regular).aligned(Align::Right), (middle, y, end - middle, height));
}

/// Between the lines to cut along.
fn foot(plate: &mut Plate, batch: &Batch) {
    let height = mm(4.4);
    let (left, width) = (CORNER.0 + mm(2.0), card::SIZE.0 - mm(4.0));
    let area = (left, PAGE.1 - mm(4.0) - height, width, height);
    plate.text(&batch.left, Fit::new(Face::Bold, 9.0, 5.0).standing(Stand::Middle), area);
}

/// The left top corner of the card in this column and row.
pub(crate) fn corner(column: usize, row: usize) -> (f32, f32) {
    (CORNER.0 + column as f32 * card::SIZE.0, CORNER.1 + row as f32 * card::SIZE.1)
}

fn cuts() -> Vec<Area> {
    let columns: Vec<f32> = (0..=ACROSS).map(|column| corner(column, 0).0 - HAIR / 2.0).collect();
    let rows: Vec<f32> = (0..=DOWN).map(|row| corner(0, row).1 - HAIR / 2.0).collect();
    let ((left, top), (right, bottom)) = (corner(0, 0), corner(ACROSS, DOWN));
    let mut cuts = Vec::new();
    for x in &columns {
        cuts.push((*x, top - ASIDE - MARK, HAIR, MARK));
        cuts.push((*x, bottom + ASIDE, HAIR, MARK));
    }
    for y in &rows {
        cuts.push((left - ASIDE - MARK, *y, MARK, HAIR));
        cuts.push((right + ASIDE, *y, MARK, HAIR));
    }
    let inner = |edges: &[f32]| edges[1..edges.len() - 1].to_vec();
    for x in inner(&columns) {
        for y in inner(&rows) {
            cuts.push((x - CROSS / 2.0, y, CROSS, HAIR));
            cuts.push((x, y - CROSS / 2.0, HAIR, CROSS));
        }
    }
    cuts
}
