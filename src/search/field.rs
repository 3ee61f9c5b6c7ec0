//! The fields of a profile that are filtered by and counted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident = $code:literal),+ $(,)?) => {
        /// A field that is filtered by and counted; its word is that of the profile.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Field {
            $($(#[$doc])* $name),+
        }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The field's word in requests and answers.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code),+
                }
            }
        }
    };
}

fields! {
    Source = "source",
    Status = "status",
    Modalities = "modalities",
    ProblemAreas = "problem_areas",
    /// By primary subtag.
    Languages = "languages",
    SessionFormats = "session_formats",
    AgeGroups = "age_groups",
    Participants = "participants",
    Communities = "communities",
    Insurance = "insurance",
    Times = "times",
    /// Where the therapist has an active licence today or may work remotely without one.
    Jurisdiction = "jurisdiction",
    RemoteJurisdictions = "remote_jurisdictions",
    /// Folded, without full stops.
    Credentials = "credentials",
    Gender = "gender",
    Profession = "profession",
    Accepting = "accepting",
    IntegrationStyle = "integration_style",
    Homework = "homework",
    MeasuresProgress = "measures_progress",
    Country = "country",
    Region = "region",
    /// Folded.
    City = "city",
    WheelchairAccessible = "wheelchair_accessible",
    SlidingScale = "sliding_scale",
    FreeConsultation = "free_consultation",
    /// Codes of the consultation questions that the therapist has answered.
    AnsweredQuestions = "answered_questions",
}

impl Field {
    /// How many fields there are.
    pub(super) const COUNT: usize = Self::ALL.len();

    /// The field with this word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|field| field.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_are_those_of_json() {
        for field in Field::ALL {
            assert_eq!(Field::parse(field.code()), Some(*field));
            assert_eq!(serde_json::to_value(field).unwrap(), field.code());
        }
        assert_eq!(Field::parse("modality"), None);
    }
}
