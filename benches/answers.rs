//! How well and how fast signals are found in answers.
//!
//! `cargo bench --bench answers` prints precision, recall and forbidden findings of each file of labelled texts, by
//! question and over all, and the time per answer. `cargo bench --bench answers -- FILE` prints what it found in each
//! text of one file.

#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::{env, time::Instant};

#[path = "../tests/model/consultation/score.rs"]
mod score;

use score::{Analysers, Labelled, SAMPLES, texts};

const ROUNDS: u32 = 50;

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
    let begin = Instant::now();
    for _ in 0..ROUNDS {
        for text in &all {
            std::hint::black_box(analysers.found(text));
        }
    }
    let answers = u32::try_from(all.len()).expect("few texts") * ROUNDS;
    let letters: usize = all.iter().map(|text| text.text.chars().count()).sum();
    println!("{:?} per answer of {} characters", begin.elapsed() / answers, letters / all.len());
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
