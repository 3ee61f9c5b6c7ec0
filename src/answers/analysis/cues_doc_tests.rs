//! The examples of `docs/cues.md`: rows of tables with a cue, texts that suggest its signal and texts that do not.

use super::tests::analyser;

const DOC: &str = include_str!("../../../docs/cues.md");

/// What a cell has in quotation marks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('\u{201c}').skip(1).filter_map(|rest| rest.split('\u{201d}').next()).collect()
}

#[test]
fn every_example_is_so() {
    let (mut examples, mut wrong) = (0, Vec::new());
    for row in DOC.lines() {
        // A bar within a cue is written as \\| in a table.
        let row = row.replace("\\|", "\u{a6}");
        let [_, cue, yes, no, _] = row.split('|').collect::<Vec<_>>()[..] else { continue };
        let Some(cue) = cue.trim().strip_prefix('`').and_then(|cue| cue.strip_suffix('`')) else { continue };
        let cue = cue.replace('\u{a6}', "|");
        for (texts, found) in [(quoted(yes), 1), (quoted(no), 0)] {
            for text in texts {
                if analyser(&[&cue]).suggest(text).len() != found {
                    wrong.push(format!("{cue}: {text}"));
                }
                examples += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(examples > 50, "{examples} examples");
}
