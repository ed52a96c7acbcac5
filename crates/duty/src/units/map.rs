//! Ward shapes for the map. Where a real boundary has been brought in it is drawn; elsewhere the
//! area nearer to a ward's centroid than to any other stands for it, cut off a little outside the
//! outermost wards, and is marked as illustrative.

use super::{
    Tree,
    shape::{self, Point, Polygon, Ring},
};
use kernel::UnitId;
use std::f64::consts::TAU;

/// Side of the square drawing.
pub const SIDE: f64 = 1000.0;
/// Free space around the shapes.
const MARGIN: f64 = 10.0;

/// One ward on a drawing of [`SIDE`] by [`SIDE`], north up.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub unit: UnitId,
    /// SVG path data; holes need the even-odd rule.
    pub path: String,
    pub label: Point,
    /// Drawn around the centroid, because no boundary is known.
    pub illustrative: bool,
}

struct Shape {
    unit: UnitId,
    polygons: Vec<Polygon>,
    illustrative: bool,
}

/// How places on the earth lie on the drawing of a tree.
#[derive(Clone, Copy, Debug)]
pub struct Plane {
    narrow: f64,
    low: Point,
    scale: f64,
    left: f64,
    top: f64,
}

impl Plane {
    /// Where a point lies on the drawing; it may lie outside.
    pub fn at(&self, lat: f64, lon: f64) -> Point {
        self.place((lon * self.narrow, -lat))
    }

    fn place(&self, (x, y): Point) -> Point {
        (self.left + (x - self.low.0) * self.scale, self.top + (y - self.low.1) * self.scale)
    }
}

/// The wards of a tree that have a place; real boundaries last, so that they lie on top.
pub fn cells(tree: &Tree) -> Vec<Cell> {
    drawing(tree).0
}

/// The same, and how other places lie among them; `None` where no ward has a place.
pub fn drawing(tree: &Tree) -> (Vec<Cell>, Option<Plane>) {
    let wards: Vec<_> = tree.wards().filter_map(|ward| Some((ward.id, ward.place.as_ref()?))).collect();
    if wards.is_empty() {
        return (Vec::new(), None);
    }
    let middle = wards.iter().map(|(_, place)| place.lat).sum::<f64>() / wards.len() as f64;
    // Equirectangular at the district's own latitude; y grows to the south, as on a screen.
    let narrow = middle.to_radians().cos();
    let flat = |(lon, lat): Point| (lon * narrow, -lat);
    let sites: Vec<Point> = wards.iter().map(|(_, place)| flat((place.lon, place.lat))).collect();
    let edge = padded_hull(&sites);
    let mut shapes: Vec<Shape> = Vec::with_capacity(wards.len());
    for (index, (unit, place)) in wards.iter().enumerate() {
        let real: Vec<Polygon> = place.boundary.as_ref().map(shape::polygons).unwrap_or_default();
        if real.is_empty() {
            let cell = around(index, &sites, &edge);
            if cell.len() >= 3 {
                shapes.push(Shape { unit: *unit, polygons: vec![vec![cell]], illustrative: true });
            }
        } else {
            let flatten = |ring: Ring| ring.into_iter().map(flat).collect();
            let polygons = real.into_iter().map(|p| p.into_iter().map(flatten).collect()).collect();
            shapes.push(Shape { unit: *unit, polygons, illustrative: false });
        }
    }
    shapes.sort_by_key(|shape| !shape.illustrative);
    let plane = plane(&shapes, narrow);
    (drawn(&shapes, &plane), Some(plane))
}

/// Where point `index` is the nearest site. Of two sites at one place only the first has an area.
fn around(index: usize, sites: &[Point], edge: &[Point]) -> Ring {
    let own = sites[index];
    let mut cell = edge.to_vec();
    for (other, site) in sites.iter().enumerate() {
        if other == index {
            continue;
        }
        if *site == own {
            if other < index {
                return Ring::new();
            }
            continue;
        }
        cell = shape::nearer(&cell, own, *site);
    }
    cell
}

/// The hull of the sites, wider by about half the distance between neighbours.
fn padded_hull(sites: &[Point]) -> Ring {
    let nearest: Vec<f64> = sites
        .iter()
        .filter_map(|a| {
            let far = |b: &Point| (a.0 - b.0).hypot(a.1 - b.1);
            sites.iter().filter(|b| *b != a).map(far).min_by(f64::total_cmp)
        })
        .collect();
    // A single ward: about a kilometre around its centre.
    let pad =
        if nearest.is_empty() { 0.01 } else { 0.6 * nearest.iter().sum::<f64>() / nearest.len() as f64 };
    let corners = 24;
    let around = |&(x, y): &Point| {
        (0..corners).map(move |k| {
            let (sin, cos) = (TAU * f64::from(k) / f64::from(corners)).sin_cos();
            (x + pad * cos, y + pad * sin)
        })
    };
    shape::hull(sites.iter().flat_map(around).collect())
}

fn plane(shapes: &[Shape], narrow: f64) -> Plane {
    let all = || shapes.iter().flat_map(|s| s.polygons.iter().flatten().flatten());
    let low = all().fold((f64::MAX, f64::MAX), |(x, y), p| (x.min(p.0), y.min(p.1)));
    let high = all().fold((f64::MIN, f64::MIN), |(x, y), p| (x.max(p.0), y.max(p.1)));
    let (width, height) = (high.0 - low.0, high.1 - low.1);
    let scale = (SIDE - 2.0 * MARGIN) / width.max(height).max(f64::EPSILON);
    let (left, top) = ((SIDE - width * scale) / 2.0, (SIDE - height * scale) / 2.0);
    Plane { narrow, low, scale, left, top }
}

fn drawn(shapes: &[Shape], plane: &Plane) -> Vec<Cell> {
    let place = |at: Point| plane.place(at);
    shapes
        .iter()
        .filter_map(|s| {
            let path = s.polygons.iter().flatten().map(|ring| path(ring, place)).collect();
            let label = place(shape::label(&s.polygons)?);
            let label = ((label.0 * 10.0).round() / 10.0, (label.1 * 10.0).round() / 10.0);
            Some(Cell { unit: s.unit, path, label, illustrative: s.illustrative })
        })
        .collect()
}

fn path(ring: &[Point], place: impl Fn(Point) -> Point) -> String {
    let mut path = String::with_capacity(ring.len() * 12);
    let mut last = None;
    for (x, y) in ring.iter().map(|p| place(*p)) {
        let at = (format!("{x:.1}"), format!("{y:.1}"));
        // Corners closer than the drawing can show are one.
        if last.as_ref() == Some(&at) {
            continue;
        }
        path.push_str(&format!("{}{} {}", if last.is_none() { "M" } else { "L" }, at.0, at.1));
        last = Some(at);
    }
    path.push('Z');
    path
}
