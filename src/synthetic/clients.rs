//! Whom a therapist sees, and in which languages.

use super::{
    codes::Codes,
    draw::Draw,
    leaning::{Clientele, Leaning, Orientation},
    person::Person,
    tables::Jurisdiction,
};
use crate::vocabulary::{AgeGroup, Participants, Profession};

/// Whom a therapist sees.
#[derive(Debug)]
pub(super) struct Clients {
    pub(super) age_groups: Vec<AgeGroup>,
    pub(super) participants: Vec<Participants>,
    pub(super) communities: Vec<String>,
    pub(super) languages: Vec<String>,
    /// Sees children or adolescents, whether or not the profile says so.
    pub(super) minors: bool,
    /// Sees couples, whether or not the profile says so.
    pub(super) couples: bool,
}

impl Clients {
    /// Clients who fit the leaning and live in `home`.
    pub(super) fn draw(
        draw: &mut Draw,
        codes: &Codes,
        home: Option<&Jurisdiction>,
        person: &Person,
        leaning: &Leaning,
    ) -> Self {
        let mut age_groups = age_groups(draw, leaning.clientele);
        let mut participants = participants(draw, leaning, person.profession);
        let minors = age_groups.iter().any(|group| matches!(group, AgeGroup::Child | AgeGroup::Adolescent));
        let couples = participants.contains(&Participants::Couple);
        if draw.percent(7) {
            age_groups.clear();
        }
        if draw.percent(8) {
            participants.clear();
        }
        let communities = codes
            .communities
            .iter()
            .filter(|community| {
                let near = community.clientele == Some(leaning.clientele);
                draw.percent(if near { community.percent * 2 + 10 } else { community.percent })
            })
            .map(|community| community.code.clone())
            .collect();
        // Two in five profiles do not fill this in at all.
        let communities = if draw.percent(38) { Vec::new() } else { communities };
        Self {
            age_groups,
            participants,
            communities,
            languages: languages(draw, home, person),
            minors,
            couples,
        }
    }
}

fn age_groups(draw: &mut Draw, clientele: Clientele) -> Vec<AgeGroup> {
    let chances = match clientele {
        Clientele::Children => [80, 92, 55, 8],
        Clientele::Couples => [6, 25, 99, 45],
        Clientele::Health => [4, 15, 98, 70],
        _ => [9, 34, 98, 46],
    };
    let mut groups = some_of(draw, AgeGroup::ALL, chances);
    if groups.is_empty() {
        groups.push(AgeGroup::Adult);
    }
    groups
}

fn participants(draw: &mut Draw, leaning: &Leaning, profession: Profession) -> Vec<Participants> {
    let prescriber = matches!(profession, Profession::Psychiatrist | Profession::PsychiatricNurse);
    let chances = match (leaning.clientele, leaning.orientation) {
        _ if prescriber => [100, 4, 6, 6],
        (Clientele::Couples, _) => [92, 98, 45, 10],
        (Clientele::Children, _) => [97, 18, 68, 14],
        (_, Orientation::Systemic) => [96, 68, 56, 12],
        (Clientele::Addiction, _) => [97, 20, 25, 38],
        _ => [99, 26, 14, 11],
    };
    some_of(draw, Participants::ALL, chances)
}

/// Those values whose chance came up, in their own order.
fn some_of<T: Copy>(draw: &mut Draw, values: &[T], chances: [u32; 4]) -> Vec<T> {
    values.iter().zip(chances).filter(|(_, chance)| draw.percent(*chance)).map(|(value, _)| *value).collect()
}

fn languages(draw: &mut Draw, home: Option<&Jurisdiction>, person: &Person) -> Vec<String> {
    let mut languages = Vec::with_capacity(2);
    if !draw.permille(8) {
        languages.push("en");
    }
    let own = person.heritage.filter(|_| draw.percent(42));
    let spanish = home.map_or(5, |home| home.spanish_percent) / 2 + 2;
    let spanish = draw.percent(spanish).then_some("es");
    let further = draw.maybe(5, |draw| draw.weighted(&FURTHER));
    for language in [own, spanish, further].into_iter().flatten() {
        if !languages.contains(&language) {
            languages.push(language);
        }
    }
    if languages.is_empty() {
        languages.push("es");
    }
    languages.into_iter().map(str::to_owned).collect()
}

/// Languages that are learnt or grown up with, whatever the name says; `ase` is American Sign Language.
const FURTHER: [(&str, u32); 12] = [
    ("fr", 6),
    ("zh", 4),
    ("ase", 4),
    ("de", 3),
    ("pt", 3),
    ("ru", 3),
    ("ar", 2),
    ("he", 2),
    ("hi", 2),
    ("it", 2),
    ("ko", 2),
    ("vi", 2),
];
