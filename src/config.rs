//! All configuration, typed: every flag is also an environment variable, and nothing else reads the environment.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};

/// The database where none is named.
pub const DEFAULT_DATABASE_URL: &str = "sqlite://tailor.db";

/// How the server runs.
#[derive(Args, Clone, Debug)]
pub struct Settings {
    /// Where the data is: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`
    ///
    /// PostgreSQL: `sslmode` is disable, prefer, require, verify-ca or verify-full; `sslrootcert` names a PEM file.
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = DEFAULT_DATABASE_URL,
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub database_url: String,

    /// The address to listen on; port 0 picks a free one
    #[arg(
        long,
        env = "TAILOR_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS",
        global = true
    )]
    pub listen: SocketAddr,

    /// An address of its own for /metrics; unset: on the main address
    #[arg(long, env = "TAILOR_METRICS_LISTEN", value_name = "ADDRESS", global = true)]
    pub metrics_listen: Option<SocketAddr>,

    /// The signing key; made on first start with owner-only rights (several nodes share one)
    #[arg(
        long,
        env = "TAILOR_KEY_FILE",
        default_value = "tailor-key.pem",
        value_name = "FILE",
        global = true
    )]
    pub key_file: PathBuf,

    /// Whether reading the directory and matching need no token
    #[arg(
        long,
        env = "TAILOR_PUBLIC_READ",
        default_value_t = true,
        action = clap::ArgAction::Set,
        value_name = "BOOL",
        global = true
    )]
    pub public_read: bool,

    /// Days after which a profile that nobody confirmed counts as stale
    #[arg(
        long,
        env = "TAILOR_STALE_AFTER_DAYS",
        default_value_t = 90,
        value_parser = clap::value_parser!(u16).range(1..=36_500),
        value_name = "DAYS",
        global = true
    )]
    pub stale_after_days: u16,

    /// What becomes of stale profiles in matches
    #[arg(long, env = "TAILOR_STALE", value_enum, default_value_t = StaleMode::Mark, value_name = "MODE", global = true)]
    pub stale: StaleMode,

    /// The operator's own crisis resources and communities (JSON, see README)
    #[arg(long, env = "TAILOR_CATALOG_EXTENSIONS", value_name = "FILE", global = true)]
    pub catalog_extensions: Option<PathBuf>,

    /// The keys by which consultations' free text is encrypted; made by `tailor consultation-keys`
    ///
    /// Unset: free text is not stored.
    #[arg(long, env = "TAILOR_CONSULTATION_KEYS", value_name = "FILE", global = true)]
    pub consultation_keys: Option<PathBuf>,

    /// Origins whose pages may call the API (CORS), separated by commas; `*` for any
    #[arg(long, env = "TAILOR_CORS_ORIGINS", value_delimiter = ',', value_name = "ORIGINS", global = true)]
    pub cors_origins: Vec<String>,

    /// Longest request body in bytes, after decompression; imports have their own limit
    #[arg(
        long,
        env = "TAILOR_MAX_BODY_BYTES",
        default_value_t = 1_048_576,
        value_name = "BYTES",
        global = true
    )]
    pub max_body_bytes: usize,

    /// Longest import in bytes, after decompression
    #[arg(
        long,
        env = "TAILOR_MAX_IMPORT_BYTES",
        default_value_t = 17_179_869_184,
        value_name = "BYTES",
        global = true
    )]
    pub max_import_bytes: u64,

    /// Threads that answer requests; unset: one per processor
    #[arg(long, env = "TAILOR_WORKERS", value_name = "N", global = true)]
    pub workers: Option<usize>,

    /// What to log: error, warn, info, debug, trace, or a filter by target
    #[arg(long, env = "TAILOR_LOG", default_value = "info", value_name = "FILTER", global = true)]
    pub log: String,

    /// How to write the log
    #[arg(long, env = "TAILOR_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT", global = true)]
    pub log_format: LogFormat,
}

/// What becomes of profiles that nobody confirmed for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StaleMode {
    /// They say so.
    Mark,
    /// They also come after all fresh ones, in tiers of their own.
    Demote,
    /// They are not considered.
    Hide,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}
