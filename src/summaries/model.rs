//! What goes into a summary and what comes out.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    answers::{model::SetVersion, sets::Sets},
    id::Id,
};

/// Fewest client references that a summary, or a number of it, is made of; also the step in which they grow.
pub const GROUP: usize = 5;

/// The name of a calling app: the subject of its tokens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct App(String);

/// The text is no app's name.
#[derive(Debug, thiserror::Error)]
#[error("an app's name has 1 to 255 characters and no control characters")]
pub struct NoApp;

impl TryFrom<String> for App {
    type Error = NoApp;

    fn try_from(name: String) -> Result<Self, NoApp> {
        let fits = (1..=255).contains(&name.chars().count()) && !name.chars().any(char::is_control);
        if fits { Ok(Self(name)) } else { Err(NoApp) }
    }
}

impl App {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// A calling app whose consultations count in summaries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Contributor {
    /// The subject of the app's tokens.
    #[schema(example = "intake-app")]
    pub app: String,
    /// The subject of the administrator's token.
    #[schema(example = "operator")]
    pub marked_by: String,
    pub marked_at: DateTime<Utc>,
}

/// What of an answer is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Heard,
    Rated,
}

/// What is counted together: what clients heard in answer to one question, or how they rate the answer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    pub set: SetVersion,
    pub question: String,
    pub kind: Kind,
}

/// One answer of one consultation in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    pub consultation: Id,
    /// The app and its reference of the client.
    pub reference: (String, String),
    pub created_at: DateTime<Utc>,
    /// The batch that counts it; 0 where it was changed since. Null where none ever did.
    pub batch: Option<i64>,
    /// Whether the app contributes and the consultation's time has not ended.
    pub counts: bool,
}

/// What was last published of a therapist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Rises by one with every publication; 0: nothing was published yet.
    pub edition: i64,
    /// The number of the last batch that was formed.
    pub batches: i64,
    /// The batches that are published, in order; none where the summary cannot be read.
    pub live: Vec<i64>,
}

/// The numbers of a summary, as they are stored and published. Each is of a multiple of [`GROUP`] client references.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// Client references that are counted for the question that most asked.
    pub consultations: usize,
    /// In the order of set and question.
    pub questions: Vec<QuestionNumbers>,
    /// The batches that they are of, in order.
    pub live: Vec<i64>,
}

/// The numbers of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionNumbers {
    pub set: SetVersion,
    pub question: String,
    /// Client references that are counted for it.
    pub answered: usize,
    /// How many of them heard what, blunted; what is missing was heard by none, or by one of five.
    pub heard: BTreeMap<String, usize>,
    pub ratings: Option<RatingNumbers>,
}

/// The ratings of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatingNumbers {
    /// Client references whose ratings are counted.
    pub count: usize,
    /// The mean of `counts` in halves: 9 is 4.5. Null where they are all 0.
    pub mean_halves: Option<usize>,
    /// How many gave 1, 2, 3, 4 and 5, blunted.
    pub counts: [usize; 5],
}

/// What clients of several apps heard from one therapist. Information, not medical advice.
///
/// It is made of batches of five client references, which come and go whole, so that no two readings tell what a single
/// client said.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = summary_example)]
pub struct ConsultationSummary {
    pub therapist_id: Id,
    /// False: too few clients, and nothing else is said.
    pub published: bool,
    /// Client references that are counted for the question that most asked, a multiple of `step`. Null where nothing is
    /// published.
    #[schema(required, example = 10)]
    pub consultations: Option<usize>,
    /// The day, in UTC, since when this is published.
    #[schema(required)]
    pub published_on: Option<NaiveDate>,
    /// The questions that at least `minimum` of them asked.
    pub questions: Vec<QuestionSummary>,
    /// Fewest client references behind any number.
    #[schema(example = 5)]
    pub minimum: usize,
    /// What the numbers of client references are multiples of.
    #[schema(example = 5)]
    pub step: usize,
    /// Always true.
    pub not_medical_advice: bool,
}

/// What clients heard in answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct QuestionSummary {
    pub question_set: SetVersion,
    #[schema(example = "when_stuck")]
    pub question: String,
    /// Client references that are counted for it, a multiple of `step`.
    #[schema(example = 10)]
    pub answered: usize,
    /// All signals of the question, in its order.
    pub signals: Vec<SignalCount>,
    /// Null where fewer than `minimum` rated the answer.
    #[schema(required)]
    pub ratings: Option<Ratings>,
}

/// How many heard one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignalCount {
    #[schema(example = "tries_other_techniques")]
    pub code: String,
    #[schema(example = "Tries other techniques")]
    pub label: String,
    pub positive: bool,
    /// At least so many of `answered`: of five clients one alone is given as none, and all as four, so that neither a single
    /// voice nor what every client said can be told.
    #[schema(example = 7)]
    pub heard: usize,
}

/// How clients rate an answer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Ratings {
    /// Client references whose ratings are counted, a multiple of `step`.
    #[schema(example = 10)]
    pub count: usize,
    /// The mean of `counts`, to the nearest half. Null where they are all 0.
    #[schema(required, minimum = 1, maximum = 5, example = 4.5)]
    pub mean: Option<f64>,
    /// From 1 to 5.
    pub counts: Vec<RatingCount>,
}

/// How many gave one rating.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RatingCount {
    #[schema(minimum = 1, maximum = 5, example = 5)]
    pub rating: usize,
    /// At least so many: of five clients one alone is given as none, and all as four.
    #[schema(example = 6)]
    pub count: usize,
}

impl ConsultationSummary {
    /// What is said of a therapist with too few clients.
    #[must_use]
    pub const fn unpublished(therapist_id: Id) -> Self {
        Self {
            therapist_id,
            published: false,
            consultations: None,
            published_on: None,
            questions: Vec::new(),
            minimum: GROUP,
            step: GROUP,
            not_medical_advice: true,
        }
    }

    /// The published numbers with the labels of the question sets. Questions of a set that is not known are left out:
    /// nobody could tell what was heard.
    #[must_use]
    pub fn published(therapist_id: Id, numbers: &Numbers, published_on: NaiveDate, sets: &Sets) -> Self {
        Self {
            published: true,
            consultations: Some(numbers.consultations),
            published_on: Some(published_on),
            questions: sets
                .iter()
                .flat_map(|set| set.questions.iter().map(|question| (&set.version, &question.spec)))
                .filter_map(|(version, spec)| {
                    let of_it = |one: &&QuestionNumbers| one.set == *version && one.question == spec.code;
                    let numbers = numbers.questions.iter().find(of_it)?;
                    Some(QuestionSummary {
                        question_set: version.clone(),
                        question: spec.code.clone(),
                        answered: numbers.answered,
                        signals: spec
                            .signals
                            .iter()
                            .map(|signal| SignalCount {
                                code: signal.code.clone(),
                                label: signal.label.clone(),
                                positive: signal.positive,
                                heard: numbers.heard.get(&signal.code).copied().unwrap_or(0),
                            })
                            .collect(),
                        ratings: numbers.ratings.as_ref().map(Ratings::from),
                    })
                })
                .collect(),
            ..Self::unpublished(therapist_id)
        }
    }
}

impl From<&RatingNumbers> for Ratings {
    fn from(numbers: &RatingNumbers) -> Self {
        let halves = numbers.mean_halves.and_then(|halves| u32::try_from(halves).ok());
        Self {
            count: numbers.count,
            mean: halves.map(|halves| f64::from(halves) / 2.0),
            counts: (1..).zip(numbers.counts).map(|(rating, count)| RatingCount { rating, count }).collect(),
        }
    }
}

/// An answer as the server gave it, shortened.
fn summary_example() -> serde_json::Value {
    serde_json::from_str(include_str!("summary.json")).unwrap_or_default()
}
