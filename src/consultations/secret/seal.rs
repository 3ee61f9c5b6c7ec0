//! Encrypts and decrypts the free text of one consultation: XChaCha20-Poly1305 with a random nonce.
//!
//! The consultation, the app that stores it and the id of the key are authenticated along, so that a ciphertext cannot be
//! moved to another row, another app or under another key's name.

use std::collections::BTreeMap;

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};

use super::keys::Keyring;
use crate::id::Id;

/// Bytes of a nonce: enough that random ones do not meet.
const NONCE: usize = 24;

/// Texts by the code of the question and the name of the field.
pub type FreeText = BTreeMap<String, BTreeMap<String, String>>;

/// Free text as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    pub key_id: String,
    /// The nonce and the ciphertext with its tag.
    pub bytes: Vec<u8>,
}

/// Where the text belongs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub app: &'a str,
    /// Of the consultation.
    pub id: Id,
}

/// Why text cannot be encrypted or decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The file of keys does not have this one, or there is no file.
    #[error("there is no key {0}")]
    UnknownKey(String),
    #[error("the free text of a consultation does not belong to its row or was changed")]
    Broken,
    #[error("no random numbers can be had")]
    Random,
}

impl Place<'_> {
    /// With the lengths in front, no two places write the same bytes.
    fn authenticated(self, key_id: &str) -> Vec<u8> {
        let mut bytes = b"tailor consultation 1".to_vec();
        for part in [self.app.as_bytes(), self.id.as_bytes(), key_id.as_bytes()] {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// Encrypts under the active key.
///
/// # Errors
/// When no random numbers can be had.
pub fn seal(keyring: &Keyring, place: Place<'_>, text: &FreeText) -> Result<Sealed, SealError> {
    let key_id = keyring.active();
    let plain = serde_json::to_vec(text).map_err(|_| SealError::Broken)?;
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| SealError::Random)?;
    let aad = place.authenticated(key_id);
    let ciphertext = cipher(keyring, key_id)?
        .encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &aad })
        .map_err(|_| SealError::Broken)?;
    Ok(Sealed { key_id: key_id.to_owned(), bytes: [nonce.as_slice(), &ciphertext].concat() })
}

/// Decrypts what [`seal`] made for the same place.
///
/// # Errors
/// When the key is not there, or the bytes are not what was written for this place.
pub fn open(keyring: Option<&Keyring>, place: Place<'_>, sealed: &Sealed) -> Result<FreeText, SealError> {
    let unknown = || SealError::UnknownKey(sealed.key_id.clone());
    let cipher = cipher(keyring.ok_or_else(unknown)?, &sealed.key_id)?;
    let (nonce, ciphertext) = sealed.bytes.split_first_chunk::<NONCE>().ok_or(SealError::Broken)?;
    let aad = place.authenticated(&sealed.key_id);
    let plain = cipher
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &aad })
        .map_err(|_| SealError::Broken)?;
    serde_json::from_slice(&plain).map_err(|_| SealError::Broken)
}

fn cipher(keyring: &Keyring, key_id: &str) -> Result<XChaCha20Poly1305, SealError> {
    let key = keyring.key(key_id).ok_or_else(|| SealError::UnknownKey(key_id.to_owned()))?;
    Ok(XChaCha20Poly1305::new(&key.0.into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(words: &str) -> FreeText {
        BTreeMap::from([("when_stuck".to_owned(), BTreeMap::from([("text".to_owned(), words.to_owned())]))])
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_opened_in_its_place_only(words in "\\PC{0,300}", app in "[a-z]{1,9}", at in any::<prop::sample::Index>(), by in 1u8..) {
            let keyring = Keyring::new("k1").unwrap();
            let place = Place { app: &app, id: Id::from_bytes([1; 16]) };
            let sealed = seal(&keyring, place, &text(&words)).unwrap();
            prop_assert_eq!(open(Some(&keyring), place, &sealed).unwrap(), text(&words));
            prop_assert_ne!(&seal(&keyring, place, &text(&words)).unwrap().bytes, &sealed.bytes);
            let longer = format!("{app}x");
            for other in [Place { app: &longer, ..place }, Place { id: Id::from_bytes([2; 16]), ..place }] {
                prop_assert_eq!(open(Some(&keyring), other, &sealed), Err(SealError::Broken));
            }
            let mut changed = sealed.clone();
            let at = at.index(changed.bytes.len());
            changed.bytes[at] ^= by;
            prop_assert_eq!(open(Some(&keyring), place, &changed), Err(SealError::Broken));
            changed.bytes.truncate(at);
            prop_assert_eq!(open(Some(&keyring), place, &changed), Err(SealError::Broken));
            let other = Keyring::new("k2").unwrap();
            for keyring in [Some(&other), None] {
                prop_assert_eq!(open(keyring, place, &sealed), Err(SealError::UnknownKey("k1".to_owned())));
            }
            prop_assert_eq!(open(Some(&Keyring::new("k1").unwrap()), place, &sealed), Err(SealError::Broken));
        }
    }

    #[test]
    fn the_bytes_hold_nothing_of_the_text() {
        let place = Place { app: "intake", id: Id::from_bytes([1; 16]) };
        let sealed = seal(&Keyring::new("k1").unwrap(), place, &text("canarybird")).unwrap();
        assert!(!sealed.bytes.windows(10).any(|window| window == b"canarybird"));
    }
}
