//! Examples for the OpenAPI document.

use serde_json::{Value, json};

/// The profile of the contract.
#[must_use]
pub fn therapist() -> Value {
    json!({
        "source": "acme",
        "external_id": "A-1001",
        "status": "published",
        "name": {"given": "Maya", "family": "Okafor", "prefix": "Dr."},
        "credentials": ["PsyD"],
        "pronouns": "she/her",
        "gender": "woman",
        "profession": "psychologist",
        "npi": "1234567893",
        "headline": "Understanding the why, building skills for the week",
        "website": "https://example.org",
        "phone": "+14155550123",
        "contact_public": {"email": false, "phone": true},
        "integration_style": "assimilative_integration",
        "modalities": [
            {"code": "psychodynamic", "role": "foundation", "evidence_level": "certified", "since": 2012},
            {"code": "cbt", "role": "technique", "evidence_level": "trained"}
        ],
        "problem_areas": [{"code": "ptsd", "focus": "primary"}],
        "style": {"directiveness": 1, "emotional_intensity": -1, "past_focus": 2, "challenge": 0},
        "homework": "optional",
        "measures_progress": true,
        "languages": ["en", "es"],
        "age_groups": ["adult"],
        "participants": ["individual", "couple"],
        "communities": ["lgbtq_affirming"],
        "licenses": [
            {"jurisdiction": "US-CA", "type": "PSY", "number": "12345", "status": "active", "expires_on": "2028-05-31"}
        ],
        "remote_jurisdictions": ["US-AZ", "US-NV"],
        "locations": [{
            "label": "Downtown", "line1": "1 Main St", "city": "San Francisco", "region": "US-CA",
            "postal_code": "94105", "country": "US", "latitude": 37.789, "longitude": -122.394,
            "wheelchair_accessible": true
        }],
        "session_formats": ["in_person", "video"],
        "fees": [{"participants": "individual", "minutes": 50, "amount": 18000, "currency": "USD"}],
        "sliding_scale": {"offered": true, "minimum_amount": 9000, "currency": "USD"},
        "insurance": ["aetna"],
        "free_consultation": {"offered": true, "minutes": 15},
        "availability": {
            "accepting": "accepting", "next_opening_on": "2026-12-01", "waitlist_weeks": null,
            "times": ["weekday_evening"]
        }
    })
}
