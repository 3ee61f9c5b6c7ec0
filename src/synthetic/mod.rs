//! A synthetic directory: therapists who do not exist, as like the real ones as a benchmark and a demonstration need.
//!
//! *Invariants*: a row depends on the seed, its number, the day and the codes alone, never on another row that was
//! generated before it, so rows can be made in parallel and in any order. Every row passes the checks of the directory.
//! Nobody real can be reached: provider identifiers begin with a digit that is not given out, telephone numbers are the
//! 555-01xx ones kept for fiction, addresses of mail and web are at the domains kept for examples.

mod answers;
mod claims;
mod clients;
pub mod codes;
mod contact;
mod draw;
mod freshness;
mod leaning;
mod person;
mod place;
mod tables;
mod terms;
mod words;

#[cfg(test)]
mod selectivity;
#[cfg(test)]
mod stability;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate};

use self::{
    claims::Claims,
    clients::Clients,
    codes::Codes,
    draw::{Draw, Topic},
    leaning::Leaning,
    person::Person,
    tables::Tables,
};
use crate::{
    directory::{
        confirmations,
        model::{Provenance, Therapist},
    },
    id::Id,
    vocabulary::Status,
};

/// The source of every row: the rows that are written out leave it to the one who imports them.
const SOURCE: &str = "synthetic";

/// Therapists 1 to `count` of the directory that `seed` names, as they stand on the day `as_of`.
pub fn directory(
    seed: u64,
    count: u64,
    as_of: NaiveDate,
    codes: &Codes,
) -> impl Iterator<Item = Therapist> + '_ {
    (1..=count).map(move |number| therapist(seed, number, as_of, codes))
}

/// Therapist `number` of the directory that `seed` names, as they stand on the day `as_of`.
#[must_use]
pub fn therapist(seed: u64, number: u64, as_of: NaiveDate, codes: &Codes) -> Therapist {
    let tables = Tables::get();
    let same = person::of_row(seed, number);
    // What belongs to the person is drawn by the person's number, what belongs to the listing by the row's.
    let of_person = |topic| Draw::new(seed, same, topic);
    let of_row = |topic| Draw::new(seed, number, topic);

    let home = place::home(&mut of_person(Topic::Home), tables);
    let person = Person::draw(&mut of_person(Topic::Person), tables, home);
    let leaning = Leaning::draw(&mut of_person(Topic::Leaning), person.profession);
    let (licenses, remote_jurisdictions) =
        place::licenses(&mut of_person(Topic::Licenses), tables, home, &person, as_of);
    let session_formats = terms::session_formats(&mut of_row(Topic::Formats));
    let locations = place::locations(&mut of_person(Topic::Locations), tables, home, &session_formats);
    let clients = Clients::draw(&mut of_person(Topic::Clients), codes, home, &person, &leaning);
    let claims = Claims::draw(&mut of_row(Topic::Claims), codes, &person, &leaning, &clients, as_of);
    let subject = words::Subject {
        person: &person,
        leaning: &leaning,
        clients: &clients,
        claims: &claims,
        codes,
        place: locations.first().and_then(|l| l.city.as_deref()).or(home.map(|h| h.name)),
        as_of,
    };
    let texts = subject.write(&mut of_row(Topic::Words), tables);
    let consultation_answers = answers::draw(&mut of_row(Topic::Answers), tables, &subject);
    let offer = terms::Offer::draw(&mut of_row(Topic::Terms), tables, home, &person, &clients);
    let contact = contact::Contact::draw(&mut of_row(Topic::Contact), &person, home, number);

    let mut therapist = Therapist {
        id: Id::default(),
        source: Some(SOURCE.to_owned()),
        external_id: Some(format!("S-{number:07}")),
        status: Status::Published,
        display_name: person.name.display(),
        credentials: person.credentials,
        pronouns: person.pronouns,
        gender: person.gender,
        profession: person.profession,
        npi: person::npi(seed, same),
        name: person.name,
        headline: texts.headline,
        bio: texts.bio,
        website: contact.website,
        photo_url: contact.photo_url,
        email: contact.email,
        phone: contact.phone,
        contact_public: contact.public,
        integration_style: claims.integration_style,
        modalities: claims.modalities,
        problem_areas: claims.problem_areas,
        style: claims.style,
        homework: claims.homework,
        measures_progress: claims.measures_progress,
        languages: clients.languages,
        age_groups: clients.age_groups,
        participants: clients.participants,
        communities: clients.communities,
        licenses,
        remote_jurisdictions,
        locations,
        session_formats,
        fees: offer.fees,
        sliding_scale: offer.sliding_scale,
        insurance: offer.insurance,
        free_consultation: offer.free_consultation,
        availability: terms::availability(&mut of_row(Topic::Openings), as_of),
        consultation_answers,
        confirmations: Vec::new(),
        confirmed_at: None,
        stale: false,
        provenance: Provenance::default(),
        revision: 0,
        created_at: DateTime::default(),
        updated_at: DateTime::default(),
    };
    freshness::settle(&mut of_row(Topic::Freshness), &mut therapist, as_of);
    therapist.confirmed_at = confirmations::confirmed_at(&therapist);
    therapist
}
