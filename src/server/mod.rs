//! The assembly: opens everything, mounts the routes, starts the workers and stops them gracefully.

mod data;
pub mod document;
pub mod foundation;
mod loading;
pub mod operations;
mod pages;
mod signals;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    middleware::{Compress, from_fn},
    web::{self, Data},
};
use utoipa_actix_web::{AppExt as _, service_config::ServiceConfig};

use self::{data::AppData, foundation::Foundation};
use crate::{
    aliases::{self},
    auth::{
        keys::{KeyError, Keys},
        token::Tokens,
    },
    catalog::load::CatalogError,
    changes::{self, api::Changes},
    clock::Clock,
    comparisons,
    config::Settings,
    consultations::{self, Consultations, Watch, secret::keys::KeyringError, worker::Sweeper},
    directory::{self},
    export::{self},
    import::{
        self,
        api::events::Followers,
        run::Runner,
        worker::{Event, Worker},
    },
    live::{Feeder, Follower, Live, Loader},
    matches::{self},
    matching::policy::{Policy, PolicyError},
    pace::Pace,
    questions, search,
    store::StoreError,
    summaries,
    web::{
        edge::{self, Edge},
        guard,
        metrics::Metrics,
        routes::{Routes, unmatched},
        sse::Streams,
    },
};

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the catalog cannot be used: {0}")]
    Catalog(#[from] CatalogError),
    #[error("the matching policy cannot be used: {0}")]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    #[error("{0}: {1}")]
    File(String, io::Error),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    #[error("no thread can be started: {0}")]
    Thread(io::Error),
    #[error("the metrics cannot be set up: {0}")]
    Metrics(String),
}

/// Everything that the server consists of.
#[derive(Clone, Debug)]
pub struct Assembly {
    pub settings: Settings,
    pub clock: Clock,
    pub consultations: Consultations,
    pub foundation: Foundation,
    pub policy: Arc<Policy>,
    pub tokens: Tokens,
    pub live: Live,
}

impl Assembly {
    /// Opens the database, the catalog and the key. Nothing listens yet, and the live index is not loaded.
    ///
    /// # Errors
    /// When one of them cannot be used.
    pub fn open(settings: &Settings, clock: Clock) -> Result<Self, StartError> {
        let foundation = Foundation::open(settings)?;
        let Foundation { store, catalog, questions, .. } = &foundation;
        let policy = Arc::new(Policy::embedded()?);
        let keys = Keys::load_or_create(&settings.key_file)?;
        let secret = keys.secret_for("idempotency");
        let mut consultations = Consultations::open(settings, &clock, store, catalog, questions, secret)?;
        // In one transaction with what they count.
        consultations.watch = Watch { before: summaries::store::hold, after: summaries::store::touched };
        Ok(Self {
            consultations,
            settings: settings.clone(),
            live: Live::new(foundation.store.clone(), foundation.catalog.clone(), policy.clone()),
            policy,
            tokens: tokens(keys),
            clock,
            foundation,
        })
    }

    /// What works on import jobs.
    #[must_use]
    pub fn runner(&self) -> Runner {
        self.foundation.runner(self.clock.clone())
    }
}

/// The tokens of this server: it issues them for itself.
#[must_use]
pub fn tokens(keys: Keys) -> Tokens {
    Tokens::new(keys, "tailor".to_owned(), "tailor".to_owned())
}

/// Mounts every route that the OpenAPI document describes.
pub fn routes(config: &mut ServiceConfig) {
    operations::metrics_routes(config);
    api_routes(config);
}

/// Every route but the metrics, which may have an address of their own.
fn api_routes(config: &mut ServiceConfig) {
    operations::routes(config);
    crate::auth::api::routes(config);
    crate::catalog::api::routes(config);
    search::api::routes(config);
    directory::api::routes(config);
    matches::api::routes(config);
    import::api::routes(config);
    aliases::api::routes(config);
    export::api::routes(config);
    questions::api::routes(config);
    summaries::api::routes(config);
    comparisons::api::routes(config);
    consultations::api::routes(config);
    changes::api::routes(config);
}

/// A server that listens, and how to reach and stop it. SIGINT (Ctrl-C) and SIGTERM stop it gracefully.
#[derive(Debug)]
pub struct Running {
    pub address: SocketAddr,
    pub handle: ServerHandle,
    /// Gives up when this is dropped.
    pub loader: Loader,
    /// Stops when this is dropped.
    pub follower: Follower,
    /// Stops when this is dropped.
    pub importer: Worker,
    /// Stops when this is dropped.
    pub sweeper: Sweeper,
}

fn changes_of(assembly: &Assembly, streams: &Streams) -> io::Result<Changes> {
    let Assembly { foundation, live, clock, settings, .. } = assembly;
    let store = foundation.store.clone();
    Changes::new(store, live.clone(), clock.clone(), settings.stale_after_days, streams)
}

/// Streams of events that may be open at once: each holds a connection, and looks at the database now and then.
const MAX_STREAMS: usize = 64;

/// Listens and serves; the returned future is the server and ends when it has stopped. Until the live index is loaded,
/// only what needs no directory is answered; where it cannot be loaded, the server stops.
///
/// # Errors
/// When the address cannot be listened on.
pub fn serve(assembly: &Assembly) -> Result<(Server, Running), StartError> {
    let requested = assembly.settings.listen;
    let listener = TcpListener::bind(requested).map_err(|error| StartError::Listen(requested, error))?;
    let address = listener.local_addr().map_err(|error| StartError::Listen(requested, error))?;
    let document = document::document();
    let served = operations::Document {
        json: document.to_json().unwrap_or_default(),
        yaml: document.to_yaml().unwrap_or_default(),
    };
    let metrics = Metrics::new().map_err(|error| StartError::Metrics(error.to_string()))?;
    let edge = Data::new(Edge {
        clock: assembly.clock.clone(),
        metrics,
        routes: Routes::of_document(&document)
            .with_page("/")
            .with_page("/docs")
            .with_page("/docs/{file:.*}")
            .with_page("/problems/")
            .with_page("/problems/{code}")
            .private("/v1/therapists/{id}/match")
            .private(consultations::api::CLIENT_REF)
            .negotiated(export::api::PATH),
    });
    let streams = Streams::new(MAX_STREAMS);
    let followers = Followers::new(streams.clone());
    let importer = start_importer(assembly, followers.clone())?;
    let changes = changes_of(assembly, &streams).map_err(StartError::Thread)?;
    let data = AppData::of(assembly, served, edge, importer.nudge(), followers, changes);
    let origins = assembly.settings.cors_origins.clone();
    let mounted = match assembly.settings.metrics_listen {
        Some(address) => {
            serve_metrics(address, data.edge.clone())?;
            api_routes
        }
        None => routes,
    };
    let mut server = HttpServer::new(move || {
        let (app, _) = App::new()
            .wrap(from_fn(guard::guard))
            .wrap(from_fn(loading::until_loaded))
            .wrap(Compress::default())
            .wrap(edge::cors(&origins))
            .wrap(from_fn(edge::edge))
            .into_utoipa_app()
            .configure(|config| data.register(config))
            .configure(mounted)
            .split_for_parts();
        app.configure(pages::routes).default_service(web::to(unmatched))
    })
    // Who is refused in the middle of a long body is listened to for a while: closed at once, the connection would be
    // reset, and the answer lost on its way.
    .client_disconnect_timeout(Duration::from_secs(10))
    .shutdown_timeout(10)
    .shutdown_signal(async move {
        signals::stop_asked().await;
        streams.close();
    });
    if let Some(workers) = assembly.settings.workers {
        server = server.workers(workers);
    }
    let server = server.listen(listener).map_err(|error| StartError::Listen(requested, error))?.run();
    let handle = server.handle();
    let stopping = handle.clone();
    // The future only waits for what the call has begun.
    let loader = Loader::spawn(assembly.live.clone(), move || drop(stopping.stop(true)));
    let loader = loader.map_err(StartError::Thread)?;
    let follower = Follower::spawn(assembly.live.clone()).map_err(StartError::Thread)?;
    let sweeper = Sweeper::spawn(assembly.consultations.clone()).map_err(StartError::Thread)?;
    Ok((server, Running { address, handle, loader, follower, importer, sweeper }))
}

/// Starts the worker that imports; what it writes is in the live index before its job can be seen to have ended.
fn start_importer(assembly: &Assembly, followers: Followers) -> Result<Worker, StartError> {
    let runner = Runner { pace: Pace::Background, ..assembly.runner() };
    let feeder = Feeder::spawn(assembly.live.clone(), runner.pace).map_err(StartError::Thread)?;
    Worker::spawn(runner, move |event| {
        match event {
            Event::Advanced(written) => feeder.feed(written.profiles, written.others),
            Event::Ending => feeder.wait(),
            Event::Began | Event::Ended => {}
        }
        followers.nudge();
    })
    .map_err(StartError::Thread)
}

/// Serves the metrics, and nothing else, on an address of their own for as long as the system runs.
fn serve_metrics(address: SocketAddr, edge: Data<Edge>) -> Result<(), StartError> {
    let failed = |error| StartError::Listen(address, error);
    let listener = TcpListener::bind(address).map_err(failed)?;
    let server = HttpServer::new(move || {
        let (app, _) = App::new()
            .app_data(edge.clone())
            .wrap(from_fn(guard::guard))
            .wrap(from_fn(edge::edge))
            .into_utoipa_app()
            .configure(operations::metrics_routes)
            .split_for_parts();
        app.default_service(web::to(unmatched))
    });
    let server = server.workers(1).disable_signals().listen(listener).map_err(failed)?.run();
    actix_web::rt::spawn(server);
    Ok(())
}
