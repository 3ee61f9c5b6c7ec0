//! How well the analyser finds the signals that an independent author expects in texts, counted over a file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use tailor::{
    answers::analysis::{Analyser, ModalityNames},
    catalog::{guidance::ConsultationSignal, model::Catalog},
};

/// A text with the codes of the signals that it shows, must not be said to show, and may be said to show.
#[derive(Clone, Debug, Deserialize)]
pub struct Labelled {
    pub id: String,
    pub question: String,
    pub text: String,
    pub expected: Vec<String>,
    pub forbidden: Vec<String>,
    pub acceptable: Vec<String>,
}

/// What was found and missed, of one question or of all.
#[derive(Clone, Debug, Default)]
pub struct Score {
    pub texts: usize,
    /// Expected and found.
    pub right: usize,
    /// Found and neither expected nor acceptable.
    pub wrong: usize,
    /// Expected and not found.
    pub missed: usize,
    /// Found and forbidden: text and code.
    pub forbidden: Vec<(String, String)>,
    /// Warnings that are found and neither expected nor acceptable: text and code.
    pub warned: Vec<(String, String)>,
}

impl Score {
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }

    fn add(&mut self, text: &Labelled, found: &[&str], is_warning: impl Fn(&str) -> bool) {
        self.texts += 1;
        for code in found {
            if text.expected.iter().any(|expected| expected == code) {
                self.right += 1;
            } else if !text.acceptable.iter().any(|acceptable| acceptable == code) {
                self.wrong += 1;
                if is_warning(code) {
                    self.warned.push((text.id.clone(), (*code).to_owned()));
                }
            }
            if text.forbidden.iter().any(|forbidden| forbidden == code) {
                self.forbidden.push((text.id.clone(), (*code).to_owned()));
            }
        }
        self.missed += text.expected.iter().filter(|expected| !found.contains(&expected.as_str())).count();
    }
}

/// A share of nothing is whole.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    f64::from(u32::try_from(part).expect("few texts")) / f64::from(u32::try_from(whole).expect("few texts"))
}

/// A file of labelled texts with what is asked of the analyser on it.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    pub file: &'static str,
    pub precision: f64,
    pub recall: f64,
    /// Most findings that a label forbids.
    pub forbidden: usize,
}

/// What is asked of the texts, each file by another author. Rules and cues were tuned on all but the last: nobody who wrote
/// those has read it, and it stays so until another takes its place.
pub const SAMPLES: &[Sample] = &[
    Sample { file: "dev.jsonl", precision: 0.97, recall: 0.93, forbidden: 0 },
    Sample { file: "dev_2.jsonl", precision: 0.89, recall: 0.88, forbidden: 5 },
    Sample { file: "dev_3.jsonl", precision: 0.96, recall: 0.89, forbidden: 1 },
    Sample { file: "dev_4.jsonl", precision: 0.93, recall: 0.93, forbidden: 3 },
    Sample { file: "dev_5.jsonl", precision: 0.89, recall: 0.86, forbidden: 4 },
    Sample { file: "held_out.jsonl", precision: 0.85, recall: 0.75, forbidden: 5 },
];

/// The analysers of the built-in question set, by the code of the question.
#[derive(Debug)]
pub struct Analysers {
    questions: BTreeMap<String, (Vec<ConsultationSignal>, Analyser)>,
}

impl Analysers {
    #[must_use]
    pub fn built_in() -> Self {
        let catalog = Catalog::embedded().expect("the catalog of the program");
        let names = ModalityNames::new(&catalog);
        let questions = catalog.guidance.consultation.questions.iter().map(|question| {
            let analyser = Analyser::new(&question.signals, &names);
            (question.code.clone(), (question.signals.clone(), analyser))
        });
        Self { questions: questions.collect() }
    }

    /// The codes that a text suggests, each with its quote.
    #[must_use]
    pub fn found<'a>(&'a self, text: &Labelled) -> Vec<(&'a str, String)> {
        let (signals, analyser) = self.questions.get(&text.question).expect("a question of the set");
        let suggestions = analyser.suggest(&text.text).into_iter();
        suggestions.map(|found| (signals[found.signal].code.as_str(), found.quote)).collect()
    }

    /// Whether a signal of a question is a warning.
    #[must_use]
    pub fn is_warning(&self, question: &str, code: &str) -> bool {
        let (signals, _) = self.questions.get(question).expect("a question of the set");
        signals.iter().any(|signal| signal.code == code && !signal.positive)
    }

    /// The scores of each question and, under "all", of all.
    #[must_use]
    pub fn score(&self, texts: &[Labelled]) -> BTreeMap<String, Score> {
        let mut scores: BTreeMap<String, Score> = BTreeMap::new();
        for text in texts {
            let found: Vec<&str> = self.found(text).into_iter().map(|(code, _)| code).collect();
            for question in [text.question.as_str(), "all"] {
                let score = scores.entry(question.to_owned()).or_default();
                score.add(text, &found, |code| self.is_warning(&text.question, code));
            }
        }
        scores
    }
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/consultation").join(file)
}

/// The texts of a file of `tests/data/consultation`.
#[must_use]
pub fn texts(file: &str) -> Vec<Labelled> {
    let lines = fs::read_to_string(path(file)).expect("the file of texts");
    lines.lines().map(|line| serde_json::from_str(line).expect("a labelled text")).collect()
}
