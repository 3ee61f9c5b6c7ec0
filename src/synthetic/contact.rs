//! How a therapist can be reached: at domains and numbers that are kept for examples, so that nobody is.

use unicode_normalization::UnicodeNormalization;

use super::{draw::Draw, person::Person, tables::Jurisdiction};
use crate::directory::model::{ContactPublic, Name};

/// The ways to reach one listing.
#[derive(Debug)]
pub(super) struct Contact {
    pub(super) website: Option<String>,
    pub(super) photo_url: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) public: ContactPublic,
}

impl Contact {
    /// The ways to reach the person in row `number`.
    pub(super) fn draw(draw: &mut Draw, person: &Person, home: Option<&Jurisdiction>, number: u64) -> Self {
        let slug = slug(&person.name);
        let area = home.and_then(|home| draw.by_weight(&home.cities, |city| city.weight));
        let email = draw.maybe(66, |draw| {
            format!("{slug}{number}@{}", draw.weighted(&[("example.org", 1), ("example.com", 1)]))
        });
        let phone = draw.maybe(84, |draw| {
            format!("+1{}55501{:02}", area.map_or("212", |city| city.area_code), draw.below(100))
        });
        Self {
            website: draw.maybe(55, |draw| match draw.below(2) {
                0 => format!("https://{slug}.example.com"),
                _ => format!("https://example.org/{slug}"),
            }),
            photo_url: draw.maybe(22, |_| format!("https://example.org/photos/{number}.jpg")),
            public: ContactPublic {
                email: email.is_some() && draw.percent(35),
                phone: phone.is_some() && draw.percent(82),
            },
            email,
            phone,
        }
    }
}

/// The name in lower-case ASCII letters and dashes.
fn slug(name: &Name) -> String {
    let mut slug = String::with_capacity(24);
    for letter in name.given.chars().chain(['-']).chain(name.family.nfd()) {
        match letter {
            'a'..='z' => slug.push(letter),
            'A'..='Z' => slug.push(letter.to_ascii_lowercase()),
            ' ' | '-' => slug.push('-'),
            _ => {}
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_keeps_letters_and_drops_marks() {
        let name = |given: &str, family: &str| Name {
            given: given.to_owned(),
            family: family.to_owned(),
            ..Name::default()
        };
        assert_eq!(slug(&name("Noa", "Ibáñez")), "noa-ibanez");
        assert_eq!(slug(&name("Kit", "O'Brien")), "kit-obrien");
        assert_eq!(slug(&name("Lou", "van Dijk")), "lou-van-dijk");
    }
}
