//! The ward map: shapes of the day's units, darker where more is, with name and number, each
//! opening its ward. The zone colours stay with the zones: here only the house's own shade deepens.

use crate::frame::Frame;
use duty::units::map::{self, Cell, Plane, SIDE};
use kernel::UnitId;
use pages::Desk;

/// Units of the drawing the page shows; the stylesheet's letters are made for it.
const WIDTH: f64 = 600.0;
const SCALE: f64 = WIDTH / SIDE;

pub struct WardMap {
    pub label: String,
    /// `viewBox`, cut to what is drawn.
    pub frame: String,
    pub scale: String,
    pub wards: Vec<Ward>,
    pub legend: Vec<(usize, String)>,
    pub illustrative: bool,
    /// Places within the wards, each opening its page.
    pub marks: Vec<Mark>,
    /// How other places lie among the wards.
    plane: Option<Plane>,
}

/// A place on the map.
pub struct Mark {
    pub x: String,
    pub y: String,
    pub href: String,
    /// What a screen reader says, and a pointer shows.
    pub says: String,
    /// The look: the state of the place.
    pub look: &'static str,
}

pub struct Ward {
    pub path: String,
    pub x: String,
    pub y: String,
    pub figure_y: String,
    pub name: String,
    /// What a screen reader says.
    pub says: String,
    pub figure: Option<i64>,
    pub step: usize,
    pub href: Option<String>,
}

impl WardMap {
    /// `figure` is what stands in a ward, `opens` where a press leads; a ward outside the reader's
    /// view has neither.
    pub fn new(
        frame: &Frame,
        label: String,
        figure: impl Fn(UnitId) -> Option<i64>,
        opens: impl Fn(UnitId) -> Option<String>,
    ) -> Self {
        let (cells, plane) = map::drawing(&frame.tree);
        let most = cells.iter().filter_map(|cell| figure(cell.unit)).max().unwrap_or(0);
        let wards = cells
            .iter()
            .map(|cell| {
                let name = short(&frame.d, &crate::frame::short(&frame.tree, &frame.d, Some(cell.unit)));
                let n = figure(cell.unit);
                let (x, y) = (cell.label.0 * SCALE, cell.label.1 * SCALE);
                Ward {
                    path: cell.path.clone(),
                    x: format!("{x:.1}"),
                    y: format!("{:.1}", if n.is_some() { y - 4.0 } else { y + 4.0 }),
                    figure_y: format!("{:.1}", y + 18.0),
                    says: match n {
                        Some(n) => frame.d.w.board_ward_count(frame.unit(cell.unit), n.to_string()),
                        None => frame.unit(cell.unit),
                    },
                    name,
                    figure: n,
                    step: n.map_or(0, |n| step(n, most)),
                    href: opens(cell.unit),
                }
            })
            .collect();
        Self {
            label,
            frame: cut(&cells),
            scale: SCALE.to_string(),
            wards,
            legend: legend(most),
            illustrative: cells.iter().any(|cell| cell.illustrative),
            marks: Vec::new(),
            plane,
        }
    }

    /// Where a place lies on the map; `None` where no ward has a place.
    pub fn at(&self, (lat, lon): (f64, f64)) -> Option<(f64, f64)> {
        let (x, y) = self.plane?.at(lat, lon);
        Some((x * SCALE, y * SCALE))
    }
}

/// On the map every shape is a ward: its name needs no "Phường".
fn short(d: &Desk, name: &str) -> String {
    let kind = d.w.board_ward_prefix();
    name.strip_prefix(&kind).or_else(|| name.strip_suffix(&kind)).unwrap_or(name).trim().to_owned()
}

/// 0 for none, then quarters of the highest count.
fn step(n: i64, most: i64) -> usize {
    if n <= 0 || most <= 0 { 0 } else { usize::try_from((n * 4 + most - 1) / most).unwrap_or(4).clamp(1, 4) }
}

fn legend(most: i64) -> Vec<(usize, String)> {
    let quarter = |part: i64| most * part / 4;
    let ranges = (1..=4).filter_map(|part| {
        let (low, high) = (quarter(part - 1) + 1, quarter(part));
        let text = if low == high { low.to_string() } else { format!("{low}–{high}") };
        (low <= high).then_some((usize::try_from(part).unwrap_or(4), text))
    });
    std::iter::once((0, "0".to_owned())).chain(ranges).collect()
}

/// The part of the square that the shapes cover.
fn cut(cells: &[Cell]) -> String {
    let (mut low, mut high) = ((SIDE, SIDE), (0.0_f64, 0.0_f64));
    for corner in cells.iter().flat_map(|cell| cell.path.split(['M', 'L', 'Z'])) {
        if let Some((x, y)) = corner.split_once(' ')
            && let (Ok(x), Ok(y)) = (x.parse::<f64>(), y.parse::<f64>())
        {
            low = (low.0.min(x), low.1.min(y));
            high = (high.0.max(x), high.1.max(y));
        }
    }
    if high.0 <= low.0 {
        return format!("0 0 {WIDTH} {WIDTH}");
    }
    let at = |v: f64| v * SCALE;
    format!(
        "{:.0} {:.0} {:.0} {:.0}",
        at(low.0) - 4.0,
        at(low.1) - 4.0,
        at(high.0 - low.0) + 8.0,
        at(high.1 - low.1) + 8.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legend_says_what_each_shade_holds() {
        assert_eq!(legend(0), [(0, "0".into())]);
        assert_eq!(legend(2), [(0, "0".into()), (2, "1".into()), (4, "2".into())]);
        assert_eq!(
            legend(12),
            [(0, "0".into()), (1, "1–3".into()), (2, "4–6".into()), (3, "7–9".into()), (4, "10–12".into())]
        );
        for most in 1..60 {
            for n in 0..=most {
                let (_, range) = legend(most).into_iter().find(|(shade, _)| *shade == step(n, most)).unwrap();
                let (low, high) = range.split_once('–').unwrap_or((&range, &range));
                assert!(
                    (low.parse().unwrap()..=high.parse().unwrap()).contains(&n),
                    "{n} of {most} in {range}"
                );
            }
        }
    }
}
