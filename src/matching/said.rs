//! What is said of a modality for a problem area, whoever the therapist is: put into words once.

use super::rating::Ratings;
use crate::catalog::model::{Catalog, Grade, Modality, ProblemArea};

/// What is said of one pair.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// Ids of the sources of its rating.
    pub sources: Vec<String>,
    /// The reason that a therapist has whose claim to the modality counts for the area: code and sentence.
    pub reason: Option<(&'static str, String)>,
}

/// What is said of all pairs.
#[derive(Clone, Debug)]
pub(super) struct Sayings {
    modalities: usize,
    /// By problem area, and then modality.
    pairs: Vec<Said>,
    /// By problem area: that it is a focus of a practice.
    focuses: Vec<String>,
}

impl Sayings {
    pub(super) fn new(catalog: &Catalog, ratings: &Ratings) -> Self {
        let areas = || catalog.problem_areas.iter();
        let of_area = |(at, area): (usize, &ProblemArea)| -> Vec<Said> {
            let modalities = catalog.modalities.iter().enumerate();
            modalities.map(|(modality, it)| said(catalog, ratings, (at, area), (modality, it))).collect()
        };
        Self {
            modalities: catalog.modalities.len(),
            pairs: areas().enumerate().flat_map(of_area).collect(),
            focuses: areas().map(|area| format!("Names {} as a focus of the practice.", area.name)).collect(),
        }
    }

    /// What is said of a modality for a problem area.
    pub(super) fn of(&self, problem_area: usize, modality: usize) -> &Said {
        const NOTHING: &Said = &Said { sources: Vec::new(), reason: None };
        let place = (modality < self.modalities).then_some(problem_area * self.modalities + modality);
        place.and_then(|place| self.pairs.get(place)).unwrap_or(NOTHING)
    }

    /// What is said where a problem area is a focus.
    pub(super) fn focus(&self, problem_area: usize) -> &str {
        self.focuses.get(problem_area).map_or("", String::as_str)
    }
}

fn said(
    catalog: &Catalog,
    ratings: &Ratings,
    (at, area): (usize, &ProblemArea),
    (modality_at, modality): (usize, &Modality),
) -> Said {
    let rating = ratings.get(at, modality_at);
    let rule = rating.rule(catalog).or_else(|| rating.avoided_by(catalog));
    let mut sources: Vec<String> =
        rating.evidence(catalog).into_iter().flat_map(|evidence| &evidence.sources).cloned().collect();
    sources.extend(rule.map(|rule| rule.source.clone()).filter(|source| !sources.contains(source)));
    let is_first_line = rating.rule(catalog).is_some_and(|rule| rule.first_line.contains(&modality.code));
    let reason = if is_first_line {
        Some(("rule_first_line", format!("{} is usually offered first for {}.", modality.name, area.name)))
    } else if rating.grade() == Some(Grade::Strong) {
        let text = format!("The evidence for {} in {} is graded strong.", modality.name, area.name);
        Some(("strong_evidence", text))
    } else {
        None
    };
    Said { sources, reason }
}
