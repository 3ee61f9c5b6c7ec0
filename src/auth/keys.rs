//! The server's signing key: Ed25519 (RFC 8037), made on first start, kept in a file that only its owner may read.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::secret_file;

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the key file {0} cannot be read or written: {1}")]
    File(PathBuf, io::Error),
    #[error("the key file {0} holds no Ed25519 private key in PKCS #8 PEM form")]
    Form(PathBuf),
    #[error("no random numbers can be had: {0}")]
    Random(getrandom::Error),
    #[error("the key cannot be used: {0}")]
    Unusable(String),
}

/// The server's key pair in the forms in which it is used.
#[derive(Clone)]
pub struct Keys {
    seed: [u8; 32],
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
    jwk: Jwk,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.jwk.kid)
    }
}

/// A public key (RFC 7517, RFC 8037).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Jwk {
    #[schema(example = "OKP")]
    kty: &'static str,
    #[schema(example = "Ed25519")]
    crv: &'static str,
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    usage: &'static str,
    #[schema(example = "EdDSA")]
    alg: &'static str,
    /// The key's thumbprint (RFC 7638).
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    kid: String,
    /// The public key, base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    x: String,
}

/// Public keys (RFC 7517).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JwkSet {
    pub keys: Vec<Jwk>,
}

impl Keys {
    /// Reads the key at `path`, after making one where there is none. Of two processes that start at once, one makes
    /// it and both read it.
    ///
    /// # Errors
    /// When the file cannot be read or written, or holds something else.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        match fs::read_to_string(path) {
            Ok(pem) => Self::from_pem(&pem).map_err(|_| KeyError::Form(path.to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create(path)?;
                let pem = fs::read_to_string(path).map_err(|error| KeyError::File(path.to_owned(), error))?;
                Self::from_pem(&pem).map_err(|_| KeyError::Form(path.to_owned()))
            }
            Err(error) => Err(KeyError::File(path.to_owned(), error)),
        }
    }

    /// Reads a key from PKCS #8 PEM.
    ///
    /// # Errors
    /// When the text holds something else.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let unusable = |error: &dyn std::fmt::Display| KeyError::Unusable(error.to_string());
        let key = SigningKey::from_pkcs8_pem(pem).map_err(|error| unusable(&error))?;
        let der = key.to_pkcs8_der().map_err(|error| unusable(&error))?;
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        // RFC 7638: the required members in the order of their names, without white space.
        let kid = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
        Ok(Self {
            seed: key.to_bytes(),
            signing: EncodingKey::from_ed_der(der.as_bytes()),
            verifying: DecodingKey::from_ed_components(&x).map_err(|error| unusable(&error))?,
            jwk: Jwk {
                kty: "OKP",
                crv: "Ed25519",
                usage: "sig",
                alg: "EdDSA",
                kid: URL_SAFE_NO_PAD.encode(kid),
                x,
            },
        })
    }

    /// The public key as others may have it.
    #[must_use]
    pub fn jwks(&self) -> JwkSet {
        JwkSet { keys: vec![self.jwk.clone()] }
    }

    pub(super) fn kid(&self) -> &str {
        &self.jwk.kid
    }

    /// A secret for one purpose, the same on every node that shares the key file.
    #[must_use]
    pub fn secret_for(&self, purpose: &str) -> [u8; 32] {
        Sha256::new().chain_update(b"tailor ").chain_update(purpose).chain_update(self.seed).finalize().into()
    }
}

/// Makes a key file, whole or not at all; one that appeared in between is left alone.
fn create(path: &Path) -> Result<(), KeyError> {
    let failed = |error: io::Error| KeyError::File(path.to_owned(), error);
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(KeyError::Random)?;
    let pem = SigningKey::from_bytes(&seed)
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| KeyError::Unusable(error.to_string()))?;
    match secret_file::create(path, pem.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}
