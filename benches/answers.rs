//! How well and how fast signals are found in answers.
//!
//! `cargo bench --bench answers` prints precision, recall and forbidden findings of each file of labelled texts, by
//! question and over all, and the median time per answer by its length. `cargo bench --bench answers -- FILE` prints what it found in each
//! text of one file.

#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::{
    collections::BTreeSet,
    env,
    time::{Duration, Instant},
};

#[path = "../tests/model/consultation/score.rs"]
mod score;

use score::{Analysers, Labelled, SAMPLES, texts};

const ROUNDS: u32 = 5;
/// Characters of the answers that are timed; the last is the longest text that is taken.
const LENGTHS: [usize; 5] = [100, 300, 1000, 4000, 8000];

fn main() {
    let analysers = Analysers::built_in();
    let wanted: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let Some(file) = wanted.first() {
        texts(file).iter().for_each(|text| tell(&analysers, text));
    }
    println!(
        "{:14} {:26} {:>5} {:>9} {:>6} {:>9}",
        "file", "question", "texts", "precision", "recall", "forbidden"
    );
    for sample in SAMPLES {
        let file = sample.file;
        for (question, score) in analysers.score(&texts(file)) {
            let (precision, recall) = (score.precision(), score.recall());
            let (texts, forbidden) = (score.texts, score.forbidden.len());
            println!("{file:14} {question:26} {texts:>5} {precision:>9.3} {recall:>6.3} {forbidden:>9}");
        }
        let (precision, recall, forbidden) = (sample.precision, sample.recall, sample.forbidden);
        println!("{file:14} {:32} {precision:>9.3} {recall:>6.3} {forbidden:>9}", "asked of all");
    }
    let all: Vec<Labelled> = SAMPLES.iter().flat_map(|sample| texts(sample.file)).collect();
    println!("\n{:>10} {:>7} {:>12} {:>12}", "characters", "answers", "median", "per 1000");
    for length in LENGTHS {
        let answers = of_length(&all, length);
        let median = median_time(&analysers, &answers);
        let per_thousand = median * 1000 / u32::try_from(length).expect("a length of the list");
        println!("{length:>10} {:>7} {median:>12?} {per_thousand:>12?}", answers.len());
    }
}

/// Answers of `length` characters: the labelled ones of a question, one after the other, cut there.
fn of_length(texts: &[Labelled], length: usize) -> Vec<Labelled> {
    let mut answers: Vec<Labelled> = Vec::new();
    for question in texts.iter().map(|text| &text.question).collect::<BTreeSet<_>>() {
        let of_it: Vec<_> = texts.iter().filter(|text| text.question == *question).collect();
        for (first, start) in of_it.iter().enumerate() {
            let joined = of_it.iter().cycle().skip(first).map(|text| text.text.as_str());
            let mut text = String::new();
            for next in joined {
                text.push_str(next);
                text.push('\n');
                if text.chars().count() > length {
                    break;
                }
            }
            let text = text.chars().take(length).collect();
            answers.push(Labelled { text, ..(*start).clone() });
        }
    }
    answers
}

/// The median of the times that the answers take, each the shortest of some rounds.
fn median_time(analysers: &Analysers, answers: &[Labelled]) -> Duration {
    let mut times: Vec<Duration> = answers
        .iter()
        .filter_map(|answer| {
            let rounds = (0..ROUNDS).map(|_| {
                let begin = Instant::now();
                std::hint::black_box(analysers.found(answer));
                begin.elapsed()
            });
            rounds.min()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Prints what was found in one text.
fn tell(analysers: &Analysers, text: &Labelled) {
    let found = analysers.found(text);
    println!("{} {}", text.id, text.question);
    for (code, quote) in &found {
        let sign = if text.expected.contains(&(*code).to_owned()) {
            '+'
        } else if text.acceptable.contains(&(*code).to_owned()) {
            '.'
        } else {
            '!'
        };
        println!("  {sign} {code}: {quote}");
    }
    for missed in text.expected.iter().filter(|expected| found.iter().all(|(code, _)| code != expected)) {
        println!("  - {missed}");
    }
}
