//! How the catalog rates a modality for a problem area under a policy: grade and rules together (section 2).

use crate::catalog::model::{Catalog, Evidence, Grade, Rule};

use super::tables::CoverageTable;

/// The rating of one modality for one problem area.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rating {
    /// γ*, 0 to 1.
    pub value: f64,
    /// Index into the catalog's evidence.
    evidence: Option<u32>,
    /// Index of the rule whose floor was what counted.
    rule: Option<u32>,
    /// Index of the rule that lists the modality among those to avoid.
    avoid: Option<u32>,
    grade: Option<Grade>,
}

impl Rating {
    pub(super) const fn grade(&self) -> Option<Grade> {
        self.grade
    }

    pub(super) fn evidence<'a>(&self, catalog: &'a Catalog) -> Option<&'a Evidence> {
        catalog.evidence.get(self.evidence? as usize)
    }

    pub(super) fn rule<'a>(&self, catalog: &'a Catalog) -> Option<&'a Rule> {
        catalog.rules.get(self.rule? as usize)
    }

    pub(super) fn avoided_by<'a>(&self, catalog: &'a Catalog) -> Option<&'a Rule> {
        catalog.rules.get(self.avoid? as usize)
    }

    /// Guidance is reserved about the pair: it adds nothing and is reported.
    pub(super) fn is_cautioned(&self) -> bool {
        self.avoid.is_some() || self.grade == Some(Grade::Caution)
    }
}

/// The ratings of all pairs, by problem area and then modality.
#[derive(Clone, Debug)]
pub(super) struct Ratings {
    modalities: usize,
    ratings: Vec<Rating>,
}

impl Ratings {
    pub(super) fn new(catalog: &Catalog, table: &CoverageTable) -> Self {
        let mut ratings = Vec::with_capacity(catalog.problem_areas.len() * catalog.modalities.len());
        for area in &catalog.problem_areas {
            for modality in &catalog.modalities {
                ratings.push(rate(catalog, table, &modality.code, &area.code));
            }
        }
        Self { modalities: catalog.modalities.len(), ratings }
    }

    /// The ratings of every modality for one problem area.
    pub(super) fn of_area(&self, problem_area: usize) -> &[Rating] {
        let from = problem_area * self.modalities;
        self.ratings.get(from..from + self.modalities).unwrap_or_default()
    }

    pub(super) fn get(&self, problem_area: usize, modality: usize) -> Rating {
        self.of_area(problem_area).get(modality).copied().unwrap_or_default()
    }
}

fn rate(catalog: &Catalog, table: &CoverageTable, modality: &str, area: &str) -> Rating {
    let pair = |e: &Evidence| (e.modality.as_str(), e.problem_area.as_str()).cmp(&(modality, area));
    let evidence = catalog.evidence.binary_search_by(pair).ok();
    let grade = evidence.and_then(|at| catalog.evidence.get(at)).map(|evidence| evidence.grade);
    let names = |list: &[String]| list.iter().any(|code| code == modality);
    // The first by priority, then by code, as rules are sorted by code.
    let best = |named_in: fn(&Rule) -> &[String]| {
        let rules = catalog.rules.iter().enumerate();
        let about = rules.filter(|(_, rule)| rule.problem_areas.iter().any(|code| code == area));
        about
            .filter(|(_, rule)| names(named_in(rule)))
            .min_by_key(|(_, rule)| rule.priority)
            .map(|(at, _)| at)
    };
    let narrow = |at: usize| u32::try_from(at).ok();
    let mut rating = Rating {
        evidence: evidence.and_then(narrow),
        grade,
        avoid: best(|r| &r.avoid).and_then(narrow),
        ..Rating::default()
    };
    if rating.is_cautioned() {
        return rating;
    }
    rating.value = grade.map_or(0.0, |grade| table.grade.of(grade));
    let floors = [
        (table.first_line_floor, best(|rule| &rule.first_line)),
        (table.second_line_floor, best(|rule| &rule.second_line)),
    ];
    for (floor, rule) in floors {
        if let Some(rule) = rule.filter(|_| floor > rating.value) {
            rating.value = floor;
            rating.rule = narrow(rule);
        }
    }
    rating
}
