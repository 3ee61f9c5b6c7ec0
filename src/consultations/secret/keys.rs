//! The keys under which free text is encrypted, in a file of their own that only its owner may read.
//!
//! ```json
//! {"active": "2026-11-22", "keys": {"2026-11-22": "<32 bytes in base64>"}}
//! ```
//! New text is encrypted under the active key; the others are for what was encrypted before.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use crate::secret_file;

/// Longest id of a key.
const MAX_ID: usize = 64;

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    #[error("the file of consultation keys {0} cannot be read or written: {1}")]
    File(PathBuf, io::Error),
    #[error("the file of consultation keys {0} cannot be used: {1}")]
    Form(PathBuf, &'static str),
    #[error("the file of consultation keys {0} has a key with this id already")]
    Known(PathBuf),
    #[error("no random numbers can be had: {0}")]
    Random(getrandom::Error),
}

/// A key; `Debug` says nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(super) [u8; 32]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// The keys by their ids, one of them active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyring {
    active: String,
    keys: BTreeMap<String, Key>,
}

/// The file as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    active: String,
    keys: BTreeMap<String, String>,
}

impl Keyring {
    /// Reads the file at `path`. Says in the log where others than its owner may read it.
    ///
    /// # Errors
    /// When the file cannot be read, or is not as it should be.
    pub fn load(path: &Path) -> Result<Self, KeyringError> {
        let text = fs::read(path).map_err(|error| KeyringError::File(path.to_owned(), error))?;
        let keyring = Self::parse(&text).map_err(|why| KeyringError::Form(path.to_owned(), why))?;
        if is_open(path) {
            // No refusal: where files are mounted as secrets, their rights are often not the operator's to choose.
            tracing::warn!(file = %path.display(), "everybody on this machine may read the consultation keys");
        }
        Ok(keyring)
    }

    fn parse(text: &[u8]) -> Result<Self, &'static str> {
        let file: File =
            serde_json::from_slice(text).map_err(|_| "it must be an object with `active` and `keys`")?;
        let mut keys = BTreeMap::new();
        for (id, key) in file.keys {
            if !is_id(&id) {
                return Err("the id of a key takes 1 to 64 letters, digits and the signs . _ -");
            }
            let key = BASE64_STANDARD.decode(key.trim()).ok().and_then(|bytes| bytes.try_into().ok());
            keys.insert(id, Key(key.ok_or("a key must be 32 bytes in base64")?));
        }
        if !keys.contains_key(&file.active) {
            return Err("`active` must be the id of one of the keys");
        }
        Ok(Self { active: file.active, keys })
    }

    /// A keyring with one new key.
    ///
    /// # Errors
    /// When no random numbers can be had.
    pub fn new(id: &str) -> Result<Self, KeyringError> {
        Ok(Self { active: id.to_owned(), keys: BTreeMap::from([(id.to_owned(), draw()?)]) })
    }

    /// The id of the key for new text.
    #[must_use]
    pub fn active(&self) -> &str {
        &self.active
    }

    /// The key with this id.
    #[must_use]
    pub fn key(&self, id: &str) -> Option<&Key> {
        self.keys.get(id)
    }

    /// The ids of all keys, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// Makes the file at `path` with one new key where there is none, or adds a new key to it; the new key is the active
    /// one from then on. The file is there as a whole or not at all, with its owner's rights only.
    ///
    /// # Errors
    /// When the id has not the form of one or is taken, or the file cannot be read or written.
    pub fn add_to(path: &Path, id: &str) -> Result<Self, KeyringError> {
        if !is_id(id) {
            let why = "the id of a key takes 1 to 64 letters, digits and the signs . _ -";
            return Err(KeyringError::Form(path.to_owned(), why));
        }
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keyring = Self::new(id)?;
                // Never in the place of a file that somebody made meanwhile.
                keyring.write(path, secret_file::create)?;
                Ok(keyring)
            }
            _ => {
                let mut keyring = Self::load(path)?;
                if keyring.keys.contains_key(id) {
                    return Err(KeyringError::Known(path.to_owned()));
                }
                keyring.keys.insert(id.to_owned(), draw()?);
                id.clone_into(&mut keyring.active);
                keyring.write(path, secret_file::replace)?;
                Ok(keyring)
            }
        }
    }

    fn write(
        &self,
        path: &Path,
        place: impl FnOnce(&Path, &[u8]) -> io::Result<()>,
    ) -> Result<(), KeyringError> {
        let keys = self.keys.iter().map(|(id, Key(key))| (id.clone(), BASE64_STANDARD.encode(key)));
        let file = File { active: self.active.clone(), keys: keys.collect() };
        let mut text = serde_json::to_vec_pretty(&file)
            .map_err(|error| KeyringError::File(path.to_owned(), error.into()))?;
        text.push(b'\n');
        place(path, &text).map_err(|error| KeyringError::File(path.to_owned(), error))
    }
}

fn draw() -> Result<Key, KeyringError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(KeyringError::Random)?;
    Ok(Key(key))
}

fn is_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_ID).contains(&id.len()) && id.bytes().all(allowed)
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    let mode = fs::metadata(path).map(|metadata| std::os::unix::fs::MetadataExt::mode(&metadata));
    mode.is_ok_and(|mode| mode & 0o004 != 0)
}

#[cfg(not(unix))]
const fn is_open(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_made_and_gets_further_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let first = Keyring::add_to(&path, "2026-10").unwrap();
        assert_eq!(Keyring::load(&path).unwrap(), first);
        let second = Keyring::add_to(&path, "2026-11").unwrap();
        assert_eq!(Keyring::load(&path).unwrap(), second);
        assert_eq!(
            (second.active(), second.ids().collect::<Vec<_>>()),
            ("2026-11", vec!["2026-10", "2026-11"])
        );
        assert_eq!(second.key("2026-10"), first.key("2026-10"));
        assert_ne!(second.key("2026-11"), second.key("2026-10"));
        assert!(matches!(Keyring::add_to(&path, "2026-10"), Err(KeyringError::Known(_))));
        assert!(matches!(Keyring::add_to(&path, "a b"), Err(KeyringError::Form(..))));
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap());
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_file_of_another_form_is_refused_and_nothing_of_it_is_told() {
        let key = BASE64_STANDARD.encode([7; 32]);
        let good = format!(r#"{{"active": "a", "keys": {{"a": "{key}"}}}}"#);
        assert!(Keyring::parse(good.as_bytes()).is_ok());
        for bad in [
            String::new(),
            "{}".to_owned(),
            good.replace("\"active\": \"a\"", "\"active\": \"b\""),
            good.replace("\"a\": ", "\"a b\": "),
            good.replace("\"a\": ", "\"\": "),
            good.replace(&key, &BASE64_STANDARD.encode([7; 31])),
            good.replace(&key, "not base64"),
            good.replace("}}", "}, \"more\": 1}"),
        ] {
            let why = Keyring::parse(bad.as_bytes()).unwrap_err();
            assert!(!why.contains(&key));
        }
        let missing = Keyring::load(Path::new("/no/such/file")).unwrap_err();
        assert!(matches!(missing, KeyringError::File(..)));
        assert_eq!(format!("{:?}", Keyring::parse(good.as_bytes()).unwrap().key("a")), "Some(Key)");
    }
}
