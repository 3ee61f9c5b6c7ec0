//! The headline and the biography: sentences of the tables, filled with what the profile claims.

use std::borrow::Cow;

use chrono::{Datelike, NaiveDate};

use super::{
    claims::Claims,
    clients::Clients,
    codes::Codes,
    draw::Draw,
    leaning::{Leaning, Orientation},
    person::Person,
    tables::Tables,
};
use crate::vocabulary::{AgeGroup, Participants};

/// Bounds of a biography, in words.
pub(super) const WORDS: std::ops::RangeInclusive<usize> = 60..=150;

/// Whom a text is about.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) person: &'a Person,
    pub(super) leaning: &'a Leaning,
    pub(super) clients: &'a Clients,
    pub(super) claims: &'a Claims,
    pub(super) codes: &'a Codes,
    /// The city, else the state.
    pub(super) place: Option<&'a str>,
    pub(super) as_of: NaiveDate,
}

/// The texts of a profile.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) headline: Option<String>,
    pub(super) bio: Option<String>,
}

impl Subject<'_> {
    /// Texts that name the first modalities and problem areas of the profile.
    pub(super) fn write(&self, draw: &mut Draw, tables: &Tables) -> Texts {
        let spoken = self.spoken(draw);
        let headline =
            draw.maybe(80, |draw| draw.pick(tables.sentences("headline")).and_then(|text| spoken.fill(text)));
        let bio = draw.maybe(64, |draw| self.bio(draw, tables, &spoken));
        Texts { headline: headline.flatten(), bio }
    }

    /// What fills the gaps in sentences about this profile.
    pub(super) fn spoken(&self, draw: &mut Draw) -> Spoken<'_> {
        let named = if draw.percent(70) { 3 } else { 4 };
        let claims = self.claims;
        let years = self.person.years.max(2);
        Spoken {
            modalities: claims
                .modalities
                .iter()
                .take(named)
                .filter_map(|claim| self.codes.modality_phrase(&claim.code))
                .collect(),
            areas: claims
                .problem_areas
                .iter()
                .take(3)
                .filter_map(|claim| self.codes.problem_area_phrase(&claim.code))
                .collect(),
            people: self.people(),
            place: self.place.unwrap_or("my practice"),
            title: self.person.title(),
            given: &self.person.name.given,
            years: years.to_string(),
            since: (self.as_of.year() - years).to_string(),
        }
    }

    fn people(&self) -> String {
        let age_groups = self.clients.age_groups.iter().map(|group| match group {
            AgeGroup::Child => "children",
            AgeGroup::Adolescent => "teenagers",
            AgeGroup::Adult => "adults",
            AgeGroup::OlderAdult => "older adults",
        });
        let together = self.clients.participants.iter().filter_map(|participants| match participants {
            Participants::Couple => Some("couples"),
            Participants::Family => Some("families"),
            Participants::Individual | Participants::Group => None,
        });
        let people: Vec<&str> = age_groups.chain(together).take(3).collect();
        if people.is_empty() { "people".to_owned() } else { series(&people) }
    }

    fn bio(&self, draw: &mut Draw, tables: &Tables, spoken: &Spoken<'_>) -> String {
        let mut sentence =
            |part| draw.pick(tables.sentences(part)).and_then(|text| spoken.fill(text)).unwrap_or_default();
        let opening = [sentence("open"), sentence(spoken.approach()), sentence(spoken.focus())];
        let closing = sentence("close");
        let more = [self.manner(), "detail", "detail", "detail"].map(sentence);
        let mut text = opening.join(" ");
        let mut words = count(&text) + count(&closing);
        for sentence in more {
            let further = count(&sentence);
            let wanted = words < *WORDS.start() || draw.percent(14);
            // The same sentence may have been drawn twice.
            if wanted && words + further <= *WORDS.end() && !text.contains(&sentence) {
                words += further;
                text = text + " " + &sentence;
            }
        }
        text + " " + &closing
    }

    /// The part with sentences on how sessions go.
    const fn manner(&self) -> &'static str {
        match self.leaning.orientation {
            Orientation::CognitiveBehavioral => "style_cb",
            Orientation::Psychodynamic => "style_pd",
            Orientation::Humanistic => "style_hu",
            Orientation::TraumaSomatic => "style_ts",
            Orientation::Systemic => "style_sy",
        }
    }
}

/// What the gaps in the sentences are filled with.
#[derive(Debug)]
pub(super) struct Spoken<'a> {
    modalities: Vec<&'a str>,
    areas: Vec<&'a str>,
    people: String,
    place: &'a str,
    title: &'a str,
    given: &'a str,
    years: String,
    since: String,
}

impl Spoken<'_> {
    fn approach(&self) -> &'static str {
        match self.modalities.len() {
            0 => "approach_none",
            1 => "approach_single",
            _ => "approach",
        }
    }

    fn focus(&self) -> &'static str {
        if self.areas.is_empty() { "focus_none" } else { "focus" }
    }

    /// The sentence with its gaps filled; none where there is nothing to fill one with.
    pub(super) fn fill(&self, sentence: &str) -> Option<String> {
        let mut text = String::with_capacity(sentence.len() + 64);
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            let (gap, after) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(before);
            text.push_str(&self.filling(gap).filter(|filling| !filling.is_empty())?);
            rest = after;
        }
        text.push_str(rest);
        Some(text)
    }

    fn filling(&self, gap: &str) -> Option<Cow<'_, str>> {
        Some(match gap {
            "first" => Cow::Borrowed(*self.modalities.first()?),
            "second" => Cow::Borrowed(*self.modalities.get(1)?),
            "others" => Cow::Owned(series(self.modalities.get(1..)?)),
            "area" => Cow::Borrowed(*self.areas.first()?),
            "area2" => Cow::Borrowed(*self.areas.get(1)?),
            "areas" => Cow::Owned(series(&self.areas)),
            "people" => Cow::Borrowed(&*self.people),
            "place" => Cow::Borrowed(self.place),
            "given" => Cow::Borrowed(self.given),
            "years" => Cow::Borrowed(&*self.years),
            "since" => Cow::Borrowed(&*self.since),
            "a_title" => Cow::Owned(format!("a {}", self.title)),
            _ => return None,
        })
    }
}

fn count(text: &str) -> usize {
    text.split_whitespace().count()
}

/// `a`, `a and b`, `a, b and c`.
fn series(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_as_people_write_them() {
        assert_eq!(series(&[]), "");
        assert_eq!(series(&["a"]), "a");
        assert_eq!(series(&["a", "b"]), "a and b");
        assert_eq!(series(&["a", "b", "c"]), "a, b and c");
    }
}
