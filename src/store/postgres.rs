//! Opens PostgreSQL connections without libpq: tokio-postgres, rustls, and Diesel on top.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
};

use diesel::connection::SimpleConnection as _;
use diesel_async::{
    AsyncPgConnection,
    async_connection_wrapper::{AsyncConnectionWrapper, BlockOn},
};
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use tokio::runtime::Runtime;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Access, StoreError};

/// A blocking connection to PostgreSQL.
pub type PgConnection = AsyncConnectionWrapper<AsyncPgConnection, OwnRuntime>;

/// Drives the connections' sockets. Its own, so that a busy web worker never holds up a query.
#[derive(Debug)]
pub struct OwnRuntime(&'static Runtime);

static RUNTIME: OnceLock<Runtime> = OnceLock::new();

impl BlockOn for OwnRuntime {
    fn block_on<F: Future>(&self, f: F) -> F::Output {
        self.0.block_on(f)
    }

    #[expect(
        clippy::expect_used,
        reason = "the trait has no error; open() builds the runtime first and reports it"
    )]
    fn get_runtime() -> Self {
        Self(RUNTIME.get().expect("the runtime is built before the first connection"))
    }
}

fn runtime() -> Result<OwnRuntime, StoreError> {
    if let Some(runtime) = RUNTIME.get() {
        return Ok(OwnRuntime(runtime));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("postgres")
        .enable_all()
        .build()
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    Ok(OwnRuntime(RUNTIME.get_or_init(|| runtime)))
}

/// A node that freezes or loses its network must not keep its locks: the others wait for them. A reader holds none, and an
/// export may be read slowly.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '30s';
    SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4";

/// Connects to the server that `url` names.
pub(super) fn open(url: &str, access: Access) -> Result<PgConnection, StoreError> {
    let (url, tls) = tls(url)?;
    let connect = async {
        let (client, connection) = tokio_postgres::connect(&url, tls).await.map_err(|error| {
            // The outer error says only "error connecting to server".
            match std::error::Error::source(&error) {
                Some(cause) => StoreError::Unavailable(format!("{error}: {cause}")),
                None => StoreError::Unavailable(error.to_string()),
            }
        })?;
        AsyncPgConnection::try_from_client_and_connection(client, connection)
            .await
            .map_err(|error| StoreError::Unavailable(error.to_string()))
    };
    let connection = runtime()?.block_on(connect)?;
    let mut connection = PgConnection::from(connection);
    if access == Access::Write {
        connection.batch_execute(SETTINGS).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    }
    Ok(connection)
}

/// Translates libpq's `sslmode` and `sslrootcert`, which tokio-postgres does not know: `verify-ca` and `verify-full`
/// check the server's certificate against `sslrootcert` or the system's roots; `require` and `prefer` encrypt only.
fn tls(url: &str) -> Result<(String, MakeRustlsConnect), StoreError> {
    let unusable = |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("DATABASE_URL: {error}"));
    let mut parsed = url::Url::parse(url).map_err(|error| unusable(&error))?;
    let mut verify = false;
    let mut root_file = None;
    let mut has_timeout = false;
    let mut kept = Vec::new();
    for (name, value) in parsed.query_pairs().into_owned() {
        match (name.as_str(), value.as_str()) {
            ("sslmode", "verify-ca" | "verify-full") => {
                verify = true;
                kept.push((name, "require".to_owned()));
            }
            ("sslrootcert", _) => {
                // As libpq does: whoever names roots wants them used.
                verify = true;
                root_file = Some(value);
            }
            ("connect_timeout", _) => {
                has_timeout = true;
                kept.push((name, value));
            }
            _ => kept.push((name, value)),
        }
    }
    if !has_timeout {
        // A server that does not answer must not hold up a start for ever.
        kept.push(("connect_timeout".to_owned(), "10".to_owned()));
    }
    parsed.set_query(None);
    if !kept.is_empty() {
        // A plus sign for a space is for forms; here it would be a plus sign.
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish();
        parsed.set_query(Some(&query.replace('+', "%20")));
    }
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?;
    let config = if verify {
        builder.with_root_certificates(roots(root_file.as_deref())?).with_no_client_auth()
    } else {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(EncryptOnly(provider)))
            .with_no_client_auth()
    };
    Ok((parsed.into(), MakeRustlsConnect::new(config)))
}

fn roots(file: Option<&str>) -> Result<RootCertStore, StoreError> {
    let unusable = |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("sslrootcert: {error}"));
    let mut store = RootCertStore::empty();
    if let Some(file) = file {
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unusable(&error))? {
            store.add(certificate.map_err(|error| unusable(&error))?).map_err(|error| unusable(&error))?;
        }
    } else {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    Ok(store)
}

/// What libpq does for `prefer` and `require`: the line is encrypted, the server is not authenticated.
#[derive(Debug)]
struct EncryptOnly(Arc<CryptoProvider>);

impl ServerCertVerifier for EncryptOnly {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
