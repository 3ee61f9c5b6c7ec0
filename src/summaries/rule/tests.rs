use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::answers::model::SetVersion;

/// What may happen to consultations of one therapist.
#[derive(Clone, Debug)]
enum Change {
    /// The app stores one more consultation of the reference: of each question that was asked, rating and what was heard.
    Add(u8, u8, [Option<(Option<i32>, u8)>; 2]),
    /// The app changes what the consultation at this place holds of this question.
    Edit(usize, usize, (Option<i32>, u8)),
    Erase(usize),
    /// The app becomes a contributor, or is none any longer.
    Mark(u8),
}

fn change() -> impl Strategy<Value = Change> {
    let answer = || (prop::option::of(1..=5), 0..8_u8);
    prop_oneof![
        8 => (0..3_u8, 0..30_u8, [prop::option::of(answer()), prop::option::of(answer())])
            .prop_map(|(app, client, answers)| Change::Add(app, client, answers)),
        2 => (0..40_usize, 0..2_usize, answer()).prop_map(|(at, question, to)| Change::Edit(at, question, to)),
        2 => (0..40_usize).prop_map(Change::Erase),
        1 => (0..3_u8).prop_map(Change::Mark),
    ]
}

const CODES: [&str; 3] = ["trust", "safety", "hope"];
const QUESTIONS: [&str; 2] = ["one", "other"];

fn codes(heard: u8) -> Vec<String> {
    let heard = CODES.iter().enumerate().filter(|(at, _)| heard & (1 << at) != 0);
    heard.map(|(_, code)| (*code).to_owned()).collect()
}

fn group(question: &str, kind: Kind) -> Group {
    Group { set: SetVersion { code: "set".to_owned(), version: 1 }, question: question.to_owned(), kind }
}

/// A stored answer with its marks, as rows have them.
#[derive(Clone, Debug)]
struct Stored {
    question: &'static str,
    answer: Answer,
    heard_batch: Option<i64>,
    rated_batch: Option<i64>,
}

#[derive(Clone, Debug)]
struct Row {
    id: Id,
    reference: (String, String),
    created_at: DateTime<Utc>,
    answers: Vec<Stored>,
}

/// All that is stored of one therapist.
#[derive(Clone, Debug, Default)]
struct World {
    rows: Vec<Row>,
    contributors: BTreeSet<String>,
    standing: Standing,
    numbers: Option<Numbers>,
    batches: Batches,
    changes: i64,
}

impl World {
    fn with_contributors(apps: u8) -> Self {
        Self { contributors: (0..apps).map(|app| format!("app-{app}")).collect(), ..Self::default() }
    }

    fn add(&mut self, client: u8, rating: Option<i32>, heard: u8) {
        self.happen(&Change::Add(0, client, [Some((rating, heard)), None]));
    }

    fn happen(&mut self, change: &Change) {
        self.changes += 1;
        match *change {
            Change::Add(app, client, answers) => {
                let created_at = DateTime::UNIX_EPOCH + TimeDelta::seconds(self.changes);
                let stored = |(question, answer): (&'static str, Option<(Option<i32>, u8)>)| {
                    let (rating, heard) = answer?;
                    let answer = (rating, codes(heard));
                    Some(Stored { question, answer, heard_batch: None, rated_batch: None })
                };
                self.rows.push(Row {
                    id: Id::new(created_at),
                    reference: (format!("app-{app}"), format!("client-{client}")),
                    created_at,
                    answers: QUESTIONS.into_iter().zip(answers).filter_map(stored).collect(),
                });
            }
            Change::Edit(at, question, (rating, heard)) => {
                let row = self.rows.get_mut(at).map(|row| &mut row.answers);
                let found = row
                    .and_then(|answers| answers.iter_mut().find(|one| one.question == QUESTIONS[question]));
                if let Some(stored) = found {
                    let next = (rating, codes(heard));
                    // As rows are replaced.
                    if stored.answer.1 != next.1 {
                        stored.heard_batch = stored.heard_batch.map(|_| 0);
                    }
                    if stored.answer.0 != next.0 {
                        stored.rated_batch = stored.rated_batch.map(|_| 0);
                    }
                    stored.answer = next;
                }
            }
            Change::Erase(at) => {
                if at < self.rows.len() {
                    self.rows.remove(at);
                }
            }
            Change::Mark(app) => {
                let app = format!("app-{app}");
                if !self.contributors.remove(&app) {
                    self.contributors.insert(app);
                }
            }
        }
    }

    fn voices(&self) -> BTreeMap<Group, Vec<Voice>> {
        let mut voices: BTreeMap<Group, Vec<Voice>> = BTreeMap::new();
        for row in &self.rows {
            for stored in &row.answers {
                let mut add = |kind, batch| {
                    voices.entry(group(stored.question, kind)).or_default().push(Voice {
                        consultation: row.id,
                        reference: row.reference.clone(),
                        created_at: row.created_at,
                        batch,
                        counts: self.contributors.contains(&row.reference.0),
                    });
                };
                add(Kind::Heard, stored.heard_batch);
                if stored.answer.0.is_some() || stored.rated_batch.is_some() {
                    add(Kind::Rated, stored.rated_batch);
                }
            }
        }
        voices
    }

    fn answers(&self) -> Answers {
        let of = |row: &Row| {
            let id = row.id;
            let of_it = row.answers.iter();
            of_it.map(move |one| ((id, one.question.to_owned()), one.answer.clone())).collect::<Vec<_>>()
        };
        self.rows.iter().flat_map(of).collect()
    }

    /// Decides and keeps what was decided, as the store does.
    fn decide(&mut self) -> Decision {
        let decision = decide(&self.standing, self.voices());
        match &decision {
            Decision::Keep => {}
            Decision::Withdraw => {
                self.standing.live.clear();
                (self.numbers, self.batches) = (None, Batches::new());
            }
            Decision::Publish(batches) => {
                let mut last = self.standing.batches;
                for (group, batch) in
                    batches.iter().flat_map(|(group, all)| all.iter().map(move |one| (group, one)))
                {
                    if batch.number > self.standing.batches {
                        last = last.max(batch.number);
                        for row in self.rows.iter_mut().filter(|row| batch.members.contains(&row.id)) {
                            let stored =
                                row.answers.iter_mut().find(|one| one.question == group.question).unwrap();
                            match group.kind {
                                Kind::Heard => stored.heard_batch = Some(batch.number),
                                Kind::Rated => stored.rated_batch = Some(batch.number),
                            }
                        }
                    }
                }
                let numbers = numbers(batches, &self.answers());
                let live = numbers.live.clone();
                self.standing = Standing { edition: self.standing.edition + 1, batches: last, live };
                (self.numbers, self.batches) = (Some(numbers), batches.clone());
            }
        }
        decision
    }

    fn row(&self, id: Id) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// What the consultation gives to the group.
    fn value(&self, id: Id, group: &Group) -> Option<Answer> {
        let (rating, heard) =
            self.row(id)?.answers.iter().find(|one| one.question == group.question)?.answer.clone();
        Some(match group.kind {
            Kind::Heard => (None, heard),
            Kind::Rated => (rating, Vec::new()),
        })
    }
}

/// A consultation as it was counted.
type Counted = BTreeMap<Id, Answer>;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens, any two editions, however far apart, count in each group the same consultations as they were, or
    /// differ by five clients or more.
    #[test]
    fn any_two_editions_differ_by_whole_batches(changes in prop::collection::vec(change(), 0..160), apps in 1..=3_u8) {
        let mut world = World::with_contributors(apps);
        let mut formed: BTreeMap<(Group, i64), Counted> = BTreeMap::new();
        let mut editions: BTreeMap<Group, Vec<Counted>> = BTreeMap::new();
        for change in &changes {
            let before = world.clone();
            world.happen(change);
            match world.decide() {
                Decision::Keep => prop_assert_eq!((&world.standing, &world.numbers), (&before.standing, &before.numbers)),
                Decision::Withdraw => prop_assert!(before.numbers.is_some()),
                Decision::Publish(_) => prop_assert!(world.standing.edition == before.standing.edition + 1),
            }
            prop_assert_eq!(world.decide(), Decision::Keep, "what was decided stays");
            for (group, batches) in &world.batches {
                for Batch { number, members } in batches {
                    let now: Counted = members.iter().map(|id| (*id, world.value(*id, group).unwrap())).collect();
                    let rows: Vec<&Row> = members.iter().map(|id| world.row(*id).unwrap()).collect();
                    let references: BTreeSet<_> = rows.iter().map(|row| &row.reference).collect();
                    prop_assert_eq!((now.len(), references.len()), (GROUP, GROUP), "each reference counts once");
                    prop_assert!(rows.iter().all(|row| world.contributors.contains(&row.reference.0)));
                    prop_assert!(now.values().all(|(rating, _)| rating.is_some() == (group.kind == Kind::Rated)));
                    let known = formed.entry((group.clone(), *number)).or_insert_with(|| now.clone());
                    prop_assert_eq!(&*known, &now, "a batch stays as it was formed");
                }
            }
            for (group, voices) in world.voices() {
                let waiting: BTreeSet<_> = voices.iter().filter(|one| one.counts).map(|one| &one.reference).collect();
                let bound: BTreeSet<_> = voices.iter().filter(|one| one.batch.is_some()).map(|one| &one.reference).collect();
                prop_assert!(waiting.difference(&bound).count() < GROUP, "nobody waits who need not");
                let batches = world.batches.get(&group).map_or(&[][..], Vec::as_slice);
                let counted: Counted = batches.iter().flat_map(|batch| formed[&(group.clone(), batch.number)].clone()).collect();
                let earlier = editions.entry(group).or_default();
                for other in earlier.iter() {
                    let ids: BTreeSet<&Id> = counted.keys().chain(other.keys()).collect();
                    let differing = ids.into_iter().filter(|id| counted.get(id) != other.get(id)).count();
                    prop_assert!(differing == 0 || differing >= GROUP, "{differing} tell two editions apart");
                }
                if earlier.last() != Some(&counted) {
                    earlier.push(counted);
                }
            }
        }
    }

    #[test]
    fn the_order_of_rows_makes_no_difference(changes in prop::collection::vec(change(), 0..60)) {
        let mut world = World::with_contributors(3);
        changes.iter().for_each(|change| world.happen(change));
        let mut reversed = world.voices();
        reversed.values_mut().for_each(|voices| voices.reverse());
        prop_assert_eq!(decide(&world.standing, world.voices()), decide(&world.standing, reversed));
    }

    #[test]
    fn of_five_neither_one_nor_all_are_told(given in prop::collection::vec((prop::option::of(1..=5), 0..8_u8), GROUP..40)) {
        let mut world = World::with_contributors(1);
        for (client, (rating, heard)) in (0..).zip(&given) {
            world.add(client, *rating, *heard);
            world.decide();
        }
        let numbers = world.numbers.clone().unwrap();
        let whole = |count: usize| count - count % GROUP;
        let question = &numbers.questions[0];
        prop_assert_eq!((numbers.consultations, question.answered), (whole(given.len()), whole(given.len())));
        let told_of = |five: usize| match five { 1 => 0, GROUP => GROUP - 1, other => other };
        for (at, code) in CODES.iter().enumerate() {
            let fives = given.chunks_exact(GROUP);
            let expected: usize = fives.map(|five| told_of(five.iter().filter(|(_, heard)| heard & (1 << at) != 0).count())).sum();
            prop_assert_eq!(question.heard.get(*code).copied().unwrap_or(0), expected);
        }
        let rated: Vec<i32> = given.iter().filter_map(|(rating, _)| *rating).collect();
        prop_assert_eq!(question.ratings.as_ref().map_or(0, |ratings| ratings.count), whole(rated.len()));
        if let Some(ratings) = &question.ratings {
            for (rating, told) in (1..).zip(ratings.counts) {
                let fives = rated.chunks_exact(GROUP);
                prop_assert_eq!(told, fives.map(|five| told_of(five.iter().filter(|one| **one == rating).count())).sum::<usize>());
            }
            let (told, sum) = (1..).zip(ratings.counts).fold((0, 0), |(told, sum), (rating, count)| (told + count, sum + rating * count));
            prop_assert_eq!(ratings.mean_halves.is_some(), told > 0);
            if let Some(halves) = ratings.mean_halves {
                prop_assert!((2 * sum).abs_diff(halves * told) * 2 <= told, "to the nearest half");
            }
        }
    }
}

fn ratings_of(world: &World) -> Option<[usize; 5]> {
    world.numbers.as_ref()?.questions[0].ratings.as_ref().map(|ratings| ratings.counts)
}

/// Four clients who rated nothing and one who did go: what the one gave must not be the difference.
#[test]
fn those_who_gave_no_rating_hide_nobody_who_did() {
    let mut world = World::with_contributors(1);
    for (client, rating) in [(0, 2), (1, 2), (2, 5), (3, 5), (4, 5), (5, 5)] {
        world.add(client, Some(rating), 1);
        world.decide();
    }
    for client in 6..10 {
        world.add(client, None, 1);
        world.decide();
    }
    assert_eq!(ratings_of(&world), Some([0, 2, 0, 0, 3]));
    assert_eq!(world.numbers.as_ref().map(|numbers| numbers.consultations), Some(10));
    // The first, and the four without a rating.
    for at in [9, 8, 7, 6, 0] {
        world.happen(&Change::Erase(at));
        world.decide();
        assert!([None, Some([0, 2, 0, 0, 3])].contains(&ratings_of(&world)));
    }
    assert_eq!(world.numbers, None, "of both batches somebody is gone");
}

/// The mean of true ratings would tell the one that the counts hide.
#[test]
fn the_mean_tells_no_more_than_the_counts() {
    let mut world = World::with_contributors(1);
    for (client, rating) in (0..).zip([4, 4, 4, 4, 1]) {
        world.add(client, Some(rating), 1);
        world.decide();
    }
    let ratings = world.numbers.unwrap().questions[0].ratings.clone().unwrap();
    assert_eq!((ratings.counts, ratings.mean_halves), ([0, 0, 0, 4, 0], Some(8)));
    let mut world = World::with_contributors(1);
    for client in 0..5_u8 {
        world.add(client, Some(i32::from(client) + 1), 1);
    }
    world.decide();
    let ratings = world.numbers.unwrap().questions[0].ratings.clone().unwrap();
    assert_eq!((ratings.counts, ratings.mean_halves), ([0; 5], None));
}

#[test]
fn who_is_left_of_a_batch_is_never_counted_again() {
    let mut world = World::with_contributors(1);
    for client in 0..5 {
        world.add(client, None, 1);
        world.decide();
    }
    world.happen(&Change::Erase(0));
    assert_eq!(world.decide(), Decision::Withdraw);
    for client in 5..9 {
        world.add(client, None, 1);
        assert_eq!(world.decide(), Decision::Keep, "{client}");
    }
    // Nor do they help with another consultation: they are known to be the same.
    world.add(1, None, 7);
    assert_eq!(world.decide(), Decision::Keep);
    world.add(9, None, 1);
    assert!(matches!(world.decide(), Decision::Publish(batches) if batches.values().flatten().count() == 1));
}

#[test]
fn an_app_that_contributes_again_brings_back_the_same() {
    let mut world = World::with_contributors(2);
    for client in 0..12 {
        world.happen(&Change::Add(client % 2, client, [Some((Some(3), client % 8)), Some((None, 1))]));
        world.decide();
    }
    let numbers = world.numbers.clone();
    world.happen(&Change::Mark(1));
    assert_eq!(world.decide(), Decision::Withdraw, "each batch has clients of both");
    world.happen(&Change::Mark(1));
    world.decide();
    assert_eq!(world.numbers, numbers);
}

#[test]
fn a_question_and_its_ratings_need_batches_of_their_own() {
    let mut world = World::with_contributors(1);
    for client in 0..10_u8 {
        let common = (client < 9).then_some(((client < 4).then_some(2), 2));
        world.happen(&Change::Add(0, client, [Some(((client < 4).then_some(5), 1)), common]));
        world.decide();
    }
    let numbers = world.numbers.unwrap();
    let told: Vec<_> = numbers.questions.iter().map(|one| (one.question.as_str(), one.answered)).collect();
    assert_eq!(told, [("one", 10), ("other", 5)]);
    assert_eq!(numbers.questions[0].heard, BTreeMap::from([("trust".to_owned(), 8)]), "four of each five");
    assert_eq!((&numbers.questions[0].ratings, &numbers.questions[1].ratings), (&None, &None));
}
