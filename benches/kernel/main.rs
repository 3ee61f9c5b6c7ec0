//! What a match costs within the engine, on one core, over the synthetic directory.
//!
//! `cargo bench --bench kernel` measures directories of 10,000 and 100,000 profiles; `KERNEL_SIZES=1000000` others (a
//! list, separated by commas). For each it prints
//!
//! - the bytes that the index takes for a profile, by what the allocator handed out, without summaries;
//! - what an upsert and a copy of the index cost;
//! - for each class of clients the time of a ranking without explanations (counts, relaxations, tiers and plan
//!   included), the median and the 99th percentile over 200 clients, each at the best of five;
//! - what the explanations of 20 results and their JSON cost beyond that;
//!
//! and then lets criterion compare the classes with the last run.
//!
//! The classes are *typical* (a jurisdiction, taking clients, by video or in person within 25 km, a plan in half of them),
//! *local* (a jurisdiction, in person within 10 to 50 km), *broad* (taking clients) and *preferences* (typical, with a
//! modality, a gender, a language and a style preferred).

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark fails by panicking, and is told by the environment what to measure"
)]

mod clients;

use std::{
    env,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use cap::Cap;
use chrono::NaiveDate;
use criterion::Criterion;
use mimalloc::MiMalloc;
use tailor::{
    catalog::model::Catalog,
    id::Id,
    live::{PLACED_AT_ONCE, profile, summary::Written},
    matches::model::ListedTherapist,
    matching::{
        answer::Ranking,
        index::Index,
        needs::Needs,
        policy::Policy,
        profile::Profile,
        rank::{Staleness, rank},
    },
    synthetic::{self, codes::Codes},
    to_json::ToJson,
    vocabulary::Explain,
};

use clients::{Class, Clients, Draw};

/// The server's own, counted.
#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

const CLIENTS: usize = 200;
const ROUNDS: u32 = 5;

/// A directory of one size.
struct World {
    index: Index<Written>,
    clients: Clients,
    some: Vec<(Profile, Arc<Written>)>,
}

fn main() {
    let sizes = env::var("KERNEL_SIZES").unwrap_or_else(|_| "10000,100000".to_owned());
    let sizes = sizes.split(',').map(|size| size.trim().parse().expect("a number of profiles"));
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20)
        .configure_from_args();
    for size in sizes {
        let world = World::of(size);
        world.tell_writes();
        for class in Class::ALL {
            world.tell(class);
        }
        for class in Class::ALL {
            let needs = world.needs(class, Explain::None);
            let mut turn = needs.iter().cycle();
            criterion.bench_function(&format!("{}/{size}", class.name()), |bencher| {
                bencher.iter(|| turn.next().map(|needs| rank(&world.index, needs, Staleness::Mark).eligible));
            });
        }
    }
    criterion.final_summary();
}

impl World {
    fn of(size: u64) -> Self {
        let catalog = Arc::new(Catalog::embedded().expect("the catalog"));
        let codes = Codes::from(&*catalog);
        let as_of = today();
        let profiles: Vec<_> = (1..=size)
            .map(|number| {
                let mut therapist = synthetic::therapist(1, number, as_of, &codes);
                therapist.id = id(number);
                (profile::of(&therapist, &catalog), Arc::new(Written::from(&therapist)))
            })
            .collect();
        let clients = Clients::of(profiles.iter().map(|(profile, _)| profile));
        let some: Vec<_> = profiles.iter().step_by(97).take(1000).cloned().collect();
        let mut index = Index::new(catalog, Arc::new(Policy::embedded().expect("the policy")));
        // The list of profiles lives on while the index is built from it, so that nothing else is handed back.
        let (before, begin) = (ALLOCATOR.allocated(), Instant::now());
        let kept = profiles.clone();
        let copied = ALLOCATOR.allocated();
        // As a start does it.
        let mut left = profiles.into_iter();
        while !left.as_slice().is_empty() {
            index.bulk(left.by_ref().take(PLACED_AT_ONCE));
        }
        drop(left);
        let took = begin.elapsed();
        drop(kept);
        // The copies are gone and so are the originals, whose size is that of the copies.
        let bytes = ALLOCATOR.allocated() + (copied - before) - before;
        println!("{size} profiles: {} bytes each, built in {took:.1?}", bytes / index.len().max(1));
        Self { index, clients, some }
    }

    fn needs(&self, class: Class, explain: Explain) -> Vec<Needs> {
        let mut draw = Draw::new(class as u64);
        let needs =
            |_| Needs { explain, ..self.clients.needs(class, &mut draw, self.index.catalog(), today()) };
        (0..CLIENTS).map(needs).collect()
    }

    fn tell_writes(&self) {
        // The first one pays for what the allocator put off.
        drop(self.index.clone());
        let begin = Instant::now();
        let mut copy = self.index.clone();
        let copied = begin.elapsed();
        let mut times: Vec<_> = self
            .some
            .iter()
            .map(|(profile, summary)| {
                // A snapshot that readers hold: the block must be copied.
                let before = copy.clone();
                let begin = Instant::now();
                copy.upsert(profile, Arc::clone(summary));
                let took = begin.elapsed();
                drop(before);
                took
            })
            .collect();
        times.sort_unstable();
        println!("  an upsert {:.1?}, a copy of the index {copied:.1?}", times[times.len() / 2]);
    }

    fn tell(&self, class: Class) {
        let (bare, explained) = (self.needs(class, Explain::None), self.needs(class, Explain::Summary));
        let eligible: u64 = bare.iter().map(|needs| rank(&self.index, needs, Staleness::Mark).eligible).sum();
        let share = 100.0 * eligible as f64 / (CLIENTS * self.index.len()) as f64;
        let times = best(&bare, |needs| {
            black_box(rank(&self.index, needs, Staleness::Mark));
        });
        let whole = best(&explained, |needs| {
            black_box(written(rank(&self.index, needs, Staleness::Mark), needs));
        });
        let mut explaining: Vec<_> =
            whole.iter().zip(&times).map(|(whole, bare)| whole.saturating_sub(*bare)).collect();
        let mut times = times;
        times.sort_unstable();
        explaining.sort_unstable();
        println!(
            "  {:12} passes {share:5.2} %, p50 {:>9.1?}, p99 {:>9.1?}; explained and written +{:.1?}",
            class.name(),
            times[CLIENTS / 2],
            times[CLIENTS * 99 / 100],
            explaining[CLIENTS / 2]
        );
    }
}

/// The results as answers have them, in JSON.
fn written(ranking: Ranking<'_, Written>, needs: &Needs) -> Vec<u8> {
    let listed = |listed| ListedTherapist::on(&listed, needs.as_of, 180);
    let results: Vec<_> = ranking.results.into_iter().map(|result| result.map(listed)).collect();
    let mut out = Vec::with_capacity(48 * 1024);
    ranking.plan.to_json(&mut out);
    results.to_json(&mut out);
    out
}

/// The best time of each.
fn best(needs: &[Needs], run: impl Fn(&Needs)) -> Vec<Duration> {
    let time = |needs: &Needs| {
        let begin = Instant::now();
        run(needs);
        begin.elapsed()
    };
    // All clients in turn, so that none finds its own blocks in the caches.
    let mut times = vec![Duration::MAX; needs.len()];
    for _ in 0..ROUNDS {
        times.iter_mut().zip(needs).for_each(|(best, needs)| *best = time(needs).min(*best));
    }
    times
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day")
}

/// As the ids of the directory: rising, with a random end.
fn id(number: u64) -> Id {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[8..].copy_from_slice(&Draw::new(number).next().to_be_bytes());
    Id::from_bytes(bytes)
}
