//! Pages and what is set on them. Lengths are in points, from the top left corner of the page.

use crate::{
    code::Code,
    face::{Face, Run},
    lines::{Align, Line, Piece, broken},
};

const MM: f32 = 72.0 / 25.4;
/// A4.
pub(crate) const PAGE: (f32, f32) = (210.0 * MM, 297.0 * MM);
/// Margins (Decree 30/2020, appendix I: 20 to 25 mm, left 30 to 35, right 15 to 20).
pub(crate) const TOP: f32 = 20.0 * MM;
pub(crate) const BOTTOM: f32 = PAGE.1 - 20.0 * MM;
pub(crate) const LEFT: f32 = 30.0 * MM;
pub(crate) const RIGHT: f32 = PAGE.0 - 15.0 * MM;
pub(crate) const WIDTH: f32 = RIGHT - LEFT;

/// From one line to the next, in sizes of the letters.
const LEADING: f32 = 1.3;
/// From the top of a line to where its letters stand, in sizes of the letters.
const ASCENT: f32 = 0.98;
/// Of rules and frames.
pub(crate) const STROKE: f32 = 0.6;

pub(crate) const fn mm(n: f32) -> f32 {
    n * MM
}

/// Of letters and areas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Colour {
    #[default]
    Black,
    White,
    /// Red, green, blue.
    Mixed(u8, u8, u8),
}

/// Left, top, width, height.
pub(crate) type Area = (f32, f32, f32, f32);

/// One thing on a page.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// Letters that stand on `y`.
    Text {
        x: f32,
        y: f32,
        size: f32,
        run: Run,
        colour: Colour,
    },
    /// Areas in black: rules, frames.
    Ink(Vec<Area>),
    /// The corners of an area in a colour.
    Shape {
        corners: Vec<(f32, f32)>,
        colour: Colour,
    },
    Disc {
        x: f32,
        y: f32,
        radius: f32,
        colour: Colour,
    },
    Code(Code),
}

impl Mark {
    pub(crate) fn moved(self, dx: f32, dy: f32) -> Self {
        match self {
            Self::Text { x, y, size, run, colour } => Self::Text { x: x + dx, y: y + dy, size, run, colour },
            Self::Ink(areas) => {
                Self::Ink(areas.into_iter().map(|(x, y, w, h)| (x + dx, y + dy, w, h)).collect())
            }
            Self::Shape { corners, colour } => {
                Self::Shape { corners: corners.into_iter().map(|(x, y)| (x + dx, y + dy)).collect(), colour }
            }
            Self::Disc { x, y, radius, colour } => Self::Disc { x: x + dx, y: y + dy, radius, colour },
            Self::Code(code) => Self::Code(code.moved(dx, dy)),
        }
    }
}

/// How a text is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    pub size: f32,
    pub align: Align,
    /// Of the first line.
    pub indent: f32,
}

impl Style {
    pub(crate) const fn new(size: f32, align: Align) -> Self {
        Self { size, align, indent: 0.0 }
    }

    pub(crate) const fn indented(self, indent: f32) -> Self {
        Self { indent, ..self }
    }

    pub(crate) fn leading(self) -> f32 {
        self.size * LEADING
    }

    pub(crate) fn lines(self, pieces: &[Piece<'_>], width: f32) -> Vec<Line> {
        broken(pieces, self.size, width, self.indent, self.align)
    }
}

/// Marks one below another in a measure of their own, not yet on a page.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub x: f32,
    pub width: f32,
    /// What is filled.
    pub height: f32,
    pub marks: Vec<Mark>,
}

impl Column {
    pub(crate) const fn new(x: f32, width: f32) -> Self {
        Self { x, width, height: 0.0, marks: Vec::new() }
    }

    /// Sets a text; the width of its longest line.
    pub(crate) fn text(&mut self, text: &str, face: Face, style: Style) -> f32 {
        let lines = style.lines(&[(text, face)], self.width);
        let widest = lines.iter().map(Line::width).fold(0.0, f32::max);
        self.lines(lines);
        widest
    }

    pub(crate) fn lines(&mut self, lines: Vec<Line>) {
        for line in lines {
            let size = line.size;
            let (mut x, y) = (self.x + line.x, self.height + size * ASCENT);
            for run in line.runs {
                let width = run.width() * size;
                self.marks.push(Mark::Text { x, y, size, run, colour: Colour::Black });
                x += width;
            }
            self.height += size * LEADING;
        }
    }

    pub(crate) fn gap(&mut self, height: f32) {
        self.height += height;
    }

    /// A rule in the middle of the measure.
    pub(crate) fn rule(&mut self, width: f32) {
        let x = self.x + (self.width - width) / 2.0;
        self.marks.push(Mark::Ink(vec![(x, self.height, width, STROKE)]));
        self.height += STROKE;
    }

    /// A frame around the measure, from `top` down to what is filled.
    pub(crate) fn frame(&mut self, top: f32, stroke: f32) {
        let (x, w, h) = (self.x, self.width, self.height - top);
        self.marks.push(Mark::Ink(vec![
            (x, top, w, stroke),
            (x, top + h - stroke, w, stroke),
            (x, top, stroke, h),
            (x + w - stroke, top, stroke, h),
        ]));
    }

    /// Takes over what stands beside it; its top is this one's top plus `y`.
    pub(crate) fn beside(&mut self, other: Self, y: f32) {
        self.height = self.height.max(y + other.height);
        self.marks.extend(other.marks.into_iter().map(|mark| mark.moved(0.0, y)));
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Width and height.
    pub size: (f32, f32),
    pub marks: Vec<Mark>,
}

/// Pages as they fill.
pub(crate) struct Sheet {
    pub pages: Vec<Page>,
    /// Where the next thing stands.
    y: f32,
    /// At the top of each page.
    crown: Column,
}

impl Sheet {
    pub(crate) fn new(crown: Column) -> Self {
        let mut sheet = Self { pages: Vec::new(), y: 0.0, crown };
        sheet.turn();
        sheet
    }

    /// Begins a page.
    pub(crate) fn turn(&mut self) {
        let marks = self.crown.marks.iter().cloned().map(|mark| mark.moved(0.0, TOP)).collect();
        self.pages.push(Page { size: PAGE, marks });
        self.y = TOP + self.crown.height;
    }

    pub(crate) fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    fn is_fresh(&self) -> bool {
        self.y <= TOP + self.crown.height
    }

    /// Turns the page unless there is room for so much.
    pub(crate) fn need(&mut self, height: f32) {
        if self.room() < height && !self.is_fresh() {
            self.turn();
        }
    }

    /// White, but none at the top of a page.
    pub(crate) fn gap(&mut self, height: f32) {
        if !self.is_fresh() {
            self.y += height;
        }
    }

    /// Sets what stays together.
    pub(crate) fn place(&mut self, column: Column) {
        self.need(column.height);
        let y = self.y;
        self.y += column.height;
        let page = self.pages.last_mut().expect("there is always a page");
        page.marks.extend(column.marks.into_iter().map(|mark| mark.moved(0.0, y)));
    }

    /// Sets a paragraph, which may go on on the next page: at least two lines stay and two go.
    pub(crate) fn paragraph(&mut self, pieces: &[Piece<'_>], style: Style, x: f32) {
        let mut lines = style.lines(pieces, RIGHT - x);
        while !lines.is_empty() {
            let most = (self.room() / style.leading()).floor().max(0.0) as usize;
            let mut now = lines.len().min(most);
            if lines.len() - now == 1 {
                now -= usize::from(now > 0);
            }
            if now < lines.len() && now < 2 {
                if !self.is_fresh() {
                    self.turn();
                    continue;
                }
                now = 1;
            }
            let rest = lines.split_off(now);
            let mut column = Column::new(x, RIGHT - x);
            column.lines(std::mem::replace(&mut lines, rest));
            self.place(column);
        }
    }
}
