//! QR codes as squares in black. Where the size is ours to choose, the side of a module is a whole number
//! of dots and the code begins on a dot, so that no printer has to round: an edge that is rounded makes
//! one module wider than its neighbour, and the code harder to read.

use crate::Fault;

/// White around a code, in its modules (ISO/IEC 18004).
pub(crate) const QUIET: f32 = 4.0;
/// Of a printer of 300 dots an inch; those of 600 and 1,200 are parts of it.
pub(crate) const DOT: f32 = 72.0 / 300.0;
/// No code is smaller.
const LEAST: usize = 21;

/// A code on a page; its white stands around it.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub x: f32,
    pub y: f32,
    /// Of a module.
    pub side: f32,
    /// Modules in a row.
    pub modules: usize,
    /// Dark modules side by side: column and row of the first, how many. One area and not several: less
    /// to write, and no seam for a screen to show.
    pub bars: Vec<(usize, usize, usize)>,
    /// Whether it keeps to the dots wherever it is moved.
    dotted: bool,
}

impl Code {
    /// With its left top module at this point.
    pub(crate) fn new(rows: &[Vec<bool>], x: f32, y: f32, side: f32) -> Result<Self, Fault> {
        let modules = rows.len();
        if rows.iter().any(|row| row.len() != modules) {
            return Err(Fault::NotSquare);
        }
        Ok(Self { x, y, side, modules, bars: bars(rows), dotted: false })
    }

    /// As large as a square holds with the white around it, in its middle; a module has at least `least`
    /// dots.
    pub(crate) fn within(
        rows: &[Vec<bool>],
        (x, y): (f32, f32),
        square: f32,
        least: u16,
    ) -> Result<Self, Fault> {
        let across = rows.len() as f32 + 2.0 * QUIET;
        // A hair more, so that a square that is made of dots loses none.
        let dots = (square / DOT / across + 1e-3).floor();
        if dots < f32::from(least) {
            return Err(Fault::Fine);
        }
        Self::dotted(rows, (x, y), square, dots)
    }

    /// The smallest whose dark square measures at least this, in the middle of a wider square.
    pub(crate) fn at_least(
        rows: &[Vec<bool>],
        (x, y): (f32, f32),
        square: f32,
        dark: f32,
    ) -> Result<Self, Fault> {
        let dots = (dark / DOT / (rows.len().max(1) as f32) - 1e-3).ceil();
        Self::dotted(rows, (x, y), square, dots)
    }

    fn dotted(rows: &[Vec<bool>], (x, y): (f32, f32), square: f32, dots: f32) -> Result<Self, Fault> {
        if rows.len() < LEAST {
            return Err(Fault::NotSquare);
        }
        let code = Self::new(rows, 0.0, 0.0, dots * DOT)?;
        let aside = (square - code.width()) / 2.0;
        Ok(Self { dotted: true, ..code }.moved(x + aside, y + aside))
    }

    /// Of its dark square.
    pub(crate) fn width(&self) -> f32 {
        self.modules as f32 * self.side
    }

    pub(crate) fn moved(self, dx: f32, dy: f32) -> Self {
        let to = |place: f32| if self.dotted { (place / DOT).round() * DOT } else { place };
        Self { x: to(self.x + dx), y: to(self.y + dy), ..self }
    }
}

fn bars(rows: &[Vec<bool>]) -> Vec<(usize, usize, usize)> {
    let mut bars = Vec::new();
    for (down, row) in rows.iter().enumerate() {
        let mut from = 0;
        for dark in row.chunk_by(|a, b| a == b) {
            if dark[0] {
                bars.push((from, down, dark.len()));
            }
            from += dark.len();
        }
    }
    bars
}
