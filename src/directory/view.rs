//! How much of the directory somebody sees: the one place where contacts and unpublished profiles are kept back.

use super::model::Therapist;
use crate::{
    auth::{caller::Caller, scope::Scope},
    vocabulary::Status,
};

/// How much somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Published profiles, and contacts where `contact_public` allows it.
    Public,
    /// Everything.
    Full,
}

impl View {
    /// What this caller sees: everything with `profiles:write`.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        if caller.may(Scope::ProfilesWrite) { Self::Full } else { Self::Public }
    }

    /// Whether the profile's existence may be known.
    #[must_use]
    pub fn admits(self, therapist: &Therapist) -> bool {
        self == Self::Full || therapist.status == Status::Published
    }

    /// Takes away what may not be seen.
    pub fn limit(self, therapist: &mut Therapist) {
        if self == Self::Public {
            let public = therapist.contact_public;
            therapist.email.take_if(|_| !public.email);
            therapist.phone.take_if(|_| !public.phone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{examples, model::ContactPublic};

    #[test]
    fn the_public_sees_published_profiles_and_public_contacts() {
        let mut therapist: Therapist = serde_json::from_value(examples::therapist()).unwrap();
        therapist.status = Status::Published;
        therapist.email = Some("maya@example.org".to_owned());
        therapist.phone = Some("+14155550123".to_owned());
        for (email, phone) in [(false, false), (true, false), (false, true), (true, true)] {
            therapist.contact_public = ContactPublic { email, phone };
            let mut seen = therapist.clone();
            View::Public.limit(&mut seen);
            assert_eq!((seen.email.is_some(), seen.phone.is_some()), (email, phone));
            let mut seen = therapist.clone();
            View::Full.limit(&mut seen);
            assert_eq!(seen, therapist);
        }
        for status in Status::ALL {
            therapist.status = *status;
            assert!(View::Full.admits(&therapist));
            assert_eq!(View::Public.admits(&therapist), *status == Status::Published);
        }
    }
}
