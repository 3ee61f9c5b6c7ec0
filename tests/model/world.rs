//! Small worlds built by hand: catalogs, profiles, needs.

use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, Utc};
use tailor::{
    catalog::guidance::{ConsultationQuestion, ConsultationSignal},
    catalog::model::{
        Catalog, CautionKind, Dimension, DimensionProfile, Evidence, Grade, Modality, Phase, PhaseProfile,
        ProblemArea, Rule, TalkingDoing, Technique, Term, TypicalRole,
    },
    id::Id,
    matching::{
        index::Index,
        needs::{Concern, Needs},
        policy::Policy,
        profile::{Claim, PRACTICE_QUESTIONS, PracticeAnswer, Profile, ShownSignal, SignalBasis},
    },
    vocabulary::{EvidenceLevel, Role, SessionFormat, Severity},
};

/// The day of all tests.
pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

/// An instant so many days before [`today`], at noon.
pub(crate) fn days_ago(days: i64) -> DateTime<Utc> {
    today().and_hms_opt(12, 0, 0).unwrap().and_utc() - chrono::TimeDelta::days(days)
}

/// A day so many days after [`today`].
pub(crate) fn in_days(days: u64) -> NaiveDate {
    today() + Days::new(days)
}

pub(crate) fn id(number: u8) -> Id {
    let mut bytes = [0; 16];
    bytes[15] = number;
    Id::from_bytes(bytes)
}

pub(crate) fn policy() -> Arc<Policy> {
    Arc::new(Policy::embedded().unwrap())
}

pub(crate) fn modality(code: &str, phases: [f64; 3], dimensions: [f64; 5]) -> Modality {
    let [stabilization, insight, action] = phases;
    Modality {
        code: code.to_owned(),
        name: code.to_uppercase(),
        abbreviation: None,
        abbreviation_is_coined: false,
        aliases: Vec::new(),
        family: "family".to_owned(),
        dimensions: dimension_profile(dimensions),
        phases: PhaseProfile { stabilization, insight, action },
        style: TalkingDoing { talking: 0.5, doing: 0.5 },
        typical_role: TypicalRole::Either,
        description: String::new(),
        in_source_article: false,
        directory_listable: true,
        ambiguous_terms: Vec::new(),
    }
}

pub(crate) fn area(code: &str, phase: Phase, specificity: f64, dimensions: [f64; 5]) -> ProblemArea {
    ProblemArea {
        code: code.to_owned(),
        name: code.replace('_', " "),
        category: "category".to_owned(),
        aliases: Vec::new(),
        icd10cm: Vec::new(),
        crisis: false,
        phase,
        dimensions: dimension_profile(dimensions),
        description: String::new(),
        in_source_article: false,
        specificity,
    }
}

fn dimension_profile(values: [f64; 5]) -> DimensionProfile {
    let [cognitive, affective, behavioral, somatic, spiritual] = values;
    DimensionProfile { cognitive, affective, behavioral, somatic, spiritual }
}

pub(crate) fn evidence(modality: &str, problem_area: &str, grade: Grade) -> Evidence {
    Evidence {
        modality: modality.to_owned(),
        problem_area: problem_area.to_owned(),
        grade,
        weight: 0.0,
        phase: Phase::Insight,
        sources: vec![format!("{modality}_{problem_area}")],
        verified: true,
        note: String::new(),
        extrapolated: false,
        caution_kind: (grade == Grade::Caution).then_some(CautionKind::NotRoutine),
    }
}

pub(crate) fn rule(
    code: &str,
    problem_areas: &[&str],
    first_line: &[&str],
    second_line: &[&str],
    avoid: &[&str],
) -> Rule {
    let owned = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    Rule {
        code: code.to_owned(),
        condition: String::new(),
        problem_areas: owned(problem_areas),
        first_line: owned(first_line),
        second_line: owned(second_line),
        avoid: owned(avoid),
        techniques: Vec::new(),
        phase: Phase::Insight,
        dimensions: Vec::new(),
        priority: 1,
        source: "article".to_owned(),
        in_source_article: true,
        rationale: String::new(),
    }
}

pub(crate) fn technique(code: &str, modality: &str, problem_areas: &[&str]) -> Technique {
    Technique {
        code: code.to_owned(),
        name: code.to_owned(),
        modality: modality.to_owned(),
        dimension: Dimension::Cognitive,
        problem_areas: problem_areas.iter().map(|code| (*code).to_owned()).collect(),
        homework: false,
        description: String::new(),
        in_source_article: false,
    }
}

pub(crate) fn community(code: &str) -> Term {
    Term { code: code.to_owned(), name: code.to_owned(), description: String::new(), sources: Vec::new() }
}

/// A consultation question with signals of these weights: `a`, `b` and so on, whose phrases are `does a`, `does b`.
fn question(code: &str, weights: &[f64]) -> ConsultationQuestion {
    let signal = |(letter, weight): (char, &f64)| ConsultationSignal {
        code: letter.to_string(),
        label: letter.to_uppercase().to_string(),
        phrase: Some(format!("does {letter}")),
        listen_for: String::new(),
        positive: *weight > 0.0,
        in_source_article: None,
        weight: *weight,
        ask: None,
        cue_phrases: Vec::new(),
    };
    ConsultationQuestion {
        code: code.to_owned(),
        wordings: Vec::new(),
        purpose: String::new(),
        listen_for: String::new(),
        example_answer: String::new(),
        signals: ('a'..='z').zip(weights).map(signal).collect(),
        answer_fields: Vec::new(),
    }
}

/// The weights of the signals of every question.
pub(crate) const SIGNALS: [f64; 8] = [1.0, 0.5, 1.0, 0.5, 1.0, 0.5, -1.0, -0.5];

/// An answer with these signals of [`SIGNALS`].
pub(crate) fn answered(declared: &[u8], suggested: &[u8]) -> Option<PracticeAnswer> {
    let sum = |signals: &[u8]| signals.iter().fold(0.0, |sum, at| sum + SIGNALS[usize::from(*at)]);
    let shown = |signals: &[u8], basis| {
        signals.iter().map(|&signal| ShownSignal { signal, basis }).collect::<Vec<_>>()
    };
    let signals = [shown(declared, SignalBasis::Declared), shown(suggested, SignalBasis::Suggested)].concat();
    Some(PracticeAnswer { declared: sum(declared), suggested: sum(suggested), signals })
}

/// Sorted as a catalog is.
pub(crate) fn catalog(
    mut modalities: Vec<Modality>,
    mut problem_areas: Vec<ProblemArea>,
    mut evidence: Vec<Evidence>,
    mut rules: Vec<Rule>,
) -> Catalog {
    modalities.sort_by(|a, b| a.code.cmp(&b.code));
    problem_areas.sort_by(|a, b| a.code.cmp(&b.code));
    evidence.sort_by(|a, b| (&a.modality, &a.problem_area).cmp(&(&b.modality, &b.problem_area)));
    rules.sort_by(|a, b| a.code.cmp(&b.code));
    let communities = ["bipoc", "veterans"].map(community).to_vec();
    let mut catalog =
        Catalog { modalities, problem_areas, evidence, rules, communities, ..Catalog::default() };
    catalog.guidance.consultation.questions =
        PRACTICE_QUESTIONS.map(|code| question(code, &SIGNALS)).to_vec();
    catalog
}

pub(crate) fn claim(catalog: &Catalog, code: &str, role: Role, level: EvidenceLevel) -> Claim {
    let modality = u16::try_from(catalog.modality_index(code).unwrap()).unwrap();
    Claim { modality, role, level }
}

/// A profile that states next to nothing: confirmed today, by video.
pub(crate) fn profile(number: u8) -> Profile {
    Profile {
        id: id(number),
        session_formats: vec![SessionFormat::Video],
        confirmed_at: Some(days_ago(0)),
        ..Profile::default()
    }
}

pub(crate) fn concern(catalog: &Catalog, code: &str, severity: Severity) -> Concern {
    Concern { problem_area: catalog.problem_area_index(code).unwrap(), severity }
}

pub(crate) fn needs(mut problem_areas: Vec<Concern>) -> Needs {
    problem_areas.sort_by_key(|concern| concern.problem_area);
    Needs { explain: tailor::vocabulary::Explain::Full, ..Needs::of(problem_areas, today()) }
}

/// The payload of every profile in an index is its number.
pub(crate) fn index(catalog: &Arc<Catalog>, policy: &Arc<Policy>, profiles: &[Profile]) -> Index<Payload> {
    let mut index = Index::new(Arc::clone(catalog), Arc::clone(policy));
    index.bulk(profiles.iter().map(|profile| (profile.clone(), Arc::new(Payload::of(profile)))));
    index
}

#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Payload {
    pub number: u8,
}

impl Payload {
    pub(crate) fn of(profile: &Profile) -> Self {
        Self { number: profile.id.as_bytes()[15] }
    }
}
