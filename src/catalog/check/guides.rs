//! Cross-checks of the guidance beside the lists: integration, stalls, exclusions, questions, crisis help, labels.

use validator::Validate as _;

use super::{
    ALL_DIMENSIONS, ALL_PHASES, Checked, INTEGRATION, RULES, distinct, filled, in_order, invalid, known,
    known_areas, known_modalities, known_modality, known_sources, known_technique, known_term, terms,
};
use crate::catalog::{
    crisis::CrisisResource, integration::IntegrationGuide, label::AmbiguousLabel, model::Catalog,
    question_rules,
};

const QUESTIONS: &str = "consultation_questions.json";
const CRISIS: &str = "crisis.json";
const LABELS: &str = "labels.json";

pub(super) fn all(catalog: &Catalog) -> Checked {
    integration(catalog, &catalog.guidance.integration)?;
    stalls_and_exclusions(catalog)?;
    questions(catalog)?;
    crisis(catalog)?;
    labels(catalog)
}

fn integration(catalog: &Catalog, guide: &IntegrationGuide) -> Checked {
    terms(catalog, INTEGRATION, "principles", &guide.principles)?;
    terms(catalog, INTEGRATION, "differential_therapeutics", guide.differential_therapeutics.as_slice())?;
    known_sources(catalog, INTEGRATION, "alliance_note", &guide.alliance_note.sources)?;
    distinct(INTEGRATION, "alliance_factors", guide.alliance_factors.iter().map(|f| f.code.as_str()))?;
    distinct(INTEGRATION, "expected_outcomes", guide.expected_outcomes.iter().map(|o| o.code.as_str()))?;
    distinct(INTEGRATION, "benefits", guide.benefits.iter().map(|b| b.code.as_str()))?;
    distinct(INTEGRATION, "styles", guide.styles.iter().map(|s| s.code.as_str()))?;
    distinct(INTEGRATION, "pillars", guide.pillars.iter().map(|p| p.code.as_str()))?;
    distinct(INTEGRATION, "worked_examples", guide.worked_examples.iter().map(|w| w.code.as_str()))?;
    in_order(INTEGRATION, "dimensions", guide.dimensions.iter().map(|d| d.code), &ALL_DIMENSIONS)?;
    in_order(INTEGRATION, "phases", guide.phases.iter().map(|p| p.code), &ALL_PHASES)?;
    known_modalities(catalog, INTEGRATION, "example_modalities", &guide.example_modalities)?;
    for dimension in &guide.dimensions {
        let place = format!("dimensions.{:?}", dimension.code);
        known_modalities(catalog, INTEGRATION, &place, &dimension.example_modalities)?;
        known_techniques(catalog, INTEGRATION, &place, &dimension.example_techniques)?;
        known_sources(catalog, INTEGRATION, &place, &dimension.sources)?;
    }
    for phase in &guide.phases {
        let place = format!("phases.{:?}", phase.code);
        known_modalities(catalog, INTEGRATION, &place, &phase.modalities)?;
        known_modalities(catalog, INTEGRATION, &place, &phase.also)?;
        known_techniques(catalog, INTEGRATION, &place, &phase.techniques)?;
        known_sources(catalog, INTEGRATION, &place, &phase.sources)?;
    }
    for style in &guide.styles {
        known_modalities(catalog, INTEGRATION, &format!("styles.{}", style.code), &style.modalities)?;
    }
    for pillar in &guide.pillars {
        let place = format!("pillars.{}", pillar.code);
        let styles = &catalog.integration_styles;
        known_term(styles, INTEGRATION, &place, "integration style", &pillar.integration_style)?;
        known_modalities(catalog, INTEGRATION, &place, &pillar.typical_foundations)?;
        if let Some(example) = &pillar.example {
            known_modality(catalog, INTEGRATION, &place, &example.foundation)?;
            known_modalities(catalog, INTEGRATION, &place, &example.layered)?;
            known_areas(catalog, INTEGRATION, &place, std::slice::from_ref(&example.problem_area))?;
        }
    }
    for example in &guide.worked_examples {
        known_modalities(catalog, INTEGRATION, &format!("worked_examples.{}", example.code), &example.steps)?;
    }
    Ok(())
}

fn stalls_and_exclusions(catalog: &Catalog) -> Checked {
    let guidance = &catalog.guidance;
    distinct(RULES, "stall_pivot_moves", guidance.pivot_moves.iter().map(|m| m.code.as_str()))?;
    for step in &guidance.pivot_moves {
        let place = format!("stall_pivot_moves.{}", step.code);
        known_areas(catalog, RULES, &place, &step.problem_areas)?;
        known_modalities(catalog, RULES, &place, &step.from_modalities)?;
        known_modalities(catalog, RULES, &place, &step.pivot_to)?;
        known_techniques(catalog, RULES, &place, &step.techniques)?;
        if let Some(code) = step.pivot_to.iter().find(|code| step.from_modalities.contains(code)) {
            return invalid(RULES, &place, format!("pivots from {code} to itself"));
        }
    }
    distinct(RULES, "excluded_practices", guidance.excluded_practices.iter().map(|p| p.code.as_str()))?;
    for practice in &guidance.excluded_practices {
        let place = format!("excluded_practices.{}", practice.code);
        known_sources(catalog, RULES, &place, &practice.sources)?;
        filled(RULES, &place, &[&practice.name, &practice.reason, &practice.action])?;
    }
    distinct(RULES, "critiques", guidance.critiques.iter().map(|c| c.code.as_str()))?;
    for critique in &guidance.critiques {
        let place = format!("critiques.{}", critique.code);
        known_modality(catalog, RULES, &place, &critique.modality)?;
        known_sources(catalog, RULES, &place, std::slice::from_ref(&critique.source))?;
    }
    Ok(())
}

/// The catalog's own set is held against the rules that published ones are held against.
fn questions(catalog: &Catalog) -> Checked {
    let set = &catalog.guidance.consultation;
    if let Err(errors) = set.validate() {
        return invalid(QUESTIONS, "bounds", errors.to_string());
    }
    match question_rules::faults(set).into_iter().next() {
        Some(fault) => invalid(QUESTIONS, &fault.pointer, fault.detail),
        None => Ok(()),
    }
}

fn crisis(catalog: &Catalog) -> Checked {
    let guide = &catalog.guidance.crisis;
    distinct(CRISIS, "indicators", guide.indicators.iter().map(|i| i.code.as_str()))?;
    for indicator in &guide.indicators {
        filled(CRISIS, &format!("indicators.{}", indicator.code), &[&indicator.name, &indicator.action])?;
    }
    let areas: Vec<String> = guide.kinds_by_problem_area.keys().cloned().collect();
    known_areas(catalog, CRISIS, "kinds_by_problem_area", &areas)?;
    if let Some(code) = guide.eu_member_states.iter().find(|code| rust_iso3166::from_alpha2(code).is_none()) {
        return known(false, CRISIS, "eu_member_states", "country", code);
    }
    guide.resources.iter().try_for_each(resource)
}

fn resource(resource: &CrisisResource) -> Checked {
    let place = format!("resources.{}/{}", resource.country, resource.name);
    let exists = matches!(resource.country.as_str(), "EU" | "XX")
        || rust_iso3166::from_alpha2(&resource.country).is_some();
    known(exists, CRISIS, &place, "country", &resource.country)?;
    filled(CRISIS, &place, &[&resource.country_name, &resource.name, &resource.hours])?;
    if resource.phone.is_none() && resource.text.is_none() && resource.url.is_none() {
        return invalid(CRISIS, &place, "a resource needs a phone, a text number or a url".to_owned());
    }
    let is_web =
        |url: &String| url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if resource.url.as_ref().is_some_and(|url| !is_web(url)) {
        return invalid(CRISIS, &place, "the url is not one of http or https".to_owned());
    }
    match resource.languages.iter().find(|tag| oxilangtag::LanguageTag::parse(tag.as_str()).is_err()) {
        Some(tag) => invalid(CRISIS, &place, format!("`{tag}` is not a language tag")),
        None => Ok(()),
    }
}

fn labels(catalog: &Catalog) -> Checked {
    let guide = &catalog.labels;
    ambiguous("ambiguous.modalities", &guide.ambiguous.modalities, "modality", |code| {
        catalog.modality(code).is_some()
    })?;
    ambiguous("ambiguous.problem_areas", &guide.ambiguous.problem_areas, "problem area", |code| {
        catalog.problem_area(code).is_some()
    })?;
    let areas: Vec<String> = guide.problem_area_labels.keys().cloned().collect();
    known_areas(catalog, LABELS, "problem_area_labels", &areas)
}

fn ambiguous(
    place: &str,
    labels: &[AmbiguousLabel],
    kind: &'static str,
    exists: impl Fn(&str) -> bool,
) -> Checked {
    for label in labels {
        let place = format!("{place}.{}", label.label);
        if label.candidates.is_empty() {
            return invalid(LABELS, &place, "an ambiguous label needs a candidate".to_owned());
        }
        label.candidates.iter().try_for_each(|code| known(exists(code), LABELS, &place, kind, code))?;
        distinct(LABELS, &place, label.candidates.iter().map(String::as_str))?;
    }
    Ok(())
}

fn known_techniques(catalog: &Catalog, file: &'static str, place: &str, codes: &[String]) -> Checked {
    codes.iter().try_for_each(|code| known_technique(catalog, file, place, code))
}
