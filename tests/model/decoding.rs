//! Bodies and rows take a short way where nothing is wrong; the long way, by the schema, says what right is.

use std::{
    fmt::Debug,
    sync::{Arc, LazyLock},
};

use chrono::NaiveDate;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tailor::{
    answers::sets::Sets,
    catalog::{guidance::QuestionSet, model::Catalog, question_rules, vocabulary::Vocabulary},
    directory::{answers::NewAnswer, check, confirmations::NewConfirmation, model::Therapist},
    exchange,
    fault::Fault,
    import::{
        formats::{Content, Record, layout::Layout},
        row::{Reading, Rules},
    },
    matching::{needs::Needs, policy::Policy, request::MatchRequest},
    questions::model::NewAnalysis,
    synthetic::{self, codes::Codes},
    web::decode::{Privacy, decode, decode_value, examine, no_more_rules, parse, read_plain, schema::Shape},
};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    mutation::{Mutation, mutated, mutations, sweep},
    world,
};

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap());
static RULES: LazyLock<Rules> = LazyLock::new(|| Rules {
    source: "synthetic".to_owned(),
    layout: Layout::Json,
    catalog: Arc::new(CATALOG.clone()),
    vocabulary: Arc::new(Vocabulary::new(&CATALOG)),
    sets: Arc::new(Sets::built_in(&CATALOG)),
    edition: 0,
    today: today(),
});

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn generated(number: u64) -> Therapist {
    static CODES: LazyLock<Codes> = LazyLock::new(|| Codes::from(&*CATALOG));
    synthetic::therapist(7, number, today(), &CODES)
}

/// A row of each field, whatever it is.
fn full_row() -> Value {
    let mut row = json!({
        "external_id": "A-1", "status": "published",
        "name": {"given": "Maya", "family": "Okafor", "prefix": "Dr.", "suffix": "Jr."},
        "credentials": ["PsyD"], "pronouns": "she/her", "gender": "woman", "profession": "psychologist",
        "npi": "1234567893", "headline": "Head", "bio": "Text", "website": "https://example.org",
        "photo_url": "http://example.org/p.png", "email": "maya@example.org", "phone": "+14155550123",
        "contact_public": {"email": true, "phone": false}, "integration_style": "assimilative_integration",
        "modalities": [{"code": "cbt", "role": "foundation", "evidence_level": "certified", "since": 2012}, {"code": "emdr"}],
        "problem_areas": [{"code": "ptsd", "focus": "primary"}, {"code": "ocd"}],
        "style": {"directiveness": 1, "emotional_intensity": -3, "past_focus": 3, "challenge": null},
        "homework": "optional", "measures_progress": true, "languages": ["en", "es-MX"],
        "age_groups": ["adult"], "participants": ["individual", "couple"], "communities": ["lgbtq_affirming"],
        "session_formats": ["in_person", "video"], "remote_jurisdictions": ["US-AZ"],
        "insurance": ["aetna"], "free_consultation": {"offered": true, "minutes": 15},
    });
    row.as_object_mut().unwrap().extend(
        json!({
            "licenses": [{"jurisdiction": "US-CA", "type": "PSY", "number": "12345", "status": "active", "expires_on": "2028-05-31"}],
            "locations": [{"label": "Downtown", "line1": "1 Main St", "line2": "Floor 2", "city": "San Francisco", "region": "US-CA",
                           "postal_code": "94105", "country": "US", "latitude": 37.789, "longitude": -122, "wheelchair_accessible": true}],
            "fees": [{"participants": "individual", "minutes": 50, "amount": 18000, "currency": "USD"}],
            "sliding_scale": {"offered": true, "minimum_amount": 9000, "currency": "USD"},
            "availability": {"accepting": "accepting", "next_opening_on": "2026-12-01", "waitlist_weeks": 2, "times": ["weekend"]},
            "confirmations": [{"field_group": "contact", "method": "phone", "confirmed_at": "2026-11-01T10:00:00.123456Z"}],
        })
        .as_object()
        .unwrap()
        .clone(),
    );
    row
}

/// Answers in every form that a row may have.
fn answers() -> Value {
    json!([
        {"question": "approaches_and_selection", "question_set": {"code": "integrative-core", "version": 1},
         "text": "I draw from two schools; first we stabilize.", "language": "en", "answered_at": "2026-11-01T10:00:00.123456Z",
         "approaches": [{"modality": "cbt", "role": "technique", "used_for": ["panic"], "phase": "any", "share": 0.5,
                         "training_level": null}],
         "selection_principles": ["assessment"], "homework": "regular",
         "signals": ["shared_choice", {"code": "phased_work", "positive": true, "weight": 1.0, "basis": "text",
                                       "quote": "first we stabilize", "start": 27, "end": 45}]},
        {"question": "when_stuck", "review_interval_sessions": 6, "signals": ["consults"]},
    ])
}

/// As it is put, with what the server adds to read.
fn new_answer() -> Value {
    let mut answer = answers()[0].clone();
    answer.as_object_mut().unwrap().extend(
        json!({"coverage": 0.25, "missing": [{"code": "consults"}], "read": true})
            .as_object()
            .unwrap()
            .clone(),
    );
    answer
}

fn match_request() -> Value {
    json!({
        "problem_areas": [{"code": "ptsd", "severity": "severe"}, {"code": "ocd"}],
        "phase": "stabilization", "phase_policy": "phased", "risk": "elevated", "country": "US",
        "preferences": {
            "modalities": [{"code": "emdr", "attitude": "prefer", "importance": "strong"}],
            "genders": {"any_of": ["woman"], "importance": "nice"}, "languages": {"any_of": ["es"]},
            "communities": {"any_of": ["lgbtq_affirming"]}, "style": {"directiveness": 2, "importance": "strong"},
            "homework": {"value": "regular"},
        },
        "constraints": {
            "jurisdiction": "US-CA", "near": {"latitude": 37.78, "longitude": -122, "radius_km": 25},
            "session_formats": ["in_person"], "age_group": "adult", "participants": "individual", "languages": ["en"],
            "max_fee": {"amount": 20000, "currency": "USD"}, "insurance": ["aetna"], "accepting": true,
            "times": ["weekend"], "opening_within_days": 30, "confirmed_within_days": 90, "min_evidence_level": "trained",
        },
        "exclude_ids": ["01936f5e-8a00-7000-8000-000000000001"], "order": "score", "limit": 5, "explain": "summary",
        "policy": "default", "seed": 7,
    })
}

fn confirmation() -> Value {
    json!({"fields": ["contact", "licenses"], "method": "phone", "note": "spoke with them"})
}

fn question_set() -> Value {
    let mut set: Value = serde_json::from_str(include_str!("../../src/catalog/question_set.json")).unwrap();
    set["version"] = json!(2);
    set["published_at"] = json!("2026-11-22T12:00:00Z");
    set
}

fn analysis() -> Value {
    json!({"question": "when_stuck", "text": "I name it.", "question_set": {"code": "my-clinic", "version": 2}})
}

fn profile_faults(profile: &Therapist) -> Vec<Fault> {
    check::faults(profile, &CATALOG, &RULES.sets, today())
}

fn answer_faults(answer: &NewAnswer) -> Vec<Fault> {
    answer.faults("approaches_and_selection", &RULES.sets, &CATALOG)
}

fn request_faults(request: &MatchRequest) -> Vec<Fault> {
    static POLICY: LazyLock<Arc<Policy>> = LazyLock::new(world::policy);
    Needs::resolve(request, &CATALOG, &POLICY, today()).err().unwrap_or_default()
}

fn confirmation_faults(confirmation: &NewConfirmation) -> Vec<Fault> {
    check::confirmation_faults(confirmation)
}

/// The decoder gives what the long way gives: the same value, or the same faults; `Ok` as `Debug` shows it.
fn same<T>(text: &str, check: fn(&T) -> Vec<Fault>) -> bool
where
    T: DeserializeOwned + Validate + ToSchema + Debug + 'static,
{
    let shown = |read: Result<T, Vec<Fault>>| read.map(|value| format!("{value:?}"));
    let shape = Shape::of_body::<T>();
    let (value, faults) = parse::parse(text.as_bytes()).unwrap();
    let long = shown(examine(&shape, value.clone(), faults.clone(), Privacy::Open, check));
    assert_eq!(shown(decode(text.as_bytes(), Privacy::Open, check)), long, "{text}");
    if faults.iter().all(|fault| fault.code != "duplicate_key") {
        assert_eq!(shown(decode_value(value, Privacy::Open, check)), long, "{text}");
    }
    long.is_ok()
}

fn same_row(text: &str) -> bool {
    let record = Record { line: 3, content: Content::Json(text.as_bytes().to_vec()) };
    let digest = RULES.digest(&record.content);
    let (read, long) = (RULES.read(3, &record, digest), RULES.read_closely(3, &record, digest));
    assert_eq!(format!("{read:?}"), format!("{long:?}"), "{text}");
    matches!(read.reading, Reading::Profile(_))
}

/// A few fields of the root stand twice, or their names are written with escapes.
fn written(value: &Value, twice: Option<usize>, escaped: bool) -> String {
    let mut text = value.to_string();
    let fields = value.as_object().into_iter().flatten();
    if let Some((name, field)) = twice.and_then(|at| fields.clone().nth(at)) {
        text = text.replacen('{', &format!("{{{}:{field},", Value::from(name.as_str())), 1);
    }
    if escaped { text.replace("\"co", "\"\\u0063o").replace('/', "\\/") } else { text }
}

#[test]
fn what_is_right_takes_the_short_way() {
    for number in 1..200 {
        let profile = generated(number);
        let row = exchange::row::row(&profile).to_string();
        let plain = read_plain::<Therapist>(row.as_bytes()).unwrap();
        assert!(plain.validate().is_ok() && profile_faults(&plain).is_empty(), "{row}");
        assert!(read_plain::<Therapist>(serde_json::to_string(&profile).unwrap().as_bytes()).is_some());
        assert!(same::<Therapist>(&row, profile_faults) && same_row(&row));
    }
    let mut answering = full_row();
    answering["consultation_answers"] = answers();
    for text in [&full_row(), &answering].map(|row| [row.to_string(), written(row, None, true)]).concat() {
        assert!(read_plain::<Therapist>(text.as_bytes()).is_some());
        assert!(same::<Therapist>(&text, profile_faults) && same_row(&text));
    }
    let text = new_answer().to_string();
    assert!(read_plain::<NewAnswer>(text.as_bytes()).is_some() && same(&text, answer_faults));
    let text = match_request().to_string();
    assert!(read_plain::<MatchRequest>(text.as_bytes()).is_some() && same(&text, request_faults));
    let text = question_set().to_string();
    assert!(read_plain::<QuestionSet>(text.as_bytes()).is_some() && same(&text, question_rules::faults));
    let text = analysis().to_string();
    assert!(
        read_plain::<NewAnalysis>(text.as_bytes()).is_some() && same::<NewAnalysis>(&text, no_more_rules)
    );
}

#[test]
fn each_odd_part_is_judged_as_the_schema_judges_it() {
    // What is not plain to see goes the long way whatever it is.
    fn plain<T: DeserializeOwned + ToSchema + 'static>(document: Value) -> impl Iterator<Item = String> {
        let texts = sweep(document).map(|changed| changed.to_string());
        texts.filter(|text| read_plain::<T>(text.as_bytes()).is_some())
    }
    for row in plain::<Therapist>(full_row()) {
        same::<Therapist>(&row, profile_faults);
    }
    for number in 0..2 {
        let mut row = generated(1);
        row.consultation_answers = None;
        let mut row = exchange::row::row(&row);
        row["consultation_answers"] = json!([answers()[number]]);
        for row in plain::<Therapist>(row) {
            same::<Therapist>(&row, profile_faults);
            same_row(&row);
        }
    }
    for answer in plain::<NewAnswer>(new_answer()) {
        same::<NewAnswer>(&answer, answer_faults);
    }
    for request in plain::<MatchRequest>(match_request()) {
        same::<MatchRequest>(&request, request_faults);
    }
    for request in plain::<NewConfirmation>(confirmation()) {
        same::<NewConfirmation>(&request, confirmation_faults);
    }
    for set in plain::<QuestionSet>(question_set()) {
        same::<QuestionSet>(&set, question_rules::faults);
    }
    for asked in plain::<NewAnalysis>(analysis()) {
        same::<NewAnalysis>(&asked, no_more_rules);
    }
}

/// What a value cannot hold, and a text can.
#[test]
fn answers_that_only_their_text_shows_to_be_odd_go_the_long_way() {
    let row = |answer: &str| {
        format!(
            r#"{{"external_id": "A-1", "name": {{"given": "Maya", "family": "Okafor"}}, "profession": "psychologist",
                 "consultation_answers": [{answer}]}}"#
        )
    };
    let is_plain = |row: &str| read_plain::<Therapist>(row.as_bytes()).is_some();
    let when_stuck = |members: &str| row(&format!(r#"{{"question": "when_stuck", {members}}}"#));
    for members in [
        r#""review_interval_sessions": 6"#,
        r#""review_interval_sessions": null, "text": "I\tname it.""#,
        r#""\u0072eview_interval_sessions": 6, "signals": ["\u0063onsults"]"#,
        r#""signals": [{"code": "consults", "basis": "declared", "weight": 0.5}]"#,
    ] {
        let row = when_stuck(members);
        assert!(is_plain(&row) && same_row(&row), "{row}");
        same::<Therapist>(&row, profile_faults);
    }
    // The schema's way makes an integer of it.
    let whole = when_stuck(r#""review_interval_sessions": 6.0"#);
    assert!(!is_plain(&whole) && same_row(&whole) && same::<Therapist>(&whole, profile_faults));
    for members in [
        r#""text": "a", "text": "a""#,
        r#""review_interval_sessions": 6, "review_interval_sessions": 6"#,
        r#""review_interval_sessions": 6, "\u0072eview_interval_sessions": 6"#,
        r#""text": "a\u0000""#,
        r#""te\u0007xt": "a""#,
        r#""flexibility": "high\u0085""#,
        r#""other": {"a": 1, "a": 1}"#,
        r#""other": [{"\u0000": 1}]"#,
        r#""signals": [{"code": "consults", "code": "consults", "basis": "declared"}]"#,
        r#""signals": [{"code": "consults", "basis": "declared", "other": 1}]"#,
        r#""signals": [{"code": "consults", "basis": {"declared": null}}]"#,
        r#""signals": [["consults", true, 0.5, "declared"]]"#,
        r#""signals": ["consults\u0000"]"#,
        r#""signals": [1]"#,
        r#""signals": null"#,
        r#""question_set": {"code": "integrative-core", "version": 1, "other": 1}"#,
        r#""question_set": ["integrative-core", 1]"#,
        r#""answered_at": "2026-11-01""#,
    ] {
        let row = when_stuck(members);
        assert!(!is_plain(&row) && !same_row(&row), "{row}");
        same::<Therapist>(&row, profile_faults);
    }
    // Of their form nothing is odd: the rules refuse them.
    for answer in [
        r#"{"question": "when_stuck", "other": null}"#,
        r#"{"question": "when_stuck", "te\u0009xt": null}"#,
        r#"{"question": "approaches_and_selection", "approaches": [{"modality": "cbt", "other": null}]}"#,
        r#"{"question": "approaches_and_selection", "approaches": [["cbt"]]}"#,
        r#"{"text": "a"}"#,
    ] {
        let row = row(answer);
        assert!(is_plain(&row) && !same_row(&row), "{row}");
        same::<Therapist>(&row, profile_faults);
    }
}

fn text(base: Value, mutations: &[Mutation], twice: Option<usize>, escaped: bool) -> String {
    written(&mutated(base, mutations), twice, escaped)
}

fn twice() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![8 => Just(None), 1 => (0_usize..40).prop_map(Some)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_of_any_kind_are_read_as_the_long_way_reads_them(
        number in prop_oneof![Just(None), (1_u64..500).prop_map(Some)],
        with_server_fields in any::<bool>(),
        with_answers in any::<bool>(),
        mutations in mutations(0..4),
        twice in twice(),
        escaped in any::<bool>(),
    ) {
        let mut base = match number {
            Some(number) if with_server_fields => serde_json::to_value(generated(number)).unwrap(),
            Some(number) => exchange::row::row(&generated(number)),
            None => full_row(),
        };
        if with_answers {
            base["consultation_answers"] = answers();
        }
        let text = text(base, &mutations, twice, escaped);
        same::<Therapist>(&text, profile_faults);
        same_row(&text);
    }

    #[test]
    fn match_requests_are_read_as_the_long_way_reads_them(
        mutations in mutations(0..4), twice in twice(), escaped in any::<bool>(),
    ) {
        same::<MatchRequest>(&text(match_request(), &mutations, twice, escaped), request_faults);
    }

    #[test]
    fn answers_are_read_as_the_long_way_reads_them(
        mutations in mutations(0..4), twice in twice(), escaped in any::<bool>(),
    ) {
        same::<NewAnswer>(&text(new_answer(), &mutations, twice, escaped), answer_faults);
    }

    #[test]
    fn confirmations_are_read_as_the_long_way_reads_them(
        mutations in mutations(0..4), twice in twice(), escaped in any::<bool>(),
    ) {
        same::<NewConfirmation>(&text(confirmation(), &mutations, twice, escaped), confirmation_faults);
    }
}
