//! What depends on no client: worked out once, and given to every peer, as whoever tunes would.

use std::{cmp::Reverse, collections::HashMap, path::Path, sync::Arc};

use tailor::{
    catalog::model::{Catalog, Evidence, Grade},
    clock::Clock,
    directory::{model::Therapist, store as rows},
    id::Id,
    live,
    matching::{needs::Needs, policy::Policy, profile::Profile},
    store::{Store, StoreError},
    vocabulary::Status,
};

/// The directory as plain objects, with the catalog under a policy.
pub struct Facts {
    pub catalog: Arc<Catalog>,
    pub policy: Arc<Policy>,
    /// By problem area and then modality: how well it is rated for it, 0 to 1.
    pub ratings: Vec<Vec<f64>>,
    pub people: Vec<Person>,
}

/// One published therapist.
pub struct Person {
    pub profile: Profile,
    /// Of each modality: how deep the claim to it is.
    pub depths: Vec<(usize, f64)>,
    /// Of each declared problem area: what the declaration says.
    pub taus: Vec<(usize, f64)>,
    /// Of each location with a position: the point on the unit sphere.
    pub points: Vec<[f64; 3]>,
    /// Another profile of the same NPI counts.
    pub is_duplicate: bool,
}

/// A therapist found by a peer.
#[derive(Clone, Debug, PartialEq)]
pub struct Winner {
    pub id: Id,
    pub problem_fit: f64,
    /// None where the request states no preference.
    pub preference: Option<f64>,
    /// Of these two components alone, by the policy's weights.
    pub score: f64,
}

impl Facts {
    /// Reads the profiles of a database, and hands them to `take` on the way.
    pub fn read(database: &Path, mut take: impl FnMut(&[Therapist])) -> Self {
        let catalog = Arc::new(Catalog::embedded().expect("the catalog"));
        let policy = Arc::new(Policy::embedded().expect("the policy"));
        let store = Store::open(&format!("sqlite://{}", database.display())).expect("the database opens");
        let mut people = Vec::new();
        let read: Result<(), StoreError> = store.read(|conn| {
            rows::all(conn, |batch| {
                take(&batch);
                let published = batch.iter().filter(|therapist| therapist.status == Status::Published);
                let profiles = published.map(|therapist| live::profile::of(therapist, &catalog));
                people.extend(profiles.map(|profile| Person::of(profile, &catalog, &policy)));
                Ok(())
            })
        });
        read.expect("the profiles are read");
        mark_duplicates(&mut people);
        Self { ratings: ratings(&catalog, &policy), people, catalog, policy }
    }

    /// What a request states, today.
    pub fn needs(&self, request: &serde_json::Value) -> Needs {
        let request = serde_json::from_value(request.clone()).expect("a request");
        Needs::resolve(&request, &self.catalog, &self.policy, Clock::System.today()).expect("a sound request")
    }

    /// The problem areas of a request, each with its share of the need.
    pub fn shares(&self, needs: &Needs) -> Vec<(usize, f64)> {
        let severity = |at: usize| self.policy.tables.severity.of(needs.problem_areas[at].severity);
        let total: f64 = (0..needs.problem_areas.len()).map(severity).sum();
        let areas = needs.problem_areas.iter().enumerate();
        areas.map(|(at, concern)| (concern.problem_area, severity(at) / total)).collect()
    }

    /// The weights of problem fit and preference, which add up to 1.
    pub fn weights(&self, has_preference: bool) -> (f64, f64) {
        let weights = self.policy.weights;
        let preference = if has_preference { weights.preference } else { 0.0 };
        let sum = weights.problem_fit + preference;
        (weights.problem_fit / sum, preference / sum)
    }
}

impl Person {
    fn of(profile: Profile, catalog: &Catalog, policy: &Policy) -> Self {
        let depth = &policy.tables.depth;
        let claims = profile.claims(catalog.modalities.len());
        let claimed: f64 = claims.iter().map(|claim| depth.role.of(claim.role)).sum();
        let spread = if claims.is_empty() { 1.0 } else { f64::min(1.0, depth.budget / claimed) };
        let depths = claims.iter().map(|claim| {
            let value = depth.role.of(claim.role) * spread * depth.evidence_level.of(claim.level);
            (usize::from(claim.modality), value)
        });
        let table = &policy.tables.declaration;
        let declared = profile.declarations(catalog.problem_areas.len());
        let left = f64::from(table.silent_from) - declared.len() as f64;
        let reach = (left / f64::from(table.span)).clamp(0.0, 1.0);
        let taus = declared.iter().map(|one| {
            let tau = table.undeclared + table.gain * table.focus.of(one.focus) * reach;
            (usize::from(one.problem_area), tau)
        });
        let points = profile.locations.iter().filter_map(|location| location.position).map(point);
        Self {
            depths: depths.collect(),
            taus: taus.collect(),
            points: points.collect(),
            is_duplicate: false,
            profile,
        }
    }
}

/// A place, in degrees north and east, on the unit sphere.
pub fn point((latitude, longitude): (f64, f64)) -> [f64; 3] {
    let (north, east) = (latitude.to_radians(), longitude.to_radians());
    [north.cos() * east.cos(), north.cos() * east.sin(), north.sin()]
}

/// The square of the straight line, through the unit sphere, between places that are so far apart on it.
pub fn squared_chord(km: f64, policy: &Policy) -> f64 {
    let half = (km / policy.tables.practical.nearness.earth_radius_km / 2.0).sin();
    4.0 * half * half
}

/// Of all profiles of one NPI the most recently confirmed counts, of equal ones that with the smaller id.
fn mark_duplicates(people: &mut [Person]) {
    let standing =
        |profile: &Profile| (profile.confirmed_at.map(|at| at.timestamp_micros()), Reverse(profile.id));
    let mut best: HashMap<u64, _> = HashMap::new();
    for Person { profile, .. } in people.iter() {
        if let Some(npi) = profile.npi {
            let of_npi = best.entry(npi).or_insert_with(|| standing(profile));
            *of_npi = standing(profile).max(*of_npi);
        }
    }
    for Person { profile, is_duplicate, .. } in people {
        *is_duplicate = profile.npi.is_some_and(|npi| best[&npi] != standing(profile));
    }
}

/// The ratings of all pairs: the grade, or where it is better the floor of a rule; 0 where guidance is reserved.
fn ratings(catalog: &Catalog, policy: &Policy) -> Vec<Vec<f64>> {
    let table = &policy.tables.coverage;
    let pair = |e: &Evidence| (e.problem_area.clone(), e.modality.clone());
    let grades: HashMap<_, _> = catalog.evidence.iter().map(|e| (pair(e), e.grade)).collect();
    let rating = |area: &String, modality: &String| {
        let rules = || catalog.rules.iter().filter(|rule| rule.problem_areas.contains(area));
        let grade = grades.get(&(area.clone(), modality.clone())).copied();
        if grade == Some(Grade::Caution) || rules().any(|rule| rule.avoid.contains(modality)) {
            return 0.0;
        }
        let is_first = rules().any(|rule| rule.first_line.contains(modality));
        let is_second = rules().any(|rule| rule.second_line.contains(modality));
        let floor = if is_first {
            table.first_line_floor
        } else if is_second {
            table.second_line_floor
        } else {
            0.0
        };
        grade.map_or(0.0, |grade| table.grade.of(grade)).max(floor)
    };
    let of_area = |area| catalog.modalities.iter().map(|modality| rating(area, &modality.code)).collect();
    catalog.problem_areas.iter().map(|area| of_area(&area.code)).collect()
}
