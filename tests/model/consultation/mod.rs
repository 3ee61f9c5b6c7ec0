//! How well signals are found in the texts of an independent author.

mod score;

use tailor::catalog::model::Catalog;

use score::{Analysers, SAMPLES, Score, texts};

fn told(question: &str, score: &Score) -> String {
    let (precision, recall) = (score.precision(), score.recall());
    let Score { texts, right, wrong, missed, forbidden } = score;
    format!(
        "{question}: {texts} texts, precision {precision:.3}, recall {recall:.3}, {right} right, {wrong} wrong, \
         {missed} missed, forbidden {forbidden:?}"
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
