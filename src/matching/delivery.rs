//! Whether and how a therapist can be seen: session formats, place and licence together (section 4).

use chrono::Datelike as _;

use super::{
    bits::{Bits, WORD},
    codes::{self, Codes},
    columns::Columns,
    constraint::Constraint,
    geo::{Circle, Position},
    model::Model,
    needs::Needs,
};
use crate::vocabulary::SessionFormat;

/// What a request says about formats, place and licence.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    asks_formats: bool,
    asks_in_person: bool,
    remote_formats: Vec<u64>,
    jurisdiction: Option<Jurisdiction>,
    near: Option<Circle>,
    as_of: i32,
}

#[derive(Clone, Copy, Debug)]
struct Jurisdiction {
    /// Its number; `None` where no profile has it.
    code: Option<u32>,
}

/// Who fails what in one block, and who would pass if one of the constraints were left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Verdict {
    /// Fails session formats, jurisdiction, near, delivery; the order of [`CONSTRAINTS`].
    pub fails: [Bits; 4],
    /// Fails none of them.
    pub passes: Bits,
    /// Fails some, but would pass all four without session formats, jurisdiction, near, delivery.
    pub passes_without: [Bits; 4],
    /// Fails some, but would pass all four if a location were within the radius.
    pub lacks_only_distance: Bits,
}

impl Verdict {
    /// Where nothing is asked.
    const FREE: Self = Self {
        fails: [Bits::EMPTY; 4],
        passes: Bits::FULL,
        passes_without: [Bits::EMPTY; 4],
        lacks_only_distance: Bits::EMPTY,
    };
}

/// The constraints that depend on each other.
pub(super) const CONSTRAINTS: [Constraint; 4] =
    [Constraint::SessionFormats, Constraint::Jurisdiction, Constraint::Near, Constraint::Delivery];

/// What a format needs to be usable: offered and asked for, and lawful, and in reach.
#[derive(Clone, Copy)]
struct Case {
    asks_formats: bool,
    in_person: Bits,
    remote: Bits,
    /// Where in person and remote work is lawful; `None` where no jurisdiction is asked for.
    lawful: Option<(Bits, Bits)>,
    /// Has a location within the radius; `None` where no radius is asked for.
    near: Option<Bits>,
    located: Bits,
}

impl Case {
    fn fails(&self) -> [Bits; 4] {
        let usable = self.in_person | self.remote;
        let formats = if self.asks_formats { !usable } else { Bits::EMPTY };
        let (lawful_in_person, lawful_remote) = self.lawful.unwrap_or((Bits::FULL, Bits::FULL));
        let jurisdiction = match self.lawful {
            Some(_) => !((self.in_person & lawful_in_person) | (self.remote & lawful_remote)),
            None => Bits::EMPTY,
        };
        let near = self.near.map_or(Bits::EMPTY, |near| !(self.remote | near));
        let delivery = if self.lawful.is_some() || self.near.is_some() {
            let here = self.in_person & self.near.unwrap_or(self.located) & lawful_in_person;
            usable & !jurisdiction & !near & !(here | (self.remote & lawful_remote))
        } else {
            Bits::EMPTY
        };
        [formats, jurisdiction, near, delivery]
    }

    /// Nobody of the block may work with the client, in any format: nobody passes, whatever else is left out.
    fn is_lawful_nowhere(&self) -> bool {
        self.lawful.is_some_and(|(in_person, remote)| in_person.is_empty() && remote.is_empty())
    }

    fn passes(&self) -> Bits {
        let [formats, jurisdiction, near, delivery] = self.fails();
        !(formats | jurisdiction | near | delivery)
    }
}

impl Delivery {
    pub(super) fn new(model: &Model, codes: &Codes, needs: &Needs) -> Self {
        let constraints = &needs.constraints;
        let asked = |format: &SessionFormat| {
            constraints.session_formats.as_ref().is_none_or(|formats| formats.contains(format))
        };
        let remote = SessionFormat::ALL.iter().filter(|format| **format != SessionFormat::InPerson);
        Self {
            asks_formats: constraints.session_formats.is_some(),
            asks_in_person: asked(&SessionFormat::InPerson),
            remote_formats: remote
                .filter(|format| asked(format))
                .map(|format| codes::format(*format))
                .collect(),
            jurisdiction: constraints
                .jurisdiction
                .as_ref()
                .map(|code| Jurisdiction { code: codes.get(code) }),
            near: circle(model, needs),
            as_of: needs.as_of.num_days_from_ce(),
        }
    }

    /// Judges every slot of a block.
    pub(super) fn judge(&self, columns: &Columns) -> Verdict {
        if !self.asks_formats && self.jurisdiction.is_none() && self.near.is_none() {
            return Verdict::FREE;
        }
        let facets = &columns.facets;
        let offered_in_person = *facets.under(codes::format(SessionFormat::InPerson));
        let case = Case {
            asks_formats: self.asks_formats,
            in_person: if self.asks_in_person { offered_in_person } else { Bits::EMPTY },
            remote: facets.under_any(&self.remote_formats),
            lawful: self.jurisdiction.map(|jurisdiction| self.lawful(columns, jurisdiction)),
            near: self.near.map(|circle| within(columns, &circle)),
            located: *facets.under(codes::LOCATED),
        };
        let fails = case.fails();
        let [formats, jurisdiction, near, delivery] = fails;
        let passes = !(formats | jurisdiction | near | delivery);
        let mut verdict = Verdict { fails, passes, ..Verdict::FREE };
        if self.jurisdiction.is_some() {
            let any_place = Case { lawful: None, ..case };
            verdict.passes_without[1] = any_place.passes() & !passes;
        }
        if case.is_lawful_nowhere() {
            return verdict;
        }
        if self.asks_formats {
            let remote = [SessionFormat::Video, SessionFormat::Phone, SessionFormat::Chat].map(codes::format);
            let any_format = Case {
                asks_formats: false,
                in_person: offered_in_person,
                remote: facets.under_any(&remote),
                ..case
            };
            verdict.passes_without[0] = any_format.passes() & !passes;
        }
        if self.near.is_some() {
            let any_distance = Case { near: None, ..case };
            verdict.passes_without[2] = any_distance.passes() & !passes;
            verdict.lacks_only_distance = Case { near: Some(Bits::FULL), ..case }.passes() & !passes;
        }
        verdict.passes_without[3] = delivery & !(formats | jurisdiction | near);
        verdict
    }

    /// Where in person work, and where remote work, is lawful for the client.
    fn lawful(&self, columns: &Columns, jurisdiction: Jurisdiction) -> (Bits, Bits) {
        let Some(code) = jurisdiction.code else { return (Bits::EMPTY, Bits::EMPTY) };
        let facets = &columns.facets;
        let mut licensed = *facets.under(codes::license(code));
        columns.last_days.before(codes::license(code), self.as_of).for_each(|slot| licensed.clear(slot));
        (licensed | *facets.under(codes::place(code)), licensed | *facets.under(codes::remote(code)))
    }

    pub(super) const fn circle(&self) -> Option<&Circle> {
        self.near.as_ref()
    }
}

fn circle(model: &Model, needs: &Needs) -> Option<Circle> {
    let radius = model.policy.tables.practical.nearness.earth_radius_km;
    let near = needs.constraints.near?;
    Some(Circle::new(Position::new(near.latitude, near.longitude), near.radius_km, radius))
}

fn within(columns: &Columns, circle: &Circle) -> Bits {
    let mut within = Bits::EMPTY;
    if circle.is_beyond(&columns.bounds) {
        return within;
    }
    for (word, bounds) in columns.bounds_of_words.iter().enumerate() {
        if circle.is_beyond(bounds) {
            continue;
        }
        for slot in word * WORD..(word + 1) * WORD {
            if columns.positions.get(slot).iter().any(|position| circle.has(position)) {
                within.set(slot);
            }
        }
    }
    within
}

/// Whether in person is usable: offered, and asked for or no format is.
pub(super) fn in_person_usable(needs: &Needs, columns: &Columns, slot: usize) -> bool {
    let formats = needs.constraints.session_formats.as_ref();
    formats.is_none_or(|formats| formats.contains(&SessionFormat::InPerson))
        && columns.facets.has(codes::format(SessionFormat::InPerson), slot)
}
