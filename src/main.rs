//! The `tailor` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    tailor::cli::run()
}
