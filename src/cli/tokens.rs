//! `tailor token`.

use std::process::ExitCode;

use chrono::Duration;
use clap::Args;

use super::Failure;
use crate::{
    auth::{keys::Keys, scope::Scope, token::Tokens},
    clock::Clock,
    config::Settings,
    server,
};

/// A token cannot be called back, so none holds for longer.
const LONGEST_DAYS: i64 = 3650;

#[derive(Args, Debug)]
pub(super) struct TokenArgs {
    /// What the token may do, separated by spaces or commas: admin, profiles:write, directory:read, match:run,
    /// imports:write, consultations:write
    #[arg(long, value_name = "SCOPES")]
    scopes: String,

    /// How long it holds: a number and s, m, h or d
    #[arg(long, default_value = "1h", value_parser = duration, value_name = "TIME")]
    ttl: Duration,

    /// Whom it stands for
    #[arg(long, default_value = "operator", value_name = "NAME")]
    subject: String,
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a number followed by s, m, h or d, such as 90m".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let time = Duration::seconds(i64::from(number) * seconds);
    if time > Duration::days(LONGEST_DAYS) {
        return Err(format!("at most {LONGEST_DAYS}d"));
    }
    Ok(time)
}

/// Makes a token with the server's key, which is made where it is missing.
pub(super) fn make(settings: &Settings, args: &TokenArgs, clock: &Clock) -> Result<String, Failure> {
    let scopes = Scope::parse_list(&args.scopes)?;
    let tokens: Tokens = server::tokens(Keys::load_or_create(&settings.key_file)?);
    Ok(tokens.issue(&args.subject, &scopes, args.ttl, clock.now())?)
}

pub(super) fn print(settings: &Settings, args: &TokenArgs, clock: &Clock) -> Result<ExitCode, Failure> {
    println!("{}", make(settings, args, clock)?);
    Ok(ExitCode::SUCCESS)
}
