//! What looks like a phone, a national number or an e-mail address whatever stands before it: told by its shape alone, as
//! labels are anybody's words. Numbers without separators are not judged here: `client-0001234567` is a counter.

/// Hosts at which people have their mail, without what follows the last dot.
const MAIL_HOSTS: &[&str] = &[
    "aol",
    "fastmail",
    "gmail",
    "gmx",
    "googlemail",
    "hotmail",
    "icloud",
    "live",
    "msn",
    "outlook",
    "proton",
    "protonmail",
    "yahoo",
    "yandex",
    "ymail",
    "zoho",
];
/// Endings that are no words of a pseudonym.
const ENDINGS: &[&str] = &["biz", "com", "edu", "gov", "info", "net", "org"];
/// Words that stand for the signs of an address.
const SIGNS: &[&str] = &["at", "dot"];
/// Longest ending of a host that people have their mail at (`com`, `co.uk`).
const LONGEST_ENDING: usize = 4;

/// Whether the text has groups of digits as phones and national numbers are written, or ends as an address does.
pub(super) fn is_personal(text: &str) -> bool {
    is_address(text) || runs(text).iter().any(|run| run.is_american() || (!run.is_glued && run.is_foreign()))
}

/// Groups of digits that follow one another with separators between them, as many as there are.
#[derive(Default)]
struct Run<'a> {
    groups: Vec<&'a str>,
    /// Whether a label runs into the first group, as in `ref415-555-0123`. Ids of hexadecimal digits look so too.
    is_glued: bool,
}

fn runs(text: &str) -> Vec<Run<'_>> {
    let mut runs = vec![Run::default()];
    for word in text.split(super::is_separator).filter(|word| !word.is_empty()) {
        let digits = word.trim_start_matches(|c: char| !c.is_ascii_digit());
        let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_glued = digits.len() < word.len();
        if is_glued || !is_whole {
            runs.push(Run { groups: Vec::new(), is_glued: is_glued && !digits.is_empty() });
        }
        if let Some(run) = runs.last_mut().filter(|_| is_whole && !digits.is_empty()) {
            run.groups.push(digits);
        }
    }
    runs
}

impl Run<'_> {
    fn lengths(&self) -> Vec<usize> {
        self.groups.iter().map(|group| group.len()).collect()
    }

    fn begins(&self, with: &str) -> bool {
        self.groups.first().is_some_and(|group| group.starts_with(with))
    }

    /// A phone number of North America, or a social security number of the United States, in parts that are given out.
    fn is_american(&self) -> bool {
        let is_phone = |parts: &[&str]| parts.iter().all(|part| !part.starts_with(['0', '1']));
        match (self.lengths().as_slice(), self.groups.as_slice()) {
            ([3, 3, 4], [area, exchange, _]) => is_phone(&[area, exchange]),
            ([1, 3, 3, 4], ["1", area, exchange, _]) | ([3, 3, 3, 4], ["001", area, exchange, _]) => {
                is_phone(&[area, exchange])
            }
            ([3, 2, 4], [area, group, serial]) => {
                !area.starts_with('9')
                    && !["000", "666"].contains(area)
                    && *group != "00"
                    && *serial != "0000"
            }
            _ => false,
        }
    }

    fn is_foreign(&self) -> bool {
        match self.lengths().as_slice() {
            // Phones of Britain, France and Australia, as dialled within the country.
            [3, 4, 4] => self.begins("02"),
            [2, 2, 2, 2, 2] => self.begins("0"),
            [4, 3, 3] => self.begins("04"),
            // National numbers of Brazil, Switzerland and France.
            [3, 3, 3, 2] => true,
            [3, 4, 4, 2] => self.begins("756"),
            [1, 2, 2, 2, 3, 3] | [1, 2, 2, 2, 3, 3, 2] => self.begins("1") || self.begins("2"),
            _ => false,
        }
    }
}

/// Whether the text is an address whose signs were left out or written as words: `john.doe.gmail.com`.
fn is_address(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let words: Vec<&str> =
        text.split(super::is_separator).filter(|word| !word.is_empty() && !SIGNS.contains(word)).collect();
    let is_word = |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_at_known_host = (1..=2).any(|ending| {
        let Some(host) = words.len().checked_sub(ending + 1).filter(|host| *host > 0) else { return false };
        let is_ending = |word: &&str| is_word(word) && (2..=LONGEST_ENDING).contains(&word.len());
        MAIL_HOSTS.contains(&words[host]) && words[host + 1..].iter().all(is_ending)
    });
    let ends = |ending: &str| text.strip_suffix(ending).is_some_and(|rest| rest.ends_with('.'));
    // A name before the host: what has digits is a number at the app's own host.
    let is_named = words.len() >= 3 && words.iter().all(is_word) && ENDINGS.iter().any(|ending| ends(ending));
    is_at_known_host || is_named
}
