//! Points on the map of a district.

use duty::units::PlaceSpec;

/// Two reports this near in place and time may be about the same thing (150 ft and 3 h in the City of
/// Austin's rule, github.com/cityofaustin/atd-data-tech issue 2012).
pub(super) const NEAR_METRES: f64 = 45.0;
pub(super) const NEAR_HOURS: i64 = 3;
/// A report belongs to the district it is sent to: no further than this from its middle.
const REACH_METRES: f64 = 25_000.0;

/// Metres between two points given in degrees (WGS 84), on a sphere: within half a per cent.
pub(super) fn metres((lat1, lon1): (f64, f64), (lat2, lon2): (f64, f64)) -> f64 {
    let (phi1, phi2) = (lat1.to_radians(), lat2.to_radians());
    let (half_lat, half_lon) = ((phi2 - phi1) / 2.0, (lon2 - lon1).to_radians() / 2.0);
    let a = half_lat.sin().powi(2) + phi1.cos() * phi2.cos() * half_lon.sin().powi(2);
    2.0 * 6_371_009.0 * a.sqrt().clamp(0.0, 1.0).asin()
}

/// Whether a point can be in or about the district: near its middle where the pack knows it, else
/// anywhere in Viet Nam.
pub(super) fn is_sane(point: (f64, f64), district: Option<&PlaceSpec>) -> bool {
    let (lat, lon) = point;
    // A comparison with NaN is false.
    let in_the_country = (8.0..=23.5).contains(&lat) && (102.0..=110.0).contains(&lon);
    in_the_country && district.is_none_or(|place| metres(point, (place.lat, place.lon)) <= REACH_METRES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn district() -> PlaceSpec {
        PlaceSpec {
            lat: 10.739,
            lon: 106.72,
            area_km2: None,
            population: None,
            source: None,
            verified: false,
        }
    }

    #[test]
    fn distances_are_right_to_a_metre_in_a_street() {
        // A thousandth of a degree of latitude is 111.2 m everywhere; of longitude 109.2 m here.
        assert!((metres((10.739, 106.72), (10.740, 106.72)) - 111.2).abs() < 0.2);
        assert!((metres((10.739, 106.72), (10.739, 106.721)) - 109.25).abs() < 0.2);
        assert!(metres((10.739, 106.72), (10.739, 106.72)) < 0.001);
    }

    #[test]
    fn a_point_elsewhere_is_refused() {
        let district = district();
        assert!(is_sane((10.7296, 106.7055), Some(&district)));
        for point in [(21.03, 105.85), (0.0, 0.0), (106.72, 10.739), (f64::NAN, 106.7), (10.7, f64::INFINITY)]
        {
            assert!(!is_sane(point, Some(&district)), "{point:?}");
        }
        assert!(is_sane((21.03, 105.85), None));
        assert!(!is_sane((48.85, 2.35), None));
    }
}
