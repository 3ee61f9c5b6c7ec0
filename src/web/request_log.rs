//! One line of log for each request, with its route template: who looked at what is nobody's business, so that no
//! path, no query, no header and no body is ever written.

use std::time::{Duration, Instant};

use actix_web::{HttpRequest, http::Method};
use tracing::Span;

use crate::web::{
    metrics::{InFlight, Metrics},
    request_id::RequestId,
};

/// A request that is being handled, to be logged and counted at its end.
#[derive(Debug)]
pub struct Entry {
    method: Method,
    started: Instant,
    span: Span,
    _in_flight: InFlight,
}

impl Entry {
    /// Begins with the method as it was sent.
    #[must_use]
    pub fn begin(method: Method, id: &RequestId, trace_id: Option<&str>, metrics: &Metrics) -> Self {
        let span = tracing::info_span!("request", request_id = id.as_str(), trace_id);
        Self { method, started: Instant::now(), span, _in_flight: metrics.begin() }
    }

    /// What the request's other log lines stand in.
    #[must_use]
    pub const fn span(&self) -> &Span {
        &self.span
    }

    /// Ends when the answer begins.
    pub fn end(self, route: &str, status: u16, metrics: &Metrics) {
        let duration = self.started.elapsed();
        metrics.observe(self.method.as_str(), route, status, duration);
        self.span.in_scope(|| {
            tracing::info!(method = %self.method, route, status, milliseconds = milliseconds(duration), "answered");
        });
    }
}

/// The template of the route that took the request; never the path itself.
#[must_use]
pub fn route_of(request: &HttpRequest) -> String {
    request.match_pattern().unwrap_or_else(|| "unmatched".to_owned())
}

fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
