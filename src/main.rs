//! The `tailor` program.

use std::process::ExitCode;

/// A third of the time of a start and of an import is asking for memory; this one answers sooner than glibc's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tailor::cli::run()
}
