//! What is answered: the profile as it is read alone, for whoever asks, with distances, facets and the revision.

use chrono::Duration;
use serde_json::{Value, json};

use super::{add, found, names};
use crate::{on_both_databases, support::app::App};

on_both_databases! {
    /// The same profile, read alone and found.
    fn a_found_profile_is_the_one_that_is_read(app: App) {
        let mut example = tailor::directory::examples::therapist();
        example["email"] = json!("maya@example.org");
        example["bio"] = json!("Quotes \" and \\ and \u{1F600}, \"email\":\"x\"");
        example["consultation_answers"] = json!([{"question": "when_stuck", "text": "We look at it together, \"stale\":true."}]);
        let full = app.writer().post("/v1/therapists", &example).expect(201).json();
        let id = full["id"].as_str().unwrap();
        let plain = add(&app, "plain", &json!({}));
        for days in [0, 100] {
            app.pass(Duration::days(days));
            for client in [app.anonymous(), app.writer()] {
                for id in [id, &plain] {
                    let read = client.get(&format!("/v1/therapists/{id}")).expect(200).json();
                    let page = client.get("/v1/therapists").expect(200).json();
                    let items = page["items"].as_array().unwrap();
                    assert!(items.contains(&read), "{read}");
                    let page = client.post("/v1/therapists/search", &json!({"near": {"latitude": 1.5, "longitude": 2}})).expect(200).json();
                    let mut item = page["items"].as_array().unwrap().iter().find(|item| item["id"] == id).unwrap().clone();
                    assert!(item.as_object_mut().unwrap().remove("distance_km").is_some());
                    assert_eq!(item, read);
                }
            }
            let public = app.anonymous().get("/v1/therapists").json();
            assert_eq!((&public["items"][0]["email"], &public["items"][0]["phone"]), (&Value::Null, &json!("+14155550123")));
            assert_eq!(app.writer().get("/v1/therapists").json()["items"][0]["email"], "maya@example.org");
        }
        app.writer().post(&format!("/v1/therapists/{id}/confirmations"), &json!({"fields": ["contact", "licenses", "locations", "availability"], "method": "phone"})).expect(200);
        let stale = |client: crate::support::app::Client<'_>| client.get("/v1/therapists").json()["items"][0]["stale"].clone();
        assert_eq!(stale(app.anonymous()), false);
        app.pass(Duration::days(91));
        assert_eq!(stale(app.anonymous()), true);
    }

    fn distances_are_told_and_sorted(app: App) {
        let at = |latitude: f64, longitude: f64| json!({"country": "US", "latitude": latitude, "longitude": longitude});
        add(&app, "far", &json!({"locations": [at(34.05, -118.24)]}));
        add(&app, "two", &json!({"locations": [at(34.05, -118.24), at(37.79, -122.39)]}));
        add(&app, "nowhere", &json!({"locations": [{"country": "US"}]}));
        add(&app, "near", &json!({"locations": [at(37.7794, -122.4184)]}));
        let page = app.anonymous().get("/v1/therapists?near=37.7749,-122.4194&sort=distance").expect(200).json();
        assert_eq!(names(&page), ["near", "two", "far", "nowhere"]);
        let distances: Vec<&Value> = page["items"].as_array().unwrap().iter().map(|item| &item["distance_km"]).collect();
        // By hand with the haversine formula, radius 6371.0088 km.
        assert_eq!(distances, [&json!(0.5), &json!(3.1), &json!(559.5), &Value::Null]);
        let reader = app.anonymous();
        assert_eq!(found(&reader, "near=37.7749,-122.4194&radius_km=4"), ["two", "near"]);
        assert_eq!(found(&reader, "near=37.7749,-122.4194&radius_km=4&sort=-distance"), ["two", "near"]);
        assert_eq!(found(&reader, "near=37.7749,-122.4194&sort=-distance"), ["far", "two", "near", "nowhere"]);
        let page = app.anonymous().get("/v1/therapists").json();
        assert!(page["items"][0].get("distance_km").is_none());
    }

    fn facets_respect_the_other_filters(app: App) {
        add(&app, "A", &json!({"modalities": [{"code": "cbt"}, {"code": "emdr"}], "languages": ["en", "es-MX"], "gender": "woman"}));
        add(&app, "B", &json!({"modalities": [{"code": "cbt"}], "languages": ["en", "es"]}));
        add(&app, "C", &json!({"modalities": [{"code": "act"}], "languages": ["de"]}));
        add(&app, "D", &json!({"status": "draft", "modalities": [{"code": "cbt"}]}));
        let page = app.anonymous().get("/v1/therapists?modalities=cbt&facets=modalities,languages&facets=gender&limit=1").expect(200).json();
        let bucket = |value: &str, count: u64| json!({"value": value, "count": count});
        assert_eq!(page["total"], 2);
        assert_eq!(page["facets"], json!({
            "modalities": {"buckets": [bucket("cbt", 2), bucket("act", 1), bucket("emdr", 1)], "unknown": 0},
            "languages": {"buckets": [bucket("en", 2), bucket("es", 2)], "unknown": 0},
            "gender": {"buckets": [bucket("woman", 1)], "unknown": 1},
        }));
        assert!(app.anonymous().get("/v1/therapists").json().get("facets").is_none());
        let body = json!({"facets": ["status", "measures_progress"], "q": "test"});
        let page = app.writer().post("/v1/therapists/search", &body).expect(200).json();
        assert_eq!(page["facets"], json!({
            "status": {"buckets": [bucket("published", 3), bucket("draft", 1)], "unknown": 0},
            "measures_progress": {"buckets": [], "unknown": 4},
        }));
    }

    /// One person whom several sources list is shown once, as most recently confirmed.
    fn an_npi_is_listed_once(app: App) {
        let id = add(&app, "A", &json!({"npi": "1234567893", "modalities": [{"code": "cbt"}]}));
        let other = add(&app, "B", &json!({"npi": "1234567893", "source": "other"}));
        let reader = app.anonymous();
        assert_eq!(found(&reader, ""), ["A"]);
        assert_eq!(found(&app.writer(), ""), ["A", "B"]);
        // The choice comes before the filters.
        assert_eq!(found(&reader, "source=other"), Vec::<String>::new());
        app.writer().post(&format!("/v1/therapists/{other}/confirmations"), &json!({"fields": ["contact"], "method": "phone"})).expect(200);
        assert_eq!(found(&reader, ""), ["B"]);
        app.writer().patch(&format!("/v1/therapists/{other}"), &json!({"status": "suspended"})).expect(200);
        assert_eq!(found(&reader, ""), ["A"]);
        app.writer().delete(&format!("/v1/therapists/{id}")).expect(204);
        assert_eq!(found(&reader, ""), Vec::<String>::new());
    }
}
