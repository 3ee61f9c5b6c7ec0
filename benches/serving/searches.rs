//! One search after the other, on one connection.

use std::time::Instant;

use super::{program::quantile, server::agent};

/// Filters, facets and a page of profiles.
const SEARCH: &str =
    "/v1/therapists?modalities=cbt&session_formats=video&facets=modalities,languages&limit=20";
const SEARCHES: usize = 300;

/// Measures and prints; where the search is refused, what was said.
pub fn measure(url: &str) {
    let agent = agent();
    let search = || {
        let began = Instant::now();
        let mut answer = agent.get(format!("{url}{SEARCH}")).call().expect("an answer");
        let body = answer.body_mut().read_to_vec().expect("a whole answer");
        (answer.status(), body, began.elapsed().as_secs_f64() * 1e3)
    };
    println!("GET {SEARCH}");
    let (status, body, _) = search();
    if status != 200 {
        println!("  not measured: {status} {}", String::from_utf8_lossy(&body));
        return;
    }
    let took: Vec<f64> = (0..SEARCHES).map(|_| search().2).collect();
    let [p50, p99] = [0.5, 0.99].map(|share| quantile(took.clone(), share));
    println!("  {} KB   p50 {p50:.2} ms   p99 {p99:.2} ms", body.len() / 1000);
}
