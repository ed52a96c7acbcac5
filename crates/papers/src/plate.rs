//! A surface of fixed size, a card or a poster, and what stands on it. Its boxes do not grow: letters
//! shrink until a text fits its box, and only a text that does not fit in the smallest letters is cut.

use crate::{
    face::Face,
    lines::{Align, extent},
    sheet::{Area, Colour, Column, Mark, Page, Style},
};

/// Between two sizes of letters.
const STEP: f32 = 0.5;
/// Letters of a text that are looked at: no name is longer, and what is comes from nobody who means well.
const MOST: usize = 500;

/// Where a text stands in a box higher than itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    Top,
    Middle,
    Bottom,
}

/// How a text fills its box.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fit {
    pub face: Face,
    /// The largest letters and the smallest.
    pub sizes: (f32, f32),
    pub align: Align,
    pub stand: Stand,
    pub colour: Colour,
}

impl Fit {
    pub(crate) const fn new(face: Face, most: f32, least: f32) -> Self {
        let (align, stand, colour) = (Align::Left, Stand::Top, Colour::Black);
        Self { face, sizes: (most, least), align, stand, colour }
    }

    pub(crate) const fn aligned(self, align: Align) -> Self {
        Self { align, ..self }
    }

    pub(crate) const fn standing(self, stand: Stand) -> Self {
        Self { stand, ..self }
    }

    pub(crate) const fn coloured(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Plate {
    /// Width and height.
    size: (f32, f32),
    pub marks: Vec<Mark>,
}

impl Plate {
    pub(crate) const fn new(size: (f32, f32)) -> Self {
        Self { size, marks: Vec::new() }
    }

    pub(crate) fn page(self) -> Page {
        Page { size: self.size, marks: self.marks }
    }

    /// Sets a text in a box; the height that it takes.
    pub(crate) fn text(&mut self, text: &str, fit: Fit, area: Area) -> f32 {
        let (_, y, _, height) = area;
        let set = fitted(text, fit, area);
        let down = match fit.stand {
            Stand::Top => 0.0,
            Stand::Middle => (height - set.height) / 2.0,
            Stand::Bottom => height - set.height,
        };
        let marks = set.marks.into_iter().map(|mark| coloured(mark, fit.colour).moved(0.0, y + down));
        self.marks.extend(marks);
        set.height
    }

    /// An area of one colour.
    pub(crate) fn fill(&mut self, (x, y, width, height): Area, colour: Colour) {
        let corners = vec![(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
        self.marks.push(Mark::Shape { corners, colour });
    }
}

fn coloured(mark: Mark, colour: Colour) -> Mark {
    match mark {
        Mark::Text { x, y, size, run, .. } => Mark::Text { x, y, size, run, colour },
        other => other,
    }
}

/// The text in the largest letters at which no word breaks and all lines fit; else in the smallest.
fn fitted(text: &str, fit: Fit, (x, _, width, height): Area) -> Column {
    let begun = text.char_indices().nth(MOST).map(|(end, _)| format!("{}…", &text[..end]));
    let text = begun.as_deref().unwrap_or(text);
    let (most, least) = fit.sizes;
    let set = |text: &str, size: f32| {
        let mut column = Column::new(x, width);
        column.text(text, fit.face, Style::new(size, fit.align));
        column
    };
    let (word, whole) = extent(text, fit.face);
    // Fewer lines than this no breaking makes of it.
    let lines = |size: f32| (whole * size / width).ceil().max(1.0);
    let mut size = most;
    while size > least {
        let hopeless = word * size > width || lines(size) * Style::new(size, fit.align).leading() > height;
        if !hopeless {
            let column = set(text, size);
            if column.height <= height {
                return column;
            }
        }
        size -= STEP;
    }
    let column = set(text, least);
    if column.height <= height { column } else { cut(text, height, |text| set(text, least)) }
}

/// As many letters of the text as fit, and dots that say that it goes on.
fn cut(text: &str, height: f32, set: impl Fn(&str) -> Column) -> Column {
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let part = |n: usize| set(&format!("{}…", text[..ends[n]].trim_end()));
    // Halving: the most letters whose lines are few enough lie between these.
    let (mut fits, mut over) = (0, ends.len().saturating_sub(1));
    while fits < over {
        let middle = (fits + over).div_ceil(2);
        if part(middle).height <= height {
            fits = middle;
        } else {
            over = middle - 1;
        }
    }
    let column = part(fits);
    if column.height <= height { column } else { set("") }
}
