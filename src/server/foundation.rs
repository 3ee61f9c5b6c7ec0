//! What every command that works on the directory stands on, the live index and the keys apart.

use std::sync::Arc;

use super::StartError;
use crate::{
    catalog::{
        load::{CatalogTexts, Extensions},
        model::Catalog,
        vocabulary::Vocabulary,
    },
    clock::Clock,
    config::Settings,
    directory,
    import::run::Runner,
    questions::Questions,
    store::Store,
};

/// The database, and the catalog that its profiles refer to.
#[derive(Clone, Debug)]
pub struct Foundation {
    pub store: Store,
    pub catalog: Arc<Catalog>,
    pub vocabulary: Arc<Vocabulary>,
    pub questions: Questions,
}

impl Foundation {
    /// Loads the catalog, opens and migrates the database, and writes the catalog's codes into it.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn open(settings: &Settings) -> Result<Self, StartError> {
        let catalog = Arc::new(load_catalog(settings)?);
        let store = Store::open(&settings.database_url)?;
        store.write(|conn| directory::store::sync_catalog(conn, &catalog))?;
        Ok(Self {
            questions: Questions::load(&catalog, &store)?,
            store,
            vocabulary: Arc::new(Vocabulary::new(&catalog)),
            catalog,
        })
    }

    /// What works on import jobs.
    #[must_use]
    pub fn runner(&self, clock: Clock) -> Runner {
        Runner::new(
            self.store.clone(),
            self.catalog.clone(),
            self.vocabulary.clone(),
            self.questions.clone(),
            clock,
        )
    }
}

fn load_catalog(settings: &Settings) -> Result<Catalog, StartError> {
    let extensions = match &settings.catalog_extensions {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| StartError::File(path.display().to_string(), error))?;
            Extensions::parse(&text)?
        }
        None => Extensions::default(),
    };
    Ok(Catalog::load(&CatalogTexts::embedded(), &extensions)?)
}
