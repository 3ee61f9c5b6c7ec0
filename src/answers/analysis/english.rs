//! Whether a text is in the language that cues and rules are written in.
//!
//! Told by the small words of English, which no English sentence does without and which other languages do not have. A list
//! of names has none in any language; it counts as read where its words are known.

/// Fewest words by which anything can be told.
const FEW: usize = 8;
/// One small word in so many makes a text English.
const ONE_IN: usize = 16;

/// Whether `text` is English, as far as can be told; `is_known` tells the words of cues and names, in small letters.
pub(super) fn is_english(text: &str, is_known: impl Fn(&str) -> bool) -> bool {
    let words =
        || text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().any(char::is_alphabetic));
    let all = words().count();
    if all < FEW || words().filter(|word| is_small(word)).count() * ONE_IN >= all {
        return true;
    }
    words().filter(|word| is_known(&word.to_lowercase())).count() * 2 > all
}

/// Whether a word is a small one of English that others do not write so.
fn is_small(word: &str) -> bool {
    SMALL.iter().any(|small| small.eq_ignore_ascii_case(word))
}

const SMALL: [&str; 34] = [
    "the", "and", "of", "is", "are", "that", "with", "you", "your", "they", "it", "what", "how", "when",
    "not", "this", "my", "if", "would", "our", "but", "from", "which", "them", "about", "than", "because",
    "who", "there", "could", "their", "don", "where", "these",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_is_told_from_its_neighbours() {
        for (text, english) in [
            ("", true),
            ("Wir entscheiden gemeinsam.", true),
            ("We decide together what to work on, and in which order.", true),
            ("I practise EMDR and nothing but EMDR. Grief gets EMDR, couples get EMDR.", true),
            ("Stabilise, calm, ground. Understand. Rebuild. Review! Homework: tiny.", false),
            (
                "Ich arbeite vor allem verhaltenstherapeutisch, aber was wir machen, entscheiden wir gemeinsam.",
                false,
            ),
            (
                "Wir arbeiten mit EMDR und CBT, so wie es in der Situation passt; was will man am Anfang?",
                false,
            ),
            ("Je travaille surtout avec la th\u{e9}rapie cognitive, or il faut du temps.", false),
            ("Trabajo sobre todo con terapia cognitiva y decidimos juntos qu\u{e9} le conviene.", false),
            (
                "Ik werk vooral met cognitieve gedragstherapie en we beslissen samen wat er bij je past.",
                false,
            ),
            (
                "Jeg jobber mest med kognitiv terapi for at vi kan finne det som passer for deg, og det at v\u{e6}re fast.",
                false,
            ),
            ("Lavoro soprattutto con la terapia cognitiva e i tempi li sceglie lei.", false),
            (
                "Pracuj\u{119} g\u{142}\u{f3}wnie terapi\u{105} poznawcz\u{105} i razem decydujemy, co i do czego.",
                false,
            ),
            (
                "\u{43c}\u{44b} \u{440}\u{435}\u{448}\u{430}\u{435}\u{43c} \u{432}\u{43c}\u{435}\u{441}\u{442}\u{435} \u{447}\u{442}\u{43e} \u{438} \u{43a}\u{430}\u{43a} \u{434}\u{435}\u{43b}\u{430}\u{442}\u{44c} \u{441}\u{435}\u{433}\u{43e}\u{434}\u{43d}\u{44f}",
                false,
            ),
        ] {
            assert_eq!(is_english(text, |_| false), english, "{text}");
        }
        let list = "CBT, EMDR, ACT, schema therapy, mindfulness, exposure, hypnosis, tapping";
        assert!(!is_english(list, |_| false));
        assert!(is_english(list, |word| word != "tapping"));
    }
}
