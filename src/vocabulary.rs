//! The closed vocabularies of the contract: each a set of codes that is the same word in JSON, SQL and Rust.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The text is none of the vocabulary's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a code of the vocabulary")]
pub struct UnknownCode;

macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$value_doc])* $value),+
        }

        impl $name {
            /// Every value, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The word for it in JSON and SQL.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$value => $code),+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownCode;

            fn from_str(code: &str) -> Result<Self, UnknownCode> {
                match code {
                    $($code => Ok(Self::$value),)+
                    _ => Err(UnknownCode),
                }
            }
        }
    )+};
}

vocabulary! {
    /// Where a profile stands in its life.
    Status {
        Draft = "draft",
        /// Seen by everybody and matched.
        Published = "published",
        Suspended = "suspended",
        Archived = "archived",
    }
    /// What a change did to a profile.
    ChangeKind {
        /// Created or changed.
        Upsert = "upsert",
        Delete = "delete",
        /// Deleted because the therapist asked for it: nobody who follows may list the therapist again either.
        Removal = "removal",
    }
    /// The place of a modality in a therapist's work.
    Role {
        /// A theory that the work rests on.
        Foundation = "foundation",
        /// A tool that is layered on.
        Technique = "technique",
    }
    /// What backs a claim to work with a modality, the best first.
    EvidenceLevel {
        OutcomeVerified = "outcome_verified",
        Certified = "certified",
        Trained = "trained",
        Supervised = "supervised",
        SelfDeclared = "self_declared",
    }
    /// How central a problem area is to a therapist's practice.
    Focus {
        Primary = "primary",
        Secondary = "secondary",
    }
    /// What a client made of a consultation.
    Decision {
        Continue = "continue",
        Declined = "declined",
        Undecided = "undecided",
    }
    /// How a session is held; video, phone and chat are remote.
    SessionFormat {
        InPerson = "in_person",
        Video = "video",
        Phone = "phone",
        Chat = "chat",
    }
    /// An age group that a therapist sees.
    AgeGroup {
        Child = "child",
        Adolescent = "adolescent",
        Adult = "adult",
        OlderAdult = "older_adult",
    }
    /// Who takes part in the sessions.
    Participants {
        Individual = "individual",
        Couple = "couple",
        Family = "family",
        Group = "group",
    }
    /// A therapist's gender.
    Gender {
        Woman = "woman",
        Man = "man",
        Nonbinary = "nonbinary",
        Other = "other",
    }
    /// A therapist's profession.
    Profession {
        Psychologist = "psychologist",
        Psychiatrist = "psychiatrist",
        SocialWorker = "social_worker",
        Counselor = "counselor",
        MarriageFamilyTherapist = "marriage_family_therapist",
        PsychiatricNurse = "psychiatric_nurse",
        Psychotherapist = "psychotherapist",
        Psychoanalyst = "psychoanalyst",
        ArtTherapist = "art_therapist",
        Other = "other",
    }
    /// How much work between sessions a therapist gives, or a client wants.
    Homework {
        None = "none",
        Optional = "optional",
        Regular = "regular",
    }
    /// The standing of a licence.
    LicenseStatus {
        Active = "active",
        Inactive = "inactive",
        Expired = "expired",
        Pending = "pending",
        Revoked = "revoked",
    }
    /// Whether a therapist takes new clients: the four values of FHIR Da Vinci PDex Plan-Net.
    Accepting {
        Accepting = "accepting",
        ExistingOnly = "existing_only",
        ExistingAndFamily = "existing_and_family",
        NotAccepting = "not_accepting",
    }
    /// When sessions can be held.
    Times {
        WeekdayDaytime = "weekday_daytime",
        WeekdayEvening = "weekday_evening",
        Weekend = "weekend",
    }
    /// How a field group was confirmed.
    ConfirmationMethod {
        SelfAttested = "self_attested",
        Phone = "phone",
        Email = "email",
        /// Looked up where the fact is made: a licensing board, a register.
        PrimarySource = "primary_source",
    }
    /// Fields that are confirmed together.
    FieldGroup {
        Contact = "contact",
        Licenses = "licenses",
        Locations = "locations",
        Availability = "availability",
    }
    /// How heavily a problem area weighs on the client.
    Severity {
        Mild = "mild",
        Moderate = "moderate",
        Severe = "severe",
    }
    /// A danger that the asking app knows of.
    Risk {
        Elevated = "elevated",
        Acute = "acute",
    }
    /// Whether safety comes first where a problem area is severe or a crisis.
    PhasePolicy {
        /// Half of such an area's need moves to stabilization.
        Phased = "phased",
        /// Need stays where the catalog puts it.
        Direct = "direct",
    }
    /// What a client feels about a modality.
    Attitude {
        Prefer = "prefer",
        Avoid = "avoid",
    }
    /// How much a preference counts; `must` makes it a constraint.
    Importance {
        Nice = "nice",
        Strong = "strong",
        Must = "must",
    }
    /// The order of results within a tier.
    Order {
        Score = "score",
        /// Gives therapists of one tier turns.
        Rotate = "rotate",
    }
    /// How much of an explanation an answer carries.
    Explain {
        None = "none",
        Summary = "summary",
        Full = "full",
    }
    /// Where an import stands.
    ImportStatus {
        /// Stored and waiting for a worker.
        Queued = "queued",
        Running = "running",
        /// Every row was read; some may have been rejected.
        Succeeded = "succeeded",
        /// The file was refused as a whole, or the server could not go on: `problem` says why. Rows that `counts` calls
        /// written stay.
        Failed = "failed",
        /// Somebody cancelled it. Rows written before stay.
        Cancelled = "cancelled",
    }
    /// How the body of an import is written.
    ImportFormat {
        /// One JSON object a line.
        Ndjson = "ndjson",
        /// A header row and one profile a record (RFC 4180), in the columns of the template.
        Csv = "csv",
        /// One JSON array of objects.
        Json = "json",
        /// The monthly file of the US registry of provider identifiers (NPPES `npidata_pfile`).
        Nppes = "nppes",
    }
    /// How an export is written: imports read both.
    ExportFormat {
        /// One JSON object a line.
        Ndjson = "ndjson",
        /// A header row and one profile a record (RFC 4180), in the columns of the import's template.
        Csv = "csv",
    }
    /// What an import does with the rows.
    ImportMode {
        /// Creates what is new and replaces what is there.
        Upsert = "upsert",
        /// Creates what is new and rejects what is there.
        Create = "create",
        /// As `upsert`, and archives the profiles of the source that the file no longer has.
        ReplaceSource = "replace_source",
    }
    /// The field whose labels an operator's alias is about.
    AliasField {
        Modalities = "modalities",
        ProblemAreas = "problem_areas",
    }
    /// What a rejected row does to the rest.
    OnError {
        /// It is reported, and the other rows go on.
        Skip = "skip",
        /// The whole file is checked before anything is written, and nothing is where one row is rejected.
        Abort = "abort",
    }
    /// What a running import is doing.
    ImportStep {
        /// Reads the rows and writes nothing: all of a dry run, and what comes first where the file as a whole decides.
        Checking = "checking",
        Writing = "writing",
        /// Archives the profiles of the source that the file no longer has.
        Archiving = "archiving",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back_and_are_the_words_of_json() {
        macro_rules! check {
            ($($name:ident),+) => {$(
                for &value in $name::ALL {
                    assert_eq!(value.code().parse(), Ok(value));
                    assert_eq!(serde_json::to_value(value).unwrap(), value.code());
                }
            )+};
        }
        check!(Status, Role, EvidenceLevel, Focus, SessionFormat, AgeGroup, Participants, Gender, Profession);
        check!(Homework, LicenseStatus, Accepting, Times, ConfirmationMethod, FieldGroup, Severity, Risk);
        check!(PhasePolicy, Attitude, Importance, Order, Explain);
        check!(AliasField, ChangeKind, ImportStatus, ImportFormat, ImportMode, OnError, ImportStep);
        assert_eq!("Published".parse::<Status>(), Err(UnknownCode));
    }
}
