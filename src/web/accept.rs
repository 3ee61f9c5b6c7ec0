//! `Accept` (RFC 9110, section 12.5.1): which media types a caller takes, and which they would rather have.

use actix_web::http::header::{ACCEPT, HeaderMap};

/// What the caller accepts: several lines are one list, and one that is no text is read as absent. `None` where
/// nothing is said.
#[must_use]
pub fn of(headers: &HeaderMap) -> Option<String> {
    let lines: Vec<&str> = headers.get_all(ACCEPT).filter_map(|line| line.to_str().ok()).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// How much the caller wants this media type, from 0 (not at all) to 1: the weight of the most specific range that
/// includes it.
#[must_use]
pub fn weight(accept: &str, media_type: &str) -> f32 {
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    let main = media_type.split('/').next().unwrap_or_default();
    let mut best: Option<(u8, f32)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let specificity = match name.split_once('/') {
            _ if name.eq_ignore_ascii_case(media_type) => 2,
            Some((group, "*")) if group.eq_ignore_ascii_case(main) => 1,
            Some(("*", "*")) => 0,
            _ => continue,
        };
        let weight = parts.find_map(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))?;
            weight.trim().parse::<f32>().ok().filter(|weight| weight.is_finite())
        });
        if best.is_none_or(|(other, _)| other <= specificity) {
            best = Some((specificity, weight.unwrap_or(1.0).clamp(0.0, 1.0)));
        }
    }
    best.map_or(0.0, |(_, weight)| weight)
}

/// The place in `offers` of the media type that the caller wants most, the earlier one of two that are wanted alike;
/// `None` where they take none of them.
#[must_use]
pub fn preferred(accept: &str, offers: &[&str]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (at, offer) in offers.iter().enumerate() {
        let weight = weight(accept, offer);
        if weight > best.map_or(0.0, |(_, best)| best) {
            best = Some((at, weight));
        }
    }
    best.map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_is_read_by_its_most_specific_range() {
        let json = "application/json";
        for accept in [
            "*/*",
            json,
            "application/*",
            "text/html, application/json;q=0.1",
            "text/html,*/*;q=0.8",
            "APPLICATION/JSON; charset=utf-8",
            "*/*;q=0, application/json",
        ] {
            assert!(weight(accept, json) > 0.0, "{accept}");
        }
        for accept in
            ["text/html", "application/json;q=0, */*", "application/xml", "", "text/*;q=1", "*/*;q=0.0"]
        {
            assert!(weight(accept, json) <= 0.0, "{accept}");
        }
    }

    #[test]
    fn the_media_type_that_is_wanted_most_is_preferred() {
        let offers = ["application/x-ndjson", "text/csv"];
        for (accept, expected) in [
            ("*/*", Some(0)),
            ("text/csv", Some(1)),
            ("text/*", Some(1)),
            ("text/csv;q=0.5, application/x-ndjson;q=0.4", Some(1)),
            ("text/csv;q=0.5, */*;q=0.6", Some(0)),
            ("text/csv, application/x-ndjson", Some(0)),
            ("application/x-ndjson;q=0, */*;q=0.1", Some(1)),
            ("application/*;q=0.2, text/*;q=0.1, text/csv;q=0.9", Some(1)),
            ("text/csv;header=present;q=0", None),
            ("text/csv;q=7, application/x-ndjson;q=nan", Some(0)),
            ("application/json", None),
            ("text/csv;q=0.000, application/x-ndjson;Q=0", None),
            ("", None),
            (",;,=", None),
        ] {
            assert_eq!(preferred(accept, &offers), expected, "{accept}");
        }
    }
}
