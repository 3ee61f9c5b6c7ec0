//! Reads of the catalog for its API: lists, single entries and evidence, with their sources in full.
//!
//! Entries whose stored shape is their public one (modalities, problem areas, techniques, rules, communities) are read
//! from the [`Catalog`] itself.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    guidance::{ExcludedPractice, Grading, Notes, PivotMove},
    integration::IntegrationGuide,
    model::{Catalog, CautionKind, Dimension, Evidence, Grade, Phase, Rule, Source, Term},
};

/// A source with its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SourceView<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub body: &'a str,
    pub year: Option<u16>,
    pub kind: &'a str,
    /// What was read of it.
    pub seen: &'a str,
    /// Where to find it; may be empty.
    pub locator: &'a str,
}

/// The grade of one modality for one problem area, with its sources in full.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct EvidenceView<'a> {
    #[schema(example = "emdr")]
    pub modality: &'a str,
    pub modality_name: &'a str,
    #[schema(example = "ptsd")]
    pub problem_area: &'a str,
    pub problem_area_name: &'a str,
    pub grade: Grade,
    /// The weight of the grade, 0 to 1.
    pub weight: f64,
    /// The phase in which the pair is usually used.
    pub phase: Phase,
    pub sources: Vec<SourceView<'a>>,
    /// A text other than the source article that supports the row was seen; `false`: check before showing it as a fact.
    pub verified: bool,
    pub note: &'a str,
    /// The evidence comes from a related condition.
    pub extrapolated: bool,
    /// Only where the grade is `caution`.
    pub caution_kind: Option<CautionKind>,
}

/// A dimension of the person.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DimensionView<'a> {
    pub code: Dimension,
    pub name: &'a str,
    pub description: &'a str,
    /// What work in this dimension aims at.
    pub focus: &'a str,
    pub example_techniques: &'a [String],
    pub example_modalities: &'a [String],
    pub note: Option<&'a str>,
    pub sources: Vec<SourceView<'a>>,
}

/// A phase of therapy.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct PhaseView<'a> {
    pub code: Phase,
    /// From 1.
    pub order: usize,
    pub name: &'a str,
    /// What the phase aims at.
    pub description: &'a str,
    pub modalities: &'a [String],
    /// Also used in the phase.
    pub also: &'a [String],
    pub techniques: &'a [String],
    pub exit_signs: &'a [String],
    pub sources: Vec<SourceView<'a>>,
}

/// A term with its sources in full.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TermView<'a> {
    pub code: &'a str,
    pub name: &'a str,
    pub description: &'a str,
    pub sources: Vec<SourceView<'a>>,
}

/// How many entries the catalog has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CatalogCounts {
    pub modalities: usize,
    pub problem_areas: usize,
    pub techniques: usize,
    pub evidence: usize,
    pub sources: usize,
    pub rules: usize,
    pub dimensions: usize,
    pub phases: usize,
    pub integration_styles: usize,
    pub communities: usize,
}

/// What the catalog is, what its numbers mean, and the lists that have no route of their own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CatalogOverview<'a> {
    /// Changes whenever a fact of the catalog or an extension of the operator does.
    pub version: &'a str,
    /// The date on which the reference data was compiled.
    pub compiled: &'a str,
    pub notice: &'a str,
    #[schema(example = true)]
    pub not_medical_advice: bool,
    pub counts: CatalogCounts,
    pub grading: &'a Grading,
    pub notes: &'a Notes,
    pub families: &'a [Term],
    pub categories: &'a [Term],
    pub communities: &'a [Term],
    pub rules: &'a [Rule],
    pub integration: &'a IntegrationGuide,
    pub pivot_moves: &'a [PivotMove],
    /// Practices that may not be declared, and why.
    pub excluded_practices: &'a [ExcludedPractice],
}

/// Which rows of evidence to read; all that are given must hold.
#[derive(Clone, Debug, Default)]
pub struct EvidenceFilter {
    /// A modality's code.
    pub modality: Option<String>,
    /// A problem area's code.
    pub problem_area: Option<String>,
    pub grade: Option<Grade>,
}

/// Why evidence cannot be filtered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("there is no modality `{0}`")]
    UnknownModality(String),
    #[error("there is no problem area `{0}`")]
    UnknownProblemArea(String),
}

/// The overview of `catalog`.
#[must_use]
pub fn overview(catalog: &Catalog) -> CatalogOverview<'_> {
    let guidance = &catalog.guidance;
    CatalogOverview {
        version: &catalog.version,
        compiled: &catalog.compiled,
        notice: &catalog.notice,
        not_medical_advice: true,
        counts: CatalogCounts {
            modalities: catalog.modalities.len(),
            problem_areas: catalog.problem_areas.len(),
            techniques: catalog.techniques.len(),
            evidence: catalog.evidence.len(),
            sources: catalog.sources.len(),
            rules: catalog.rules.len(),
            dimensions: catalog.dimensions.len(),
            phases: catalog.phases.len(),
            integration_styles: catalog.integration_styles.len(),
            communities: catalog.communities.len(),
        },
        grading: &guidance.grading,
        notes: &guidance.notes,
        families: &catalog.families,
        categories: &catalog.categories,
        communities: &catalog.communities,
        rules: &catalog.rules,
        integration: &guidance.integration,
        pivot_moves: &guidance.pivot_moves,
        excluded_practices: &guidance.excluded_practices,
    }
}

/// The rows that `filter` admits, by modality and problem area.
///
/// # Errors
/// A code that the catalog does not have: an empty answer would read as "not rated".
pub fn evidence<'a>(
    catalog: &'a Catalog,
    filter: &EvidenceFilter,
) -> Result<Vec<EvidenceView<'a>>, FilterError> {
    if let Some(code) = filter.modality.as_ref().filter(|code| catalog.modality(code).is_none()) {
        return Err(FilterError::UnknownModality(code.clone()));
    }
    if let Some(code) = filter.problem_area.as_ref().filter(|code| catalog.problem_area(code).is_none()) {
        return Err(FilterError::UnknownProblemArea(code.clone()));
    }
    let admits = |row: &&Evidence| {
        filter.modality.as_ref().is_none_or(|code| *code == row.modality)
            && filter.problem_area.as_ref().is_none_or(|code| *code == row.problem_area)
            && filter.grade.is_none_or(|grade| grade == row.grade)
    };
    Ok(catalog.evidence.iter().filter(admits).map(|row| evidence_view(catalog, row)).collect())
}

/// One row with its sources.
#[must_use]
pub fn evidence_view<'a>(catalog: &'a Catalog, row: &'a Evidence) -> EvidenceView<'a> {
    EvidenceView {
        modality: &row.modality,
        modality_name: catalog.modality(&row.modality).map_or("", |modality| &modality.name),
        problem_area: &row.problem_area,
        problem_area_name: catalog.problem_area(&row.problem_area).map_or("", |area| &area.name),
        grade: row.grade,
        weight: row.weight,
        phase: row.phase,
        sources: sources(catalog, &row.sources),
        verified: row.verified,
        note: &row.note,
        extrapolated: row.extrapolated,
        caution_kind: row.caution_kind,
    }
}

/// The dimensions, in the order of [`Dimension::ALL`].
#[must_use]
pub fn dimensions(catalog: &Catalog) -> Vec<DimensionView<'_>> {
    let guides = catalog.guidance.integration.dimensions.iter();
    let view = guides.map(|guide| DimensionView {
        code: guide.code,
        name: &guide.name,
        description: &guide.description,
        focus: &guide.focus,
        example_techniques: &guide.example_techniques,
        example_modalities: &guide.example_modalities,
        note: guide.note.as_deref(),
        sources: sources(catalog, &guide.sources),
    });
    view.collect()
}

/// The phases, in order.
#[must_use]
pub fn phases(catalog: &Catalog) -> Vec<PhaseView<'_>> {
    let guides = catalog.guidance.integration.phases.iter().enumerate();
    let view = guides.map(|(at, guide)| PhaseView {
        code: guide.code,
        order: at + 1,
        name: &guide.name,
        description: &guide.description,
        modalities: &guide.modalities,
        also: &guide.also,
        techniques: &guide.techniques,
        exit_signs: &guide.exit_signs,
        sources: sources(catalog, &guide.sources),
    });
    view.collect()
}

/// The integration styles, by code.
#[must_use]
pub fn integration_styles(catalog: &Catalog) -> Vec<TermView<'_>> {
    catalog.integration_styles.iter().map(|term| term_view(catalog, term)).collect()
}

/// The dimension with this code.
#[must_use]
pub fn dimension<'a>(catalog: &'a Catalog, code: &str) -> Option<DimensionView<'a>> {
    let at = catalog.dimensions.iter().position(|term| term.code == code)?;
    dimensions(catalog).into_iter().nth(at)
}

/// The phase with this code.
#[must_use]
pub fn phase<'a>(catalog: &'a Catalog, code: &str) -> Option<PhaseView<'a>> {
    let at = catalog.phases.iter().position(|term| term.code == code)?;
    phases(catalog).into_iter().nth(at)
}

/// The integration style with this code.
#[must_use]
pub fn integration_style<'a>(catalog: &'a Catalog, code: &str) -> Option<TermView<'a>> {
    catalog.integration_styles.iter().find(|term| term.code == code).map(|term| term_view(catalog, term))
}

/// A term with its sources.
#[must_use]
pub fn term_view<'a>(catalog: &'a Catalog, term: &'a Term) -> TermView<'a> {
    TermView {
        code: &term.code,
        name: &term.name,
        description: &term.description,
        sources: sources(catalog, &term.sources),
    }
}

/// The sources with these ids, in their order.
#[must_use]
pub fn sources<'a>(catalog: &'a Catalog, ids: &[String]) -> Vec<SourceView<'a>> {
    ids.iter()
        .filter_map(|id| catalog.sources.get_key_value(id))
        .map(|(id, source)| source_view(id, source))
        .collect()
}

fn source_view<'a>(id: &'a str, source: &'a Source) -> SourceView<'a> {
    SourceView {
        id,
        title: &source.title,
        body: &source.body,
        year: source.year,
        kind: &source.kind,
        seen: &source.seen,
        locator: &source.locator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(modality: Option<&str>, problem_area: Option<&str>, grade: Option<Grade>) -> EvidenceFilter {
        EvidenceFilter {
            modality: modality.map(Into::into),
            problem_area: problem_area.map(Into::into),
            grade,
        }
    }

    #[test]
    fn evidence_is_filtered_and_brings_its_sources() {
        let catalog = Catalog::embedded().unwrap();
        let one = evidence(&catalog, &filter(Some("emdr"), Some("ptsd"), None)).unwrap();
        assert_eq!(
            (one.len(), one[0].grade, one[0].problem_area_name),
            (1, Grade::Strong, "Trauma and PTSD")
        );
        let ids: Vec<&str> = one[0].sources.iter().map(|source| source.id).collect();
        assert_eq!(ids, ["va_ptsd_2023", "who_stress_2013", "source_article", "apa_ptsd_2017", "div12"]);
        assert_eq!(one[0].sources[0].year, Some(2023));

        assert_eq!(evidence(&catalog, &EvidenceFilter::default()).unwrap().len(), catalog.evidence.len());
        let cautions =
            evidence(&catalog, &filter(None, Some("domestic_abuse"), Some(Grade::Caution))).unwrap();
        assert_eq!(cautions.len(), 4);
        assert!(cautions.iter().all(|row| row.caution_kind == Some(CautionKind::ScreenFirst)));
        assert_eq!(evidence(&catalog, &filter(Some("gestalt"), Some("ocd"), None)).unwrap(), []);
    }

    #[test]
    fn an_unknown_code_is_not_an_empty_answer() {
        let catalog = Catalog::embedded().unwrap();
        let unknown = evidence(&catalog, &filter(Some("cbx"), None, None));
        assert_eq!(unknown, Err(FilterError::UnknownModality("cbx".to_owned())));
        let unknown = evidence(&catalog, &filter(Some("cbt"), Some("sadness"), None));
        assert_eq!(unknown, Err(FilterError::UnknownProblemArea("sadness".to_owned())));
    }

    #[test]
    fn terms_are_read_by_code_with_their_sources() {
        let catalog = Catalog::embedded().unwrap();
        assert_eq!(dimension(&catalog, "spiritual").unwrap().example_modalities, ["act", "existential"]);
        assert_eq!(phase(&catalog, "action").unwrap().order, 3);
        assert_eq!(integration_style(&catalog, "common_factors").unwrap().sources.len(), 2);
        assert!(dimension(&catalog, "astral").is_none() && phase(&catalog, "").is_none());
        assert!(integration_style(&catalog, "eclectic").is_none());
    }

    #[test]
    fn the_overview_counts_what_there_is_and_says_what_it_is_not() {
        let catalog = Catalog::embedded().unwrap();
        let shown = serde_json::to_value(overview(&catalog)).unwrap();
        assert_eq!(shown["not_medical_advice"], true);
        assert_eq!(shown["counts"]["evidence"], 605);
        assert_eq!(shown["grading"]["weights"]["strong"], 1.0);
        assert_eq!(shown["version"], catalog.version.as_str());
        assert!(shown["notice"].as_str().unwrap().contains("Not medical advice"));
    }
}
