//! Whether and how a therapist can be seen: session formats, place and licence together (section 4).

use chrono::Datelike as _;

use super::{
    bits::{Bits, WORD, WORDS},
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

/// The formats that need no place.
const REMOTE: [SessionFormat; 3] = [SessionFormat::Video, SessionFormat::Phone, SessionFormat::Chat];

/// What a format needs to be usable: offered and asked for, and lawful, and in reach. One word of slots; what is asked for is
/// all ones, what is not is zero.
#[derive(Clone, Copy)]
struct Case {
    asks_formats: u64,
    asks_jurisdiction: u64,
    asks_near: u64,
    in_person: u64,
    remote: u64,
    /// Where in person and remote work is lawful; everywhere where no jurisdiction is asked for.
    lawful_in_person: u64,
    lawful_remote: u64,
    /// Has a location within the radius.
    near: u64,
    located: u64,
}

impl Case {
    /// In the order of [`CONSTRAINTS`].
    fn fails(&self) -> [u64; 4] {
        let usable = self.in_person | self.remote;
        let formats = self.asks_formats & !usable;
        let jurisdiction = self.asks_jurisdiction
            & !(self.in_person & self.lawful_in_person | self.remote & self.lawful_remote);
        let near = self.asks_near & !(self.remote | self.near);
        let asks = self.asks_jurisdiction | self.asks_near;
        let delivery = asks & usable & !(jurisdiction | near | self.offers());
        [formats, jurisdiction, near, delivery]
    }

    /// Offers a format that is lawful and in reach.
    fn offers(&self) -> u64 {
        let here = self.asks_near & self.near | !self.asks_near & self.located;
        self.in_person & self.lawful_in_person & here | self.remote & self.lawful_remote
    }

    /// Fails nothing: offers a format, where one needs to be lawful or in reach; or is in reach with no format at all,
    /// where nothing else is asked; or where no place matters has some format, if one is asked for.
    fn passes(&self) -> u64 {
        let asks = self.asks_jurisdiction | self.asks_near;
        let formless = !(self.in_person | self.remote | self.asks_formats);
        asks & (self.offers() | formless & self.near & !self.asks_jurisdiction)
            | !asks & (self.in_person | self.remote | !self.asks_formats)
    }

    const fn anywhere_lawful(self) -> Self {
        Self { asks_jurisdiction: 0, lawful_in_person: u64::MAX, lawful_remote: u64::MAX, ..self }
    }
}

impl Delivery {
    pub(super) fn new(model: &Model, codes: &Codes, needs: &Needs) -> Self {
        let constraints = &needs.constraints;
        let asked = |format: &SessionFormat| {
            constraints.session_formats.as_ref().is_none_or(|formats| formats.contains(format))
        };
        Self {
            asks_formats: constraints.session_formats.is_some(),
            asks_in_person: asked(&SessionFormat::InPerson),
            remote_formats: REMOTE.into_iter().filter(asked).map(codes::format).collect(),
            jurisdiction: constraints
                .jurisdiction
                .as_ref()
                .map(|code| Jurisdiction { code: codes.get(code) }),
            near: circle(model, needs),
            as_of: needs.as_of.num_days_from_ce(),
        }
    }

    /// Judges every slot of a block.
    pub(super) fn judge(&self, columns: &Columns, verdict: &mut Verdict) {
        if !self.asks_formats && self.jurisdiction.is_none() && self.near.is_none() {
            *verdict = Verdict::FREE;
            return;
        }
        let facets = &columns.facets;
        let offered_in_person = facets.under(codes::format(SessionFormat::InPerson));
        let in_person = if self.asks_in_person { offered_in_person } else { &Bits::EMPTY };
        let remote = facets.under_any(&self.remote_formats);
        let offered_remote =
            if self.asks_formats { facets.under_any(&REMOTE.map(codes::format)) } else { remote };
        let everywhere = (Bits::FULL, Bits::FULL);
        let (lawful_in_person, lawful_remote) =
            self.jurisdiction.map_or(everywhere, |jurisdiction| self.lawful(columns, jurisdiction));
        let near = self.near.map_or(Bits::EMPTY, |circle| within(columns, &circle));
        let located = facets.under(codes::LOCATED);
        let ones = |asked: bool| if asked { u64::MAX } else { 0 };
        let (asks_formats, asks_jurisdiction, asks_near) =
            (ones(self.asks_formats), ones(self.jurisdiction.is_some()), ones(self.near.is_some()));
        for word in 0..WORDS {
            let case = Case {
                asks_formats,
                asks_jurisdiction,
                asks_near,
                in_person: in_person.word(word),
                remote: remote.word(word),
                lawful_in_person: lawful_in_person.word(word),
                lawful_remote: lawful_remote.word(word),
                near: near.word(word),
                located: located.word(word),
            };
            let any_format = Case {
                asks_formats: 0,
                in_person: offered_in_person.word(word),
                remote: offered_remote.word(word),
                ..case
            };
            let fails = case.fails();
            let [formats, jurisdiction, near, delivery] = fails;
            let passes = case.passes();
            let without = [
                asks_formats & any_format.passes(),
                asks_jurisdiction & case.anywhere_lawful().passes(),
                asks_near & Case { asks_near: 0, ..case }.passes(),
                delivery & !(formats | jurisdiction | near),
            ];
            verdict.passes.set_word(word, passes);
            for (bits, fails) in verdict.fails.iter_mut().zip(fails) {
                bits.set_word(word, fails);
            }
            for (bits, without) in verdict.passes_without.iter_mut().zip(without) {
                bits.set_word(word, without & !passes);
            }
            let lacks_only_distance = asks_near & Case { near: u64::MAX, ..case }.passes() & !passes;
            verdict.lacks_only_distance.set_word(word, lacks_only_distance);
        }
    }

    /// Where in person work, and where remote work, is lawful for the client.
    fn lawful(&self, columns: &Columns, jurisdiction: Jurisdiction) -> (Bits, Bits) {
        let Some(code) = jurisdiction.code else { return (Bits::EMPTY, Bits::EMPTY) };
        let facets = &columns.facets;
        let mut licensed = *facets.under(codes::license(code));
        if !licensed.is_empty() {
            columns.last_days.before(codes::license(code), self.as_of).for_each(|slot| licensed.clear(slot));
        }
        (licensed | *facets.under(codes::place(code)), licensed | *facets.under(codes::remote(code)))
    }

    /// Which of [`CONSTRAINTS`] somebody may fail.
    pub(super) const fn asked(&self) -> [bool; 4] {
        let (jurisdiction, near) = (self.jurisdiction.is_some(), self.near.is_some());
        [self.asks_formats, jurisdiction, near, jurisdiction || near]
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
