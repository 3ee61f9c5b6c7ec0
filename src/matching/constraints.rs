//! Everything that has to hold, tested over whole blocks (section 4).

use chrono::Datelike as _;

use super::{
    bits::Bits,
    budget::Budget,
    codes::{self, Codes},
    columns::{Columns, UNKNOWN_DAY},
    constraint::Constraint,
    delivery::{CONSTRAINTS, Delivery, Verdict},
    model::Model,
    needs::{AnyOf, Constraints, Needs},
};
use crate::vocabulary::{Attitude, EvidenceLevel, Importance, Participants};

/// The constraints of one request.
#[derive(Clone, Debug)]
pub(super) struct Tests {
    pub delivery: Delivery,
    /// Each is independent of all others, but for the fee: it is that of the participants asked for.
    pub single: Vec<(Constraint, Test)>,
    /// The test of the fee if no participants were asked for, where that is another one.
    fee_of_nobody: Option<Test>,
}

/// A test of one constraint.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// Is in any of these sets.
    AnyOf(Vec<u64>),
    /// No fee known, or at most this.
    Fee { budget: Option<Budget>, most: i64 },
    /// Between these days, both included.
    Opening { from: i32, to: i32 },
    /// Not before this day.
    Confirmed { from: i32 },
    /// Claims a modality that is rated for a requested area at this level or better.
    Evidence { level: EvidenceLevel, rated: Vec<bool> },
    /// Is in all of the former sets, in none of the latter.
    Modalities { wanted: Vec<u64>, avoided: Vec<u64> },
}

/// What came of testing one block.
#[derive(Clone, Debug, Default)]
pub(super) struct Tested {
    pub verdict: Verdict,
    /// Who fails each of [`Tests::single`].
    pub single: Vec<Bits>,
    /// Fails none of the single ones, exactly one, more.
    pub none: Bits,
    pub one: Bits,
    /// Fails nothing at all.
    pub eligible: Bits,
    /// Would fail nothing if no participants were asked for, where that changes the fee that is compared.
    pub eligible_for_nobody: Option<Bits>,
}

impl Tests {
    pub(super) fn new(model: &Model, codes: &Codes, needs: &Needs) -> Self {
        let mut single = Vec::new();
        let Constraints { age_group, participants, languages, insurance, times, .. } = &needs.constraints;
        let mut any_of = |name: Constraint, keys: Option<Vec<u64>>| {
            single.extend(keys.map(|keys| (name, Test::AnyOf(keys))));
        };
        let numbers = |list: &[String], key: fn(u32) -> u64| -> Vec<u64> {
            list.iter().filter_map(|code| codes.get(code)).map(key).collect()
        };
        any_of(Constraint::AgeGroup, age_group.map(|group| vec![codes::age_group(group)]));
        any_of(Constraint::Participants, participants.map(|who| vec![codes::participants(who)]));
        any_of(Constraint::Languages, languages.as_ref().map(|list| numbers(list, codes::language)));
        any_of(Constraint::Insurance, insurance.as_ref().map(|list| numbers(list, codes::insurance)));
        any_of(Constraint::Accepting, needs.constraints.accepting.then(|| vec![codes::ACCEPTING]));
        any_of(Constraint::Times, times.as_ref().map(|list| list.iter().map(|t| codes::times(*t)).collect()));
        let wishes = &needs.preferences;
        any_of(Constraint::PreferredGenders, must(wishes.genders.as_ref(), |g| Some(codes::gender(*g))));
        let language = |code: &String| codes.get(code).map(codes::language);
        any_of(Constraint::PreferredLanguages, must(wishes.languages.as_ref(), language));
        let community = |code: &String| codes.get(code).map(codes::community);
        any_of(Constraint::PreferredCommunities, must(wishes.communities.as_ref(), community));
        single.extend(numeric(codes, needs));
        single.extend(claims(model, needs));
        // The order in which answers name them.
        single.sort_by_key(|(name, _)| *name);
        let fee_of_nobody = participants.and_then(|_| {
            let constraints = Constraints { participants: None, ..needs.constraints.clone() };
            fee(codes, &constraints)
        });
        Self { delivery: Delivery::new(model, codes, needs), single, fee_of_nobody }
    }

    /// Tests the slots of a block into `tested`; `considered` are those that count.
    pub(super) fn run(&self, columns: &Columns, considered: Bits, tested: &mut Tested) {
        tested.single.clear();
        let (mut one, mut more) = (Bits::EMPTY, Bits::EMPTY);
        for (_, test) in &self.single {
            let fails = test.fails(columns) & considered;
            tested.single.push(fails);
            more |= one & fails;
            one |= fails;
        }
        self.delivery.judge(columns, &mut tested.verdict);
        tested.none = considered & !one;
        tested.one = one & !more;
        tested.eligible = tested.none & tested.verdict.passes;
        tested.eligible_for_nobody = self.fee_of_nobody.as_ref().map(|fee| {
            let others = self.single.iter().zip(&tested.single);
            others
                .filter(|((name, _), _)| !matches!(name, Constraint::Participants | Constraint::MaxFee))
                .fold(considered & tested.verdict.passes & !fee.fails(columns), |left, (_, fails)| {
                    left & !*fails
                })
        });
    }

    /// The constraints that one slot of a tested block fails.
    pub(super) fn failed(&self, tested: &Tested, slot: usize) -> Vec<Constraint> {
        let delivery = CONSTRAINTS.into_iter().zip(tested.verdict.fails);
        let single = self.single.iter().map(|(name, _)| *name).zip(tested.single.iter().copied());
        delivery.chain(single).filter(|(_, fails)| fails.has(slot)).map(|(name, _)| name).collect()
    }
}

impl Test {
    fn fails(&self, columns: &Columns) -> Bits {
        match self {
            Self::AnyOf(keys) => !columns.facets.under_any(keys),
            Self::Fee { budget, most } => {
                budget.as_ref().map_or(Bits::EMPTY, |budget| budget.exceeds(columns, *most))
            }
            Self::Opening { from, to } => outside(&columns.opening, |day| (*from..=*to).contains(&day)),
            Self::Confirmed { from } => outside(&columns.confirmed, |day| day != UNKNOWN_DAY && day >= *from),
            Self::Evidence { level, rated } => {
                let mut passes = Bits::EMPTY;
                columns.claims.iter().for_each(|(slot, claim)| {
                    if claim.level <= *level && rated.get(usize::from(claim.modality)) == Some(&true) {
                        passes.set(slot);
                    }
                });
                !passes
            }
            Self::Modalities { wanted, avoided } => {
                let facets = &columns.facets;
                let missing = wanted.iter().fold(Bits::EMPTY, |fails, key| fails | !*facets.under(*key));
                missing | facets.under_any(avoided)
            }
        }
    }
}

fn outside(days: &[i32], holds: impl Fn(i32) -> bool) -> Bits {
    !Bits::of(days, |day| holds(*day))
}

fn must<T>(wish: Option<&AnyOf<T>>, key: impl Fn(&T) -> Option<u64>) -> Option<Vec<u64>> {
    let wish = wish.filter(|wish| wish.importance == Importance::Must)?;
    Some(wish.any_of.iter().filter_map(key).collect())
}

/// The key of the fees that a request scores; `None` where no profile has such a fee, or no limit is asked for.
pub(super) fn fee_key(codes: &Codes, constraints: &Constraints) -> Option<u64> {
    let currency = codes.get(&constraints.max_fee.as_ref()?.currency)?;
    Some(codes::fee(constraints.participants.unwrap_or(Participants::Individual), currency))
}

fn fee(codes: &Codes, constraints: &Constraints) -> Option<Test> {
    let max = constraints.max_fee.as_ref()?;
    Some(Test::Fee { budget: Budget::of(codes, constraints), most: max.amount })
}

fn numeric(codes: &Codes, needs: &Needs) -> impl Iterator<Item = (Constraint, Test)> {
    let today = needs.as_of.num_days_from_ce();
    let constraints = &needs.constraints;
    let opening = constraints.opening_within_days;
    let opening = opening.map(|days| Test::Opening { from: today, to: today + i32::from(days) });
    let confirmed = constraints.confirmed_within_days;
    let confirmed = confirmed.map(|days| Test::Confirmed { from: today - i32::from(days) });
    let fee = fee(codes, constraints).map(|test| (Constraint::MaxFee, test));
    let opening = opening.map(|test| (Constraint::OpeningWithinDays, test));
    fee.into_iter().chain(opening).chain(confirmed.map(|test| (Constraint::ConfirmedWithinDays, test)))
}

fn claims(model: &Model, needs: &Needs) -> impl Iterator<Item = (Constraint, Test)> {
    let evidence = needs.constraints.min_evidence_level.map(|level| {
        let rated = |modality: usize| {
            let mut areas = needs.problem_areas.iter();
            areas.any(|area| model.ratings.get(area.problem_area, modality).value > 0.0)
        };
        Test::Evidence { level, rated: (0..model.catalog.modalities.len()).map(rated).collect() }
    });
    let musts = |attitude: Attitude| -> Vec<u64> {
        let wishes = needs.preferences.modalities.iter();
        let musts = wishes.filter(|wish| wish.importance == Importance::Must && wish.attitude == attitude);
        musts.map(|wish| codes::modality(wish.modality as u16)).collect()
    };
    let (wanted, avoided) = (musts(Attitude::Prefer), musts(Attitude::Avoid));
    let stated = !(wanted.is_empty() && avoided.is_empty());
    let modalities = stated.then_some(Test::Modalities { wanted, avoided });
    let evidence = evidence.map(|test| (Constraint::MinEvidenceLevel, test));
    evidence.into_iter().chain(modalities.map(|test| (Constraint::PreferredModalities, test)))
}
