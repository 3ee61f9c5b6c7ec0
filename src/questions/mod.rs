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
        model::SetVersion,
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

    /// The sets, with the named version where it is published anywhere: the database is asked, for its list of versions,
    /// only where this node does not know the version. Nothing of `named` is sent to it.
    ///
    /// # Errors
    /// When the database fails, or holds what is no question set.
    pub fn knowing(&self, named: Option<&SetVersion>, store: &Store) -> Result<Arc<Sets>, StoreError> {
        if self.sets().of(named).is_none() {
            self.reload(store)?;
        }
        Ok(self.sets())
    }

    /// Makes a stored version known.
    fn add(&self, set: QuestionSet) {
        let set = Arc::new(Set::new(set, &self.0.names));
        self.0.sets.rcu(|sets| Sets::clone(sets).with(set.clone()));
    }
}
