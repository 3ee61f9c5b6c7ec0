//! The caller of a request, as handlers name it in their signatures.
//!
//! A handler that takes a [`ProfileWriter`] cannot be reached without that scope: permission is a type.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest, dev::Payload, http::header::AUTHORIZATION, web::Data,
};

use super::{
    scope::Scope,
    token::{TokenError, Tokens},
};
use crate::{clock::Clock, web::problem::Problem};

/// Whether reading and matching need no token.
#[derive(Clone, Copy, Debug)]
pub struct PublicRead(pub bool);

/// Whoever sent the request: the bearer of a token that holds, or nobody known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject; none for an anonymous caller.
    pub subject: Option<String>,
    scopes: Vec<Scope>,
}

impl Caller {
    /// Whether the caller may do what needs `scope`. Whoever writes profiles may read them.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&Scope::Admin)
            || self.scopes.contains(&scope)
            || (scope == Scope::DirectoryRead && self.scopes.contains(&Scope::ProfilesWrite))
    }

    /// A name for the caller under which things of theirs are kept.
    #[must_use]
    pub fn name(&self) -> &str {
        self.subject.as_deref().unwrap_or("anonymous")
    }

    /// What to answer where the caller may not do what needs `scope`: who they are, or that they may not.
    #[must_use]
    pub fn lacks(&self, scope: Scope) -> Problem {
        match self.subject {
            None => Problem::unauthorized(),
            Some(_) => Problem::insufficient_scope(scope.code()),
        }
    }

    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(Self::default()) };
        let token = header
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| Problem::invalid_token("Send `Authorization: Bearer` and a token."))?;
        let (Some(tokens), Some(clock)) =
            (request.app_data::<Data<Tokens>>(), request.app_data::<Data<Clock>>())
        else {
            return Err(Problem::internal("the application was assembled without tokens or a clock"));
        };
        let bearer = tokens.check(token, clock.now()).map_err(|error| {
            Problem::invalid_token(match error {
                TokenError::Expired => "The token has expired.",
                TokenError::Untrusted => "The token is not one that this server trusts.",
            })
        })?;
        Ok(Self { subject: Some(bearer.subject), scopes: bearer.scopes })
    }

    /// The caller, if they may do what needs `scope`; `open` lets anybody where the operator allows it.
    fn with(request: &HttpRequest, scope: Scope, open: bool) -> Result<Self, Problem> {
        let caller = Self::of(request)?;
        let public = open && request.app_data::<Data<PublicRead>>().is_some_and(|public| public.0);
        if !public && !caller.may(scope) {
            return Err(caller.lacks(scope));
        }
        request.extensions_mut().insert(caller.clone());
        Ok(caller)
    }

    /// The caller that the handler's signature has let in, for what is extracted after it; nobody known otherwise.
    #[must_use]
    pub fn admitted(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_default()
    }
}

macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident: $scope:ident, open: $open:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name(pub Caller);

        impl FromRequest for $name {
            type Error = Problem;
            type Future = Ready<Result<Self, Problem>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(Caller::with(request, Scope::$scope, $open).map(Self))
            }
        }
    )+};
}

callers! {
    /// May administer.
    Admin: Admin, open: false;
    /// May write profiles.
    ProfileWriter: ProfilesWrite, open: false;
    /// May keep consultations.
    ConsultationWriter: ConsultationsWrite, open: false;
    /// May import.
    Importer: ImportsWrite, open: false;
    /// May read the directory: anybody where the operator allows it.
    DirectoryReader: DirectoryRead, open: true;
    /// May copy the directory: with a token always, so that it is known who has copies.
    DirectoryCopier: DirectoryRead, open: false;
    /// May rank therapists: anybody where the operator allows it.
    Matcher: MatchRun, open: true;
}
