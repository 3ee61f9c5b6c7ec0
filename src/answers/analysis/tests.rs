use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::catalog::model::Catalog;

/// An analyser of signals with one cue each; a cue that begins with `-` is of a warning.
pub(super) fn analyser(cues: &[&str]) -> Analyser {
    let names = ModalityNames::new(&Catalog::embedded().unwrap());
    let signals = cues.iter().map(|cue| {
        let (positive, cue) = cue.strip_prefix('-').map_or((true, *cue), |cue| (false, cue));
        ConsultationSignal {
            ask: None,
            phrase: None,
            code: String::new(),
            label: String::new(),
            listen_for: String::new(),
            positive,
            in_source_article: None,
            weight: if positive { 1.0 } else { -1.0 },
            cue_phrases: vec![cue.to_owned()],
        }
    });
    Analyser::new(&signals.collect::<Vec<_>>(), &names)
}

/// Checks which of the cues, by number, each text suggests.
fn check(cues: &[&str], texts: &[(&str, &[usize])]) {
    let analyser = analyser(cues);
    for (text, expected) in texts {
        let found: Vec<_> = analyser.suggest(text).into_iter().map(|suggestion| suggestion.signal).collect();
        assert_eq!(found, *expected, "{text}");
    }
}

#[test]
fn whole_words_in_any_inflection() {
    check(
        &["adapt", "build trust", "=consistent"],
        &[
            ("We adapted.", &[0]),
            ("I ADAPT the plan, and building real, deep trust takes time", &[0]),
            ("We are really building the trust.", &[1]),
            ("An adaptor consists of parts; rebuild trusting.", &[]),
            ("I am consistent; I build\ntrust", &[1, 2]),
        ],
    );
}

#[test]
fn signs_of_cues() {
    check(
        &[
            "for {problem} .. {modality}",
            "{modalities}",
            "(body|breath) [based] work",
            "first ... then",
            "feel .. safe",
        ],
        &[
            ("For panic attacks I use CBT.", &[0]),
            ("For lunch I use CBT", &[]),
            ("Psychodynamic work and, where it helps, EMDR.", &[1]),
            ("We act on it with art, and the cat sat in a net.", &[]),
            ("EMDR and more eye movement desensitisation and reprocessing", &[]),
            ("Body-based work or breath work", &[2]),
            ("First, when you like, we rest; then we run.", &[3]),
            ("First we rest. Then we run.", &[]),
            ("I'd like you to feel quite warm and safe", &[4]),
            ("You feel things. Safe.", &[]),
        ],
    );
}

#[test]
fn denials_and_their_reach() {
    check(
        &["adapt", "change .. approach", "judge", "-guarantee results", "-never .. get stuck"],
        &[
            ("We never change the approach.", &[]),
            ("We don\u{2019}t adapt", &[]),
            ("I no longer adapt; rather than adapt, I wait", &[]),
            ("I never hesitate to adapt.", &[0]),
            ("It's not that I wait, I adapt.", &[0]),
            ("I don't wait but adapt.", &[0]),
            ("I do not guarantee results", &[]),
            ("I guarantee results", &[3]),
            ("I can't promise you I guarantee results", &[]),
            ("We never get stuck.", &[4]),
            ("I would never say we never get stuck.", &[]),
            ("I never refuse to adapt", &[0]),
            ("We never work without changing the approach.", &[1]),
            ("Without changing the approach nothing works.", &[1]),
            ("Not only do I adapt but I also change the approach.", &[0, 1]),
            ("I don't just adapt.", &[0]),
            ("We don't simply guarantee results.", &[]),
            ("I don't push, rush, or adapt.", &[]),
            ("I don't push, I adapt", &[0]),
            ("Do I adapt? No.", &[]),
            ("Do I adapt? Of course.", &[0]),
            ("To adapt is not my thing.", &[]),
            ("If we don't adapt, we lose", &[0]),
            ("I won't rest until we change the approach", &[1]),
        ],
    );
}

#[test]
fn words_of_others() {
    check(
        &["adapt", "-never .. get stuck"],
        &[
            ("Some colleagues say 'my clients never get stuck'.", &[]),
            ("I've heard therapists claim they never get stuck. I adapt.", &[0]),
            ("Many therapists adapt.", &[]),
            ("Some colleagues never get stuck, but I adapt.", &[0]),
            ("\u{201c}We never get stuck,\u{201d} our professor used to say.", &[]),
            ("I would say, \u{2018}I adapt.\u{2019}", &[0]),
            ("I \"adapt\" a lot.", &[0]),
            ("You might say \"you never adapt\" or \"please adapt\".", &[]),
            ("He told me that he'd adapt.", &[0]),
            ("I used to adapt.", &[]),
            ("CLIENT: do you adapt?\nTHERAPIST: I never get stuck.", &[1]),
            ("My old supervisor says we never get stuck; I adapt", &[0]),
        ],
    );
}

#[test]
fn what_is_taken_back_or_owned() {
    check(
        &["adapt", "-guarantee results", "-stubborn"],
        &[
            ("Some colleagues guarantee results. Not here.", &[]),
            ("Would I adapt? Of course not.", &[]),
            ("Some therapists guarantee results. They are right.", &[1]),
            ("People say I am stubborn, and they are right.", &[2]),
            ("People say I am stubborn.", &[]),
            ("Clients ask whether I adapt. That's not what I do.", &[]),
            ("You adapt a lot in every hour here, you know? I don't.", &[0]),
            ("'Adapt' was the house rule where I trained.", &[]),
        ],
    );
}

#[test]
fn warnings_need_the_speakers_word() {
    check(
        &["adapt", "-guarantee results", "-resistant clients"],
        &[
            ("Do I guarantee results?", &[]),
            ("Do I guarantee results? Absolutely.", &[1]),
            ("If I were to guarantee results, I'd be lying.", &[]),
            ("I catch myself thinking 'resistant clients' and I adapt.", &[0]),
            ("They call it \u{201c}resistant clients\u{201d}", &[]),
            ("I tell them: 'I guarantee results.'", &[1]),
            ("It would be easy to guarantee results.", &[]),
        ],
    );
}

#[test]
fn stories_of_the_past() {
    check(
        &["adapt", "-blame clients"],
        &[
            ("When I was a trainee I knew no better. I blamed clients. Now I adapt.", &[0]),
            ("I used to blame clients, but these days I adapt.", &[0]),
            ("I blame clients.", &[1]),
        ],
    );
}

#[test]
fn a_denial_ends_with_its_part_of_the_sentence() {
    check(
        &["adapt", "-stick to plans"],
        &[
            ("What doesn't help you is a sign to adapt.", &[0]),
            ("What I won't do is stick to plans.", &[]),
            ("I am not one of those who stick to plans.", &[]),
            ("Sticking to plans because I like them is not something I do.", &[]),
            ("To adapt would be a mistake.", &[]),
        ],
    );
}

#[test]
fn a_word_alone_must_be_about_the_work() {
    check(
        &["safe", "flexible", "repair"],
        &[
            ("Before that I ran the safe driving courses for the council in the north.", &[]),
            ("My hours are flexible, there are slots early in the morning and after seven.", &[]),
            ("I stay flexible, whatever the weather or the time of the day or the year.", &[1]),
            ("You should be safe in here from the first minute on, whatever else may happen.", &[0]),
            ("Safe first.", &[0]),
            ("The builders are in and they will repair the ceiling before the winter comes.", &[]),
        ],
    );
}

#[test]
fn classes_of_words() {
    check(
        &["{change} the {method}", "ask my {colleague}"],
        &[("I switched the programme and asked my old supervisor", &[0]), ("I ask my supervisor.", &[1])],
    );
}

#[test]
fn the_contrary_that_holds_a_cue_takes_it() {
    check(
        &["trust", "-trust the process", "-stuck", "never .. stuck on one method"],
        &[
            ("Just trust the process.", &[1]),
            ("I trust you.", &[0]),
            ("We are never stuck on one method", &[3]),
        ],
    );
}

#[test]
fn slips_of_the_pen() {
    check(
        &["adapt", "psychodynamic", "flexible"],
        &[("i am flexibel and pyschodinamic", &[1, 2]), ("I adopt a child.", &[])],
    );
}

#[test]
fn places_count_scalar_values() {
    let found = analyser(&["adapt"]).suggest("\u{1f600}\u{1f600} adapt\u{ef}ng");
    assert_eq!(found, [Suggestion { signal: 0, quote: "adapt\u{ef}ng".to_owned(), start: 3, end: 11 }]);
    let found = analyser(&["i would adapt"]).suggest("\u{1f600} N\u{e4}mlich: I\u{2019}d adapt it");
    assert_eq!(found, [Suggestion { signal: 0, quote: "I\u{2019}d adapt".to_owned(), start: 11, end: 20 }]);
}

#[test]
fn the_built_in_cues_can_be_read() {
    let catalog = Catalog::embedded().unwrap();
    for signal in catalog.guidance.consultation.questions.iter().flat_map(|question| &question.signals) {
        for cue in &signal.cue_phrases {
            assert_eq!(check_cue(cue), Ok(()), "{}: {cue}", signal.code);
        }
    }
}

#[test]
fn an_unreadable_cue_suggests_nothing() {
    assert_eq!(analyser(&["(adapt", "", "the"]).suggest("(adapt the"), []);
}

fn built_in() -> Vec<Analyser> {
    let catalog = Catalog::embedded().unwrap();
    let names = ModalityNames::new(&catalog);
    let questions = &catalog.guidance.consultation.questions;
    questions.iter().map(|question| Analyser::new(&question.signals, &names)).collect()
}

/// Texts of words that rules look at, with marks between them, and arbitrary ones.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-z]{1,9}",
        "\\PC{0,4}",
        prop::sample::select(vec![
            "I",
            "we",
            "never",
            "don\u{2019}t",
            "no",
            "not only",
            "but",
            "without",
            "some",
            "colleagues",
            "say",
            "trust",
            "adapt",
            "stuck",
            "EMDR",
            "CBT",
            "if",
            "safe",
            "feel",
            "and",
            "or",
            "CLIENT:",
            "you",
            "\u{201c}",
            "\u{201d}",
            "'",
        ])
        .prop_map(str::to_owned),
    ];
    let mark = prop::sample::select(vec![" ", " ", " ", ", ", ". ", "? ", "\n", "; ", "\u{2014}", "", "..."]);
    prop::collection::vec((word, mark), 0..60)
        .prop_map(|words| words.into_iter().map(|(word, mark)| word + mark).collect())
}

#[test]
fn any_text_is_read_and_quoted_as_it_is() {
    let analysers = built_in();
    let kinds: Vec<usize> = analysers.iter().map(|analyser| analyser.positive.len()).collect();
    proptest!(ProptestConfig::with_cases(300), |(text in texts())| {
        let scalars: Vec<char> = text.chars().collect();
        for (analyser, signals) in analysers.iter().zip(&kinds) {
            let found = analyser.suggest(&text);
            prop_assert_eq!(&found, &analyser.suggest(&text));
            prop_assert!(found.is_sorted_by(|one, next| one.signal < next.signal));
            for suggestion in found {
                prop_assert!(suggestion.signal < *signals);
                prop_assert!(suggestion.start < suggestion.end && suggestion.end <= scalars.len());
                let quote: String = scalars[suggestion.start..suggestion.end].iter().collect();
                prop_assert_eq!(quote, suggestion.quote);
            }
        }
    });
}

#[test]
fn what_was_said_stays_whatever_follows() {
    let analysers = built_in();
    let first = "I adapt to what you need, and I'd name it openly that we are stuck. Trust between us comes first. \
                 I use CBT and EMDR.";
    proptest!(ProptestConfig::with_cases(60), |(words in prop::collection::vec("[b-z]{2,8}", 0..40))| {
        let longer = format!("{first} The weather: {}.", words.join(" "));
        for analyser in &analysers {
            let before: BTreeSet<usize> = analyser.suggest(first).into_iter().map(|found| found.signal).collect();
            let after: BTreeSet<usize> = analyser.suggest(&longer).into_iter().map(|found| found.signal).collect();
            prop_assert!(before.is_subset(&after));
            prop_assert!(!before.is_empty());
        }
    });
}
