//! An alias, what makes one wrong, and what all of them mean together. Pure.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    catalog::{label::normalize, model::Catalog, vocabulary::Aliases},
    fault::{Fault, nearest},
    id::Id,
    store::StoreError,
    vocabulary::AliasField,
};

/// Longest key, in bytes: an index of PostgreSQL takes no entry of 2,700. Only signs that are written out when spellings
/// are compared, such as one that stands for a whole sentence, make a longer key of 200 characters.
const MAX_KEY: usize = 2500;

/// What a label means to this operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"field": "modalities", "label": "Energy Work", "code": "somatic_experiencing"}))]
pub struct Alias {
    /// The server's id.
    #[serde(default)]
    #[schema(read_only)]
    pub id: Id,
    /// The field of a profile in which the label stands.
    pub field: AliasField,
    /// The label as a source writes it. Case, accents, punctuation and plurals make no difference.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Energy Work")]
    pub label: String,
    /// The code that it means: of a modality that is `directory_listable`, or of a problem area. Null: the label is
    /// known, and passed over without a fault.
    // Serde takes a missing option for null unless it is told how to read it: passing over must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    #[validate(length(min = 1, max = 64))]
    #[schema(required, min_length = 1, max_length = 64, example = "somatic_experiencing")]
    pub code: Option<String>,
    /// Rises by one with every change.
    #[serde(default)]
    #[schema(read_only)]
    pub revision: i64,
    #[serde(default)]
    #[schema(read_only)]
    pub created_at: DateTime<Utc>,
    #[serde(default)]
    #[schema(read_only)]
    pub updated_at: DateTime<Utc>,
}

/// Why an alias was not written.
#[derive(Debug, thiserror::Error)]
pub enum AliasError {
    #[error("there is no such alias")]
    NotFound,
    #[error("the alias is not the one that the writer saw")]
    Stale,
    #[error("the field has an alias of this label")]
    Taken,
    #[error("the idempotency key stands for another request")]
    KeyReused,
    #[error("what the idempotency key made is gone")]
    KeyGone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Alias {
    /// The label as it is compared.
    #[must_use]
    pub fn key(&self) -> String {
        normalize(&self.label)
    }

    /// What is wrong with it beyond the form of its fields: a label that cannot be told from others, a code that
    /// profiles cannot declare.
    #[must_use]
    pub fn faults(&self, catalog: &Catalog) -> Vec<Fault> {
        let mut faults: Vec<Fault> = self.label_fault(catalog).into_iter().collect();
        if let Some(code) = &self.code {
            faults.extend(self.code_fault(code, catalog));
        }
        faults
    }

    fn label_fault(&self, catalog: &Catalog) -> Option<Fault> {
        let fault = |code, detail: &str| Some(Fault::new("/label", code, detail));
        let key = self.key();
        let label = self.label.trim();
        let is_code = match self.field {
            AliasField::Modalities => catalog.modality(label).is_some(),
            AliasField::ProblemAreas => catalog.problem_area(label).is_some(),
        };
        // An empty text has a fault of its own already.
        if label.is_empty() && !self.label.is_empty() {
            fault("too_short", "This must not be blank.")
        } else if key.is_empty() && !label.is_empty() {
            fault(
                "invalid_format",
                "This must have a letter or a digit: other signs make no difference in labels.",
            )
        } else if key.len() > MAX_KEY {
            fault("too_long", "This is too long once its signs are written out for comparison.")
        } else if is_code && self.code.as_deref() != Some(label) {
            fault(
                "inconsistent",
                "This is a code of the catalog, which always means itself and not another `code`.",
            )
        } else {
            None
        }
    }

    fn code_fault(&self, code: &str, catalog: &Catalog) -> Option<Fault> {
        let unknown = |detail: &str| Fault::new("/code", "unknown_code", detail);
        let listable =
            catalog.modalities.iter().filter(|modality| modality.directory_listable).map(|m| m.code.as_str());
        match self.field {
            AliasField::Modalities => match catalog.modality(code) {
                Some(modality) if modality.directory_listable => None,
                Some(_) => Some(
                    Fault::new(
                        "/code",
                        "not_listable",
                        "The catalog knows this modality only to warn of it; a profile cannot declare it.",
                    )
                    .suggest(nearest(code, listable)),
                ),
                None => {
                    Some(unknown("This is not a modality of the catalog.").suggest(nearest(code, listable)))
                }
            },
            AliasField::ProblemAreas => catalog.problem_area(code).is_none().then(|| {
                let codes = catalog.problem_areas.iter().map(|area| area.code.as_str());
                unknown("This is not a problem area of the catalog.").suggest(nearest(code, codes))
            }),
        }
    }
}

/// The aliases as labels are resolved by them: `Vocabulary::with_aliases` takes it.
#[must_use]
pub fn overlay(aliases: &[Alias]) -> Aliases {
    let mut overlay = Aliases::default();
    for alias in aliases {
        let of_field = match alias.field {
            AliasField::Modalities => &mut overlay.modalities,
            AliasField::ProblemAreas => &mut overlay.problem_areas,
        };
        of_field.insert(alias.key(), alias.code.clone());
    }
    overlay
}

/// A digest of what the aliases mean together: the same in whatever order, under whatever ids and in whatever spelling
/// of the labels they stand; another where a label means something else, or one more or less is known.
#[must_use]
pub fn digest(aliases: &[Alias]) -> [u8; 16] {
    let mut meanings: Vec<_> =
        aliases.iter().map(|alias| (alias.field.code(), alias.key(), alias.code.as_deref())).collect();
    meanings.sort_unstable();
    let mut bytes = Vec::new();
    for (field, key, code) in meanings {
        // With the lengths in front, and a mark for what is passed over, no two tables write the same bytes.
        for part in [field, &key, code.unwrap_or_default()] {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes.push(u8::from(code.is_some()));
    }
    xxh3_128(&bytes).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::vocabulary::{Resolution, Vocabulary};

    fn alias(field: AliasField, label: &str, code: Option<&str>) -> Alias {
        let none = DateTime::default();
        let (label, code) = (label.to_owned(), code.map(str::to_owned));
        Alias { id: Id::default(), field, label, code, revision: 1, created_at: none, updated_at: none }
    }

    #[test]
    fn a_label_must_be_told_from_others_and_a_code_be_declared() {
        use AliasField::{Modalities, ProblemAreas};
        let catalog = Catalog::embedded().unwrap();
        let sentences = "\u{fdfa}".repeat(200);
        for (alias, expected) in [
            (alias(Modalities, "Energy Work", Some("somatic_experiencing")), ""),
            (alias(Modalities, "Reiki", None), ""),
            (alias(Modalities, "한".repeat(200).as_str(), None), ""),
            (alias(Modalities, "MBT", Some("mindfulness")), ""),
            (alias(Modalities, "cbt", Some("cbt")), ""),
            (alias(ProblemAreas, "cbt", Some("ptsd")), ""),
            (alias(ProblemAreas, "Trama", Some("ptsd")), ""),
            (alias(Modalities, " ", None), "/label too_short"),
            (alias(Modalities, "", None), ""),
            (alias(Modalities, "★ – ★", None), "/label invalid_format"),
            (alias(Modalities, &sentences, None), "/label too_long"),
            (alias(Modalities, "mbt ", Some("mindfulness")), "/label inconsistent"),
            (alias(Modalities, "cbt", None), "/label inconsistent"),
            (alias(Modalities, "Energy Work", Some("cbd")), "/code unknown_code cbt"),
            (alias(Modalities, "Energy Work", Some("ptsd")), "/code unknown_code"),
            (alias(ProblemAreas, "Trama", Some("ptds")), "/code unknown_code ptsd"),
            (alias(Modalities, "Debriefing", Some("critical_incident_debriefing")), "/code not_listable"),
        ] {
            let found = alias.faults(&catalog).into_iter().map(|fault| {
                let first = fault.suggestions.first().map(|code| format!(" {code}")).unwrap_or_default();
                format!("{} {}{first}", fault.pointer, fault.code)
            });
            let found = found.collect::<Vec<_>>().join("; ");
            let fits = if expected.is_empty() { found.is_empty() } else { found.starts_with(expected) };
            assert!(fits, "{}: {found}", alias.label);
        }
    }

    #[test]
    fn a_table_resolves_as_it_says() {
        let table = [
            alias(AliasField::Modalities, "Energy Work", Some("somatic_experiencing")),
            alias(AliasField::ProblemAreas, "Energy Work", None),
        ];
        let vocabulary = Vocabulary::new(&Catalog::embedded().unwrap()).with_aliases(overlay(&table));
        assert_eq!(vocabulary.modality("energy works"), Resolution::Code("somatic_experiencing"));
        assert_eq!(vocabulary.problem_area("energy works"), Resolution::Passed);
    }

    fn entries() -> impl Strategy<Value = Vec<(bool, String, Option<String>)>> {
        proptest::collection::vec((any::<bool>(), "[ab]{0,2}", proptest::option::of("[ab]{0,2}")), 0..4)
    }

    proptest! {
        /// Two tables have one digest exactly where they mean the same.
        #[test]
        fn a_digest_stands_for_what_the_table_means(one in entries(), other in entries()) {
            let table = |entries: &[(bool, String, Option<String>)], spell: fn(&str) -> String| -> Vec<Alias> {
                let field = |is| if is { AliasField::Modalities } else { AliasField::ProblemAreas };
                entries.iter().map(|(is, label, code)| alias(field(*is), &spell(label), code.as_deref())).collect()
            };
            let sorted = |entries: &[(bool, String, Option<String>)]| {
                let mut entries = entries.to_vec();
                entries.sort();
                entries
            };
            let plain = table(&one, str::to_owned);
            prop_assert_eq!(digest(&plain) == digest(&table(&other, str::to_owned)), sorted(&one) == sorted(&other));
            let mut respelled = table(&one, |label| format!(" {}!", label.to_uppercase()));
            respelled.reverse();
            prop_assert_eq!(digest(&plain), digest(&respelled));
        }
    }
}
