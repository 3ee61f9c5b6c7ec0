//! One thing that is wrong with an input, and where.

use serde::Serialize;
use utoipa::ToSchema;

/// One fault of an input: where it is (a JSON Pointer, RFC 6901), what it is and how to mend it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Fault {
    /// Where: a JSON Pointer (RFC 6901) into the body, or `/` and the name of a query parameter; empty for the whole.
    #[schema(example = "/modalities/0/code")]
    pub pointer: String,
    /// What, for programs: stable, listed at `/problems/`.
    #[schema(value_type = String, example = "unknown_code")]
    pub code: &'static str,
    /// What, for people. Never repeats what was sent.
    #[schema(example = "The catalog has no modality with this code.")]
    pub detail: String,
    /// What may have been meant, nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["emdr"]))]
    pub suggestions: Vec<String>,
    /// The parts that contradict each other, as JSON Pointers, where the fault is told at what holds them; not answered.
    /// Nothing is said of parts that cannot be read, and so nothing of a contradiction with them.
    #[serde(skip)]
    #[schema(ignore)]
    pub parts: Vec<String>,
}

impl Fault {
    /// A fault without suggestions.
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
            suggestions: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// The same fault, which follows from these parts alone.
    #[must_use]
    pub fn of_parts(mut self, parts: impl IntoIterator<Item = String>) -> Self {
        self.parts = parts.into_iter().collect();
        self
    }

    /// The same fault with what may have been meant, nearest first.
    #[must_use]
    pub fn suggest<S: Into<String>>(mut self, suggestions: impl IntoIterator<Item = S>) -> Self {
        self.suggestions = suggestions.into_iter().map(Into::into).collect();
        self
    }
}

/// At most three of the known words that look like `text`, nearest first.
pub fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    // Comparing is quadratic in the length; nobody misspells a name by a page.
    if text.len() > 100 {
        return Vec::new();
    }
    let text = text.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(&text, word), word))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.dedup_by_key(|(_, word)| *word);
    scored.into_iter().take(3).map(|(_, word)| word.to_owned()).collect()
}

/// Jaro-Winkler likeness from which a word may have been meant: below it come words that merely share letters.
const ALIKE: f64 = 0.8;
