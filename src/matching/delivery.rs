//! Whether and how a therapist can be seen: session formats, place and licence together (section 4).

use chrono::Datelike as _;

use super::{
    bits::Bits,
    codes::{self, Codes},
    columns::Columns,
    constraint::Constraint,
    geo::{Position, nearest},
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

/// A circle on the map.
#[derive(Clone, Copy, Debug)]
pub(super) struct Circle {
    pub centre: Position,
    pub radius_km: f64,
    pub earth_radius_km: f64,
}

/// Who fails what in one block, and who would pass if one of the constraints were left out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    /// Fails session formats, jurisdiction, near, delivery; the order of [`CONSTRAINTS`].
    pub fails: [Bits; 4],
    /// Would pass all four without session formats, jurisdiction, near, delivery.
    pub passes_without: [Bits; 4],
    /// Would pass all four if a location were within the radius.
    pub lacks_only_distance: Bits,
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

    fn passes(&self) -> Bits {
        !self.fails().into_iter().fold(Bits::EMPTY, |any, fails| any | fails)
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
        let facets = &columns.facets;
        let offered_in_person = facets.under(codes::format(SessionFormat::InPerson));
        let case = Case {
            asks_formats: self.asks_formats,
            in_person: if self.asks_in_person { offered_in_person } else { Bits::EMPTY },
            remote: facets.under_any(&self.remote_formats),
            lawful: self.jurisdiction.map(|jurisdiction| self.lawful(columns, jurisdiction)),
            near: self.near.map(|circle| within(columns, &circle)),
            located: facets.under(codes::LOCATED),
        };
        let fails = case.fails();
        let any_format = Case {
            asks_formats: false,
            in_person: offered_in_person,
            remote: facets.under_any(
                &[SessionFormat::Video, SessionFormat::Phone, SessionFormat::Chat].map(codes::format),
            ),
            ..case
        };
        let any_place = Case { lawful: None, ..case };
        let any_distance = Case { near: None, ..case };
        let all = fails.into_iter().fold(Bits::EMPTY, |any, fails| any | fails);
        let [formats, jurisdiction, near, _] = fails;
        Verdict {
            fails,
            passes_without: [
                if self.asks_formats { any_format.passes() } else { !all },
                if self.jurisdiction.is_some() { any_place.passes() } else { !all },
                if self.near.is_some() { any_distance.passes() } else { !all },
                !(formats | jurisdiction | near),
            ],
            lacks_only_distance: Case { near: Some(Bits::FULL), ..case }.passes(),
        }
    }

    /// Where in person work, and where remote work, is lawful for the client.
    fn lawful(&self, columns: &Columns, jurisdiction: Jurisdiction) -> (Bits, Bits) {
        let Some(code) = jurisdiction.code else { return (Bits::EMPTY, Bits::EMPTY) };
        let mut licensed = Bits::EMPTY;
        for (slot, last_day) in columns.licenses.under(codes::license(code)) {
            if *last_day >= self.as_of {
                licensed.set(usize::from(*slot));
            }
        }
        let facets = &columns.facets;
        (licensed | facets.under(codes::place(code)), licensed | facets.under(codes::remote(code)))
    }

    pub(super) const fn circle(&self) -> Option<&Circle> {
        self.near.as_ref()
    }
}

impl Circle {
    /// The distance in kilometres to the nearest known location of a slot.
    pub(super) fn distance(&self, columns: &Columns, slot: usize) -> Option<f64> {
        nearest(&self.centre, columns.positions.get(slot), self.earth_radius_km)
    }
}

fn circle(model: &Model, needs: &Needs) -> Option<Circle> {
    needs.constraints.near.map(|near| Circle {
        centre: Position::new(near.latitude, near.longitude),
        radius_km: near.radius_km,
        earth_radius_km: model.policy.tables.practical.nearness.earth_radius_km,
    })
}

fn within(columns: &Columns, circle: &Circle) -> Bits {
    let mut within = Bits::EMPTY;
    for (slot, position) in columns.positions.iter() {
        let Circle { centre, radius_km, earth_radius_km } = circle;
        if !centre.is_beyond(position, *radius_km, *earth_radius_km)
            && centre.distance(position, *earth_radius_km) <= *radius_km
        {
            within.set(slot);
        }
    }
    within
}

/// Whether in person is usable: offered, and asked for or no format is.
pub(super) fn in_person_usable(needs: &Needs, columns: &Columns, slot: usize) -> bool {
    let formats = needs.constraints.session_formats.as_ref();
    formats.is_none_or(|formats| formats.contains(&SessionFormat::InPerson))
        && columns.facets.under(codes::format(SessionFormat::InPerson)).has(slot)
}
