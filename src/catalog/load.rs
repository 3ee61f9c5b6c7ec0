//! Builds the catalog from its data files, or refuses and says which file, where and why.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    check,
    crisis::{CrisisGuide, CrisisResource},
    files::{
        CommunitiesFile, EvidenceFile, ModalitiesFile, ProblemAreasFile, QuestionsFile, RulesFile,
        TechniquesFile,
    },
    guidance::{Guidance, Notes},
    integration::{DimensionGuide, IntegrationGuide, PhaseGuide},
    model::{Catalog, Dimension, Phase, Term},
};

/// Why the catalog's data cannot be used. Each names the file and the place in it.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// Not JSON, or not of the file's shape.
    #[error("{file}: {source}")]
    Parse { file: &'static str, source: serde_json::Error },
    /// A code is named that does not exist.
    #[error("{file}: {place}: there is no {kind} `{code}`")]
    Dangling { file: &'static str, place: String, kind: &'static str, code: String },
    /// A code has characters other than `[a-z0-9_]`.
    #[error("{file}: {place}: `{code}` is not a code of [a-z0-9_]+")]
    BadCode { file: &'static str, place: String, code: String },
    /// Something stands twice that may stand once.
    #[error("{file}: {place}: `{code}` stands more than once")]
    Duplicate { file: &'static str, place: String, code: String },
    /// A number is not within 0..1.
    #[error("{file}: {place}: {value} is not within 0..1")]
    OutOfRange { file: &'static str, place: String, value: f64 },
    /// The data contradicts itself or the format's rules.
    #[error("{file}: {place}: {detail}")]
    Invalid { file: &'static str, place: String, detail: String },
}

/// The texts of the data files.
#[derive(Clone, Debug)]
pub struct CatalogTexts {
    pub modalities: Cow<'static, str>,
    pub problem_areas: Cow<'static, str>,
    pub evidence: Cow<'static, str>,
    pub techniques: Cow<'static, str>,
    pub rules: Cow<'static, str>,
    pub integration: Cow<'static, str>,
    pub communities: Cow<'static, str>,
    pub labels: Cow<'static, str>,
    pub consultation_questions: Cow<'static, str>,
    pub crisis: Cow<'static, str>,
}

impl CatalogTexts {
    /// The files that the program carries.
    #[must_use]
    pub const fn embedded() -> Self {
        Self {
            modalities: Cow::Borrowed(include_str!("data/modalities.json")),
            problem_areas: Cow::Borrowed(include_str!("data/problem_areas.json")),
            evidence: Cow::Borrowed(include_str!("data/evidence.json")),
            techniques: Cow::Borrowed(include_str!("data/techniques.json")),
            rules: Cow::Borrowed(include_str!("data/rules.json")),
            integration: Cow::Borrowed(include_str!("data/integration.json")),
            communities: Cow::Borrowed(include_str!("data/communities.json")),
            labels: Cow::Borrowed(include_str!("data/labels.json")),
            consultation_questions: Cow::Borrowed(include_str!("data/consultation_questions.json")),
            crisis: Cow::Borrowed(include_str!("data/crisis.json")),
        }
    }

    const fn files(&self) -> [(&'static str, &Cow<'static, str>); 10] {
        [
            ("modalities.json", &self.modalities),
            ("problem_areas.json", &self.problem_areas),
            ("evidence.json", &self.evidence),
            ("techniques.json", &self.techniques),
            ("rules.json", &self.rules),
            ("integration.json", &self.integration),
            ("communities.json", &self.communities),
            ("labels.json", &self.labels),
            ("consultation_questions.json", &self.consultation_questions),
            ("crisis.json", &self.crisis),
        ]
    }
}

/// What an operator adds to the catalog of one server.
///
/// As JSON: `{"communities": [{code, name, description}], "crisis_resources": [{country, country_name, name, kind, phone, ...}]}`,
/// either list absent or empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extensions {
    #[serde(default)]
    pub communities: Vec<Term>,
    /// Replace all entries of every country they name.
    #[serde(default)]
    pub crisis_resources: Vec<CrisisResource>,
}

impl Extensions {
    /// Reads the operator's JSON text.
    ///
    /// # Errors
    /// [`CatalogError::Parse`] where the text is not of this shape; its content is checked when the catalog is built.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        parse(check::EXTENSIONS, text)
    }
}

impl Catalog {
    /// The catalog that the program carries, without extensions.
    ///
    /// # Errors
    /// Only where the program was built from contradictory data; a test holds that it was not.
    pub fn embedded() -> Result<Self, CatalogError> {
        Self::load(&CatalogTexts::embedded(), &Extensions::default())
    }

    /// Builds the catalog from `texts` with the operator's `extensions`, and checks every cross-reference.
    ///
    /// # Errors
    /// The first fault found, with its file and place.
    pub fn load(texts: &CatalogTexts, extensions: &Extensions) -> Result<Self, CatalogError> {
        let modalities: ModalitiesFile = parse("modalities.json", &texts.modalities)?;
        let areas: ProblemAreasFile = parse("problem_areas.json", &texts.problem_areas)?;
        let evidence: EvidenceFile = parse("evidence.json", &texts.evidence)?;
        let techniques: TechniquesFile = parse("techniques.json", &texts.techniques)?;
        let rules: RulesFile = parse("rules.json", &texts.rules)?;
        let integration: IntegrationGuide = parse("integration.json", &texts.integration)?;
        let communities: CommunitiesFile = parse("communities.json", &texts.communities)?;
        let questions: QuestionsFile = parse("consultation_questions.json", &texts.consultation_questions)?;
        let mut crisis: CrisisGuide = parse("crisis.json", &texts.crisis)?;

        crisis
            .resources
            .retain(|own| extensions.crisis_resources.iter().all(|new| new.country != own.country));
        crisis.resources.extend(extensions.crisis_resources.iter().cloned());

        let mut catalog = Self {
            version: version(texts, extensions)?,
            compiled: modalities.compiled,
            notice: modalities.notice,
            modalities: modalities.modalities,
            problem_areas: areas.problem_areas,
            techniques: techniques.techniques,
            evidence: evidence.evidence,
            sources: evidence.sources,
            rules: rules.rules,
            families: modalities.families,
            categories: areas.categories,
            dimensions: integration.dimensions.iter().map(dimension_term).collect(),
            phases: integration.phases.iter().map(phase_term).collect(),
            integration_styles: integration.integration_styles.clone(),
            communities: communities
                .communities
                .into_iter()
                .chain(extensions.communities.iter().cloned())
                .collect(),
            guidance: Guidance {
                notes: Notes {
                    scales: modalities.scales_note,
                    icd: areas.icd_note,
                    crisis: areas.crisis_note,
                    specificity: areas.specificity_note,
                    rules: rules.about,
                    communities: communities.about,
                },
                grading: evidence.header,
                integration,
                pivot_moves: rules.stall_pivot_moves,
                excluded_practices: rules.excluded_practices,
                critiques: rules.critiques,
                consultation: questions.into_set(),
                crisis,
            },
            labels: parse("labels.json", &texts.labels)?,
        };
        sort(&mut catalog);
        check::catalog(&catalog)?;
        Ok(catalog)
    }
}

fn sort(catalog: &mut Catalog) {
    catalog.modalities.sort_by(|a, b| a.code.cmp(&b.code));
    catalog.problem_areas.sort_by(|a, b| a.code.cmp(&b.code));
    catalog.techniques.sort_by(|a, b| a.code.cmp(&b.code));
    catalog.evidence.sort_by(|a, b| (&a.modality, &a.problem_area).cmp(&(&b.modality, &b.problem_area)));
    catalog.rules.sort_by(|a, b| a.code.cmp(&b.code));
    for terms in [
        &mut catalog.families,
        &mut catalog.categories,
        &mut catalog.integration_styles,
        &mut catalog.communities,
    ] {
        terms.sort_by(|a, b| a.code.cmp(&b.code));
    }
}

fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, CatalogError> {
    serde_json::from_str(text).map_err(|source| CatalogError::Parse { file, source })
}

/// The first 16 hex digits of the SHA-256 of all files and extensions, free of whitespace and of the order of keys.
fn version(texts: &CatalogTexts, extensions: &Extensions) -> Result<String, CatalogError> {
    let mut canonical = String::new();
    for (file, text) in texts.files() {
        canonical.push_str(file);
        write_canonical(&parse::<Value>(file, text)?, &mut canonical);
    }
    let added = serde_json::to_value(extensions)
        .map_err(|source| CatalogError::Parse { file: check::EXTENSIONS, source })?;
    write_canonical(&added, &mut canonical);
    let digest = Sha256::digest(canonical.as_bytes());
    Ok(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Object(fields) => {
            // Sorted here because another crate may switch on serde_json's order-preserving maps.
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            out.push('{');
            for (key, item) in sorted {
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write_canonical(item, out);
                out.push(',');
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn dimension_term(guide: &DimensionGuide) -> Term {
    let code = match guide.code {
        Dimension::Cognitive => "cognitive",
        Dimension::Affective => "affective",
        Dimension::Behavioral => "behavioral",
        Dimension::Somatic => "somatic",
        Dimension::Spiritual => "spiritual",
    };
    let (name, description) = (guide.name.clone(), guide.description.clone());
    Term { code: code.to_owned(), name, description, sources: guide.sources.clone() }
}

fn phase_term(guide: &PhaseGuide) -> Term {
    let code = match guide.code {
        Phase::Stabilization => "stabilization",
        Phase::Insight => "insight",
        Phase::Action => "action",
    };
    let (name, description) = (guide.name.clone(), guide.description.clone());
    Term { code: code.to_owned(), name, description, sources: guide.sources.clone() }
}

#[cfg(test)]
mod tests;
