//! What a therapist's claims have in common: a mixture of orientations, and the people they mostly see.

use super::draw::Draw;
use crate::vocabulary::Profession;

/// A school of therapy, in the order of the tables' columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Orientation {
    CognitiveBehavioral,
    Psychodynamic,
    Humanistic,
    TraumaSomatic,
    Systemic,
}

impl Orientation {
    pub(super) const ALL: [Self; 5] = [
        Self::CognitiveBehavioral,
        Self::Psychodynamic,
        Self::Humanistic,
        Self::TraumaSomatic,
        Self::Systemic,
    ];
}

/// The people a therapist mostly sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clientele {
    General,
    Children,
    Couples,
    Addiction,
    Eating,
    Health,
    SevereIllness,
    Identity,
}

impl Clientele {
    pub(super) const ALL: [Self; 8] = [
        Self::General,
        Self::Children,
        Self::Couples,
        Self::Addiction,
        Self::Eating,
        Self::Health,
        Self::SevereIllness,
        Self::Identity,
    ];

    /// The word for it in the tables.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Children => "children",
            Self::Couples => "couples",
            Self::Addiction => "addiction",
            Self::Eating => "eating",
            Self::Health => "health",
            Self::SevereIllness => "severe_illness",
            Self::Identity => "identity",
        }
    }
}

/// The latent way of working of one therapist, from which the claims are drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaning {
    /// The weight of each of [`Orientation::ALL`].
    pub(super) mixture: [u32; 5],
    /// The orientation that weighs most.
    pub(super) orientation: Orientation,
    /// More than one orientation weighs much.
    pub(super) mixed: bool,
    pub(super) clientele: Clientele,
}

impl Leaning {
    /// The leaning of somebody of this profession.
    pub(super) fn draw(draw: &mut Draw, profession: Profession) -> Self {
        let mut shares = orientations(profession);
        let chosen = if draw.percent(22) {
            draw.several(3, &mut shares)
        } else if draw.percent(55) {
            draw.several(2, &mut shares)
        } else {
            draw.several(1, &mut shares)
        };
        let mut mixture = [1; 5];
        for (&at, weight) in chosen.iter().zip([14, 8, 5]) {
            if let Some(place) = mixture.get_mut(at) {
                *place = weight;
            }
        }
        let strongest = chosen.first().and_then(|&at| Orientation::ALL.get(at));
        Self {
            mixture,
            orientation: strongest.copied().unwrap_or(Orientation::Humanistic),
            mixed: chosen.len() > 1,
            clientele: clientele(draw, profession),
        }
    }

    /// The mean of a trait's values in [`Orientation::ALL`], weighted by the mixture and rounded to a whole number.
    pub(super) fn blend(&self, of: [i32; 5]) -> i32 {
        let weights = self.mixture.map(|weight| i32::try_from(weight).unwrap_or(0));
        let sum: i32 = weights.iter().zip(of).map(|(weight, value)| weight * value).sum();
        let total = weights.iter().sum::<i32>().max(1);
        (2 * sum + total).div_euclid(2 * total)
    }
}

/// How likely a claim is for each orientation, and for one clientele.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affinity {
    pub(super) orientations: [u32; 5],
    pub(super) clientele: Option<Clientele>,
    /// What the weight is multiplied by for that clientele.
    pub(super) factor: u32,
}

impl Affinity {
    /// Of a claim of which nothing is known but that it exists.
    pub(super) const RARE: Self = Self { orientations: [1; 5], clientele: None, factor: 1 };

    /// How likely the claim is for this leaning.
    pub(super) fn weight(&self, leaning: &Leaning) -> u32 {
        let sum: u32 = self.orientations.iter().zip(leaning.mixture).map(|(own, share)| own * share).sum();
        if self.clientele == Some(leaning.clientele) { sum * self.factor } else { sum }
    }
}

/// How frequent each of [`Orientation::ALL`] is in a profession.
const fn orientations(profession: Profession) -> [u32; 5] {
    match profession {
        Profession::Psychologist => [40, 25, 15, 15, 5],
        Profession::Psychiatrist => [40, 35, 10, 10, 5],
        Profession::SocialWorker => [28, 18, 20, 24, 10],
        Profession::Counselor => [30, 10, 30, 22, 8],
        Profession::MarriageFamilyTherapist => [14, 12, 16, 14, 44],
        Profession::PsychiatricNurse => [45, 10, 25, 15, 5],
        Profession::Psychotherapist => [20, 25, 30, 20, 5],
        Profession::Psychoanalyst => [1, 94, 5, 1, 1],
        Profession::ArtTherapist => [10, 20, 45, 20, 5],
        Profession::Other => [40, 5, 25, 15, 15],
    }
}

fn clientele(draw: &mut Draw, profession: Profession) -> Clientele {
    let [children, couples, addiction, severe] = match profession {
        Profession::MarriageFamilyTherapist => [15, 32, 4, 2],
        Profession::Psychiatrist | Profession::PsychiatricNurse => [10, 1, 8, 22],
        Profession::ArtTherapist => [32, 3, 4, 6],
        Profession::Other => [8, 4, 45, 4],
        Profession::Psychologist => [14, 6, 3, 6],
        _ => [13, 8, 7, 4],
    };
    draw.weighted(&[
        (Clientele::General, 56),
        (Clientele::Children, children),
        (Clientele::Couples, couples),
        (Clientele::Addiction, addiction),
        (Clientele::Eating, 3),
        (Clientele::Health, 5),
        (Clientele::SevereIllness, severe),
        (Clientele::Identity, 7),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trait_is_blended_by_the_mixture() {
        let leaning = |mixture| Leaning {
            mixture,
            orientation: Orientation::Humanistic,
            mixed: false,
            clientele: Clientele::General,
        };
        assert_eq!(leaning([1, 0, 0, 0, 0]).blend([-3, 3, 3, 3, 3]), -3);
        assert_eq!(leaning([1, 1, 0, 0, 0]).blend([-3, 3, 0, 0, 0]), 0);
        assert_eq!(leaning([3, 1, 0, 0, 0]).blend([3, 1, 0, 0, 0]), 3, "2.5 rounds up");
    }
}
