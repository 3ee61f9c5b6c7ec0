//! A row never changes: not between runs, not by the rows before it, not by the order of the catalog.

use super::{
    tests::{as_of, codes},
    *,
};
use crate::{catalog::model::TypicalRole, exchange::row::row};

/// Fewer codes than the catalog has, so that its growth changes nothing here.
fn few() -> Codes {
    Codes::new(&MODALITIES, &PROBLEM_AREAS, &["lgbtq_affirming", "veterans"], &["common_factors"])
}

const MODALITIES: [(&str, &str, TypicalRole); 6] = [
    ("act", "Acceptance and Commitment Therapy", TypicalRole::Either),
    ("cbt", "Cognitive Behavioral Therapy", TypicalRole::Either),
    ("emdr", "Eye Movement Desensitization and Reprocessing", TypicalRole::Technique),
    ("mindfulness", "Mindfulness-Based Therapy", TypicalRole::Technique),
    ("person_centered", "Person-Centered Therapy", TypicalRole::Foundation),
    ("psychodynamic", "Psychodynamic Therapy", TypicalRole::Foundation),
];

const PROBLEM_AREAS: [(&str, &str); 5] = [
    ("depression", "Depression"),
    ("generalized_anxiety", "Worry and generalized anxiety"),
    ("grief", "Grief and loss"),
    ("ptsd", "Trauma and PTSD"),
    ("stress", "Stress and overwhelm"),
];

#[test]
fn a_row_does_not_depend_on_those_before_it() {
    let codes = codes();
    let all: Vec<_> = directory(9, 40, as_of(), &codes).collect();
    for (row, number) in all.iter().rev().zip((1..=40).rev()) {
        assert_eq!(*row, therapist(9, number, as_of(), &codes));
    }
    assert_ne!(all[0], therapist(10, 1, as_of(), &codes));
}

#[test]
fn the_codes_may_come_in_any_order() {
    let (mut modalities, mut areas) = (MODALITIES, PROBLEM_AREAS);
    modalities.reverse();
    areas.reverse();
    let backwards = Codes::new(&modalities, &areas, &["veterans", "lgbtq_affirming"], &["common_factors"]);
    for number in 1..20 {
        let row = |codes| therapist(1, number, as_of(), codes);
        assert_eq!(row(&few()), row(&backwards));
    }
}

#[test]
fn a_second_listing_is_of_the_same_person() {
    let codes = few();
    let again = (2..2_000).find(|&number| person::of_row(1, number) != number).unwrap();
    let [one, other] = [again - 1, again].map(|number| therapist(1, number, as_of(), &codes));
    assert_eq!((&one.npi, &one.name, &one.licenses), (&other.npi, &other.name, &other.licenses));
    assert_ne!((&one.external_id, &one.email), (&other.external_id, &other.email));
}

#[test]
fn the_first_answers_are_these() {
    let answers = directory(1, 40, as_of(), &few()).find_map(|profile| {
        let row = row(&profile);
        Some((row.get("external_id")?.clone(), row.get("consultation_answers")?.clone()))
    });
    insta::assert_json_snapshot!(answers, @r#"
    [
      "S-0000002",
      [
        {
          "approaches": [
            {
              "modality": "act",
              "role": "foundation",
              "used_for": [
                "depression",
                "generalized_anxiety"
              ]
            },
            {
              "modality": "person_centered",
              "phase": "action",
              "role": "foundation",
              "used_for": [
                "stress"
              ]
            },
            {
              "modality": "mindfulness",
              "role": "technique"
            }
          ],
          "dimensions_addressed": [
            "cognitive",
            "affective",
            "behavioral",
            "somatic"
          ],
          "homework": "optional",
          "integration_type": "common_factors",
          "language": "en",
          "question": "approaches_and_selection",
          "selection_principles": [
            "client_goals"
          ],
          "signals": [
            "whole_person_view"
          ],
          "text": "Thoughts are one part of it; feelings, habits, the body and what gives your life meaning are others. You will leave most sessions with something small to try before the next one."
        },
        {
          "centrality": "central",
          "feedback_practice": "formal_measures",
          "language": "en",
          "question": "role_of_relationship",
          "relationship_themes": [
            "alliance",
            "collaboration",
            "repair",
            "safety"
          ],
          "signals": [
            "collaboration"
          ],
          "text": "To me the bond between us is half of the therapy. At the end of a meeting I ask what helped and what did not, and I change things accordingly. Nothing much can happen until it feels safe to be here, so that comes before everything else.",
          "uses_here_and_now": false
        }
      ]
    ]
    "#);
}

#[test]
fn the_first_row_is_this_one() {
    insta::assert_json_snapshot!(row(&therapist(1, 1, as_of(), &few())), @r#"
    {
      "age_groups": [
        "adult",
        "older_adult"
      ],
      "availability": {
        "times": [
          "weekday_daytime",
          "weekday_evening"
        ]
      },
      "confirmations": [
        {
          "confirmed_at": "2026-07-22T18:11:00Z",
          "field_group": "contact",
          "method": "email"
        },
        {
          "confirmed_at": "2026-07-22T18:11:00Z",
          "field_group": "licenses",
          "method": "primary_source"
        },
        {
          "confirmed_at": "2026-07-22T18:11:00Z",
          "field_group": "locations",
          "method": "email"
        },
        {
          "confirmed_at": "2026-07-22T18:11:00Z",
          "field_group": "availability",
          "method": "email"
        }
      ],
      "contact_public": {
        "email": false,
        "phone": true
      },
      "credentials": [
        "MA",
        "LMFT"
      ],
      "email": "cameron-reed1@example.org",
      "external_id": "S-0000001",
      "fees": [
        {
          "amount": 14000,
          "currency": "USD",
          "minutes": 50,
          "participants": "individual"
        },
        {
          "amount": 16000,
          "currency": "USD",
          "minutes": 50,
          "participants": "couple"
        },
        {
          "amount": 5000,
          "currency": "USD",
          "minutes": 90,
          "participants": "group"
        }
      ],
      "free_consultation": {
        "minutes": 15,
        "offered": true
      },
      "gender": "woman",
      "languages": [
        "en"
      ],
      "licenses": [
        {
          "expires_on": "2029-10-31",
          "jurisdiction": "US-OK",
          "status": "active",
          "type": "LMFT"
        }
      ],
      "locations": [
        {
          "city": "Oklahoma City",
          "country": "US",
          "latitude": 35.39099,
          "longitude": -97.51444,
          "postal_code": "73179",
          "region": "US-OK"
        }
      ],
      "measures_progress": false,
      "modalities": [
        {
          "code": "cbt",
          "evidence_level": "certified",
          "role": "foundation"
        },
        {
          "code": "emdr",
          "evidence_level": "self_declared",
          "role": "technique"
        },
        {
          "code": "mindfulness",
          "evidence_level": "trained",
          "role": "technique"
        },
        {
          "code": "psychodynamic",
          "evidence_level": "self_declared",
          "role": "technique"
        }
      ],
      "name": {
        "family": "Reed",
        "given": "Cameron"
      },
      "npi": "2618034005",
      "participants": [
        "individual",
        "couple",
        "group"
      ],
      "phone": "+14055550108",
      "problem_areas": [
        {
          "code": "generalized_anxiety",
          "focus": "secondary"
        },
        {
          "code": "stress",
          "focus": "secondary"
        },
        {
          "code": "depression",
          "focus": "secondary"
        },
        {
          "code": "grief",
          "focus": "secondary"
        },
        {
          "code": "ptsd",
          "focus": "secondary"
        }
      ],
      "profession": "marriage_family_therapist",
      "session_formats": [
        "in_person",
        "video"
      ],
      "status": "published",
      "style": {
        "challenge": -1,
        "directiveness": 1,
        "emotional_intensity": 0,
        "past_focus": 2
      },
      "website": "https://example.org/cameron-reed"
    }
    "#);
}
