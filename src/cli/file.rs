//! The file of an import: how it is opened, written and compressed, by its name.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use super::Failure;
use crate::{import::upload::Coding, vocabulary::ImportFormat};

/// Stands for standard input.
const STDIN: &str = "-";

/// The file or standard input, and how many bytes it has, where that can be known.
pub(super) fn open(file: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>), Failure> {
    if file == Path::new(STDIN) {
        return Ok((Box::new(io::stdin()), None));
    }
    let failed = |error| format!("{}: {error}", file.display());
    let opened = File::open(file).map_err(failed)?;
    let metadata = opened.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()).into());
    }
    let size = metadata.is_file().then_some(metadata.len());
    Ok((Box::new(opened), size))
}

/// Whether both are one file.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// How a file is compressed.
pub(super) fn coding(file: &Path) -> Coding {
    if name(file).ends_with(".gz") { Coding::Gzip } else { Coding::Identity }
}

/// How a file is written; where its name does not tell, one profile a line.
pub(super) fn format(file: &Path) -> ImportFormat {
    let name = name(file);
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.') {
        Some((stem, "csv")) if stem.starts_with("npidata_pfile") => ImportFormat::Nppes,
        Some((_, "csv")) => ImportFormat::Csv,
        Some((_, "json")) => ImportFormat::Json,
        _ => ImportFormat::Ndjson,
    }
}

/// The media type of a body in this format.
pub(super) const fn media_type(format: ImportFormat) -> &'static str {
    match format {
        ImportFormat::Ndjson => "application/x-ndjson",
        ImportFormat::Csv | ImportFormat::Nppes => "text/csv",
        ImportFormat::Json => "application/json",
    }
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_how_to_read_it() {
        use Coding::{Gzip, Identity};
        use ImportFormat::{Csv, Json, Ndjson, Nppes};
        let names = [
            ("nightly.ndjson", Ndjson, Identity),
            ("nightly.jsonl.gz", Ndjson, Gzip),
            ("some.dir/rows.csv", Csv, Identity),
            ("some.json/rows.CSV.GZ", Csv, Gzip),
            ("rows.json", Json, Identity),
            ("rows.json.gz", Json, Gzip),
            ("npidata_pfile_20050523-20261108.csv", Nppes, Identity),
            ("in/NPIDATA_PFILE_20050523-20261108.csv.gz", Nppes, Gzip),
            ("npidata_pfile.json", Json, Identity),
            ("npidata_pfile/rows.csv", Csv, Identity),
            ("-", Ndjson, Identity),
            ("rows", Ndjson, Identity),
            ("csv", Ndjson, Identity),
            ("rows.txt", Ndjson, Identity),
            (".gz", Ndjson, Gzip),
            ("", Ndjson, Identity),
        ];
        for (name, is, coded) in names {
            assert_eq!((format(Path::new(name)), coding(Path::new(name))), (is, coded), "{name}");
        }
    }
}
