//! The rules of `ARCHITECTURE.md` that a compiler does not hold: who may name whom, and how long a file may be.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Longest file, in lines.
const MAX_LINES: usize = 400;

/// Which modules of the crate each module may name, beside itself and the leaves.
///
/// A feature's `api` stands above all features and has a line of its own.
const ARROWS: &[(&str, &[&str])] = &[
    // Leaves.
    ("id", &[]),
    ("clock", &[]),
    ("fault", &[]),
    ("formats", &[]),
    ("vocabulary", &[]),
    ("to_json", &[]),
    ("pace", &[]),
    ("config", &[]),
    ("secret_file", &[]),
    // Kits.
    ("web", &[]),
    ("web::storage", &["store"]),
    ("store", &[]),
    // What is known, and the pure engine.
    ("catalog", &[]),
    ("catalog::api", &["web"]),
    ("matching", &["catalog::model"]),
    ("auth", &["web"]),
    ("answers", &["catalog::guidance", "catalog::model"]),
    // Features.
    ("directory", &["answers", "catalog::model", "store", "web::decode"]),
    ("directory::view", &["auth"]),
    ("directory::filters", &["auth", "catalog::model", "store", "web"]),
    ("directory::api", &["answers", "auth", "catalog", "live", "questions", "store", "web"]),
    ("questions", &["answers", "catalog", "store"]),
    ("questions::api", &["answers", "auth", "catalog", "store", "web"]),
    ("postal_codes", &["store"]),
    ("summaries", &["answers", "store"]),
    ("summaries::api", &["auth", "directory", "questions", "store", "web"]),
    ("comparisons", &["answers", "catalog", "directory::model"]),
    ("comparisons::api", &["answers", "auth", "catalog::model", "directory", "questions", "store", "web"]),
    ("consultations", &["answers", "catalog", "directory", "questions", "store"]),
    ("consultations::api", &["answers", "auth", "catalog", "directory", "questions", "store", "web"]),
    // Reads profiles as they are stored; of the engine it takes sets of slots and distances.
    (
        "search",
        &[
            "catalog::model",
            "directory::confirmations",
            "directory::examples",
            "directory::model",
            "matching",
        ],
    ),
    (
        "search::api",
        &[
            "auth",
            "catalog::model",
            "directory::filters",
            "directory::view",
            "live",
            "postal_codes",
            "store",
            "web",
        ],
    ),
    ("live", &["answers", "catalog::model", "directory", "matching", "search", "store"]),
    ("matches", &["catalog", "directory::confirmations", "live::summary", "matching"]),
    ("matches::api", &["auth", "catalog", "directory", "live", "matching", "store", "web"]),
    ("exchange", &["directory", "web::decode"]),
    ("aliases", &["catalog", "store"]),
    ("aliases::api", &["auth", "catalog", "store", "web"]),
    ("synthetic", &["answers", "catalog::model", "directory", "exchange"]),
    ("import", &["aliases", "answers", "catalog", "directory", "exchange", "questions", "store", "web"]),
    ("import::api", &["auth", "catalog", "directory", "exchange", "live", "questions", "store", "web"]),
    ("export", &["directory", "exchange", "store"]),
    ("export::api", &["auth", "catalog::model", "directory", "store", "web"]),
    ("changes", &["directory", "store"]),
    ("changes::api", &["auth", "directory", "live", "store", "web"]),
    ("changes::stream", &["directory", "web::sse"]),
    // Assembly: knows everybody, nobody knows it.
    ("server", &["*"]),
    ("cli", &["*"]),
    ("main", &["cli"]),
    ("lib", &[]),
];

const LEAVES: &[&str] =
    &["id", "clock", "fault", "formats", "vocabulary", "to_json", "pace", "config", "secret_file"];

struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The module's path below `src`, such as `directory::store::rows`.
    fn module(&self) -> String {
        let path = self.path.strip_prefix("src").expect("below src").with_extension("");
        let names: Vec<_> = path.iter().map(|name| name.to_str().expect("a name in UTF-8")).collect();
        names.join("::").trim_end_matches("::mod").to_owned()
    }

    /// The code without what only tests see.
    fn production(&self) -> &str {
        self.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source file");
                found.push(Source { path, text });
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new("src"), &mut found);
    assert!(found.len() > 50, "the sources were found");
    found
}

/// The paths within the crate that the code names, such as `catalog::model`.
fn named(code: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        collect(&code[at + "crate::".len()..], "", &mut named);
    }
    named
}

/// Reads one `use` tree: `a::b::{c, d::e}` names `a::b::c` and `a::b::d::e`.
fn collect(rest: &str, prefix: &str, named: &mut BTreeSet<String>) {
    let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
    let path = format!("{prefix}{}", &rest[..end]);
    if !rest[end..].starts_with('{') {
        named.insert(path.trim_end_matches("::").to_owned());
        return;
    }
    let mut depth = 0;
    let mut start = end + 1;
    for (at, c) in rest.char_indices().skip_while(|(at, _)| *at < end) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (c == ',' && depth == 1) || (c == '}' && depth == 0) {
            let item = rest[start..at].trim();
            if !item.is_empty() {
                collect(item, &path, named);
            }
            start = at + 1;
            if depth == 0 {
                return;
            }
        }
    }
}

/// The line of [`ARROWS`] for a module: the longest that it begins with.
fn rule(module: &str) -> (&'static str, &'static [&'static str]) {
    *ARROWS
        .iter()
        .filter(|(name, _)| is_below(module, name))
        .max_by_key(|(name, _)| name.len())
        .unwrap_or_else(|| panic!("{module} has no place in the architecture"))
}

fn is_below(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn arrows_go_one_way() {
    let mut wrong = Vec::new();
    for source in sources() {
        let module = source.module();
        let (name, allowed) = rule(&module);
        let home = name.split("::").next().expect("a name");
        for path in named(source.production()) {
            let macro_or_root = !path.contains("::") && !ARROWS.iter().any(|(module, _)| *module == path);
            let fine = macro_or_root
                || is_below(&path, home)
                || LEAVES.iter().any(|leaf| is_below(&path, leaf))
                || allowed.iter().any(|module| *module == "*" || is_below(&path, module));
            let foreign_api =
                path.split("::").nth(1) == Some("api") && !is_below(&path, home) && home != "server";
            if !fine || foreign_api {
                wrong.push(format!("{} names {path}", source.path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "against the arrows of ARCHITECTURE.md:\n{}", wrong.join("\n"));
}

#[test]
fn only_stores_name_diesel() {
    let is_store = |path: &Path| path.iter().any(|part| part == "store" || part == "store.rs");
    let wrong: Vec<_> = sources()
        .into_iter()
        .filter(|source| !is_store(&source.path) && source.production().contains("diesel::"))
        .map(|source| source.path)
        .collect();
    assert!(wrong.is_empty(), "SQL belongs into store files: {wrong:?}");
}

#[test]
fn files_stay_short() {
    let wrong: Vec<_> = sources()
        .into_iter()
        .map(|source| (source.text.lines().count(), source.path))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .collect();
    assert!(wrong.is_empty(), "longer than {MAX_LINES} lines: {wrong:?}");
}
