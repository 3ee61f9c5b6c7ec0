//! Distances on a sphere.

use std::f64::consts::{PI, TAU};

/// More than the relative rounding error of a distance, and than what reducing an angle to half a turn loses.
const ROUNDING: f64 = 1e-9;

/// A position, in radians, with what every distance from it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Position {
    latitude: f64,
    longitude: f64,
    cos_latitude: f64,
}

impl Position {
    /// From WGS 84 degrees.
    pub(crate) fn new(latitude: f64, longitude: f64) -> Self {
        let latitude = latitude.to_radians();
        Self { latitude, longitude: longitude.to_radians(), cos_latitude: latitude.cos() }
    }

    /// The haversine distance, in the unit of `radius`.
    pub(crate) fn distance(&self, other: &Self, radius: f64) -> f64 {
        let north = ((other.latitude - self.latitude) / 2.0).sin();
        let east = ((other.longitude - self.longitude) / 2.0).sin();
        let h = north * north + self.cos_latitude * other.cos_latitude * east * east;
        2.0 * radius * h.sqrt().min(1.0).asin()
    }
}

/// The distance to the nearest of several positions.
pub(crate) fn nearest(from: &Position, to: &[Position], radius: f64) -> Option<f64> {
    to.iter().map(|position| from.distance(position, radius)).reduce(f64::min)
}

/// All positions within a distance of a centre.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circle {
    centre: Position,
    limit: f64,
    /// The sphere's, in the unit of `limit`.
    radius: f64,
    /// The squared sine of half the angle that the limit is.
    h: f64,
    /// Has all of the circle, and a little more.
    around: Bounds,
}

impl Circle {
    pub(crate) fn new(centre: Position, limit: f64, radius: f64) -> Self {
        let sine = (limit / (2.0 * radius)).min(PI / 2.0).sin();
        Self { centre, limit, radius, h: sine * sine, around: Bounds::around(&centre, limit / radius) }
    }

    /// The same centre with another limit.
    pub(super) fn with_limit(&self, limit: f64) -> Self {
        Self::new(self.centre, limit, self.radius)
    }

    /// Whether the haversine distance is at most the limit.
    pub(crate) fn has(&self, position: &Position) -> bool {
        let north = position.latitude - self.centre.latitude;
        let east = half_turn(position.longitude - self.centre.longitude);
        let (north, east) = (north * north, east * east);
        // x²/4·(1 − x²/12) ≤ sin²(x/2) ≤ x²/4: only next to the edge, or around half the globe, must it be exact.
        let most = (north + self.centre.cos_latitude * position.cos_latitude * east) / 4.0;
        let least = most * (1.0 - north.max(east) / 12.0);
        if least > self.h * (1.0 + ROUNDING) {
            return false;
        }
        most < self.h * (1.0 - ROUNDING) || self.distance(position) <= self.limit
    }

    fn distance(&self, position: &Position) -> f64 {
        self.centre.distance(position, self.radius)
    }

    /// The distance to the nearest of several positions.
    pub(super) fn nearest(&self, positions: &[Position]) -> Option<f64> {
        nearest(&self.centre, positions, self.radius)
    }

    /// Certainly has no position within these bounds.
    pub(super) fn is_beyond(&self, bounds: &Bounds) -> bool {
        let apart = |(low, high): (f64, f64), (from, to): (f64, f64)| low > to || high < from;
        let (low, high) = self.around.longitudes;
        // Also once around the globe, either way.
        let turns = [(low, high), (low - TAU, high - TAU), (low + TAU, high + TAU)];
        apart(self.around.latitudes, bounds.latitudes)
            || turns.iter().all(|longitudes| apart(*longitudes, bounds.longitudes))
    }
}

/// An angle the shorter way round.
fn half_turn(angle: f64) -> f64 {
    let angle = angle.abs();
    if angle > PI { TAU - angle } else { angle }
}

/// The parallels and meridians between which positions lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    latitudes: (f64, f64),
    longitudes: (f64, f64),
}

impl Bounds {
    /// Of no position: every circle is beyond it.
    pub(super) const NONE: Self = Self {
        latitudes: (f64::INFINITY, f64::NEG_INFINITY),
        longitudes: (f64::INFINITY, f64::NEG_INFINITY),
    };

    pub(super) fn of<'a>(positions: impl IntoIterator<Item = &'a Position>) -> Self {
        positions.into_iter().fold(Self::NONE, |bounds, position| Self {
            latitudes: widen(bounds.latitudes, position.latitude),
            longitudes: widen(bounds.longitudes, position.longitude),
        })
    }

    /// What both have.
    pub(super) fn and(&self, other: &Self) -> Self {
        let both = |a: (f64, f64), b: (f64, f64)| (a.0.min(b.0), a.1.max(b.1));
        Self {
            latitudes: both(self.latitudes, other.latitudes),
            longitudes: both(self.longitudes, other.longitudes),
        }
    }

    /// Of everything within an angle of a centre.
    fn around(centre: &Position, angle: f64) -> Self {
        let angle = angle * (1.0 + ROUNDING) + ROUNDING;
        let (south, north) = (centre.latitude - angle, centre.latitude + angle);
        // The meridians that touch the circle; one that has a pole meets them all.
        let has_pole = south <= -PI / 2.0 || north >= PI / 2.0;
        let east = if has_pole { PI } else { (angle.sin() / centre.cos_latitude).min(1.0).asin() };
        let east = east * (1.0 + ROUNDING) + ROUNDING;
        Self { latitudes: (south, north), longitudes: (centre.longitude - east, centre.longitude + east) }
    }
}

fn widen((low, high): (f64, f64), value: f64) -> (f64, f64) {
    (low.min(value), high.max(value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EARTH: f64 = 6371.0088;

    #[test]
    fn known_distances() {
        let (london, paris) = (Position::new(51.5007, -0.1246), Position::new(48.8584, 2.2945));
        let km = london.distance(&paris, EARTH);
        assert!((km - 340.6).abs() < 0.5, "{km}");
        // A quarter of the way round, and half of it.
        let (origin, pole) = (Position::new(0.0, 0.0), Position::new(90.0, 0.0));
        assert!((origin.distance(&pole, 1.0) - std::f64::consts::FRAC_PI_2).abs() < 1e-15);
        assert!((origin.distance(&Position::new(0.0, 180.0), 1.0) - PI).abs() < 1e-15);
        assert_eq!(nearest(&origin, &[pole, origin], 1.0), Some(0.0));
    }

    fn positions() -> impl Strategy<Value = (f64, f64)> {
        prop_oneof![
            (-90.0_f64..=90.0, -180.0_f64..=180.0),
            // Close to each other, to a pole, to where the days meet.
            (37.0_f64..38.0, -123.0_f64..-122.0),
            (89.0_f64..=90.0, -180.0_f64..=180.0),
            (-1.0_f64..1.0, prop_oneof![-180.0_f64..-179.0, 179.0_f64..180.0]),
        ]
    }

    #[test]
    fn far_bounds_are_beyond() {
        let circle = |north, east, km| Circle::new(Position::new(north, east), km, EARTH);
        let bounds =
            |north, east| Bounds::of(&[Position::new(north, east), Position::new(north + 0.1, east + 0.1)]);
        // A degree is some 111 km from south to north, and 88 from west to east at this latitude.
        assert!(circle(37.5, -122.0, 43.0).is_beyond(&bounds(37.9, -122.0)));
        assert!(!circle(37.5, -122.0, 46.0).is_beyond(&bounds(37.9, -122.0)));
        assert!(circle(37.5, -122.0, 34.0).is_beyond(&bounds(37.5, -121.6)));
        assert!(!circle(37.5, -122.0, 37.0).is_beyond(&bounds(37.5, -121.6)));
        assert!(!circle(0.0, 179.9, 40.0).is_beyond(&bounds(0.0, -179.9)));
    }

    proptest! {
        #[test]
        fn a_circle_has_what_is_within_its_limit(
            centre in positions(),
            others in prop::collection::vec(positions(), 1..20),
            limit in prop_oneof![0.1_f64..200.0, 0.1_f64..20_000.0],
        ) {
            let centre = Position::new(centre.0, centre.1);
            let others: Vec<_> = others.into_iter().map(|(north, east)| Position::new(north, east)).collect();
            let mut limits = vec![limit];
            // Exactly at the edge, and just within it.
            limits.extend(others.iter().map(|other| centre.distance(other, EARTH)).filter(|km| *km > 0.1));
            limits.extend(limits.clone().iter().map(|limit| limit.next_down()));
            for limit in limits {
                let circle = Circle::new(centre, limit, EARTH);
                for other in &others {
                    prop_assert_eq!(circle.has(other), centre.distance(other, EARTH) <= limit);
                }
                if circle.is_beyond(&Bounds::of(&others)) {
                    prop_assert!(others.iter().all(|other| !circle.has(other)));
                }
            }
            prop_assert!(Circle::new(centre, 20_000.0, EARTH).is_beyond(&Bounds::NONE));
        }
    }
}
