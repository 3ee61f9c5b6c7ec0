//! The file that an operator begins with: all columns, and one record that shows how they are filled in.

use serde_json::{Map, Value, json};

use super::write::{self, Widths};
use crate::directory::examples;

/// Two of each: enough to see how the columns are numbered.
pub(super) const WIDTHS: Widths = Widths { licenses: 2, locations: 2, fees: 2, answers: 2 };

/// The header and the example.
#[must_use]
pub fn template() -> Vec<u8> {
    let mut file = Vec::new();
    write::line(&write::header(&WIDTHS), &mut file);
    write::line(&write::cells(&example(), &WIDTHS), &mut file);
    file
}

/// The example of the API description as a draft of nobody in particular, with what a file may say otherwise: labels in
/// the place of codes, several offices and fees, text of several lines.
pub(super) fn example() -> Value {
    let mut example = match examples::therapist() {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    example.remove("source");
    let other = json!({
        "external_id": "EXAMPLE-1",
        "status": "draft",
        "bio": "Replace this record, or leave it: a draft is shown to nobody.\nA text may have \"quotes\", commas and lines.",
        "email": "maya.okafor@example.org",
        "modalities": [
            {"code": "psychodynamic", "role": "foundation", "evidence_level": "certified", "since": 2012},
            {"code": "cbt", "role": "technique", "evidence_level": "trained"},
            "Internal Family Systems (IFS)",
        ],
        "licenses": [
            {"jurisdiction": "US-CA", "type": "PSY", "number": "12345", "status": "active", "expires_on": "2028-05-31"},
            {"jurisdiction": "US-NV", "status": "pending"},
        ],
        "locations": [
            {
                "label": "Downtown", "line1": "1 Main St", "line2": "Suite 200", "city": "San Francisco",
                "region": "US-CA", "postal_code": "94105", "country": "US", "latitude": 37.789,
                "longitude": -122.394, "wheelchair_accessible": true,
            },
            {"city": "Oakland", "region": "US-CA", "country": "US"},
        ],
        "fees": [
            {"participants": "individual", "minutes": 50, "amount": 18000, "currency": "USD"},
            {"participants": "couple", "minutes": 80, "amount": 25000, "currency": "USD"},
        ],
        "availability": {
            "accepting": "accepting", "next_opening_on": "2026-12-01", "waitlist_weeks": 2,
            "times": ["weekday_daytime", "weekday_evening"],
        },
        "consultation_answers": [
            {
                "question": "approaches_and_selection",
                "language": "en",
                "text": "I draw from psychodynamic work to understand the why, and from CBT for skills between sessions.",
                "signals": ["names_several_approaches", "depth_and_why"],
                "approaches": [
                    {"modality": "psychodynamic", "role": "foundation", "phase": "insight", "used_for": ["relational_patterns"]},
                    {
                        "modality": "cbt", "role": "technique", "phase": "any", "used_for": ["panic", "ocd"],
                        "share": 0.4, "training_level": "trained",
                    },
                ],
                "selection_principles": ["assessment", "client_preference"],
                "homework": "regular",
            },
            {
                "question": "when_stuck",
                "question_set": {"code": "integrative-core", "version": 1},
                "stuck_strategies": ["name_it", "review_goals"],
                "pivot_modalities": ["somatic_experiencing"],
                "review_interval_sessions": 6,
                "answered_at": "2026-11-01T10:00:00Z",
            },
        ],
        "confirmations": [
            {"field_group": "contact", "method": "phone", "confirmed_at": "2026-11-01T10:00:00Z"},
        ],
    });
    if let Value::Object(other) = other {
        example.extend(other);
    }
    Value::Object(example)
}
