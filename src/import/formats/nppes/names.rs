//! Names as people write them: the registry keeps most of them in capitals.

/// Numbers of a family name's later bearers; a first name of `VI` or a word of `V` is somebody's own.
const NUMERALS: [&str; 3] = ["II", "III", "IV"];
/// What elides before an apostrophe, beside single letters.
const ELIDING: [&str; 3] = ["DELL", "DALL", "SANT"];

/// A given name: in capitals it becomes readable, otherwise it is kept as it was written.
///
/// Two consonants are initials and stay: `TJ`.
#[must_use]
pub fn given(text: &str) -> String {
    readable(text, |_, word| {
        word.len() == 2 && !word.contains(['A', 'E', 'I', 'O', 'U', 'Y', '.', '\'', '-'])
    })
}

/// A family name: in capitals it becomes readable, otherwise it is kept as it was written.
///
/// The number of a later bearer stays: `SMITH III`.
#[must_use]
pub fn family(text: &str) -> String {
    readable(text, |at, word| at > 0 && NUMERALS.contains(&word))
}

/// A title before the name, or the name of a city.
#[must_use]
pub fn plain(text: &str) -> String {
    readable(text, |_, _| false)
}

/// What follows a name: `JR.` becomes readable, `III` and what else is no word is kept.
#[must_use]
pub fn suffix(text: &str) -> String {
    match text.trim_end_matches('.') {
        "JR" | "SR" => plain(text),
        _ => text.to_owned(),
    }
}

fn readable(text: &str, keeps: fn(usize, &str) -> bool) -> String {
    if text.contains(char::is_lowercase) {
        return text.to_owned();
    }
    let mut name = String::with_capacity(text.len());
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            name.push(' ');
        }
        if keeps(at, word) {
            name.push_str(word);
        } else {
            push_word(&mut name, word);
        }
    }
    name
}

/// Writes a word: every run of letters has a capital, one behind an apostrophe only where something was elided.
fn push_word(name: &mut String, word: &str) {
    let mut before = "";
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        let is_behind_apostrophe = name.ends_with(['\'', '\u{2019}']) && !before.is_empty();
        let elided = before.chars().nth(1).is_none() || ELIDING.contains(&before);
        if is_behind_apostrophe && (!elided || run.chars().nth(1).is_none()) {
            name.extend(run.chars().flat_map(char::to_lowercase));
        } else {
            push_run(name, run);
        }
        before = run;
        let next = tail.find(char::is_alphabetic).unwrap_or(tail.len());
        name.push_str(&tail[..next]);
        rest = &tail[next..];
    }
}

fn push_run(name: &mut String, run: &str) {
    match run.strip_prefix("MC") {
        Some(rest) if rest.chars().nth(1).is_some() => {
            name.push_str("Mc");
            push_capital(name, rest);
        }
        _ => push_capital(name, run),
    }
}

fn push_capital(name: &mut String, run: &str) {
    let mut letters = run.chars();
    name.extend(letters.next());
    name.extend(letters.flat_map(char::to_lowercase));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn family_names_become_readable() {
        for (written, read) in [
            ("OKAFOR", "Okafor"),
            ("MCDONALD", "McDonald"),
            ("MCI", "Mci"),
            ("MACHADO", "Machado"),
            ("O'BRIEN", "O'Brien"),
            ("O’BRIEN-MCKEE", "O’Brien-McKee"),
            ("D'ANGELO", "D'Angelo"),
            ("DELL'ORTO", "Dell'Orto"),
            ("SA'ID", "Sa'id"),
            ("DE LA CRUZ", "De La Cruz"),
            ("SMITH-JONES", "Smith-Jones"),
            ("ST. JOHN", "St. John"),
            ("SMITH  III", "Smith III"),
            ("NG", "Ng"),
            ("PEÑA ÁLVAREZ", "Peña Álvarez"),
            ("II", "Ii"),
            ("'", "'"),
        ] {
            assert_eq!(family(written), read);
        }
    }

    #[test]
    fn given_names_keep_initials() {
        for (written, read) in [
            ("MAYA", "Maya"),
            ("J.P.", "J.P."),
            ("TJ", "TJ"),
            ("JO", "Jo"),
            ("VI", "Vi"),
            ("ANNE-MARIE K", "Anne-Marie K"),
            ("KU'UIPO", "Ku'uipo"),
        ] {
            assert_eq!(given(written), read);
        }
    }

    #[test]
    fn what_somebody_wrote_in_both_cases_is_kept() {
        for name in ["van der Berg", "deShawn", "MacDonald", "eLLa  B"] {
            assert_eq!((given(name), family(name)), (name.to_owned(), name.to_owned()));
        }
    }

    #[test]
    fn titles_and_suffixes() {
        assert_eq!(plain("DR."), "Dr.");
        assert_eq!(plain("COEUR D'ALENE"), "Coeur D'Alene");
        for (written, read) in [("JR.", "Jr."), ("SR", "Sr"), ("III", "III"), ("PHD", "PHD"), ("Jr.", "Jr.")]
        {
            assert_eq!(suffix(written), read);
        }
    }
}
