//! How well signals are found in the texts of an independent author.

mod score;

use tailor::catalog::model::Catalog;

use score::{Analysers, Labelled, SAMPLES, Score, texts};

fn told(question: &str, score: &Score) -> String {
    let (precision, recall) = (score.precision(), score.recall());
    let Score { texts, right, wrong, missed, forbidden, warned } = score;
    format!(
        "{question}: {texts} texts, precision {precision:.3}, recall {recall:.3}, {right} right, {wrong} wrong, \
         {missed} missed, forbidden {forbidden:?}, warned wrongly {warned:?}"
    )
}

#[test]
fn signals_are_found_and_few_others() {
    let analysers = Analysers::built_in();
    for sample in SAMPLES {
        let texts = texts(sample.file);
        assert!(texts.len() >= 40, "{}: enough texts to tell anything", sample.file);
        let scores = analysers.score(&texts);
        assert_eq!(scores.len(), 4, "texts for every question");
        let report: Vec<_> = scores.iter().map(|(question, score)| told(question, score)).collect();
        let all = &scores["all"];
        let good = all.precision() >= sample.precision
            && all.recall() >= sample.recall
            && all.forbidden.len() <= sample.forbidden;
        assert!(good, "{}:\n{}", sample.file, report.join("\n"));
        println!("{}:\n{}", sample.file, report.join("\n"));
    }
}

#[test]
fn labels_name_signals_of_their_question() {
    let catalog = Catalog::embedded().expect("the catalog of the program");
    for text in SAMPLES.iter().flat_map(|sample| texts(sample.file)) {
        let question =
            catalog.guidance.consultation.questions.iter().find(|question| question.code == text.question);
        let signals = &question.expect("a question of the set").signals;
        for label in text.expected.iter().chain(&text.forbidden).chain(&text.acceptable) {
            assert!(signals.iter().any(|signal| signal.code == *label), "{}: {label}", text.id);
        }
    }
}

/// Checks each sentence of a file: what is expected is found, what is forbidden is not, and a warning only where expected.
fn check(file: &str) {
    let analysers = Analysers::built_in();
    let is_wrong = |sentence: &Labelled, found: &[(&str, String)]| {
        let is_found = |code: &String| found.iter().any(|(other, _)| other == code);
        let warned = found.iter().any(|(code, _)| {
            analysers.is_warning(&sentence.question, code)
                && !sentence.expected.iter().any(|expected| expected == code)
        });
        warned || !sentence.expected.iter().all(is_found) || sentence.forbidden.iter().any(is_found)
    };
    let wrong = texts(file).into_iter().filter_map(|sentence| {
        let found = analysers.found(&sentence);
        is_wrong(&sentence, &found).then(|| format!("{} {}: {found:?}", sentence.id, sentence.text))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A wrong warning about a person is the worst finding there is.
#[test]
fn nobody_is_warned_of_for_a_sentence_that_only_sounds_so() {
    check("tricky.jsonl");
}

#[test]
fn ordinary_sentences_are_understood() {
    check("ordinary.jsonl");
}

#[test]
fn the_texts_that_are_known_warn_of_nobody_wrongly() {
    let analysers = Analysers::built_in();
    for sample in SAMPLES {
        let scores = analysers.score(&texts(sample.file));
        assert_eq!(scores["all"].warned, [], "{}", sample.file);
    }
}

#[test]
fn the_example_of_the_readme_suggests_what_it_shows() {
    let readme = include_str!("../../../README.md").replace('\n', " ");
    let text = "I would name it, look at our goals with you, and not only talk but also try something with the body.";
    let answer = Labelled {
        id: String::new(),
        question: "when_stuck".to_owned(),
        text: text.to_owned(),
        expected: Vec::new(),
        forbidden: Vec::new(),
        acceptable: Vec::new(),
    };
    let analysers = Analysers::built_in();
    let found =
        analysers.found(&answer).into_iter().map(|(code, quote)| format!("{code} \u{201c}{quote}\u{201d}"));
    let shown = found.collect::<Vec<_>>().join(", ");
    assert!(readme.contains(text), "the answer that is analysed");
    assert!(readme.contains(&shown), "{shown}");
}
