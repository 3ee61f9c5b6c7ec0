use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;

/// Somebody who is counted once: the app and its reference.
type Reference = (String, String);

/// What may happen to consultations of one therapist.
#[derive(Clone, Debug)]
enum Change {
    /// The app stores one more consultation of the reference: rating and what was heard.
    Add(u8, u8, Option<i32>, u8),
    /// The app changes the consultation at this place of those that are there.
    Edit(usize, u8),
    Erase(usize),
    /// The app becomes a contributor, or is none any longer.
    Mark(u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (0..3_u8, 0..9_u8, prop::option::of(1..=5), 0..8_u8)
            .prop_map(|(app, client, rating, heard)| Change::Add(app, client, rating, heard)),
        2 => (0..40_usize, 0..8_u8).prop_map(|(at, heard)| Change::Edit(at, heard)),
        3 => (0..40_usize).prop_map(Change::Erase),
        1 => (0..3_u8).prop_map(Change::Mark),
    ]
}

fn codes(heard: u8) -> Vec<String> {
    ["trust", "safety", "hope"]
        .iter()
        .enumerate()
        .filter(|(at, _)| heard & (1 << at) != 0)
        .map(|(_, code)| (*code).to_owned())
        .collect()
}

/// All that is stored of one therapist.
#[derive(Clone, Debug, Default)]
struct World {
    /// With a number that is another one after each change.
    rows: Vec<(Contribution, u64)>,
    contributors: BTreeSet<String>,
    standing: Standing,
    /// The references that the last publication counts, with the id and the state of their consultation.
    counted: BTreeMap<Reference, (Id, u64)>,
    numbers: Option<Numbers>,
    changes: u64,
}

impl World {
    fn with_contributors(apps: u8) -> Self {
        Self { contributors: (0..apps).map(|app| format!("app-{app}")).collect(), ..Self::default() }
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(self.changes.try_into().unwrap())
    }

    fn happen(&mut self, change: &Change) {
        self.changes += 1;
        match *change {
            Change::Add(app, client, rating, heard) => {
                let now = self.now();
                let contribution = Contribution {
                    id: Id::new(now),
                    app: format!("app-{app}"),
                    client_ref: format!("client-{client}"),
                    created_at: now,
                    set: SetVersion { code: "set".to_owned(), version: 1 },
                    answers: vec![("question".to_owned(), rating, codes(heard))],
                    counted_in: None,
                };
                self.rows.push((contribution, self.changes));
            }
            Change::Edit(at, heard) => {
                let changes = self.changes;
                if let Some((row, state)) = self.rows.get_mut(at) {
                    row.answers = vec![("question".to_owned(), Some(3), codes(heard))];
                    row.counted_in = None;
                    *state = changes;
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

    fn counting(&self) -> Vec<Contribution> {
        let rows = self.rows.iter().map(|(row, _)| row);
        rows.filter(|row| self.contributors.contains(&row.app)).cloned().collect()
    }

    fn references(&self) -> BTreeSet<Reference> {
        self.counting().into_iter().map(|row| (row.app, row.client_ref)).collect()
    }

    /// Decides and keeps what was decided, as the store does.
    fn decide(&mut self) -> Decision {
        let decision = decide(&self.standing, self.counting());
        match &decision {
            Decision::Keep => {}
            Decision::Withdraw => self.standing.published = false,
            Decision::Publish { counted, numbers } => {
                let edition = self.standing.edition + 1;
                self.standing = Standing { edition, counted: counted.len(), published: true };
                self.counted.clear();
                for (row, state) in &mut self.rows {
                    row.counted_in = counted.contains(&row.id).then_some(edition);
                    if row.counted_in.is_some() {
                        self.counted.insert((row.app.clone(), row.client_ref.clone()), (row.id, *state));
                    }
                }
                self.numbers = Some(numbers.clone());
            }
        }
        decision
    }
}

/// How many references two publications do not share as they are.
fn difference(one: &BTreeMap<Reference, (Id, u64)>, other: &BTreeMap<Reference, (Id, u64)>) -> usize {
    let references: BTreeSet<&Reference> = one.keys().chain(other.keys()).collect();
    references.into_iter().filter(|reference| one.get(*reference) != other.get(*reference)).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn publications_differ_by_a_group_and_are_never_of_fewer(changes in prop::collection::vec(change(), 0..120), apps in 1..=3_u8) {
        let mut world = World::with_contributors(apps);
        let mut touched = BTreeSet::new();
        for change in &changes {
            let before = world.clone();
            let rows: BTreeMap<Id, u64> = before.rows.iter().map(|(row, state)| (row.id, *state)).collect();
            world.happen(change);
            // Whose consultations are not what they were.
            for (row, state) in world.rows.iter().chain(&before.rows) {
                let same = rows.get(&row.id) == Some(state)
                    && world.rows.iter().any(|(now, _)| now.id == row.id)
                    && world.contributors.contains(&row.app) == before.contributors.contains(&row.app);
                if !same {
                    touched.insert((row.app.clone(), row.client_ref.clone()));
                }
            }
            let decision = world.decide();
            prop_assert_eq!(world.standing.published && world.references().len() < GROUP, false);
            match decision {
                Decision::Keep => prop_assert_eq!((&world.standing, &world.numbers), (&before.standing, &before.numbers)),
                Decision::Withdraw => prop_assert!(before.standing.published && world.references().len() < GROUP),
                Decision::Publish { counted, numbers } => {
                    prop_assert!(counted.len() >= GROUP && counted.len() % GROUP == 0);
                    prop_assert_eq!(numbers.consultations, counted.len());
                    prop_assert_eq!(world.counted.len(), counted.len(), "each reference counts once");
                    prop_assert!(difference(&before.counted, &world.counted) >= GROUP);
                    prop_assert!(touched.len() >= GROUP, "{} references were touched", touched.len());
                    prop_assert!(counted.len() <= world.references().len());
                    // Those that no whole group was left for wait for the next one.
                    touched = world.references();
                    touched.retain(|reference| !world.counted.contains_key(reference));
                    prop_assert!(touched.len() < GROUP);
                }
            }
        }
    }

    #[test]
    fn the_order_of_rows_makes_no_difference(changes in prop::collection::vec(change(), 0..60), seed in any::<u64>()) {
        let mut world = World::with_contributors(3);
        for change in &changes {
            world.happen(change);
        }
        let rows = world.counting();
        let mut shuffled = rows.clone();
        shuffled.sort_by_key(|row| u64::from_le_bytes(row.id.as_bytes()[8..].try_into().unwrap()) ^ seed);
        prop_assert_eq!(decide(&world.standing, rows), decide(&world.standing, shuffled));
    }

    #[test]
    fn the_order_within_a_step_makes_no_difference(
        first in prop::collection::vec((prop::option::of(1..=5), 0..8_u8), GROUP),
        order in Just((0..GROUP).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let publish = |order: &[usize]| {
            let mut world = World::with_contributors(1);
            for at in order {
                let (rating, heard) = first[*at];
                world.happen(&Change::Add(0, u8::try_from(*at).unwrap(), rating, heard));
                world.decide();
            }
            world.numbers
        };
        let numbers = publish(&[0, 1, 2, 3, 4]);
        prop_assert!(numbers.is_some());
        prop_assert_eq!(numbers, publish(&order));
    }

    #[test]
    fn counts_are_at_most_one_below_the_truth_and_name_neither_one_nor_all(
        given in prop::collection::vec((prop::option::of(1..=5), 0..8_u8), GROUP..40),
    ) {
        let mut world = World::with_contributors(1);
        for (rating, heard) in &given {
            world.happen(&Change::Add(0, 0, *rating, *heard));
            let last = world.rows.len() - 1;
            world.rows[last].0.client_ref = format!("client-{last}");
        }
        let Decision::Publish { counted, numbers } = world.decide() else { panic!("there are enough") };
        let all = given.len() / GROUP * GROUP;
        prop_assert_eq!(counted.len(), all);
        let question = &numbers.questions[0];
        prop_assert_eq!(question.answered, all);
        for (at, code) in ["trust", "safety", "hope"].iter().enumerate() {
            let truth = given[..all].iter().filter(|(_, heard)| heard & (1 << at) != 0).count();
            let told = question.heard.get(*code).copied().unwrap_or(0);
            prop_assert!(told == truth || told + 1 == truth);
            prop_assert!(told != 1 && told != all);
        }
        let rated: Vec<i32> = given[..all].iter().filter_map(|(rating, _)| *rating).collect();
        let rated = &rated[..rated.len() / GROUP * GROUP];
        prop_assert_eq!(question.ratings.as_ref().map_or(0, |ratings| ratings.count), rated.len());
        if let Some(ratings) = &question.ratings {
            let halves = f64::from(u32::try_from(ratings.mean_halves).unwrap());
            let mean = f64::from(rated.iter().sum::<i32>()) / f64::from(u32::try_from(rated.len()).unwrap());
            prop_assert!((mean - halves / 2.0).abs() <= 0.25);
            for (rating, told) in (1..).zip(ratings.counts) {
                let truth = rated.iter().filter(|one| **one == rating).count();
                prop_assert!((told == truth || told + 1 == truth) && told != 1 && told != rated.len());
            }
        }
    }
}

/// Ten references of one app, published as one group after the other.
fn ten() -> World {
    let mut world = World::with_contributors(1);
    for client in 0..10 {
        world.happen(&Change::Add(0, client, Some(4), 1));
        let decision = world.decide();
        let is_step = [4, 9].contains(&client);
        assert_eq!(matches!(decision, Decision::Publish { .. }), is_step, "{client}: {decision:?}");
    }
    assert_eq!((world.standing.edition, world.standing.counted), (2, 10));
    world
}

#[test]
fn one_more_or_one_less_changes_nothing() {
    let world = ten();
    for change in
        [Change::Add(0, 10, Some(1), 7), Change::Erase(3), Change::Edit(3, 7), Change::Add(0, 3, Some(1), 7)]
    {
        let mut world = world.clone();
        world.happen(&change);
        assert_eq!(world.decide(), Decision::Keep, "{change:?}");
    }
    // An erased one that comes back is one reference, however often.
    let mut world = world;
    for _ in 0..20 {
        let at = world.rows.len() - 1;
        world.happen(&Change::Erase(at));
        assert_eq!(world.decide(), Decision::Keep);
        world.happen(&Change::Add(0, 9, Some(1), 7));
        assert_eq!(world.decide(), Decision::Keep);
    }
}

#[test]
fn what_is_withdrawn_comes_back_after_a_group_of_changes_only() {
    let mut world = World::with_contributors(1);
    for client in 0..5 {
        world.happen(&Change::Add(0, client, None, 1));
        world.decide();
    }
    world.happen(&Change::Erase(0));
    assert_eq!(world.decide(), Decision::Withdraw);
    for client in 5..9 {
        world.happen(&Change::Add(0, client, None, 1));
        assert_eq!(world.decide(), Decision::Keep, "{client}");
        assert!(!world.standing.published);
    }
    // Four of the first five and five others are nine; the tenth makes a second group.
    world.happen(&Change::Add(0, 9, None, 1));
    assert_eq!(world.decide(), Decision::Keep);
    world.happen(&Change::Add(0, 10, None, 1));
    assert!(matches!(world.decide(), Decision::Publish { counted, .. } if counted.len() == 10));
}

#[test]
fn a_question_and_its_ratings_need_a_group_of_their_own() {
    let mut world = World::with_contributors(1);
    for client in 0..10_u8 {
        world.happen(&Change::Add(0, client, (client < 4).then_some(5), 1));
        let row = &mut world.rows.last_mut().unwrap().0;
        if client < 9 {
            row.answers.push(("common".to_owned(), (client > 1).then_some(2), codes(2)));
        }
        if client < 4 {
            row.answers.push(("rare".to_owned(), Some(1), codes(4)));
        }
    }
    let Decision::Publish { numbers, .. } = world.decide() else { panic!("there are enough") };
    let told: Vec<_> = numbers.questions.iter().map(|one| (one.question.as_str(), one.answered)).collect();
    assert_eq!(told, [("common", 5), ("question", 10)]);
    assert_eq!(numbers.questions[0].ratings, None, "three of the five gave one");
    assert_eq!(numbers.questions[0].heard, BTreeMap::from([("safety".to_owned(), 4)]));
    assert_eq!(numbers.questions[1].ratings, None);
    assert_eq!(numbers.questions[1].heard, BTreeMap::from([("trust".to_owned(), 9)]));
}
