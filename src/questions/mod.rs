//! Question sets that operators publish beside the catalog's own, and the analysis of answers by any of them.
//!
//! *Invariants*: a published version never changes and never goes; the versions of a code are numbered from 1 without
//! gaps; the catalog's own code is the catalog's alone. So a node may keep every set it has read for good, and lacks at
//! most what another node published since it last looked.

pub mod api;
pub mod model;
pub mod store;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::{
    answers::{
        analysis::ModalityNames,
        model::{Answer, SetVersion},
        sets::{Set, Sets},
    },
    catalog::{guidance::QuestionSet, model::Catalog},
    store::{Store, StoreError},
};

/// The question sets that this node knows. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Questions(Arc<Known>);

#[derive(Debug)]
struct Known {
    sets: ArcSwap<Sets>,
    /// What makes the analysers of further sets.
    names: ModalityNames,
}

impl Questions {
    /// The catalog's own set alone.
    #[must_use]
    pub fn built_in(catalog: &Catalog) -> Self {
        let sets = ArcSwap::from_pointee(Sets::built_in(catalog));
        Self(Arc::new(Known { sets, names: ModalityNames::new(catalog) }))
    }

    /// The catalog's own set and all that are published.
    ///
    /// # Errors
    /// When the database fails, or holds what is no question set.
    pub fn load(catalog: &Catalog, store: &Store) -> Result<Self, StoreError> {
        let questions = Self::built_in(catalog);
        questions.reload(store)?;
        Ok(questions)
    }

    /// The sets as they are known now.
    #[must_use]
    pub fn sets(&self) -> Arc<Sets> {
        self.0.sets.load_full()
    }

    /// Adds what was published since, here or on another node. Reads the list of versions, and only the sets that are
    /// not known.
    ///
    /// # Errors
    /// When the database fails, or holds what is no question set.
    pub fn reload(&self, store: &Store) -> Result<(), StoreError> {
        let known = self.sets();
        let unknown = store.read(|conn| {
            let versions = store::versions(conn)?;
            let unknown = versions.into_iter().filter(|version| known.of(Some(version)).is_none());
            unknown
                .filter_map(|version| store::find(conn, &version).transpose())
                .collect::<Result<Vec<_>, _>>()
        })?;
        unknown.into_iter().for_each(|set| self.add(set));
        Ok(())
    }

    /// The sets, with the named versions where they are published anywhere: the database is asked, for its list of
    /// versions, only where this node does not know one of them. Nothing of `named` is sent to it. Waits: for a thread of
    /// its own.
    ///
    /// # Errors
    /// When the database fails, or holds what is no question set.
    pub fn knowing<'a>(
        &self,
        named: impl IntoIterator<Item = Option<&'a SetVersion>>,
        store: &Store,
    ) -> Result<Arc<Sets>, StoreError> {
        let sets = self.sets();
        if named.into_iter().all(|version| sets.of(version).is_some()) {
            return Ok(sets);
        }
        self.reload(store)?;
        Ok(self.sets())
    }

    /// The same for the sets of answers; those that cannot be read now stay unknown.
    pub fn knowing_those_of<'a>(
        &self,
        answers: impl IntoIterator<Item = &'a Answer>,
        store: &Store,
    ) -> Arc<Sets> {
        let named = answers.into_iter().map(|answer| answer.question_set.as_ref());
        self.knowing(named, store).unwrap_or_else(|error| {
            tracing::warn!(%error, "question sets could not be read");
            self.sets()
        })
    }

    /// Makes a stored version known.
    fn add(&self, set: QuestionSet) {
        let set = Arc::new(Set::new(set, &self.0.names));
        self.0.sets.rcu(|sets| Sets::clone(sets).with(set.clone()));
    }
}
