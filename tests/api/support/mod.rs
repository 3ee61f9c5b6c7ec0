//! What the tests stand on: fresh databases, the production assembly, a client.

pub mod database;
pub mod postgres;
