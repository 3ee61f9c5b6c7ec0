//! Clients of four classes: each lives where a therapist of the directory works, so that they are spread as people are.

use chrono::NaiveDate;
use tailor::{
    catalog::model::Catalog,
    matching::{
        needs::{AnyOf, Concern, Constraints, ModalityWish, Near, Needs, Preferences, StyleWish},
        profile::Profile,
    },
    vocabulary::{Attitude, Gender, Importance, SessionFormat, Severity},
};

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Typical,
    Local,
    Broad,
    Preferences,
}

impl Class {
    pub const ALL: [Self; 4] = [Self::Typical, Self::Local, Self::Broad, Self::Preferences];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Typical => "typical",
            Self::Local => "local",
            Self::Broad => "broad",
            Self::Preferences => "preferences",
        }
    }
}

/// Random numbers (SplitMix64), the same in every run.
#[derive(Clone, Copy, Debug)]
pub struct Draw(u64);

impl Draw {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What clients are drawn from.
#[derive(Debug)]
pub struct Clients {
    homes: Vec<(f64, f64, String)>,
    /// What therapists work with: clients bring what there are therapists for.
    concerns: Vec<Vec<usize>>,
    plans: Vec<String>,
}

impl Clients {
    pub fn of<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Self {
        let (mut homes, mut concerns, mut plans) = (Vec::new(), Vec::new(), Vec::new());
        for profile in profiles.take(5000) {
            let located =
                profile.locations.iter().find_map(|location| location.position.zip(location.region.clone()));
            homes.extend(located.map(|((latitude, longitude), region)| (latitude, longitude, region)));
            let areas: Vec<_> =
                profile.problem_areas.iter().map(|area| usize::from(area.problem_area)).collect();
            concerns.extend((!areas.is_empty()).then_some(areas));
            plans.extend(profile.insurance.iter().cloned());
        }
        Self { homes, concerns, plans }
    }

    pub fn needs(&self, class: Class, draw: &mut Draw, catalog: &Catalog, as_of: NaiveDate) -> Needs {
        let (latitude, longitude, region) = draw.one(&self.homes).clone();
        let near = |radius_km| Some(Near { latitude, longitude, radius_km });
        let constraints = match class {
            Class::Typical | Class::Preferences => Constraints {
                jurisdiction: Some(region),
                near: near(25.0),
                session_formats: Some(vec![SessionFormat::InPerson, SessionFormat::Video]),
                accepting: true,
                insurance: (draw.below(2) == 0).then(|| vec![draw.one(&self.plans).clone()]),
                ..Constraints::default()
            },
            Class::Local => Constraints {
                jurisdiction: Some(region),
                near: near([10.0, 20.0, 30.0, 50.0][draw.below(4)]),
                session_formats: Some(vec![SessionFormat::InPerson]),
                ..Constraints::default()
            },
            Class::Broad => Constraints { accepting: true, ..Constraints::default() },
        };
        let preferences = match class {
            Class::Preferences => preferences(draw, catalog),
            _ => Preferences::default(),
        };
        Needs { constraints, preferences, ..Needs::of(self.concerns(draw), as_of) }
    }

    fn concerns(&self, draw: &mut Draw) -> Vec<Concern> {
        let most = 1 + draw.below(4);
        let mut areas: Vec<_> = draw.one(&self.concerns).iter().copied().take(most).collect();
        areas.sort_unstable();
        areas.dedup();
        let severity = |draw: &mut Draw| *draw.one(Severity::ALL);
        areas.into_iter().map(|problem_area| Concern { problem_area, severity: severity(draw) }).collect()
    }
}

fn preferences(draw: &mut Draw, catalog: &Catalog) -> Preferences {
    Preferences {
        modalities: vec![ModalityWish {
            modality: draw.below(catalog.modalities.len()),
            attitude: Attitude::Prefer,
            importance: Importance::Strong,
        }],
        genders: Some(AnyOf { any_of: vec![Gender::Woman], importance: Importance::Nice }),
        languages: Some(AnyOf { any_of: vec!["es".to_owned()], importance: Importance::Nice }),
        style: Some(StyleWish { axes: [Some(2), None, None, None], importance: Importance::Nice }),
        ..Preferences::default()
    }
}
