//! A handler that does nothing: it reads the body and answers with so many fixed bytes.

use std::{
    io::{self, Write as _},
    net::TcpListener,
};

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Bytes, Data},
};

/// The first argument of this benchmark's program where it is to be the bare server.
pub const FLAG: &str = "--bare";

/// Serves answers of `bytes` bytes with so many `workers` until it is killed.
pub fn serve(bytes: usize, workers: usize) -> io::Result<()> {
    let answer = Data::new(Bytes::from(vec![b'.'; bytes]));
    actix_web::rt::System::new().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let mut out = io::stdout().lock();
        writeln!(out, "listening on http://{}", listener.local_addr()?)?;
        out.flush()?;
        drop(out);
        let app = move || App::new().app_data(answer.clone()).default_service(web::post().to(respond));
        HttpServer::new(app).workers(workers).listen(listener)?.run().await
    })
}

async fn respond(_body: Bytes, answer: Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(Bytes::clone(&answer))
}
