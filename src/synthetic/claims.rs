//! What a therapist says of their way of working, drawn from their leaning.

use chrono::{Datelike, NaiveDate};

use super::{
    clients::Clients,
    codes::{Codes, Known},
    draw::Draw,
    leaning::{Clientele, Leaning, Orientation},
    person::Person,
};
use crate::{
    catalog::model::TypicalRole,
    directory::claims::{ModalityClaim, ProblemAreaClaim, Style},
    vocabulary::{EvidenceLevel, Focus, Homework, Profession, Role},
};

/// The claims of one profile.
#[derive(Debug)]
pub(super) struct Claims {
    pub(super) integration_style: Option<String>,
    pub(super) modalities: Vec<ModalityClaim>,
    pub(super) problem_areas: Vec<ProblemAreaClaim>,
    pub(super) style: Style,
    pub(super) homework: Option<Homework>,
    pub(super) measures_progress: Option<bool>,
}

/// How a profile was filled in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filling {
    /// Names nothing.
    Silent,
    /// Chooses what matters.
    Chosen,
    /// Ticks every box.
    Ticked,
}

impl Claims {
    /// Claims that fit the leaning and the clients.
    pub(super) fn draw(
        draw: &mut Draw,
        codes: &Codes,
        person: &Person,
        leaning: &Leaning,
        clients: &Clients,
        as_of: NaiveDate,
    ) -> Self {
        let filling = draw.weighted(&[(Filling::Silent, 10), (Filling::Chosen, 950), (Filling::Ticked, 40)]);
        let prescriber = matches!(person.profession, Profession::Psychiatrist | Profession::PsychiatricNurse);
        let (modalities, areas) = match filling {
            Filling::Silent => (0, draw.rather_low(0, 8)),
            Filling::Chosen if prescriber => (draw.rather_low(3, 6), draw.rather_low(3, 12)),
            Filling::Chosen => (draw.rather_low(3, 10), draw.rather_low(3, 14)),
            Filling::Ticked => (draw.between(20, 35), draw.between(25, 50)),
        };
        let modalities = claimed(draw, &codes.modalities, leaning, clients, person.profession, modalities);
        let areas = claimed(draw, &codes.problem_areas, leaning, clients, person.profession, areas);
        Self {
            integration_style: integration_style(draw, codes, leaning),
            modalities: modality_claims(draw, &modalities, filling, person, as_of),
            problem_areas: problem_area_claims(draw, &areas, filling),
            style: style(draw, leaning),
            homework: homework(draw, leaning),
            measures_progress: measures_progress(draw, leaning),
        }
    }
}

/// Up to `count` entries, the likelier ones more often and earlier.
fn claimed<'a>(
    draw: &mut Draw,
    known: &'a [Known],
    leaning: &Leaning,
    clients: &Clients,
    profession: Profession,
    count: i32,
) -> Vec<&'a Known> {
    let mut weights: Vec<u32> =
        known.iter().map(|entry| weight(entry, leaning, clients, profession)).collect();
    let count = usize::try_from(count).unwrap_or(0);
    draw.several(count, &mut weights).into_iter().filter_map(|at| known.get(at)).collect()
}

fn weight(entry: &Known, leaning: &Leaning, clients: &Clients, profession: Profession) -> u32 {
    let weight = entry.affinity.weight(leaning);
    match entry.affinity.clientele {
        _ if profession == Profession::ArtTherapist && entry.code == "art_therapy" => weight * 40,
        // Who sees no minors does not claim to treat children, whatever else they tick.
        Some(Clientele::Children) if !clients.minors => weight / 20,
        Some(Clientele::Couples) if !clients.couples => weight / 4,
        _ => weight,
    }
}

fn modality_claims(
    draw: &mut Draw,
    modalities: &[&Known],
    filling: Filling,
    person: &Person,
    as_of: NaiveDate,
) -> Vec<ModalityClaim> {
    let dated = draw.percent(55);
    let mut claims: Vec<ModalityClaim> = modalities
        .iter()
        .map(|modality| ModalityClaim {
            code: modality.code.clone(),
            role: role(draw, modality.typical_role, filling),
            evidence_level: evidence_level(draw, filling),
            since: (dated && draw.percent(70)).then(|| as_of.year() - draw.between(0, person.years)),
        })
        .collect();
    let grounded = claims.iter().any(|claim| claim.role == Role::Foundation);
    // Most therapists name what their work rests on: the theory that suits them best.
    if !grounded && filling == Filling::Chosen && draw.percent(85) {
        let theory = modalities.iter().position(|m| m.typical_role != TypicalRole::Technique);
        if let Some(claim) = theory.and_then(|at| claims.get_mut(at)) {
            claim.role = Role::Foundation;
        }
    }
    claims.sort_by_key(|claim| claim.role);
    claims
}

fn role(draw: &mut Draw, typical: TypicalRole, filling: Filling) -> Role {
    let foundation = match typical {
        TypicalRole::Foundation => 62,
        TypicalRole::Either => 24,
        TypicalRole::Technique => 2,
    };
    // Whoever ticks every box leaves the role at its default.
    let foundation = if filling == Filling::Ticked { foundation / 4 } else { foundation };
    if draw.percent(foundation) { Role::Foundation } else { Role::Technique }
}

fn evidence_level(draw: &mut Draw, filling: Filling) -> EvidenceLevel {
    if filling == Filling::Ticked && draw.percent(80) {
        return EvidenceLevel::SelfDeclared;
    }
    draw.weighted(&[
        (EvidenceLevel::SelfDeclared, 44),
        (EvidenceLevel::Trained, 38),
        (EvidenceLevel::Certified, 10),
        (EvidenceLevel::Supervised, 7),
        (EvidenceLevel::OutcomeVerified, 1),
    ])
}

fn problem_area_claims(draw: &mut Draw, areas: &[&Known], filling: Filling) -> Vec<ProblemAreaClaim> {
    let primary = match filling {
        Filling::Ticked => draw.between(0, 10),
        _ => draw.weighted(&[(0, 12), (1, 18), (2, 28), (3, 30), (4, 12)]),
    };
    // Those drawn first suit the leaning best.
    let mut left = primary;
    areas
        .iter()
        .map(|area| {
            left -= 1;
            let focus = if left >= 0 { Focus::Primary } else { Focus::Secondary };
            ProblemAreaClaim { code: area.code.clone(), focus }
        })
        .collect()
}

fn integration_style(draw: &mut Draw, codes: &Codes, leaning: &Leaning) -> Option<String> {
    let stated = draw.percent(if leaning.mixed { 52 } else { 24 });
    draw.pick(&codes.integration_styles).filter(|_| stated).cloned()
}

/// The axes in the order of the orientations: cognitive-behavioural, psychodynamic, humanistic, trauma, systemic.
fn style(draw: &mut Draw, leaning: &Leaning) -> Style {
    let stated = draw.percent(64);
    let mut axis = |values| {
        let value = (leaning.blend(values) + draw.between(-1, 1)).clamp(-3, 3);
        (stated && draw.percent(86)).then_some(value)
    };
    Style {
        directiveness: axis([2, -2, -2, 0, 1]),
        emotional_intensity: axis([-1, 1, 1, 1, 0]),
        past_focus: axis([-2, 3, -1, 1, -1]),
        challenge: axis([1, 0, -2, -2, 1]),
    }
}

fn homework(draw: &mut Draw, leaning: &Leaning) -> Option<Homework> {
    let [none, optional, regular] = match leaning.orientation {
        Orientation::CognitiveBehavioral => [5, 35, 60],
        Orientation::Psychodynamic => [62, 34, 4],
        Orientation::Humanistic => [30, 60, 10],
        Orientation::TraumaSomatic => [16, 62, 22],
        Orientation::Systemic => [8, 52, 40],
    };
    draw.maybe(66, |draw| {
        draw.weighted(&[(Homework::None, none), (Homework::Optional, optional), (Homework::Regular, regular)])
    })
}

fn measures_progress(draw: &mut Draw, leaning: &Leaning) -> Option<bool> {
    let chance = if leaning.orientation == Orientation::CognitiveBehavioral { 62 } else { 26 };
    draw.maybe(52, |draw| draw.percent(chance))
}
