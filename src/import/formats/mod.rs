//! How a body is cut into rows, by format. Each reads from any [`std::io::BufRead`] and knows nothing of profiles.

pub mod ndjson;
