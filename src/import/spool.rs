//! Where bodies are kept: in the database where every node must be able to go on with them (PostgreSQL); for SQLite in a
//! file each, in a folder beside the database, so that a large file neither swells the database nor keeps its one
//! writer busy. What an older version of this program has left in an SQLite database is read from there.
//!
//! Either way a body is a row of parts, each compressed by itself (zstd). *Invariant*: a body is flushed to the disk
//! before its job is queued.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use super::store as rows;
use crate::{
    id::Id,
    store::{Store, StoreError},
};

/// Bytes of a body that are one part, before they are compressed.
pub const PART_BYTES: usize = 1024 * 1024;
/// Profiles shrink to a fifth at the fastest level; slower ones gain little.
const LEVEL: i32 = 1;

/// The place of the bodies of a store.
#[derive(Clone, Debug)]
pub struct Spool {
    store: Store,
    /// Where bodies become files; without it they become rows of the store.
    folder: Option<PathBuf>,
}

/// A part of a body, decompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The place of its first byte in the body.
    pub starts_at: i64,
    pub bytes: Vec<u8>,
}

impl Spool {
    /// The place of this store's bodies.
    #[must_use]
    pub fn of(store: &Store) -> Self {
        Self { store: store.clone(), folder: store.folder_beside("imports") }
    }

    /// Adds a part at the end of a body.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub fn append(&self, id: Id, starts_at: i64, bytes: &[u8]) -> io::Result<()> {
        let packed = zstd::bulk::compress(bytes, LEVEL)?;
        let Some(folder) = &self.folder else {
            let add =
                |conn: &mut _| -> Result<_, StoreError> { rows::add_part(conn, id, starts_at, &packed) };
            return self.store.write(add).map_err(io::Error::other);
        };
        private_folder(folder)?;
        let mut file = private_file(&path(folder, id))?;
        for length in [bytes.len(), packed.len()] {
            let length = u32::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
            file.write_all(&length.to_le_bytes())?;
        }
        file.write_all(&packed)
    }

    /// Returns when the body is on the disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&self, id: Id) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        // A body of no bytes has no part.
        let Some(file) = open(&path(folder, id))? else { return Ok(()) };
        file.sync_all()?;
        File::open(folder)?.sync_all()
    }

    /// Removes what is needed no more of a body that is read up to the part that begins at `end`. The first part stays:
    /// formats with a header need it to go on.
    ///
    /// # Errors
    /// When the database fails.
    pub fn drop_before(
        &self,
        conn: &mut crate::store::Connection,
        id: Id,
        end: i64,
    ) -> Result<(), StoreError> {
        // A file is removed as a whole when its job has ended.
        if self.folder.is_some() { Ok(()) } else { rows::drop_parts_between(conn, id, 0, end) }
    }

    /// Removes a body.
    pub fn remove(&self, id: Id) {
        if let Some(folder) = &self.folder
            && let Err(error) = fs::remove_file(path(folder, id))
            && error.kind() != io::ErrorKind::NotFound
        {
            // It is tried again when bodies are swept.
            tracing::warn!(%error, import = %id, "the stored body of an import could not be removed");
        }
    }

    /// Removes the bodies of jobs that have ended or never were. Bodies in the database are swept with its other rows.
    ///
    /// # Errors
    /// When the database fails.
    pub fn sweep(&self) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let Ok(files) = fs::read_dir(folder) else { return Ok(()) };
        for file in files.flatten() {
            let Some(id) = file.file_name().to_str().and_then(|name| name.parse::<Id>().ok()) else {
                continue;
            };
            if self.store.read(|conn| rows::is_over(conn, id))? {
                self.remove(id);
            }
        }
        Ok(())
    }

    /// Whether anything of a body is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub fn has(&self, id: Id) -> Result<bool, StoreError> {
        let has_file = self.folder.as_ref().is_some_and(|folder| path(folder, id).exists());
        Ok(has_file || self.store.read(|conn| rows::part_at(conn, id, i64::MAX))?.is_some())
    }

    /// Reads the parts of a body.
    #[must_use]
    pub const fn parts(self, id: Id) -> Parts {
        Parts { spool: self, id, file: None, next_at: 0 }
    }
}

fn path(folder: &Path, id: Id) -> PathBuf {
    folder.join(id.to_string())
}

/// The file, if there is one.
fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

/// The folder holds contacts that are nobody else's business: it is made with its owner's rights alone.
fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create(true).append(true).open(path)
}

/// The parts of a body, best read in order.
#[derive(Debug)]
pub struct Parts {
    spool: Spool,
    id: Id,
    file: Option<File>,
    /// The place in the body of the file's next part.
    next_at: i64,
}

impl Parts {
    /// The part that holds the byte at `at`; `None` where the body ends before it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn at(&mut self, at: i64) -> io::Result<Option<Part>> {
        if let Some(folder) = &self.spool.folder
            && (self.file.is_none() || at < self.next_at)
        {
            self.file = open(&path(folder, self.id))?;
            self.next_at = 0;
        }
        let found = match &mut self.file {
            Some(file) => find(file, &mut self.next_at, at)?,
            None => self.row_at(at)?,
        };
        let Some((starts_at, packed, length)) = found else { return Ok(None) };
        let bytes = zstd::bulk::decompress(&packed, length)?;
        // A part that ends before the place means that the one that holds it is missing.
        let ends_at = starts_at.saturating_add(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        Ok((ends_at > at).then_some(Part { starts_at, bytes }))
    }

    /// A part that is in the database.
    fn row_at(&self, at: i64) -> io::Result<Option<Packed>> {
        let found = self.spool.store.read(|conn| rows::part_at(conn, self.id, at));
        Ok(found.map_err(io::Error::other)?.map(|(starts_at, bytes)| (starts_at, bytes, PART_BYTES)))
    }
}

/// Where a part begins, its compressed bytes, and how many they are at most when decompressed.
type Packed = (i64, Vec<u8>, usize);

/// The part that holds the byte at `at`, in a file that stands before a part, which begins at `next_at` of the body.
fn find(file: &mut File, next_at: &mut i64, at: i64) -> io::Result<Option<Packed>> {
    loop {
        let mut lengths = [0; 8];
        match file.read_exact(&mut lengths) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let [a, b, c, d, e, f, g, h] = lengths;
        let (length, packed) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        let starts_at = *next_at;
        *next_at += i64::from(length);
        if length as usize > PART_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if *next_at <= at {
            file.seek(SeekFrom::Current(i64::from(packed)))?;
            continue;
        }
        let mut bytes = Vec::new();
        file.take(u64::from(packed)).read_to_end(&mut bytes)?;
        return Ok(Some((starts_at, bytes, length as usize)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn parts_are_found_from_any_place_and_gone_when_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("t.db").display())).unwrap();
        let spool = Spool::of(&store);
        let id = Id::new(Clock::System.now());
        for at in 0..5 {
            spool.append(id, at * 10, &[u8::try_from(at).unwrap(); 10]).unwrap();
        }
        spool.flush(id).unwrap();
        let mut parts = spool.clone().parts(id);
        for at in [0, 9, 10, 49, 20, 20, 0] {
            let part = parts.at(at).unwrap().unwrap();
            assert_eq!(
                (part.starts_at, part.bytes),
                (at / 10 * 10, vec![u8::try_from(at / 10).unwrap(); 10])
            );
        }
        assert_eq!(parts.at(50).unwrap(), None);
        assert!(spool.has(id).unwrap());
        spool.remove(id);
        spool.remove(id);
        assert!(!spool.has(id).unwrap());
        assert_eq!(spool.parts(id).at(0).unwrap(), None);
    }
}
