//! The tables behind the directory: places, names, plans, leanings and sentences, read once from the files in `data`.
//!
//! A line that cannot be read is left out; a test holds the tables against the files.

use std::{str::FromStr, sync::LazyLock};

use super::leaning::{Affinity, Clientele};

/// A state or the District of Columbia.
#[derive(Debug)]
pub(super) struct Jurisdiction {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    /// In thousands.
    pub(super) population: u32,
    /// Psychologists of member states may serve each other's residents remotely.
    pub(super) compact: bool,
    /// What a session costs there, the nation being 100.
    pub(super) fee_percent: u32,
    pub(super) spanish_percent: u32,
    /// What the state calls its licence of independent counselors.
    pub(super) counselor: &'static str,
    /// What the state calls its licence of independent clinical social workers.
    pub(super) social_worker: &'static str,
    pub(super) neighbours: Vec<&'static str>,
    pub(super) cities: Vec<City>,
}

/// A city, with its centre in hundred thousandths of a degree.
#[derive(Debug)]
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) latitude: i32,
    pub(super) longitude: i32,
    pub(super) weight: u32,
    pub(super) postal_prefix: &'static str,
    pub(super) area_code: &'static str,
}

/// An insurance plan.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) code: &'static str,
    /// How many of the therapists who take any insurance take this one.
    pub(super) percent: u32,
    /// Where it is sold; empty: everywhere.
    pub(super) jurisdictions: Vec<&'static str>,
}

/// A family name, and the language that people of that name may also speak.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) language: Option<&'static str>,
}

/// How likely a leaning is to claim a modality or a problem area.
#[derive(Debug)]
pub(super) struct Claimable {
    pub(super) code: &'static str,
    pub(super) affinity: Affinity,
    /// How a biography names it, where that differs from the catalog's name.
    pub(super) phrase: Option<&'static str>,
}

/// How many therapists serve a community in particular.
#[derive(Debug)]
pub(super) struct Community {
    pub(super) code: &'static str,
    pub(super) percent: u32,
    /// The clientele of which it is more frequent.
    pub(super) clientele: Option<Clientele>,
}

/// A sentence of an answer to a consultation question.
#[derive(Debug)]
pub(super) struct AnswerSentence {
    question: &'static str,
    /// How somebody answers who says so: `good`, `vague` or `rigid`; `boundary` for the field of that name.
    pub(super) manner: &'static str,
    /// The signals that it shows.
    pub(super) signals: Vec<&'static str>,
    /// What it stands for in the question's structured fields.
    pub(super) codes: Vec<&'static str>,
    pub(super) text: &'static str,
}

/// All tables.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) jurisdictions: Vec<Jurisdiction>,
    pub(super) given_names: Vec<&'static str>,
    pub(super) families: Vec<Family>,
    pub(super) streets: Vec<&'static str>,
    pub(super) plans: Vec<Plan>,
    pub(super) modalities: Vec<Claimable>,
    pub(super) problem_areas: Vec<Claimable>,
    pub(super) communities: Vec<Community>,
    sentences: Vec<(&'static str, Vec<&'static str>)>,
    /// In the order of questions and manners.
    answers: Vec<AnswerSentence>,
}

impl Tables {
    /// The tables, read on first use.
    pub(super) fn get() -> &'static Self {
        static TABLES: LazyLock<Tables> = LazyLock::new(Tables::read);
        &TABLES
    }

    /// The sentences for one part of a text.
    pub(super) fn sentences(&self, part: &str) -> &[&'static str] {
        self.sentences.iter().find(|(name, _)| *name == part).map_or(&[], |(_, texts)| texts)
    }

    /// The sentences with which somebody answers a question in this manner.
    pub(super) fn answers(&self, question: &str, manner: &str) -> &[AnswerSentence] {
        let start = self.answers.partition_point(|s| (s.question, s.manner) < (question, manner));
        let end = self.answers.partition_point(|s| (s.question, s.manner) <= (question, manner));
        self.answers.get(start..end).unwrap_or_default()
    }

    /// The jurisdiction with this code.
    pub(super) fn jurisdiction(&self, code: &str) -> Option<&Jurisdiction> {
        self.jurisdictions.iter().find(|j| j.code == code)
    }

    fn read() -> Self {
        let mut jurisdictions = records(include_str!("data/jurisdictions.tsv"), jurisdiction);
        for (code, city) in records(include_str!("data/cities.tsv"), city) {
            if let Some(home) = jurisdictions.iter_mut().find(|j| j.code == code) {
                home.cities.push(city);
            }
        }
        let mut sentences: Vec<(&str, Vec<&str>)> = Vec::new();
        for (part, text) in
            records(include_str!("data/sentences.tsv"), |mut cells| Some((cells.next()?, cells.next()?)))
        {
            match sentences.iter_mut().find(|(name, _)| *name == part) {
                Some((_, texts)) => texts.push(text),
                None => sentences.push((part, vec![text])),
            }
        }
        let mut answers = records(include_str!("data/answers.tsv"), answer_sentence);
        answers.sort_by_key(|sentence| (sentence.question, sentence.manner));
        Self {
            jurisdictions,
            given_names: records(include_str!("data/given_names.tsv"), |mut cells| cells.next()),
            families: records(include_str!("data/family_names.tsv"), |mut cells| {
                Some(Family { name: cells.next()?, language: optional(cells.next()?) })
            }),
            streets: records(include_str!("data/streets.tsv"), |mut cells| cells.next()),
            plans: records(include_str!("data/insurance.tsv"), plan),
            modalities: records(include_str!("data/modalities.tsv"), claimable),
            problem_areas: records(include_str!("data/problem_areas.tsv"), claimable),
            communities: records(include_str!("data/communities.tsv"), |mut cells| {
                Some(Community {
                    code: cells.next()?,
                    percent: number(&mut cells)?,
                    clientele: clientele(cells.next()?),
                })
            }),
            sentences,
            answers,
        }
    }
}

type Cells = std::str::Split<'static, char>;

/// The lines of a file of tab-separated values, but for comments.
fn records<T>(file: &'static str, record: impl FnMut(Cells) -> Option<T>) -> Vec<T> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t')).filter_map(record).collect()
}

fn number<T: FromStr>(cells: &mut Cells) -> Option<T> {
    cells.next()?.parse().ok()
}

fn optional(cell: &'static str) -> Option<&'static str> {
    (cell != "-").then_some(cell)
}

fn jurisdiction(mut cells: Cells) -> Option<Jurisdiction> {
    Some(Jurisdiction {
        code: cells.next()?,
        name: cells.next()?,
        population: number(&mut cells)?,
        compact: cells.next()? == "1",
        fee_percent: number(&mut cells)?,
        spanish_percent: number(&mut cells)?,
        counselor: cells.next()?,
        social_worker: cells.next()?,
        neighbours: cells.next()?.split(',').collect(),
        cities: Vec::new(),
    })
}

fn city(mut cells: Cells) -> Option<(&'static str, City)> {
    let jurisdiction = cells.next()?;
    let city = City {
        name: cells.next()?,
        latitude: hundred_thousandths(cells.next()?)?,
        longitude: hundred_thousandths(cells.next()?)?,
        weight: number(&mut cells)?,
        postal_prefix: cells.next()?,
        area_code: cells.next()?,
    };
    Some((jurisdiction, city))
}

/// Reads degrees with four decimals.
fn hundred_thousandths(degrees: &str) -> Option<i32> {
    let (whole, fraction) = degrees.split_once('.')?;
    if fraction.len() != 4 {
        return None;
    }
    Some(format!("{whole}{fraction}").parse::<i32>().ok()? * 10)
}

fn plan(mut cells: Cells) -> Option<Plan> {
    let (code, percent, everywhere) = (cells.next()?, number(&mut cells)?, cells.next()?);
    let jurisdictions = if everywhere == "*" { Vec::new() } else { everywhere.split(',').collect() };
    Some(Plan { code, percent, jurisdictions })
}

fn claimable(mut cells: Cells) -> Option<Claimable> {
    let code = cells.next()?;
    let mut orientations = [0; 5];
    for orientation in &mut orientations {
        *orientation = number(&mut cells)?;
    }
    let affinity =
        Affinity { orientations, clientele: clientele(cells.next()?), factor: number(&mut cells)? };
    Some(Claimable { code, affinity, phrase: optional(cells.next()?) })
}

fn answer_sentence(mut cells: Cells) -> Option<AnswerSentence> {
    let codes = |cell| optional(cell).into_iter().flat_map(|codes| codes.split(',')).collect();
    Some(AnswerSentence {
        question: cells.next()?,
        manner: cells.next()?,
        signals: codes(cells.next()?),
        codes: codes(cells.next()?),
        text: cells.next()?,
    })
}

fn clientele(cell: &str) -> Option<Clientele> {
    Clientele::ALL.into_iter().find(|clientele| clientele.code() == cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(file: &str) -> usize {
        file.lines().filter(|line| !line.starts_with('#')).count()
    }

    #[test]
    fn every_line_is_read() {
        let tables = Tables::get();
        assert_eq!(tables.jurisdictions.len(), 51);
        let cities: usize = tables.jurisdictions.iter().map(|j| j.cities.len()).sum();
        assert_eq!(cities, lines(include_str!("data/cities.tsv")));
        assert_eq!(tables.plans.len(), lines(include_str!("data/insurance.tsv")));
        assert_eq!(tables.modalities.len(), lines(include_str!("data/modalities.tsv")));
        assert_eq!(tables.problem_areas.len(), lines(include_str!("data/problem_areas.tsv")));
        assert_eq!(tables.communities.len(), lines(include_str!("data/communities.tsv")));
        assert!(tables.given_names.len() >= 150 && tables.families.len() >= 150);
        assert_eq!(tables.answers.len(), lines(include_str!("data/answers.tsv")));
        let sentences: usize = tables.sentences.iter().map(|(_, texts)| texts.len()).sum();
        assert_eq!(sentences, lines(include_str!("data/sentences.tsv")));
    }

    #[test]
    fn tables_fit_together() {
        let tables = Tables::get();
        for jurisdiction in &tables.jurisdictions {
            assert!(!jurisdiction.cities.is_empty(), "{} has a city", jurisdiction.code);
            for code in &jurisdiction.neighbours {
                assert!(tables.jurisdiction(code).is_some(), "{code} is a neighbour that exists");
            }
        }
        for code in tables.plans.iter().flat_map(|plan| &plan.jurisdictions) {
            assert!(tables.jurisdiction(code).is_some(), "{code} is where a plan is sold");
        }
        for claimable in tables.modalities.iter().chain(&tables.problem_areas) {
            assert!(claimable.affinity.orientations.iter().any(|&weight| weight > 0), "{}", claimable.code);
        }
    }
}
