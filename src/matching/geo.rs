//! Distances on a sphere.

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

    /// Certainly farther away than `limit`: the difference in latitude alone exceeds it, rounding errors included.
    pub(crate) fn is_beyond(&self, other: &Self, limit: f64, radius: f64) -> bool {
        (other.latitude - self.latitude).abs() * radius > limit * 1.000_001 + 0.001
    }
}

/// The distance to the nearest of several positions.
pub(crate) fn nearest(from: &Position, to: &[Position], radius: f64) -> Option<f64> {
    to.iter().map(|position| from.distance(position, radius)).reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distances() {
        let (london, paris) = (Position::new(51.5007, -0.1246), Position::new(48.8584, 2.2945));
        let km = london.distance(&paris, 6371.0088);
        assert!((km - 340.6).abs() < 0.5, "{km}");
        // A quarter of the way round, and half of it.
        let (origin, pole) = (Position::new(0.0, 0.0), Position::new(90.0, 0.0));
        assert!((origin.distance(&pole, 1.0) - std::f64::consts::FRAC_PI_2).abs() < 1e-15);
        assert!((origin.distance(&Position::new(0.0, 180.0), 1.0) - std::f64::consts::PI).abs() < 1e-15);
        assert!(origin.is_beyond(&pole, 9000.0, 6371.0088) && !origin.is_beyond(&pole, 10_010.0, 6371.0088));
        assert_eq!(nearest(&origin, &[pole, origin], 1.0), Some(0.0));
    }
}
