//! What the tests stand on: fresh databases, the production assembly, a client.

pub mod app;
pub mod database;
pub mod events;
pub mod operations;
pub mod postgres;
