//! What the rows of a job are read by, found once at the beginning of a run.

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::{
    formats::{Content, layout::Layout},
    model::{Import, ImportError},
    records::Records,
    row::Rules,
    run::Runner,
};
use crate::{aliases, exchange::cells::Cells, store::Store};

impl Rules {
    /// The rules of an import, as the catalog, the operator's labels and the file's header are now.
    ///
    /// # Errors
    /// When the body's header cannot be read or the database fails.
    pub fn of(runner: &Runner, import: &Import) -> Result<Self, ImportError> {
        let header = header(&runner.store, import)?;
        let aliases = runner.store.read(aliases::store::all)?;
        let mut edition =
            [env!("CARGO_PKG_VERSION"), &runner.catalog.version, import.format.code()].join("\0");
        header.iter().for_each(|column| edition.extend(["\0", column]));
        let mut edition = edition.into_bytes();
        edition.extend(aliases::model::digest(&aliases));
        // Another node may have published one since.
        runner.questions.reload(&runner.store)?;
        let sets = runner.questions.sets();
        // A published version never changes.
        let versions = sets.iter().map(|set| format!("\0{}:{}", set.version.code, set.version.version));
        versions.for_each(|version| edition.extend(version.into_bytes()));
        Ok(Self {
            source: import.source.clone(),
            layout: Layout::new(import.format, &header)?,
            catalog: runner.catalog.clone(),
            vocabulary: Arc::new(runner.vocabulary.with_aliases(aliases::model::overlay(&aliases))),
            sets,
            edition: xxh3_64(&edition),
            today: runner.clock.today(),
        })
    }
}

/// The first record, in formats where it names the columns.
fn header(store: &Store, import: &Import) -> Result<Cells, ImportError> {
    if !Layout::has_header(import.format) {
        return Ok(Cells::default());
    }
    let record = Records::from_start(store, import).next_record()?;
    match record.map(|record| record.content) {
        Some(Content::Cells(cells)) => Ok(cells),
        _ => Ok(Cells::default()),
    }
}
