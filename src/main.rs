//! The `tailor` program.

fn main() {}
