//! Cross-checks: what must hold before anything may rest on the catalog.

use std::collections::{BTreeSet, HashMap};

use super::{
    guidance::Grading,
    label::normalize,
    load::CatalogError,
    model::{Catalog, Dimension, Evidence, Grade, Phase, Term},
};

mod guides;

/// Stands for a file name where the operator's own text is meant.
pub(super) const EXTENSIONS: &str = "extensions";

const MODALITIES: &str = "modalities.json";
const PROBLEM_AREAS: &str = "problem_areas.json";
const EVIDENCE: &str = "evidence.json";
const TECHNIQUES: &str = "techniques.json";
const RULES: &str = "rules.json";
const INTEGRATION: &str = "integration.json";
const COMMUNITIES: &str = "communities.json";

/// Ids of sources that are not a published text beside the source article.
const UNNAMED_SOURCES: [&str; 2] = ["source_article", "practice"];

type Checked = Result<(), CatalogError>;

/// Checks everything the catalog names. Its lists are sorted.
pub(super) fn catalog(catalog: &Catalog) -> Checked {
    for (file, list, terms) in [
        (MODALITIES, "families", &catalog.families),
        (PROBLEM_AREAS, "categories", &catalog.categories),
        (INTEGRATION, "integration_styles", &catalog.integration_styles),
        (COMMUNITIES, "communities", &catalog.communities),
    ] {
        self::terms(catalog, file, list, terms)?;
    }
    let codes = catalog.sources.keys().map(String::as_str);
    distinct(EVIDENCE, "sources", codes)?;
    modalities(catalog)?;
    problem_areas(catalog)?;
    techniques(catalog)?;
    evidence(catalog)?;
    grading(&catalog.guidance.grading, &catalog.evidence)?;
    rules(catalog)?;
    guides::all(catalog)
}

fn modalities(catalog: &Catalog) -> Checked {
    distinct(MODALITIES, "modalities", catalog.modalities.iter().map(|m| m.code.as_str()))?;
    for modality in &catalog.modalities {
        let place = format!("modalities.{}", modality.code);
        known_term(&catalog.families, MODALITIES, &place, "family", &modality.family)?;
        within(MODALITIES, &place, &modality.dimensions.values())?;
        within(MODALITIES, &place, &modality.phases.values())?;
        within(MODALITIES, &place, &[modality.style.talking, modality.style.doing])?;
        filled(MODALITIES, &place, &[&modality.name, &modality.description])?;
    }
    let labels = catalog.modalities.iter().map(|m| {
        let shown = m.abbreviation.iter().filter(|_| !m.abbreviation_is_coined);
        (
            m.code.as_str(),
            m.aliases.iter().collect::<Vec<_>>(),
            std::iter::once(&m.name).chain(shown).collect(),
        )
    });
    let ambiguous = catalog.labels.ambiguous.modalities.iter().map(|l| normalize(&l.label)).collect();
    unshared_labels(MODALITIES, "modalities", labels, &ambiguous)
}

fn problem_areas(catalog: &Catalog) -> Checked {
    distinct(PROBLEM_AREAS, "problem_areas", catalog.problem_areas.iter().map(|p| p.code.as_str()))?;
    for area in &catalog.problem_areas {
        let place = format!("problem_areas.{}", area.code);
        known_term(&catalog.categories, PROBLEM_AREAS, &place, "category", &area.category)?;
        within(PROBLEM_AREAS, &place, &area.dimensions.values())?;
        within(PROBLEM_AREAS, &place, &[area.specificity])?;
        filled(PROBLEM_AREAS, &place, &[&area.name, &area.description])?;
        for code in &area.icd10cm {
            if !is_icd10cm(code) {
                return invalid(
                    PROBLEM_AREAS,
                    &place,
                    format!("`{code}` is not the shape of an ICD-10-CM code"),
                );
            }
        }
        if let Some(alias) = area.aliases.iter().find(|alias| alias.to_lowercase() != **alias) {
            return invalid(PROBLEM_AREAS, &place, format!("alias `{alias}` is not in lower case"));
        }
    }
    let labels = catalog.problem_areas.iter().map(|p| {
        let written = catalog.labels.problem_area_labels.get(&p.code).into_iter().flatten();
        (p.code.as_str(), p.aliases.iter().collect::<Vec<_>>(), written.chain([&p.name]).collect())
    });
    let ambiguous = catalog.labels.ambiguous.problem_areas.iter().map(|l| normalize(&l.label)).collect();
    unshared_labels(PROBLEM_AREAS, "problem_areas", labels, &ambiguous)
}

fn techniques(catalog: &Catalog) -> Checked {
    distinct(TECHNIQUES, "techniques", catalog.techniques.iter().map(|t| t.code.as_str()))?;
    for technique in &catalog.techniques {
        let place = format!("techniques.{}", technique.code);
        known_modality(catalog, TECHNIQUES, &place, &technique.modality)?;
        known_areas(catalog, TECHNIQUES, &place, &technique.problem_areas)?;
        filled(TECHNIQUES, &place, &[&technique.name, &technique.description])?;
    }
    Ok(())
}

fn evidence(catalog: &Catalog) -> Checked {
    let mut last = None;
    for row in &catalog.evidence {
        let place = format!("evidence.{}/{}", row.modality, row.problem_area);
        known_modality(catalog, EVIDENCE, &place, &row.modality)?;
        known_areas(catalog, EVIDENCE, &place, std::slice::from_ref(&row.problem_area))?;
        known_sources(catalog, EVIDENCE, &place, &row.sources)?;
        within(EVIDENCE, &place, &[row.weight])?;
        let pair = (&row.modality, &row.problem_area);
        if last.replace(pair) == Some(pair) {
            let code = format!("{}/{}", row.modality, row.problem_area);
            return Err(CatalogError::Duplicate { file: EVIDENCE, place: "evidence".to_owned(), code });
        }
        let weight = catalog.guidance.grading.weights.get(&row.grade);
        if weight != Some(&row.weight) {
            return invalid(EVIDENCE, &place, format!("weight {} is not that of its grade", row.weight));
        }
        if (row.grade == Grade::Caution) != row.caution_kind.is_some() {
            return invalid(EVIDENCE, &place, "a caution and only a caution has a caution_kind".to_owned());
        }
        let mut named = row.sources.iter().filter(|id| !UNNAMED_SOURCES.contains(&id.as_str()));
        let graded = matches!(row.grade, Grade::Strong | Grade::Moderate | Grade::Emerging);
        if graded && named.clone().next().is_none() {
            return invalid(EVIDENCE, &place, "a graded row needs a named source".to_owned());
        }
        let seen = |id: &String| catalog.sources.get(id).is_some_and(|source| !source.seen.starts_with("no"));
        if row.verified && !named.any(seen) {
            return invalid(EVIDENCE, &place, "verified, yet no source of it was seen".to_owned());
        }
        filled(EVIDENCE, &place, &[&row.note])?;
    }
    for (id, source) in &catalog.sources {
        let place = format!("sources.{id}");
        filled(EVIDENCE, &place, &[&source.title, &source.body, &source.kind, &source.seen])?;
        if source.locator.starts_with("file:") || source.locator.starts_with('/') {
            return invalid(EVIDENCE, &place, "the locator names a local file".to_owned());
        }
    }
    Ok(())
}

/// One weight per grade, in falling order, and counts that are those of the rows.
fn grading(grading: &Grading, rows: &[Evidence]) -> Checked {
    let place = "header";
    let weights: Vec<f64> = grading.weights.values().copied().collect();
    within(EVIDENCE, place, &weights)?;
    if grading.grades.len() != 5 || weights.len() != 5 || !weights.is_sorted_by(|a, b| a > b) {
        return invalid(
            EVIDENCE,
            place,
            "five grades need five meanings and five falling weights".to_owned(),
        );
    }
    if grading.caution_kinds.len() != 5 {
        return invalid(EVIDENCE, place, "five kinds of caution need five meanings".to_owned());
    }
    let of = |grade| rows.iter().filter(|row| row.grade == grade).count();
    let counts = grading.counts;
    let agrees = counts.total == rows.len()
        && counts.strong == of(Grade::Strong)
        && counts.moderate == of(Grade::Moderate)
        && counts.emerging == of(Grade::Emerging)
        && counts.practice == of(Grade::Practice)
        && counts.caution == of(Grade::Caution)
        && counts.verified == rows.iter().filter(|row| row.verified).count()
        && counts.extrapolated == rows.iter().filter(|row| row.extrapolated).count();
    if agrees { Ok(()) } else { invalid(EVIDENCE, place, "the counts are not those of the rows".to_owned()) }
}

/// A rule recommends only what is graded, and avoids only what is graded `caution`, for each of its areas.
fn rules(catalog: &Catalog) -> Checked {
    distinct(RULES, "rules", catalog.rules.iter().map(|r| r.code.as_str()))?;
    for rule in &catalog.rules {
        let place = format!("rules.{}", rule.code);
        known_areas(catalog, RULES, &place, &rule.problem_areas)?;
        known_sources(catalog, RULES, &place, std::slice::from_ref(&rule.source))?;
        filled(RULES, &place, &[&rule.condition, &rule.rationale])?;
        if rule.priority == 0 || rule.first_line.is_empty() || rule.problem_areas.is_empty() {
            return invalid(
                RULES,
                &place,
                "a rule needs an area, a first line and a priority from 1".to_owned(),
            );
        }
        let lines = [&rule.first_line, &rule.second_line, &rule.avoid];
        distinct(RULES, &place, lines.into_iter().flatten().map(String::as_str))?;
        for (line, avoided) in [(&rule.first_line, false), (&rule.second_line, false), (&rule.avoid, true)] {
            for code in line {
                known_modality(catalog, RULES, &place, code)?;
                for area in &rule.problem_areas {
                    match catalog.evidence(code, area) {
                        Some(row) if (row.grade == Grade::Caution) == avoided => {}
                        row => {
                            let grade = row
                                .map_or("no row", |row| if avoided { row.note.as_str() } else { "caution" });
                            let says = if avoided { "avoids" } else { "recommends" };
                            let detail = format!("{says} {code} for {area}; the evidence file has: {grade}");
                            return invalid(RULES, &place, detail);
                        }
                    }
                }
            }
        }
        for code in &rule.techniques {
            known_technique(catalog, RULES, &place, code)?;
            let serves = |area: &String| rule.problem_areas.contains(area);
            if !catalog.technique(code).is_some_and(|t| t.problem_areas.iter().any(serves)) {
                return invalid(RULES, &place, format!("technique {code} serves none of the rule's areas"));
            }
        }
    }
    Ok(())
}

fn terms(catalog: &Catalog, file: &'static str, list: &str, terms: &[Term]) -> Checked {
    distinct(file, list, terms.iter().map(|t| t.code.as_str()))?;
    for term in terms {
        let place = format!("{list}.{}", term.code);
        known_sources(catalog, file, &place, &term.sources)?;
        filled(file, &place, &[&term.name, &term.description])?;
    }
    Ok(())
}

/// Codes are of `[a-z0-9_]+` and none stands twice.
fn distinct<'a>(file: &'static str, place: &str, codes: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = BTreeSet::new();
    for code in codes {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if code.is_empty() || !code.chars().all(allowed) {
            return Err(CatalogError::BadCode { file, place: place.to_owned(), code: code.to_owned() });
        }
        if !seen.insert(code) {
            return Err(CatalogError::Duplicate { file, place: place.to_owned(), code: code.to_owned() });
        }
    }
    Ok(())
}

/// No two entries share a label, and no entry repeats an alias, unless the label is listed as ambiguous.
fn unshared_labels<'a>(
    file: &'static str,
    list: &str,
    entries: impl Iterator<Item = (&'a str, Vec<&'a String>, Vec<&'a String>)>,
    ambiguous: &BTreeSet<String>,
) -> Checked {
    let mut owners: HashMap<String, &str> = HashMap::new();
    for (code, aliases, names) in entries {
        let mut own = BTreeSet::new();
        for alias in aliases.iter().copied() {
            if !own.insert(normalize(alias)) {
                let place = format!("{list}.{code}.aliases");
                return Err(CatalogError::Duplicate { file, place, code: alias.clone() });
            }
        }
        let code_as_label = code.replace('_', " ");
        for label in aliases.into_iter().chain(names).chain(std::iter::once(&code_as_label)) {
            let label = normalize(label);
            let other = owners.insert(label.clone(), code).filter(|owner| *owner != code);
            if let Some(other) = other.filter(|_| !ambiguous.contains(&label)) {
                let detail = format!("`{label}` is also a label of {other} and not listed as ambiguous");
                return invalid(file, &format!("{list}.{code}"), detail);
            }
        }
    }
    Ok(())
}

fn within(file: &'static str, place: &str, values: &[f64]) -> Checked {
    match values.iter().find(|value| !(0.0..=1.0).contains(*value)) {
        Some(value) => Err(CatalogError::OutOfRange { file, place: place.to_owned(), value: *value }),
        None => Ok(()),
    }
}

fn filled(file: &'static str, place: &str, texts: &[&str]) -> Checked {
    if texts.iter().all(|text| !text.trim().is_empty()) {
        return Ok(());
    }
    invalid(file, place, "a text is empty".to_owned())
}

fn known_modality(catalog: &Catalog, file: &'static str, place: &str, code: &str) -> Checked {
    known(catalog.modality(code).is_some(), file, place, "modality", code)
}

fn known_modalities(catalog: &Catalog, file: &'static str, place: &str, codes: &[String]) -> Checked {
    codes.iter().try_for_each(|code| known_modality(catalog, file, place, code))
}

fn known_technique(catalog: &Catalog, file: &'static str, place: &str, code: &str) -> Checked {
    known(catalog.technique(code).is_some(), file, place, "technique", code)
}

/// Every problem area exists and none stands twice.
fn known_areas(catalog: &Catalog, file: &'static str, place: &str, codes: &[String]) -> Checked {
    codes.iter().try_for_each(|code| {
        known(catalog.problem_area(code).is_some(), file, place, "problem area", code)
    })?;
    distinct(file, place, codes.iter().map(String::as_str))
}

/// Every source exists and none stands twice.
fn known_sources(catalog: &Catalog, file: &'static str, place: &str, ids: &[String]) -> Checked {
    ids.iter().try_for_each(|id| known(catalog.sources.contains_key(id), file, place, "source", id))?;
    distinct(file, place, ids.iter().map(String::as_str))
}

fn known_term(terms: &[Term], file: &'static str, place: &str, kind: &'static str, code: &str) -> Checked {
    known(terms.iter().any(|term| term.code == code), file, place, kind, code)
}

fn known(exists: bool, file: &'static str, place: &str, kind: &'static str, code: &str) -> Checked {
    if exists {
        return Ok(());
    }
    Err(CatalogError::Dangling { file, place: place.to_owned(), kind, code: code.to_owned() })
}

fn invalid(file: &'static str, place: &str, detail: String) -> Checked {
    Err(CatalogError::Invalid { file, place: place.to_owned(), detail })
}

/// A letter, a digit, a digit or letter, then optionally a dot and one to four digits or letters.
fn is_icd10cm(code: &str) -> bool {
    let (category, rest) =
        code.split_once('.').map_or((code, None), |(category, rest)| (category, Some(rest)));
    let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let category_fits = match category.as_bytes() {
        [letter, digit, last] => letter.is_ascii_uppercase() && digit.is_ascii_digit() && upper(*last),
        _ => false,
    };
    category_fits && rest.is_none_or(|rest| (1..=4).contains(&rest.len()) && rest.bytes().all(upper))
}

/// The three phases or five dimensions, each once, in their order.
fn in_order<T: PartialEq>(
    file: &'static str,
    place: &str,
    codes: impl Iterator<Item = T>,
    all: &[T],
) -> Checked {
    let codes: Vec<T> = codes.collect();
    if codes == all {
        Ok(())
    } else {
        invalid(file, place, "each stands once, in the order of the model".to_owned())
    }
}

const ALL_DIMENSIONS: [Dimension; 5] = Dimension::ALL;
const ALL_PHASES: [Phase; 3] = Phase::ALL;
