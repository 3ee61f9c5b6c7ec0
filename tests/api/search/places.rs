//! Postal codes in place of coordinates.

use serde_json::json;

use super::{add, found, posted};
use crate::{on_both_databases, support::app::App};

on_both_databases! {
    fn a_postal_code_stands_for_the_place_that_it_covers(app: App) {
        let at = |country: &str, latitude: f64, longitude: f64| json!({"locations": [{"country": country, "latitude": latitude, "longitude": longitude}]});
        add(&app, "manhattan", &at("US", 40.75, -73.99));
        add(&app, "oakland", &at("US", 37.80, -122.27));
        add(&app, "san_francisco", &at("US", 37.789, -122.394));
        add(&app, "tijuana", &at("MX", 32.52, -117.02));
        let reader = app.anonymous();
        assert_eq!(found(&reader, "postal_code=94105&country=US&radius_km=5"), ["san_francisco"]);
        assert_eq!(found(&reader, "postal_code=94105-1234&country=US&radius_km=30&sort=distance"), ["san_francisco", "oakland"]);
        // The country says whose code it is, and keeps nobody across the border away.
        let all = ["san_francisco", "oakland", "tijuana", "manhattan"];
        assert_eq!(found(&reader, "postal_code=94105&country=US&sort=distance"), all);
        let body = json!({"postal_code": "94105", "country": ["US"], "radius_km": 30, "sort": "distance"});
        assert_eq!(posted(&reader, &body), ["san_francisco", "oakland"]);
        let page = reader.get("/v1/therapists?postal_code=94105&country=US&radius_km=5").json();
        assert!(page["items"][0]["distance_km"].as_f64().expect("a distance") < 3.0);
    }

    fn a_postal_code_that_says_no_place_is_refused(app: App) {
        let reader = app.anonymous();
        for (query, expected) in [
            ("postal_code=94105", vec![("/country", "required")]),
            ("postal_code=94105&country=US&country=CA", vec![("/country", "required")]),
            ("postal_code=94105&country=US&near=1,2", vec![("/postal_code", "inconsistent")]),
            ("postal_code=00000&country=US", vec![("/postal_code", "unknown_postal_code")]),
            ("postal_code=&country=US", vec![("/postal_code", "too_short")]),
            ("radius_km=5&sort=distance", vec![("/near", "required"), ("/sort", "inconsistent")]),
        ] {
            let problem = reader.get(&format!("/v1/therapists?{query}")).expect(400).json();
            let faults: Vec<_> = problem["errors"].as_array().expect("faults").iter().map(|fault| (fault["pointer"].as_str().expect("a pointer"), fault["code"].as_str().expect("a code"))).collect();
            assert_eq!(faults, expected, "{query}");
        }
        let wrong = json!({"postal_code": "nowhere", "country": ["US"]});
        let problem = reader.post("/v1/therapists/search", &wrong).expect(422).json();
        assert_eq!(problem["errors"][0]["code"], "unknown_postal_code");
        assert!(!problem.to_string().contains("nowhere"));
        let problem = reader.get("/v1/therapists?postal_code=10115&country=DE").expect(422).json();
        assert_eq!(problem["code"], "postal_codes_not_loaded");
        let problem = reader.post("/v1/therapists/search", &json!({"radius_km": 5})).expect(422).json();
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!("/postal_code"), &json!("required")));
    }
}
