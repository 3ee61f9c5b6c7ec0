//! What only shows on a real connection.

use std::io::{Read as _, Write as _};

use actix_web::{
    App, HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::{Next, from_fn},
    web,
};

use crate::{
    clock::Clock,
    id::Id,
    web::{
        edge::{self, Edge},
        edge_tests::{create_note, document, get_note},
        metrics::Metrics,
        problem::{PROBLEM_JSON, Problem},
        routes::Routes,
    },
};

async fn fail(_: ServiceRequest, _: Next<BoxBody>) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    Err(Problem::unavailable(5).into())
}

/// Sends these bytes to a real server and reads all that comes back.
async fn converse(sent: String) -> String {
    let document = document();
    let server = actix_web::HttpServer::new(move || {
        let edge = web::Data::new(Edge {
            clock: Clock::System,
            metrics: Metrics::new().unwrap(),
            routes: Routes::of_document(&document),
        });
        App::new()
            .app_data(edge)
            .wrap(from_fn(edge::edge))
            .service(get_note)
            .service(create_note)
            .service(web::scope("/failing").wrap(from_fn(fail)).route("", web::get().to(HttpResponse::Ok)))
    });
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    let answer = web::block(move || {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    handle.stop(false).await;
    answer
}

#[actix_web::test]
async fn head_leaves_the_connection_in_step() {
    let path = format!("/v1/notes/{}", Id::default());
    let request = |method| format!("{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n");
    let answer = converse(request("HEAD") + &request("GET")).await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
    assert_eq!(answer.matches("{\"text\"").count(), 1, "{answer}");
    let lengths = answer.lines().filter(|line| line.to_lowercase().starts_with("content-length"));
    assert!(lengths.collect::<Vec<_>>().windows(2).all(|pair| pair[0] == pair[1]), "{answer}");
}

#[actix_web::test]
async fn an_error_of_a_middleware_is_a_whole_problem() {
    let answer = converse("GET /failing HTTP/1.1\r\nHost: x\r\nX-Request-Id: r-3\r\n\r\n".to_owned()).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains(PROBLEM_JSON), "{answer}");
    assert!(
        answer.contains("\"request_id\":\"r-3\"") && answer.contains("\"instance\":\"/failing\""),
        "{answer}"
    );
    assert!(
        answer.to_lowercase().contains("x-request-id: r-3") && answer.contains("retry-after: 5"),
        "{answer}"
    );
}

#[actix_web::test]
async fn a_body_that_breaks_off_is_told_so() {
    let head =
        "POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{";
    let answer = converse(head.to_owned()).await;
    assert!(answer.contains("body_incomplete"), "{answer}");
    let chunked = "POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    let answer = converse(chunked.to_owned()).await;
    assert!(answer.contains("body_incomplete"), "{answer}");
}
