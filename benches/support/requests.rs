//! Match requests in classes, drawn from the profiles themselves: places where therapists are, plans that they take.
//!
//! The same profiles give the same requests.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use serde_json::{Value, json};

/// How many different requests a class has.
pub const DIFFERENT: usize = 64;
const RADIUS_KM: f64 = 25.0;
const SEVERITIES: [&str; 3] = ["moderate", "severe", "mild"];

/// A kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Licensed where the client is, taking new clients, by video or in person within the radius, and in half of the
    /// requests a plan.
    Typical,
    /// Taking new clients, and nothing else.
    Broad,
    /// Typical with four preferences.
    Preferences,
}

impl Class {
    pub const ALL: [Self; 3] = [Self::Typical, Self::Broad, Self::Preferences];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Typical => "typical",
            Self::Broad => "broad",
            Self::Preferences => "preferences",
        }
    }

    /// The requests of this class: each from one person, with the concerns and the taste of the next.
    pub fn requests(self, people: &[Person]) -> Vec<Value> {
        let others = people.iter().cycle().skip(1);
        people.iter().zip(others).enumerate().map(|(at, (one, other))| self.request(at, one, other)).collect()
    }

    fn request(self, at: usize, person: &Person, other: &Person) -> Value {
        let concern = |(nth, code): (usize, &String)| json!({"code": code, "severity": SEVERITIES[(at + nth) % SEVERITIES.len()]});
        let concerns: Vec<Value> =
            other.problem_areas.iter().take(1 + at % 3).enumerate().map(concern).collect();
        let mut constraints = json!({"accepting": true});
        if self != Self::Broad {
            constraints["jurisdiction"] = json!(person.jurisdiction);
            constraints["session_formats"] = json!(["in_person", "video"]);
            let [latitude, longitude] = person.position;
            constraints["near"] =
                json!({"latitude": latitude, "longitude": longitude, "radius_km": RADIUS_KM});
            if at.is_multiple_of(2) {
                constraints["insurance"] = json!([person.insurance[at / 2 % person.insurance.len()]]);
            }
        }
        let mut request = json!({
            "problem_areas": concerns, "constraints": constraints, "explain": "summary", "limit": 20
        });
        if self == Self::Preferences {
            let modality = &other.modalities[at % other.modalities.len()];
            let directiveness = i8::try_from(at % 7).expect("small") - 3;
            request["preferences"] = json!({
                "modalities": [{"code": modality, "attitude": "prefer", "importance": "strong"}],
                "genders": {"any_of": [if at.is_multiple_of(2) { "woman" } else { "man" }]},
                "languages": {"any_of": [other.languages[other.languages.len() - 1]]},
                "style": {"directiveness": directiveness},
            });
        }
        request
    }
}

/// What requests are drawn from: a therapist who states all of it.
#[derive(Debug)]
pub struct Person {
    jurisdiction: String,
    /// Degrees north and east.
    position: [f64; 2],
    insurance: Vec<String>,
    problem_areas: Vec<String>,
    modalities: Vec<String>,
    languages: Vec<String>,
}

/// The first so many therapists of a file of profiles who are fit to draw from.
pub fn people(rows: &Path) -> Vec<Person> {
    let lines = BufReader::new(File::open(rows).expect("the file")).lines();
    let rows = lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("a row"));
    let people: Vec<Person> = rows.filter_map(|row: Value| person(&row)).take(DIFFERENT).collect();
    assert_eq!(people.len(), DIFFERENT, "the directory is too small");
    people
}

fn person(row: &Value) -> Option<Person> {
    let codes = |list: &str| -> Option<Vec<String>> {
        let list = row[list].as_array().filter(|list| !list.is_empty())?;
        list.iter().map(|item| Some(item.as_str().or_else(|| item["code"].as_str())?.to_owned())).collect()
    };
    let jurisdiction = row["licenses"][0]["jurisdiction"].as_str()?;
    let location = &row["locations"][0];
    if location["region"] != jurisdiction {
        return None;
    }
    Some(Person {
        jurisdiction: jurisdiction.to_owned(),
        position: [location["latitude"].as_f64()?, location["longitude"].as_f64()?],
        insurance: codes("insurance")?,
        problem_areas: codes("problem_areas").filter(|codes| codes.len() >= 3)?,
        modalities: codes("modalities")?,
        languages: codes("languages")?,
    })
}
