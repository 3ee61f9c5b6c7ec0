//! Files that hold secrets: only their owner may read them, and they are there as a whole or not at all.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Makes the file at `path`.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where somebody else made one, which is left alone; what the file system says.
pub fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    // A hard link appears with its whole content and never replaces a file.
    place(path, content, |draft| fs::hard_link(draft, path))
}

/// Puts the file at `path` in the place of the one that is there.
///
/// # Errors
/// What the file system says; the former file is left then.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    place(path, content, |draft| fs::rename(draft, path))
}

fn place(path: &Path, content: &[u8], place: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let draft = draft_of(path)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&draft).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    let placed = written.and_then(|()| place(&draft)).and_then(|()| sync_folder(path));
    let _ = fs::remove_file(&draft);
    placed
}

/// A name beside `path` that nobody else draws: processes in different containers have the same ids.
fn draft_of(path: &Path) -> io::Result<PathBuf> {
    let mut name = [0; 8];
    getrandom::fill(&mut name).map_err(io::Error::other)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{:016x}", u64::from_ne_bytes(name)));
    Ok(draft.into())
}

/// A key that a power cut takes back would take along what was encrypted or signed with it.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_made_once_and_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        create(&path, b"first").unwrap();
        assert_eq!(create(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        replace(&path, b"third").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert!(create(&folder.path().join("nowhere/key"), b"").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap());
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
