//! `tailor demo`: the server over a synthetic directory in a database file of its own.

use std::{
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
};

use chrono::Duration;
use clap::Args;

use super::{Failure, generate::DirectoryArgs, serve};
use crate::{
    answers::settle,
    auth::scope::Scope,
    clock::Clock,
    config::{DEFAULT_DATABASE_URL, Settings},
    consultations::secret::keys::Keyring,
    directory::{
        model::ServerFields,
        store::{self as rows, Filter},
    },
    id::Id,
    server::Assembly,
    store::{Database, StoreError},
    synthetic::{self, codes::Codes},
};

/// Where the demonstration keeps its directory, unless another database is named.
const DEMO_DATABASE_URL: &str = "sqlite://tailor-demo.db";
/// The source of its profiles.
const SOURCE: &str = "demo";
/// Profiles that are written in one transaction.
const AT_ONCE: usize = 500;

#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    #[command(flatten)]
    directory: DirectoryArgs,
}

/// Fills the database with what it lacks of the synthetic directory, serves it, and says what to try.
pub(super) fn demo(settings: &Settings, args: &DemoArgs, clock: Clock) -> Result<ExitCode, Failure> {
    let mut settings = settings.clone();
    if settings.database_url == DEFAULT_DATABASE_URL {
        DEMO_DATABASE_URL.clone_into(&mut settings.database_url);
    }
    make_keys(&mut settings, &clock)?;
    let assembly = Assembly::open(&settings, clock)?;
    refuse_foreign(&assembly)?;
    fill(&assembly, &args.directory)?;
    assembly.live.load()?;
    let admin = assembly.tokens.issue("demo", &[Scope::Admin], Duration::days(1), assembly.clock.now())?;
    serve::run(&assembly, |url| greet(url, &admin, args.directory.therapists))
}

/// Lets consultations have free text: where no keys are named, they are in a file beside the database's.
fn make_keys(settings: &mut Settings, clock: &Clock) -> Result<(), Failure> {
    if let (None, Database::Sqlite(path)) =
        (&settings.consultation_keys, Database::of(&settings.database_url)?)
    {
        let keys = PathBuf::from(format!("{path}-consultation-keys.json"));
        if !keys.exists() {
            Keyring::add_to(&keys, &clock.today().to_string())?;
        }
        settings.consultation_keys = Some(keys);
    }
    Ok(())
}

/// Keeps the demonstration out of a directory that somebody uses.
fn refuse_foreign(assembly: &Assembly) -> Result<(), Failure> {
    let own = Filter { source: vec![SOURCE.to_owned()], ..Filter::default() };
    let foreign = assembly.foundation.store.read(|conn| {
        Ok::<_, StoreError>(rows::count(conn, &Filter::default())? - rows::count(conn, &own)?)
    })?;
    if foreign > 0 {
        let url = &assembly.settings.database_url;
        return Err(
            format!("{url} holds {foreign} profiles of another source; name an empty database").into()
        );
    }
    Ok(())
}

/// Stores the profiles of the synthetic directory that are not there yet, except those that were removed on request.
fn fill(assembly: &Assembly, directory: &DirectoryArgs) -> Result<(), Failure> {
    let codes = Codes::from(&*assembly.foundation.catalog);
    let (now, sets) = (assembly.clock.now(), assembly.foundation.questions.sets());
    let mut rest =
        synthetic::directory(directory.seed, directory.therapists, now.date_naive(), &codes).peekable();
    while rest.peek().is_some() {
        let mut batch: Vec<_> = rest.by_ref().take(AT_ONCE).collect();
        for answers in batch.iter_mut().filter_map(|therapist| therapist.consultation_answers.as_mut()) {
            settle::settle(answers, &sets);
            settle::date(answers, &[], now);
        }
        assembly.foundation.store.write(|conn| {
            let ids: Vec<&str> = batch.iter().filter_map(|t| t.external_id.as_deref()).collect();
            let npis: Vec<&str> = batch.iter().filter_map(|t| t.npi.as_deref()).collect();
            let removed = rows::removed(conn, SOURCE, &ids, &npis)?;
            let stored = rows::by_external_ids(conn, SOURCE, &ids)?;
            batch.retain(|t| !stored.iter().any(|other| other.external_id == t.external_id));
            batch.retain(|t| !removed.has(t.external_id.as_deref(), t.npi.as_deref()));
            for therapist in &mut batch {
                therapist.source = Some(SOURCE.to_owned());
                let id = Id::new(now);
                therapist.stamp(ServerFields {
                    id,
                    revision: 1,
                    import_id: None,
                    created_at: now,
                    updated_at: now,
                });
            }
            rows::insert(conn, &batch)?;
            Ok::<_, StoreError>(())
        })?;
    }
    Ok(())
}

fn greet(url: &str, token: &str, therapists: u64) -> io::Result<()> {
    let mut out = io::stdout().lock();
    write!(
        out,
        r#"
A directory of {therapists} synthetic therapists is ready. None of them exists.

  Swagger UI   {url}/docs/
  Token        (scope admin, holds one day; paste it under "Authorize")
{token}

Rank therapists for a client, with every reason named:

curl -s {url}/v1/matches -H 'Content-Type: application/json' -d '{{
  "problem_areas": [{{"code": "ptsd", "severity": "severe"}}, {{"code": "relational_patterns"}}],
  "preferences": {{"modalities": [{{"code": "emdr", "attitude": "prefer", "importance": "strong"}}]}},
  "constraints": {{"jurisdiction": "US-CA", "session_formats": ["in_person", "video"], "accepting": true}},
  "limit": 3
}}'

"#
    )
}
