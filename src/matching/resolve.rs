//! From a request to needs: codes become indices, and everything that is wrong is named at once.

use chrono::NaiveDate;
use validator::Validate as _;

use super::{
    bounds,
    needs::{
        AnyOf, Concern, Constraints, HomeworkWish, MaxFee, ModalityWish, Near, Needs, Preferences, StyleWish,
        default_seed,
    },
    policy::Policy,
    profile::primary_language,
    request::{ConstraintsRequest, MatchRequest, PreferencesRequest},
};
use crate::{
    catalog::model::Catalog,
    fault::Fault,
    formats,
    vocabulary::{Explain, Importance, Order, Severity},
};

/// How many results a request gets that names no limit.
const DEFAULT_LIMIT: u32 = 20;
/// Longest text, in bytes, for which codes are suggested.
const MAX_SOUGHT: usize = 100;
/// How many codes are suggested for an unknown one.
const SUGGESTIONS: usize = 3;
/// Likeness (Jaro-Winkler, 0 to 1) below which a code is not worth suggesting.
const ALIKE: f64 = 0.75;

impl Needs {
    /// The needs that a request states, for the date `as_of`.
    ///
    /// # Errors
    /// All faults of the request at once. None repeats a submitted value.
    pub fn resolve(
        request: &MatchRequest,
        catalog: &Catalog,
        policy: &Policy,
        as_of: NaiveDate,
    ) -> Result<Self, Vec<Fault>> {
        let mut resolver = Resolver { catalog, faults: Vec::new() };
        if let Err(errors) = request.validate() {
            bounds::collect(&errors, "", &mut resolver.faults);
        }
        let needs = Self {
            problem_areas: resolver.problem_areas(request),
            phase: request.phase,
            phase_policy: request.phase_policy.unwrap_or(policy.tables.integration.phase_policy),
            risk: request.risk,
            preferences: request.preferences.as_ref().map(|p| resolver.preferences(p)).unwrap_or_default(),
            constraints: request.constraints.as_ref().map(|c| resolver.constraints(c)).unwrap_or_default(),
            exclude_ids: sorted(request.exclude_ids.clone()),
            order: request.order.unwrap_or(Order::Score),
            limit: request.limit.unwrap_or(DEFAULT_LIMIT) as usize,
            explain: request.explain.unwrap_or(Explain::Summary),
            seed: request.seed.unwrap_or_else(|| default_seed(as_of)),
            as_of,
        };
        if let Some(country) = &request.country {
            resolver.require(formats::country(country).is_ok(), || {
                Fault::new(
                    "/country",
                    "invalid_country",
                    "This must be an ISO 3166-1 alpha-2 code such as US.",
                )
            });
        }
        if let Some(code) = &request.policy {
            resolver.require(*code == policy.code, || {
                Fault::new("/policy", "unknown_code", "There is no matching policy with this code.")
                    .suggest([policy.code.clone()])
            });
        }
        if resolver.faults.is_empty() { Ok(needs) } else { Err(resolver.faults) }
    }
}

struct Resolver<'a> {
    catalog: &'a Catalog,
    faults: Vec<Fault>,
}

impl Resolver<'_> {
    fn require(&mut self, holds: bool, fault: impl FnOnce() -> Fault) {
        if !holds {
            self.faults.push(fault());
        }
    }

    fn problem_areas(&mut self, request: &MatchRequest) -> Vec<Concern> {
        let mut concerns: Vec<Concern> = Vec::with_capacity(request.problem_areas.len());
        for (at, need) in request.problem_areas.iter().enumerate() {
            let pointer = format!("/problem_areas/{at}/code");
            let Some(problem_area) = self.catalog.problem_area_index(&need.code) else {
                let known = self
                    .catalog
                    .problem_areas
                    .iter()
                    .map(|p| (p.code.as_str(), p.name.as_str(), p.aliases.as_slice()));
                self.faults.push(unknown(pointer, "problem area", &need.code, known));
                continue;
            };
            if concerns.iter().any(|concern| concern.problem_area == problem_area) {
                self.faults.push(Fault::new(
                    pointer,
                    "duplicate",
                    "This problem area is named more than once.",
                ));
                continue;
            }
            concerns.push(Concern { problem_area, severity: need.severity.unwrap_or(Severity::Moderate) });
        }
        concerns.sort_unstable_by_key(|concern| concern.problem_area);
        concerns
    }

    fn preferences(&mut self, request: &PreferencesRequest) -> Preferences {
        let mut modalities: Vec<ModalityWish> = Vec::with_capacity(request.modalities.len());
        for (at, wish) in request.modalities.iter().enumerate() {
            let pointer = format!("/preferences/modalities/{at}/code");
            let Some(modality) = self.catalog.modality_index(&wish.code) else {
                let known = self
                    .catalog
                    .modalities
                    .iter()
                    .map(|m| (m.code.as_str(), m.name.as_str(), m.aliases.as_slice()));
                self.faults.push(unknown(pointer, "modality", &wish.code, known));
                continue;
            };
            if modalities.iter().any(|known| known.modality == modality) {
                self.faults.push(Fault::new(pointer, "duplicate", "This modality is named more than once."));
                continue;
            }
            let importance = wish.importance.unwrap_or(Importance::Nice);
            modalities.push(ModalityWish { modality, attitude: wish.attitude, importance });
        }
        modalities.sort_unstable_by_key(|wish| wish.modality);
        for (name, importance) in [
            ("style", request.style.as_ref().and_then(|style| style.importance)),
            ("homework", request.homework.as_ref().and_then(|homework| homework.importance)),
        ] {
            self.require(importance != Some(Importance::Must), || {
                let pointer = format!("/preferences/{name}/importance");
                Fault::new(
                    pointer,
                    "must_not_allowed",
                    "This can be weighed (nice, strong), not made a condition.",
                )
            });
        }
        let importance = |stated: Option<Importance>| stated.unwrap_or(Importance::Nice);
        Preferences {
            modalities,
            style: request.style.as_ref().map(|style| StyleWish {
                axes: [style.directiveness, style.emotional_intensity, style.past_focus, style.challenge],
                importance: importance(style.importance),
            }),
            genders: request.genders.as_ref().map(|wish| AnyOf {
                any_of: sorted(wish.any_of.clone()),
                importance: importance(wish.importance),
            }),
            languages: request.languages.as_ref().map(|wish| AnyOf {
                any_of: self.languages(&wish.any_of, "/preferences/languages/any_of"),
                importance: importance(wish.importance),
            }),
            communities: request.communities.as_ref().map(|wish| AnyOf {
                any_of: self.communities(&wish.any_of),
                importance: importance(wish.importance),
            }),
            homework: request
                .homework
                .as_ref()
                .map(|wish| HomeworkWish { value: wish.value, importance: importance(wish.importance) }),
        }
    }

    fn constraints(&mut self, request: &ConstraintsRequest) -> Constraints {
        if let Some(code) = &request.jurisdiction {
            self.require(formats::jurisdiction(code).is_ok(), || {
                let detail = "This must be an ISO 3166-2 code such as US-CA, or an ISO 3166-1 alpha-2 code.";
                Fault::new("/constraints/jurisdiction", "invalid_jurisdiction", detail)
            });
        }
        if let Some(fee) = &request.max_fee {
            self.require(formats::currency(&fee.currency).is_ok(), || {
                let detail = "This must be an ISO 4217 code such as USD.";
                Fault::new("/constraints/max_fee/currency", "invalid_currency", detail)
            });
        }
        for (at, code) in request.insurance.iter().flatten().enumerate() {
            self.require(formats::open_code(code).is_ok(), || {
                let detail = "This must be 2 to 64 lower-case letters, digits or underscores.";
                Fault::new(format!("/constraints/insurance/{at}"), "invalid_format", detail)
            });
        }
        Constraints {
            jurisdiction: request.jurisdiction.clone(),
            near: request.near.as_ref().map(|near| Near {
                latitude: near.latitude,
                longitude: near.longitude,
                radius_km: near.radius_km,
            }),
            session_formats: request.session_formats.clone().map(sorted),
            age_group: request.age_group,
            participants: request.participants,
            languages: request.languages.as_ref().map(|tags| self.languages(tags, "/constraints/languages")),
            max_fee: request
                .max_fee
                .as_ref()
                .map(|fee| MaxFee { amount: fee.amount, currency: fee.currency.clone() }),
            insurance: request.insurance.clone().map(sorted),
            accepting: request.accepting.unwrap_or(false),
            times: request.times.clone().map(sorted),
            opening_within_days: request.opening_within_days,
            confirmed_within_days: request.confirmed_within_days,
            min_evidence_level: request.min_evidence_level,
        }
    }

    fn languages(&mut self, tags: &[String], at: &str) -> Vec<String> {
        for (index, tag) in tags.iter().enumerate() {
            self.require(formats::known_language(tag).is_ok(), || {
                let detail = "This must be a BCP 47 tag such as en or pt-BR.";
                Fault::new(format!("{at}/{index}"), "invalid_language", detail)
            });
        }
        sorted(tags.iter().map(|tag| primary_language(tag)).collect())
    }

    fn communities(&mut self, codes: &[String]) -> Vec<String> {
        for (index, code) in codes.iter().enumerate() {
            let mut known = self.catalog.communities.iter();
            if !known.any(|term| term.code == *code) {
                let pointer = format!("/preferences/communities/any_of/{index}");
                let known = self
                    .catalog
                    .communities
                    .iter()
                    .map(|t| (t.code.as_str(), t.name.as_str(), [].as_slice()));
                self.faults.push(unknown(pointer, "community", code, known));
            }
        }
        sorted(codes.to_vec())
    }
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}

/// The fault of a code that the catalog does not have, with the nearest that it has: by code, name or alias.
fn unknown<'a>(
    pointer: String,
    what: &str,
    code: &str,
    known: impl Iterator<Item = (&'a str, &'a str, &'a [String])>,
) -> Fault {
    let fault = Fault::new(pointer, "unknown_code", format!("The catalog has no {what} with this code."));
    // Comparing is quadratic in the length; nobody misspells a code by a page.
    if code.len() > MAX_SOUGHT {
        return fault;
    }
    let sought = code.to_lowercase();
    let likeness = |text: &str| {
        let contained = sought.len() > 2 && text.contains(&sought);
        if contained { 1.0 } else { strsim::jaro_winkler(&sought, text) }
    };
    let mut near: Vec<_> = known
        .map(|(code, name, aliases)| {
            let aliases = aliases.iter().map(|alias| strsim::jaro_winkler(&sought, alias));
            (aliases.fold(likeness(code).max(likeness(&name.to_lowercase())), f64::max), code)
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    fault.suggest(near.into_iter().take(SUGGESTIONS).map(|(_, code)| code))
}
