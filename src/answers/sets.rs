//! The question sets that are known, ready to check and to analyse answers with.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    analysis::{Analyser, ModalityNames},
    model::SetVersion,
};
use crate::catalog::{
    guidance::{ConsultationQuestion, QuestionSet},
    model::Catalog,
};

/// A question with what finds its signals in texts.
#[derive(Debug)]
pub struct Question {
    pub spec: ConsultationQuestion,
    pub analyser: Analyser,
}

/// One version of a question set, ready for use.
#[derive(Debug)]
pub struct Set {
    pub version: SetVersion,
    pub spec: QuestionSet,
    /// In the order of the set.
    pub questions: Vec<Question>,
}

impl Set {
    /// Makes a set ready for use.
    #[must_use]
    pub fn new(spec: QuestionSet, names: &ModalityNames) -> Self {
        let ready = |question: &ConsultationQuestion| Question {
            analyser: Analyser::new(&question.signals, names),
            spec: question.clone(),
        };
        Self {
            version: SetVersion { code: spec.code.clone(), version: spec.version },
            questions: spec.questions.iter().map(ready).collect(),
            spec,
        }
    }

    /// The question with this code.
    #[must_use]
    pub fn question(&self, code: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.spec.code == code)
    }
}

/// All published question sets that this node knows. A published version never changes, so a set that is here is right
/// for good.
#[derive(Clone, Debug)]
pub struct Sets {
    known: BTreeMap<SetVersion, Arc<Set>>,
    built_in: Arc<Set>,
}

impl Sets {
    /// The catalog's own set alone.
    #[must_use]
    pub fn built_in(catalog: &Catalog) -> Self {
        let set = Arc::new(Set::new(catalog.guidance.consultation.clone(), &ModalityNames::new(catalog)));
        Self { known: BTreeMap::from([(set.version.clone(), set.clone())]), built_in: set }
    }

    /// These and one more. A version that is known already stays as it is.
    #[must_use]
    pub fn with(mut self, set: Arc<Set>) -> Self {
        self.known.entry(set.version.clone()).or_insert(set);
        self
    }

    /// The set that an answer means: the one named, or the catalog's own where none is.
    #[must_use]
    pub fn of(&self, named: Option<&SetVersion>) -> Option<&Arc<Set>> {
        named.map_or(Some(&self.built_in), |version| self.known.get(version))
    }

    /// The version of this code with the greatest number.
    #[must_use]
    pub fn newest(&self, code: &str) -> Option<&Arc<Set>> {
        self.known.values().rfind(|set| set.version.code == code)
    }

    /// All of them, in the order of code and version.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Set>> {
        self.known.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_version_stays_and_the_newest_has_the_greatest_number() {
        let catalog = Catalog::embedded().unwrap();
        let names = ModalityNames::new(&catalog);
        let set = |code: &str, version, about: &str| {
            let (code, about) = (code.to_owned(), about.to_owned());
            Arc::new(Set::new(QuestionSet { code, version, about, ..QuestionSet::default() }, &names))
        };
        let sets = [("b", 2, "two"), ("b", 10, "ten"), ("b", 2, "other"), ("a", 1, "a"), ("bc", 99, "bc")]
            .into_iter()
            .fold(Sets::built_in(&catalog), |sets, (code, version, about)| {
                sets.with(set(code, version, about))
            });
        let shown: Vec<_> = sets.iter().map(|set| (set.version.code.as_str(), set.version.version)).collect();
        assert_eq!(shown, [("a", 1), ("b", 2), ("b", 10), ("bc", 99), ("integrative-core", 1)]);
        assert_eq!(sets.newest("b").unwrap().spec.about, "ten");
        assert!(sets.newest("c").is_none());
        let second = SetVersion { code: "b".to_owned(), version: 2 };
        assert_eq!(sets.of(Some(&second)).unwrap().spec.about, "two");
        assert_eq!(sets.of(None).unwrap().version.code, "integrative-core");
        assert!(sets.of(Some(&SetVersion { version: 3, ..second })).is_none());
    }
}
