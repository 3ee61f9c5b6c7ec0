//! Counts of requests for Prometheus, by route template: no path and no caller is ever a label.

use std::time::Duration;

use prometheus::{
    Encoder as _, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

/// The media type of the text format.
pub const TEXT_FORMAT: &str = prometheus::TEXT_FORMAT;

/// The meters of one server. Clones share them.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    in_flight: IntGauge,
}

impl Metrics {
    /// New meters at zero, in a registry of their own.
    pub fn new() -> Result<Self, prometheus::Error> {
        let labels = ["method", "route", "status"];
        let requests = IntCounterVec::new(
            Opts::new("http_requests_total", "Requests by route and status class."),
            &labels,
        )?;
        // From answers out of memory to imports: a match takes a few milliseconds, a search of everything a second.
        let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
        let durations = HistogramVec::new(
            HistogramOpts::new("http_request_duration_seconds", "Time until the answer began.")
                .buckets(buckets),
            &labels,
        )?;
        let in_flight = IntGauge::new("http_requests_in_flight", "Requests being handled.")?;
        let registry = Registry::new();
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(in_flight.clone()))?;
        Ok(Self { registry, requests, durations, in_flight })
    }

    /// Where other parts of the server register meters of their own.
    #[must_use]
    pub const fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Counts one answered request.
    pub fn observe(&self, method: &str, route: &str, status: u16, duration: Duration) {
        let class = match status / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        // A method can be any word that a sender makes up; a label must not be.
        let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let method = known.into_iter().find(|known| *known == method).unwrap_or("other");
        self.requests.with_label_values(&[method, route, class]).inc();
        self.durations.with_label_values(&[method, route, class]).observe(duration.as_secs_f64());
    }

    /// Counts a request as being handled until the guard is dropped, also when its client goes away.
    #[must_use]
    pub fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// All meters in the Prometheus text format.
    pub fn render(&self) -> Result<String, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// One request being handled.
#[derive(Debug)]
pub struct InFlight(IntGauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_what_was_counted() {
        let metrics = Metrics::new().unwrap();
        let guard = metrics.begin();
        metrics.observe("GET", "/v1/therapists/{id}", 200, Duration::from_millis(3));
        metrics.observe("MADE-UP", "unmatched", 404, Duration::from_millis(1));
        let text = metrics.render().unwrap();
        assert!(
            text.contains(r#"http_requests_total{method="GET",route="/v1/therapists/{id}",status="2xx"} 1"#)
        );
        assert!(text.contains(r#"http_requests_total{method="other",route="unmatched",status="4xx"} 1"#));
        assert!(text.contains("http_requests_in_flight 1"));
        assert!(text.contains("http_request_duration_seconds_bucket"));
        drop(guard);
        assert!(metrics.render().unwrap().contains("http_requests_in_flight 0"));
    }
}
