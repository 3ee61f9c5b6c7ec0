//! Free text at rest: encrypted under keys from a file, each row bound to its place.

pub mod keys;
pub mod seal;
