//! Who a therapist is: name, profession, degrees, years of practice and provider identifier.

use super::{
    draw::{Draw, Topic},
    tables::{Jurisdiction, Tables},
};
use crate::{
    directory::model::Name,
    vocabulary::{Gender, Profession},
};

/// What is the same in every listing of one person.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) name: Name,
    pub(super) gender: Option<Gender>,
    pub(super) pronouns: Option<String>,
    pub(super) profession: Profession,
    pub(super) credentials: Vec<String>,
    /// The board's word for the licence at home.
    pub(super) license: &'static str,
    /// Years of practice.
    pub(super) years: i32,
    /// The language that the family name points to.
    pub(super) heritage: Option<&'static str>,
}

impl Person {
    /// A person whose licence is the one that `home` gives to their profession.
    pub(super) fn draw(draw: &mut Draw, tables: &Tables, home: Option<&Jurisdiction>) -> Self {
        let profession = draw.weighted(&PROFESSIONS);
        let license = license(profession, home, draw);
        let degree = degree(profession, draw);
        let gender = draw.weighted(&[
            (Some(Gender::Woman), 705),
            (Some(Gender::Man), 225),
            (Some(Gender::Nonbinary), 30),
            (Some(Gender::Other), 5),
            (None, 35),
        ]);
        let given = draw.pick(&tables.given_names).copied().unwrap_or("Robin");
        let family = draw.pick(&tables.families);
        let doctor = matches!(degree, "PhD" | "PsyD" | "EdD" | "MD" | "DO" | "DNP");
        let name = Name {
            given: given.to_owned(),
            family: family.map_or("Doe", |family| family.name).to_owned(),
            prefix: (doctor && draw.percent(80)).then(|| "Dr.".to_owned()),
            suffix: draw.permille(6).then(|| draw.weighted(&[("Jr.", 3), ("III", 1)]).to_owned()),
        };
        let mut credentials = vec![degree.to_owned()];
        // A psychologist's or physician's degree says it all; the others write their licence beside it.
        if !matches!(profession, Profession::Psychologist | Profession::Psychiatrist) {
            credentials.push(license.to_owned());
        }
        if draw.percent(5) {
            credentials.clear();
        }
        Self {
            name,
            gender,
            pronouns: pronouns(gender, draw),
            profession,
            credentials,
            license,
            years: draw.rather_low(1, 38),
            heritage: family.and_then(|family| family.language),
        }
    }

    /// How a biography says the profession.
    pub(super) const fn title(&self) -> &'static str {
        match self.profession {
            Profession::Psychologist => "licensed psychologist",
            Profession::Psychiatrist => "psychiatrist",
            Profession::SocialWorker => "clinical social worker",
            Profession::Counselor => "professional counselor",
            Profession::MarriageFamilyTherapist => "marriage and family therapist",
            Profession::PsychiatricNurse => "psychiatric nurse practitioner",
            Profession::Psychotherapist => "psychotherapist",
            Profession::Psychoanalyst => "psychoanalyst",
            Profession::ArtTherapist => "creative arts therapist",
            Profession::Other => "behavioral health specialist",
        }
    }
}

/// Shares of the professions among those who list themselves in US directories, in thousandths.
const PROFESSIONS: [(Profession, u32); 10] = [
    (Profession::Counselor, 335),
    (Profession::SocialWorker, 270),
    (Profession::Psychologist, 150),
    (Profession::MarriageFamilyTherapist, 105),
    (Profession::PsychiatricNurse, 42),
    (Profession::Psychiatrist, 38),
    (Profession::Psychotherapist, 25),
    (Profession::Psychoanalyst, 8),
    (Profession::ArtTherapist, 12),
    (Profession::Other, 15),
];

fn license(profession: Profession, home: Option<&Jurisdiction>, draw: &mut Draw) -> &'static str {
    let counselor = home.map_or("LPC", |home| home.counselor);
    let social_worker = home.map_or("LCSW", |home| home.social_worker);
    match profession {
        Profession::Psychologist => "PSY",
        Profession::Psychiatrist => "MD",
        Profession::SocialWorker => social_worker,
        Profession::Counselor => counselor,
        Profession::MarriageFamilyTherapist => "LMFT",
        Profession::PsychiatricNurse => "PMHNP",
        Profession::Psychotherapist | Profession::Psychoanalyst => {
            draw.weighted(&[(counselor, 1), (social_worker, 1)])
        }
        Profession::ArtTherapist => draw.weighted(&[("LCAT", 1), (counselor, 1)]),
        Profession::Other => draw.weighted(&[("LADC", 2), ("LAC", 1)]),
    }
}

fn degree(profession: Profession, draw: &mut Draw) -> &'static str {
    match profession {
        Profession::Psychologist => draw.weighted(&[("PhD", 50), ("PsyD", 46), ("EdD", 4)]),
        Profession::Psychiatrist => draw.weighted(&[("MD", 9), ("DO", 1)]),
        Profession::SocialWorker => draw.weighted(&[("MSW", 94), ("DSW", 4), ("PhD", 2)]),
        Profession::Counselor => draw.weighted(&[("MA", 40), ("MS", 35), ("MEd", 20), ("PhD", 5)]),
        Profession::MarriageFamilyTherapist => draw.weighted(&[("MA", 55), ("MS", 38), ("PhD", 7)]),
        Profession::PsychiatricNurse => draw.weighted(&[("MSN", 75), ("DNP", 25)]),
        Profession::Psychotherapist => draw.weighted(&[("MA", 70), ("MSW", 20), ("PhD", 10)]),
        Profession::Psychoanalyst => draw.weighted(&[("PhD", 45), ("MSW", 35), ("PsyD", 20)]),
        Profession::ArtTherapist => draw.weighted(&[("MA", 70), ("MPS", 30)]),
        Profession::Other => draw.weighted(&[("BA", 40), ("MA", 60)]),
    }
}

fn pronouns(gender: Option<Gender>, draw: &mut Draw) -> Option<String> {
    let said = draw.percent(58);
    let words = match gender? {
        Gender::Woman => draw.weighted(&[("she/her", 95), ("she/they", 5)]),
        Gender::Man => draw.weighted(&[("he/him", 96), ("he/they", 4)]),
        Gender::Nonbinary | Gender::Other => {
            draw.weighted(&[("they/them", 8), ("she/they", 1), ("he/they", 1)])
        }
    };
    said.then(|| words.to_owned())
}

/// The number by which the person of row `number` is drawn: its own, or the row before it where this row is the same
/// person in another listing.
pub(super) fn of_row(seed: u64, number: u64) -> u64 {
    let says_so = |number| Draw::new(seed, number, Topic::Twin).permille(6);
    match number.checked_sub(1) {
        // A second listing of a second listing would make rows depend on a chain of others.
        Some(before) if before > 0 && says_so(number) && !says_so(before) && has_npi(seed, before) => before,
        _ => number,
    }
}

fn has_npi(seed: u64, number: u64) -> bool {
    Draw::new(seed, number, Topic::Npi).percent(80)
}

/// The provider identifier of the person drawn by `number`: another one for every number below a hundred million.
pub(super) fn npi(seed: u64, number: u64) -> Option<String> {
    const NUMBERS: u64 = 100_000_000;
    // Prime to NUMBERS, so that different rows get different identifiers in no visible order.
    const STEP: u64 = 61_803_399;
    if !has_npi(seed, number) {
        return None;
    }
    let scattered = (number % NUMBERS * STEP + seed % NUMBERS) % NUMBERS;
    // All identifiers in use begin with 1: one that begins with 2 is nobody's.
    let payload = format!("2{scattered:08}");
    Some(format!("{payload}{}", check_digit(&payload)))
}

/// The Luhn digit over the prefix 80840, which adds 24, and the nine digits of the payload.
fn check_digit(payload: &str) -> u32 {
    let digits = payload.bytes().rev().map(|byte| u32::from(byte.saturating_sub(b'0')));
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    (10 - (sum + 24) % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_is_that_of_the_standard() {
        assert_eq!(check_digit("123456789"), 3, "the worked example of the specification");
    }

    #[test]
    fn a_second_listing_has_the_identifier_of_the_row_before_it() {
        let twins: Vec<u64> = (1..20_000).filter(|&number| of_row(1, number) != number).collect();
        assert!((60..140).contains(&twins.len()), "{} of 20000, about 0.5 %", twins.len());
        for number in twins {
            assert_eq!(of_row(1, number), number - 1);
            assert_eq!(of_row(1, number - 1), number - 1);
            assert!(npi(1, number - 1).is_some());
        }
    }
}
