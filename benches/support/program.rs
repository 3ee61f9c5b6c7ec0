//! Runs the program on a folder of its own: a synthetic directory, generated and imported.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// The profiles, one a line, in the folder of a benchmark.
const ROWS: &str = "directory.ndjson";

/// The database of a folder.
const DATABASE: &str = "sqlite://tailor.db";

/// A fresh folder beside the other build products: on a disk that keeps what it is told to keep, where the folder for
/// temporary files often is memory.
pub fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

/// The program with these arguments, which finds and leaves its files in `folder` and says nothing but warnings.
pub fn tailor(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tailor"));
    command.current_dir(folder).args(args).args(["--log", "warn"]).env("DATABASE_URL", DATABASE);
    command
}

/// Runs it to its end.
pub fn run(folder: &Path, args: &[&str]) -> String {
    let output = tailor(folder, args).stderr(Stdio::inherit()).output().expect("the program runs");
    assert!(output.status.success(), "{args:?}: {}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Generates so many profiles; the file that they are in.
pub fn generate(folder: &Path, profiles: usize) -> PathBuf {
    let path = folder.join(ROWS);
    let file = File::create(&path).expect("a file");
    let count = profiles.to_string();
    let made = tailor(folder, &["generate", "--therapists", &count]).stdout(file).status();
    assert!(made.expect("the program runs").success());
    path
}

/// Imports the generated profiles; the file of the database that has them then.
pub fn import(folder: &Path) -> PathBuf {
    run(folder, &["import", ROWS, "--source", "synthetic"]);
    folder.join(DATABASE.trim_start_matches("sqlite://"))
}

/// The value at the middle or, with another `share` than one half, below which that share of the values is.
pub fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get((values.len().saturating_sub(1) as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}
