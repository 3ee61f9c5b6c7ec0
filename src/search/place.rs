//! Where distances are measured from.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

/// A place, and how far around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// WGS 84 degrees north.
    #[validate(range(min = -90.0, max = 90.0))]
    #[schema(minimum = -90, maximum = 90, example = 37.78)]
    pub latitude: f64,
    /// WGS 84 degrees east.
    #[validate(range(min = -180.0, max = 180.0))]
    #[schema(minimum = -180, maximum = 180, example = -122.41)]
    pub longitude: f64,
    /// Absent: however far, profiles without a position included.
    #[serde(default)]
    #[validate(range(min = 0.1, max = 20_000.0))]
    #[schema(minimum = 0.1, maximum = 20_000, example = 25)]
    pub radius_km: Option<f64>,
}

impl Near {
    /// A place as a query parameter: degrees north and east with a comma between them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (latitude, longitude) = text.split_once(',')?;
        let degrees = |text: &str, limit: f64| {
            let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.'));
            text.parse::<f64>().ok().filter(|degrees| plain && (-limit..=limit).contains(degrees))
        };
        let (latitude, longitude) = (degrees(latitude.trim(), 90.0)?, degrees(longitude.trim(), 180.0)?);
        Some(Self { latitude, longitude, radius_km: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_read_from_text() {
        let near = |latitude, longitude| Some(Near { latitude, longitude, radius_km: None });
        assert_eq!(Near::parse("37.78,-122.41"), near(37.78, -122.41));
        assert_eq!(Near::parse("-90, 180"), near(-90.0, 180.0));
        for wrong in
            ["", "1", "1,", ",1", "1,2,3", "91,0", "0,-180.1", "nan,0", "inf,0", "1e1,0", "+1,0", "a,b"]
        {
            assert_eq!(Near::parse(wrong), None, "{wrong}");
        }
    }
}
