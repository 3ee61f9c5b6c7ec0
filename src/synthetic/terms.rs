//! How, when and on what terms a therapist can be seen.

use chrono::{Duration, NaiveDate};

use super::{
    clients::Clients,
    draw::Draw,
    person::Person,
    tables::{Jurisdiction, Tables},
};
use crate::{
    directory::practice::{Availability, Fee, FreeConsultation, SlidingScale},
    vocabulary::{Accepting, Participants, Profession, SessionFormat, Times},
};

/// The money side of an offer.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) fees: Vec<Fee>,
    pub(super) sliding_scale: Option<SlidingScale>,
    pub(super) insurance: Vec<String>,
    pub(super) free_consultation: Option<FreeConsultation>,
}

impl Offer {
    /// Terms as they are usual in `home` for the person's profession.
    pub(super) fn draw(
        draw: &mut Draw,
        tables: &Tables,
        home: Option<&Jurisdiction>,
        person: &Person,
        clients: &Clients,
    ) -> Self {
        let session = session_fee(draw, home, person);
        Self {
            fees: draw.maybe(79, |draw| fees(draw, session, person, clients)).unwrap_or_default(),
            sliding_scale: sliding_scale(draw, session),
            insurance: insurance(draw, tables, home, person.profession),
            free_consultation: free_consultation(draw, person.profession),
        }
    }
}

/// How sessions are held: at least one way.
pub(super) fn session_formats(draw: &mut Draw) -> Vec<SessionFormat> {
    let in_person = draw.percent(60);
    let video = draw.percent(if in_person { 70 } else { 97 });
    let phone = draw.percent(if video { 24 } else { 8 });
    let chat = draw.percent(4);
    let mut formats: Vec<SessionFormat> = SessionFormat::ALL
        .iter()
        .zip([in_person, video, phone, chat])
        .filter(|(_, held)| *held)
        .map(|(f, _)| *f)
        .collect();
    if formats.is_empty() {
        formats.push(SessionFormat::Video);
    }
    formats
}

/// Fees are round numbers: in steps of five dollars.
const STEP: i64 = 500;

/// A full session in minor units.
fn session_fee(draw: &mut Draw, home: Option<&Jurisdiction>, person: &Person) -> i64 {
    let dollars: u32 = match person.profession {
        Profession::Psychologist => 195,
        Profession::Psychiatrist => 320,
        Profession::PsychiatricNurse => 210,
        Profession::MarriageFamilyTherapist => 155,
        Profession::SocialWorker => 145,
        Profession::Psychoanalyst => 220,
        Profession::Other => 95,
        _ => 135,
    };
    let years = u32::try_from(person.years).unwrap_or(0).min(25);
    let percent = 78 + draw.below(42) + years;
    let region = home.map_or(100, |home| home.fee_percent);
    rounded(i64::from(dollars * percent) * i64::from(region) / 100)
}

fn rounded(amount: i64) -> i64 {
    (amount + STEP / 2) / STEP * STEP
}

fn fees(draw: &mut Draw, session: i64, person: &Person, clients: &Clients) -> Vec<Fee> {
    let fee = |participants, minutes, amount| Fee {
        participants,
        minutes,
        amount: rounded(amount),
        currency: "USD".to_owned(),
    };
    let minutes = match person.profession {
        Profession::Psychiatrist | Profession::PsychiatricNurse => {
            draw.weighted(&[(Some(30), 50), (Some(45), 25), (Some(60), 20), (None, 5)])
        }
        _ => draw.weighted(&[(Some(50), 56), (Some(45), 16), (Some(60), 15), (Some(55), 8), (None, 5)]),
    };
    let mut fees = vec![fee(Participants::Individual, minutes, session)];
    if clients.couples && draw.percent(55) {
        let minutes = draw.weighted(&[(50, 4), (60, 3), (75, 2), (90, 1)]);
        let percent = 100 + i64::from(draw.below(30)) + i64::from(minutes - 50);
        fees.push(fee(Participants::Couple, Some(minutes), session * percent / 100));
    }
    if clients.participants.contains(&Participants::Group) && draw.percent(45) {
        fees.push(fee(Participants::Group, Some(90), session * 35 / 100));
    }
    fees
}

fn sliding_scale(draw: &mut Draw, session: i64) -> Option<SlidingScale> {
    let offered = draw.weighted(&[(Some(true), 35), (Some(false), 22), (None, 43)])?;
    let share = i64::from(draw.below(35)) + 35;
    let minimum = (offered && draw.percent(55)).then(|| rounded(session * share / 100));
    Some(SlidingScale { offered, minimum_amount: minimum, currency: minimum.map(|_| "USD".to_owned()) })
}

fn insurance(
    draw: &mut Draw,
    tables: &Tables,
    home: Option<&Jurisdiction>,
    profession: Profession,
) -> Vec<String> {
    let any = match profession {
        Profession::SocialWorker => 67,
        Profession::Counselor | Profession::PsychiatricNurse => 64,
        Profession::Psychologist => 52,
        Profession::Psychiatrist => 50,
        Profession::Psychoanalyst => 25,
        _ => 52,
    };
    if !draw.percent(any) {
        return Vec::new();
    }
    let sold = |places: &[&str]| places.is_empty() || home.is_some_and(|home| places.contains(&home.code));
    let mut plans: Vec<&str> = tables
        .plans
        .iter()
        .filter(|plan| sold(&plan.jurisdictions))
        .filter(|plan| draw.percent(plan.percent))
        .map(|plan| plan.code)
        .collect();
    if plans.is_empty() {
        plans.push("aetna");
    }
    plans.into_iter().map(str::to_owned).collect()
}

fn free_consultation(draw: &mut Draw, profession: Profession) -> Option<FreeConsultation> {
    let physician = profession == Profession::Psychiatrist;
    let offered = draw.weighted(&[
        (Some(true), if physician { 15 } else { 57 }),
        (Some(false), if physician { 40 } else { 9 }),
        (None, 34),
    ])?;
    let minutes = draw.weighted(&[(Some(15), 60), (Some(20), 18), (Some(30), 12), (None, 10)]);
    Some(FreeConsultation { offered, minutes: minutes.filter(|_| offered) })
}

/// Whether and when a new client can begin.
pub(super) fn availability(draw: &mut Draw, as_of: NaiveDate) -> Availability {
    let accepting = draw.weighted(&[
        (Some(Accepting::Accepting), 720),
        (Some(Accepting::ExistingOnly), 75),
        (Some(Accepting::ExistingAndFamily), 35),
        (Some(Accepting::NotAccepting), 125),
        (None, 45),
    ]);
    let open = accepting == Some(Accepting::Accepting);
    let days = if open {
        draw.weighted(&[(Some((0, 60)), 66), (Some((61, 150)), 4), (Some((-120, -1)), 8), (None, 22)])
    } else {
        draw.weighted(&[(Some((30, 240)), 12), (Some((-200, -1)), 6), (None, 82)])
    };
    let opening = days.map(|(low, high)| match low {
        ..0 => -draw.rather_low(-high, -low),
        _ => draw.rather_low(low, high),
    });
    let waitlist = match (open, opening) {
        (true, Some(days)) => draw.maybe(30, |_| (days / 7).max(0)),
        (true, None) => draw.maybe(18, |draw| draw.rather_low(0, 6)),
        (false, _) => draw.maybe(42, |draw| draw.rather_low(2, 40)),
    };
    Availability {
        accepting,
        next_opening_on: opening.map(|days| as_of + Duration::days(days.into())),
        waitlist_weeks: waitlist,
        times: times(draw),
    }
}

fn times(draw: &mut Draw) -> Vec<Times> {
    if draw.percent(18) {
        return Vec::new();
    }
    Times::ALL
        .iter()
        .zip([92, 52, 17])
        .filter(|(_, chance)| draw.percent(*chance))
        .map(|(time, _)| *time)
        .collect()
}
