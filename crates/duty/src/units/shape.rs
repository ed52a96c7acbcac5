//! Plane geometry of ward shapes: rings, areas, whether a point lies inside.

use serde_json::Value;

/// A point in the plane: longitude and latitude, or places on a drawing.
pub type Point = (f64, f64);
/// Corners in order; the last is not the first again.
pub type Ring = Vec<Point>;

/// A polygon: its outer ring, then its holes.
pub type Polygon = Vec<Ring>;

/// The polygons of a GeoJSON geometry as it is stored; none for anything that is not an area.
pub fn polygons(geometry: &Value) -> Vec<Polygon> {
    let Some(coordinates) = geometry.get("coordinates").and_then(Value::as_array) else { return Vec::new() };
    match geometry.get("type").and_then(Value::as_str) {
        Some("Polygon") => vec![rings(coordinates)],
        Some("MultiPolygon") => coordinates.iter().filter_map(Value::as_array).map(|p| rings(p)).collect(),
        _ => Vec::new(),
    }
}

fn rings(coordinates: &[Value]) -> Polygon {
    let point = |at: &Value| Some((at.get(0)?.as_f64()?, at.get(1)?.as_f64()?));
    coordinates
        .iter()
        .filter_map(Value::as_array)
        .map(|ring| {
            let mut ring: Ring = ring.iter().filter_map(point).collect();
            if ring.len() > 1 && ring.first() == ring.last() {
                ring.pop();
            }
            ring
        })
        .collect()
}

/// Twice the signed area; positive when the corners run against the clock.
fn doubled_area(ring: &[Point]) -> f64 {
    edges(ring).map(|((ax, ay), (bx, by))| ax * by - bx * ay).sum()
}

pub fn area(ring: &[Point]) -> f64 {
    doubled_area(ring).abs() / 2.0
}

pub fn edges(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)).take(ring.len())
}

/// The centre of gravity of a ring; `None` when it has no area.
pub fn centroid(ring: &[Point]) -> Option<Point> {
    // Reckoned from the first corner, so that degrees far from zero lose no digits.
    let &(ox, oy) = ring.first()?;
    let local: Ring = ring.iter().map(|(x, y)| (x - ox, y - oy)).collect();
    let doubled = doubled_area(&local);
    if doubled.abs() < 1e-18 {
        return None;
    }
    let (x, y) = edges(&local).fold((0.0, 0.0), |(sx, sy), ((ax, ay), (bx, by))| {
        let cross = ax * by - bx * ay;
        (sx + (ax + bx) * cross, sy + (ay + by) * cross)
    });
    Some((ox + x / (3.0 * doubled), oy + y / (3.0 * doubled)))
}

fn in_ring(ring: &[Point], (x, y): Point) -> bool {
    edges(ring)
        .filter(|((ax, ay), (bx, by))| (*ay > y) != (*by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax))
        .count()
        % 2
        == 1
}

/// Whether a point lies inside any of the polygons and in none of its holes.
pub fn contains(polygons: &[Polygon], at: Point) -> bool {
    polygons.iter().any(|polygon| {
        let mut rings = polygon.iter();
        rings.next().is_some_and(|outer| in_ring(outer, at)) && !rings.any(|hole| in_ring(hole, at))
    })
}

/// The box around polygons: its corner of the least coordinates and that of the greatest; `None` around nothing.
pub fn bounds(polygons: &[Polygon]) -> Option<(Point, Point)> {
    let mut corners = polygons.iter().flatten().flatten().copied();
    let first = corners.next()?;
    Some(corners.fold((first, first), |(low, high), (x, y)| {
        ((low.0.min(x), low.1.min(y)), (high.0.max(x), high.1.max(y)))
    }))
}

/// Whether a point lies in such a box, which is quickly told.
pub fn in_bounds((low, high): (Point, Point), (x, y): Point) -> bool {
    (low.0..=high.0).contains(&x) && (low.1..=high.1).contains(&y)
}

/// A point inside the largest polygon, near its middle: where a label stands.
pub fn label(polygons: &[Polygon]) -> Option<Point> {
    let size = |polygon: &&Polygon| polygon.first().map_or(0.0, |ring| area(ring));
    let largest = polygons.iter().max_by(|a, b| size(a).total_cmp(&size(b)))?;
    let middle = centroid(largest.first()?)?;
    if contains(std::slice::from_ref(largest), middle) {
        return Some(middle);
    }
    // The middle of a bent shape may lie beside it: take the widest stretch at its height.
    let mut crossings: Vec<f64> = largest
        .iter()
        .flat_map(|ring| edges(ring))
        .filter(|((_, ay), (_, by))| (*ay > middle.1) != (*by > middle.1))
        .map(|((ax, ay), (bx, by))| ax + (middle.1 - ay) / (by - ay) * (bx - ax))
        .collect();
    crossings.sort_by(f64::total_cmp);
    let widest = crossings.chunks_exact(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])))?;
    Some((f64::midpoint(widest[0], widest[1]), middle.1))
}

/// The part of a convex ring that is nearer to `own` than to `other`.
pub fn nearer(ring: &[Point], own: Point, other: Point) -> Ring {
    let (dx, dy) = (other.0 - own.0, other.1 - own.1);
    let (mx, my) = (f64::midpoint(own.0, other.0), f64::midpoint(own.1, other.1));
    // Negative on our own side of the line halfway between the two.
    let side = |(x, y): Point| (x - mx) * dx + (y - my) * dy;
    let mut kept = Ring::new();
    for (a, b) in edges(ring) {
        let (at, bt) = (side(a), side(b));
        if at <= 0.0 {
            kept.push(a);
        }
        if (at < 0.0 && bt > 0.0) || (at > 0.0 && bt < 0.0) {
            let share = at / (at - bt);
            kept.push((a.0 + share * (b.0 - a.0), a.1 + share * (b.1 - a.1)));
        }
    }
    kept
}

/// The convex hull, against the clock.
pub fn hull(mut points: Vec<Point>) -> Ring {
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut chain = Ring::new();
        for p in points {
            while let [.., a, b] = chain[..]
                && (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0) <= 0.0
            {
                chain.pop();
            }
            chain.push(p);
        }
        chain.pop();
        chain
    };
    let mut ring = half(&mut points.iter().copied());
    ring.extend(half(&mut points.iter().rev().copied()));
    ring
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [Point; 4] = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)];

    #[test]
    fn a_hole_is_outside() {
        let hole = vec![(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0)];
        let ring = [vec![SQUARE.to_vec(), hole]];
        assert!(contains(&ring, (0.5, 0.5)));
        assert!(!contains(&ring, (2.0, 2.0)));
        assert!(!contains(&ring, (5.0, 2.0)));
    }

    #[test]
    fn the_box_around_shapes_holds_whatever_they_hold() {
        let far = SQUARE.iter().map(|(x, y)| (x + 10.0, y - 7.0)).collect();
        let shapes = [vec![SQUARE.to_vec()], vec![far]];
        let around = bounds(&shapes).unwrap();
        assert_eq!(around, ((0.0, -7.0), (14.0, 4.0)));
        assert!(
            in_bounds(around, (0.5, 0.5)) && in_bounds(around, (7.0, 0.0)) && !in_bounds(around, (7.0, 5.0))
        );
        assert_eq!(bounds(&[]), None);
    }

    #[test]
    fn a_bent_shape_is_labelled_inside() {
        // A narrow U whose middle lies in its opening.
        let bent = vec![
            (0.0, 0.0),
            (9.0, 0.0),
            (9.0, 9.0),
            (8.0, 9.0),
            (8.0, 1.0),
            (1.0, 1.0),
            (1.0, 9.0),
            (0.0, 9.0),
        ];
        let shape = [vec![bent]];
        let at = label(&shape).unwrap();
        assert!(contains(&shape, at), "{at:?}");
        assert_eq!(label(&[vec![SQUARE.to_vec()]]), Some((2.0, 2.0)));
        assert_eq!(label(&[]), None);
    }

    #[test]
    fn a_hull_and_its_halves() {
        let ring = hull(vec![(0.0, 0.0), (4.0, 0.0), (2.0, 1.0), (4.0, 4.0), (0.0, 4.0), (2.0, 2.0)]);
        assert_eq!(ring.len(), 4);
        assert!((area(&ring) - 16.0).abs() < 1e-12);
        let left = nearer(&SQUARE, (1.0, 2.0), (3.0, 2.0));
        assert!((area(&left) - 8.0).abs() < 1e-12);
        assert!((area(&nearer(&SQUARE, (1.0, 2.0), (9.0, 2.0))) - 16.0).abs() < 1e-12);
    }
}
