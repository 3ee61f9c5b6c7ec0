//! One profile, prepared for the index: what it is found by, and the document that is answered.

use std::borrow::Cow;

use chrono::{Datelike as _, NaiveDate};

use super::{
    document::{Document, Packer},
    field::Field,
    fold::{each_word, fold, fold_title},
    text::Part,
};
use crate::{
    directory::model::Therapist,
    id::Id,
    matching::{geo::Position, profile::primary_language},
    vocabulary::{LicenseStatus, Participants, Status},
};

/// A day as a number.
#[must_use]
pub fn day_number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

/// A profile, prepared. Preparing takes most of the time that a change of the index takes, and needs nothing of the index.
#[derive(Debug)]
pub struct Entry<'a> {
    pub(super) id: Id,
    pub(super) npi: Option<u64>,
    pub(super) is_published: bool,
    pub(super) external_id: &'a str,
    /// The profile's display name, folded: what it is sorted by.
    pub(super) name: String,
    pub(super) codes: Vec<(Field, Cow<'a, str>)>,
    /// Whether the profile says anything of where its therapist may work.
    pub(super) states_jurisdiction: bool,
    /// The last day of each active licence.
    pub(super) licenses: Vec<(&'a str, i32)>,
    pub(super) fees: Vec<(Participants, &'a str, i64)>,
    pub(super) positions: Vec<Position>,
    /// Microseconds since the Unix epoch.
    pub(super) confirmed_at: Option<i64>,
    pub(super) updated_at: i64,
    pub(super) opening: Option<i32>,
    pub(super) words: Words,
    pub(super) document: Option<Document>,
}

/// Words one after the other, in one string.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: String,
    ends: Vec<(u32, Part)>,
}

impl Words {
    fn add(&mut self, text: &str, part: Part) {
        each_word(text, |word| {
            self.text.push_str(word);
            self.ends.push((self.text.len() as u32, part));
        });
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Part)> {
        let mut begin = 0;
        self.ends.iter().map(move |(end, part)| {
            let word = self.text.get(begin..*end as usize).unwrap_or_default();
            begin = *end as usize;
            (word, *part)
        })
    }
}

impl<'a> Entry<'a> {
    /// Prepares a profile as it is stored.
    #[must_use]
    pub fn of(therapist: &'a Therapist, packer: &mut Packer<'_>) -> Self {
        let active = therapist.licenses.iter().filter(|license| license.status == LicenseStatus::Active);
        let positions = therapist.locations.iter().filter_map(|at| at.latitude.zip(at.longitude));
        Self {
            id: therapist.id,
            npi: therapist.npi.as_deref().and_then(|npi| npi.parse().ok()),
            is_published: therapist.status == Status::Published,
            external_id: therapist.external_id.as_deref().unwrap_or_default(),
            name: sort_name(&therapist.display_name),
            codes: codes(therapist),
            states_jurisdiction: !(therapist.licenses.is_empty()
                && therapist.remote_jurisdictions.is_empty()),
            licenses: active
                .map(|license| {
                    (license.jurisdiction.as_str(), license.expires_on.map_or(i32::MAX, day_number))
                })
                .collect(),
            fees: therapist
                .fees
                .iter()
                .map(|fee| (fee.participants, fee.currency.as_str(), fee.amount))
                .collect(),
            positions: positions.map(|(latitude, longitude)| Position::new(latitude, longitude)).collect(),
            confirmed_at: therapist.confirmed_at.map(|at| at.timestamp_micros()),
            updated_at: therapist.updated_at.timestamp_micros(),
            opening: therapist.availability.next_opening_on.map(day_number),
            words: words(therapist),
            document: packer.pack(therapist),
        }
    }
}

/// Names are compared by so many bytes of their folded form: a cursor holds them.
const MAX_SORT_NAME: usize = 256;

/// What a display name is sorted by.
#[must_use]
pub fn sort_name(display_name: &str) -> String {
    let mut name = fold(display_name);
    let mut end = name.len().min(MAX_SORT_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    name
}

fn words(therapist: &Therapist) -> Words {
    let mut words = Words::default();
    words.add(&therapist.display_name, Part::Name);
    therapist.credentials.iter().for_each(|title| words.add(title, Part::Credentials));
    therapist.headline.iter().for_each(|text| words.add(text, Part::Headline));
    therapist.bio.iter().for_each(|text| words.add(text, Part::Bio));
    words
}

/// What the profile states in each field, but for jurisdictions, which depend on the day.
fn codes(therapist: &Therapist) -> Vec<(Field, Cow<'_, str>)> {
    let mut codes: Vec<(Field, Cow<'_, str>)> = Vec::with_capacity(64);
    let word = |of: bool| if of { "true" } else { "false" };
    macro_rules! add {
        ($field:ident: $values:expr) => {
            codes.extend($values.into_iter().map(|value| (Field::$field, Cow::from(value))))
        };
    }
    add!(Source: therapist.source.as_deref());
    add!(Status: [therapist.status.code()]);
    add!(Modalities: therapist.modalities.iter().map(|claim| claim.code.as_str()));
    add!(ProblemAreas: therapist.problem_areas.iter().map(|claim| claim.code.as_str()));
    add!(Languages: therapist.languages.iter().map(|tag| primary_language(tag)));
    add!(SessionFormats: therapist.session_formats.iter().map(|format| format.code()));
    add!(AgeGroups: therapist.age_groups.iter().map(|group| group.code()));
    add!(Participants: therapist.participants.iter().map(|who| who.code()));
    add!(Communities: therapist.communities.iter().map(String::as_str));
    add!(Insurance: therapist.insurance.iter().map(String::as_str));
    add!(Times: therapist.availability.times.iter().map(|times| times.code()));
    add!(RemoteJurisdictions: therapist.remote_jurisdictions.iter().map(String::as_str));
    add!(Credentials: therapist.credentials.iter().map(|title| fold_title(title)));
    add!(Gender: therapist.gender.map(|gender| gender.code()));
    add!(Profession: [therapist.profession.code()]);
    add!(Accepting: therapist.availability.accepting.map(|accepting| accepting.code()));
    add!(IntegrationStyle: therapist.integration_style.as_deref());
    add!(Homework: therapist.homework.map(|homework| homework.code()));
    add!(MeasuresProgress: therapist.measures_progress.map(word));
    add!(Country: therapist.locations.iter().map(|at| at.country.as_str()));
    add!(Region: therapist.locations.iter().filter_map(|at| at.region.as_deref()));
    add!(City: therapist.locations.iter().filter_map(|at| at.city.as_deref()).map(fold));
    // One place that is accessible is enough.
    add!(WheelchairAccessible: therapist.locations.iter().filter_map(|at| at.wheelchair_accessible).max().map(word));
    add!(SlidingScale: therapist.sliding_scale.as_ref().map(|scale| word(scale.offered)));
    add!(FreeConsultation: therapist.free_consultation.map(|talk| word(talk.offered)));
    let answers = therapist.consultation_answers.iter().flatten();
    add!(AnsweredQuestions: answers.map(|answer| answer.question.as_str()));
    codes
}
