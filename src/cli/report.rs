//! What an import came to, told to people.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
    process::ExitCode,
};

use super::Failure;
use crate::{
    import::model::{Import, RowFault},
    vocabulary::ImportStatus,
};

/// Exit status of an import that ended with rejected rows.
const SOME_REJECTED: u8 = 2;
/// Faults that are printed: whoever has more of them reads a file.
pub(super) const SHOWN: usize = 100;

/// One fault of a rejected row, on standard error.
pub(super) fn complain(fault: &RowFault) {
    eprintln!("{}", line(fault));
}

fn line(fault: &RowFault) -> String {
    // What stands in the file is not trusted with the terminal.
    let external_id = fault.external_id.as_deref().unwrap_or("-").escape_debug();
    let RowFault { line, pointer, code, detail, .. } = fault;
    let column = fault.column.as_ref().map(|name| format!("(column {name:?}) ")).unwrap_or_default();
    let mut text = format!("line {line} {external_id} {} {column}{code}: {detail}", pointer.escape_debug());
    if !fault.suggestions.is_empty() {
        text.push_str(&perhaps(&fault.suggestions));
    }
    text
}

fn perhaps(suggestions: &[String]) -> String {
    format!(" (perhaps {})", suggestions.join(", "))
}

/// Says how many faults were not printed, and where they are: in the file, or where `elsewhere` says.
pub(super) fn say_rest(total: u64, file: Option<&str>, elsewhere: &str) {
    let rest = total.saturating_sub(SHOWN as u64);
    match (rest, file) {
        (0, _) => {}
        (_, Some(file)) => eprintln!("… and {rest} more; {file} has them all"),
        (_, None) => eprintln!("… and {rest} more; {elsewhere}"),
    }
}

/// A file that takes all faults, one JSON object a line.
pub(super) struct FaultsFile {
    name: String,
    out: BufWriter<File>,
}

impl FaultsFile {
    /// Makes the file, or empties it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let file = File::create(path).map_err(|error| format!("--errors {name}: {error}"))?;
        Ok(Self { name, out: BufWriter::new(file) })
    }

    /// Adds one fault.
    pub(super) fn add(&mut self, fault: &RowFault) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, fault)?;
        self.out.write_all(b"\n")
    }

    /// Adds faults that are written already, as the server sends them.
    pub(super) fn copy(&mut self, mut lines: impl io::Read) -> io::Result<u64> {
        io::copy(&mut lines, &mut self.out)
    }

    /// The name of the file, which has everything then.
    pub(super) fn finish(mut self) -> io::Result<String> {
        self.out.flush()?;
        Ok(self.name)
    }
}

/// The counts on standard output, and the exit status that says as much.
pub(super) fn report(import: &Import) -> Result<ExitCode, Failure> {
    for term in &import.unmapped_terms {
        let perhaps = if term.suggestions.is_empty() { String::new() } else { perhaps(&term.suggestions) };
        eprintln!("not in the catalog: {} {:?}, {} times{perhaps}", term.field, term.term, term.count);
    }
    let counts = &import.counts;
    println!(
        "{}: {} read, {} created, {} updated, {} unchanged, {} archived, {} rejected, {} skipped",
        import.status.code(),
        counts.read,
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.archived,
        counts.rejected,
        counts.skipped
    );
    match (&import.problem, import.status) {
        (Some(problem), _) => Err(format!("the import failed: {}", problem.detail).into()),
        (None, ImportStatus::Succeeded) if counts.rejected == 0 => Ok(ExitCode::SUCCESS),
        (None, ImportStatus::Succeeded) => Ok(ExitCode::from(SOME_REJECTED)),
        (None, ImportStatus::Cancelled) => {
            Err("the import was cancelled; what was written before stays".into())
        }
        (None, _) => Ok(ExitCode::FAILURE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_line_that_a_terminal_can_show() {
        let mut fault = RowFault {
            row_number: 7,
            line: 17,
            external_id: Some("A-1\u{1b}[2J\n".to_owned()),
            column: None,
            pointer: "/modalities/0/code".to_owned(),
            code: "unknown_code".to_owned(),
            detail: "No modality of the catalog has this name.".to_owned(),
            suggestions: Vec::new(),
        };
        assert_eq!(
            line(&fault),
            "line 17 A-1\\u{1b}[2J\\n /modalities/0/code unknown_code: No modality of the catalog has this name."
        );
        fault.external_id = None;
        fault.column = Some("modalities".to_owned());
        fault.suggestions = vec!["emdr".to_owned(), "cbt".to_owned()];
        assert_eq!(
            line(&fault),
            "line 17 - /modalities/0/code (column \"modalities\") unknown_code: No modality of the catalog has this name. \
             (perhaps emdr, cbt)"
        );
    }
}
