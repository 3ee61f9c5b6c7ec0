//! Access tokens: JWTs (RFC 7519, profile RFC 9068) signed with the server's key.

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{keys::Keys, scope::Scope};
use crate::id::Id;

/// Seconds by which the clocks of issuer and server may differ.
const LEEWAY_SECONDS: i64 = 30;

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    scope: String,
    iat: i64,
    exp: i64,
    jti: String,
}

/// Whom a token stands for, and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bearer {
    pub subject: String,
    pub scopes: Vec<Scope>,
}

/// Why a token does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the token has expired")]
    Expired,
    #[error("the token is not one that this server trusts")]
    Untrusted,
}

/// Issues and checks tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    keys: Keys,
    issuer: String,
    audience: String,
}

impl Tokens {
    /// Tokens of this issuer for this audience.
    #[must_use]
    pub const fn new(keys: Keys, issuer: String, audience: String) -> Self {
        Self { keys, issuer, audience }
    }

    /// The key that they are signed with.
    #[must_use]
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A token for `subject` that holds from `now` for `ttl`.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn issue(
        &self,
        subject: &str,
        scopes: &[Scope],
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: subject.to_owned(),
            scope: scopes.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" "),
            iat: now.timestamp(),
            exp: (now + ttl).timestamp(),
            jti: Id::new(now).to_string(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.keys.kid().to_owned());
        jsonwebtoken::encode(&header, &claims, &self.keys.signing)
    }

    /// Whom the token stands for, if it holds at `now`. Scopes that this server does not know are passed over.
    ///
    /// # Errors
    /// When its signature, issuer, audience or time does not hold.
    pub fn check(&self, token: &str, now: DateTime<Utc>) -> Result<Bearer, TokenError> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        // Time is checked below, by the server's own clock.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.keys.verifying, &validation)
            .map_err(|_| TokenError::Untrusted)?
            .claims;
        if claims.exp + LEEWAY_SECONDS <= now.timestamp() {
            return Err(TokenError::Expired);
        }
        if claims.iat - LEEWAY_SECONDS > now.timestamp() {
            return Err(TokenError::Untrusted);
        }
        let scopes = claims.scope.split(' ').filter_map(|name| name.parse().ok()).collect();
        Ok(Bearer { subject: claims.sub, scopes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(file: &str) -> Tokens {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::load_or_create(&folder.path().join(file)).unwrap();
        Tokens::new(keys, "tailor".into(), "tailor".into())
    }

    #[test]
    fn a_token_holds_until_it_expires() {
        let tokens = tokens("a.pem");
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let token = tokens.issue("somebody", &[Scope::ProfilesWrite], Duration::hours(1), now).unwrap();
        let bearer = tokens.check(&token, now + Duration::minutes(59)).unwrap();
        assert_eq!(bearer, Bearer { subject: "somebody".into(), scopes: vec![Scope::ProfilesWrite] });
        assert_eq!(tokens.check(&token, now + Duration::minutes(61)), Err(TokenError::Expired));
        assert_eq!(tokens.check(&token, now - Duration::minutes(5)), Err(TokenError::Untrusted));
    }

    #[test]
    fn another_key_audience_or_algorithm_does_not_hold() {
        let ours = tokens("a.pem");
        let theirs = tokens("b.pem");
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let foreign = theirs.issue("x", &[Scope::Admin], Duration::hours(1), now).unwrap();
        assert_eq!(ours.check(&foreign, now), Err(TokenError::Untrusted));
        let elsewhere = Tokens::new(ours.keys().clone(), "tailor".into(), "other".into());
        let token = elsewhere.issue("x", &[Scope::Admin], Duration::hours(1), now).unwrap();
        assert_eq!(ours.check(&token, now), Err(TokenError::Untrusted));
        // The header's algorithm is never believed: neither "none" nor HMAC over the public key.
        let none = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
        assert_eq!(ours.check(&none, now), Err(TokenError::Untrusted));
        let claims = serde_json::json!({"iss": "tailor", "aud": "tailor", "sub": "x", "scope": "admin",
            "iat": now.timestamp(), "exp": now.timestamp() + 60, "jti": "1"});
        let secret = serde_json::to_vec(&ours.keys().jwks()).unwrap();
        let key = jsonwebtoken::EncodingKey::from_secret(&secret);
        let hmac = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        assert_eq!(ours.check(&hmac, now), Err(TokenError::Untrusted));
    }

    #[test]
    fn the_key_file_is_the_owners_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let first = Keys::load_or_create(&path).unwrap();
        let second = Keys::load_or_create(&path).unwrap();
        assert_eq!(first.kid(), second.kid());
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap()) & 0o777, 0o600);
    }
}
