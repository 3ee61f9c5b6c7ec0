//! The explanation of every problem code: as `docs/problems.md`, and as the pages that `type` resolves to.

use actix_web::{HttpResponse, get, http::header, web::ServiceConfig};

use crate::web::{code::Code, problem::Problem};

const STYLE: &str = "\
:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}\
code{font:.95em ui-monospace,monospace}h1{line-height:1.2}table{border-collapse:collapse}\
td{padding:.25rem 1rem .25rem 0;vertical-align:top}a{color:LinkText}";

/// Mounts `GET /problems/` and `GET /problems/{code}`: what the `type` of a problem (RFC 9457) resolves to.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_problems).service(explain_problem);
}

#[get("/problems/")]
async fn list_problems() -> HttpResponse {
    html(&index_html())
}

#[get("/problems/{code}")]
async fn explain_problem(code: actix_web::web::Path<String>) -> Result<HttpResponse, Problem> {
    let code = Code::parse(&code).ok_or_else(Problem::not_found)?;
    Ok(html(&code_html(code)))
}

fn html(page: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ))
        .body(page.to_owned())
}

fn page(title: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body><main>{main}</main></body></html>\n"
    )
}

fn code_html(code: Code) -> String {
    let kind = if code.is_fault() {
        "A fault of one part of an input, in <code>errors</code>.".to_owned()
    } else {
        format!("HTTP status {}.", code.status().as_u16())
    };
    let main = format!(
        "<h1>{}</h1><p><code>{}</code> · {kind}</p><p>{}</p><h2>What to do</h2><p>{}</p>\
         <p><a href=\"/problems/\">All problems</a></p>",
        rich(code.title()),
        code.as_str(),
        rich(code.about()),
        rich(code.remedy()),
    );
    page(code.title(), &main)
}

fn index_html() -> String {
    let table = |faults: bool| {
        let rows = Code::ALL.iter().filter(|code| code.is_fault() == faults).map(|code| {
            let name = code.as_str();
            let first = if faults { String::new() } else { format!("<td>{}</td>", code.status().as_u16()) };
            format!(
                "<tr>{first}<td><a href=\"/problems/{name}\"><code>{name}</code></a></td><td>{}</td></tr>",
                rich(code.title())
            )
        });
        format!("<table>{}</table>", rows.collect::<String>())
    };
    let main = format!(
        "<h1>Problems</h1><p>Every error is <code>application/problem+json</code> (RFC 9457) with one of these \
         values of <code>code</code>.</p>{}<h2>Faults</h2><p>The values of <code>code</code> within \
         <code>errors</code>.</p>{}",
        table(false),
        table(true)
    );
    page("Problems", &main)
}

/// Escapes text for HTML and turns `backquoted` words into code.
fn rich(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let words = escaped.split('`').enumerate();
    words.map(|(n, part)| if n % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}

/// `docs/problems.md`: every code with its status, meaning and remedy.
#[must_use]
pub fn problems_markdown() -> String {
    let mut text = String::from(
        "# Problems\n\n\
         Generated from `src/web/code.rs`; a test compares. Every error answer is `application/problem+json` (RFC 9457) with\n\
         one of these codes in `code`; its `type` resolves to the same text on the server itself.\n\n## Problems of a whole request\n",
    );
    let section = |text: &mut String, faults: bool| {
        for code in Code::ALL.iter().filter(|code| code.is_fault() == faults) {
            let status = if faults { String::new() } else { format!(" · {}", code.status().as_u16()) };
            text.push_str(&format!(
                "\n### `{}`{status}\n\n**{}.** {} {}\n",
                code.as_str(),
                code.title(),
                code.about(),
                code.remedy()
            ));
        }
    };
    section(&mut text, false);
    text.push_str(
        "\n## Faults\n\nThe values of `code` within `errors` of `invalid_input` and `invalid_query`.\n",
    );
    section(&mut text, true);
    text
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App,
        test::{TestRequest, call_service, init_service, read_body},
    };

    use super::*;

    const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/problems.md");

    #[test]
    #[expect(clippy::disallowed_methods, reason = "UPDATE=1 asks this test to write the file anew")]
    fn the_committed_document_is_this_table() {
        if std::env::var("UPDATE").is_ok() {
            std::fs::write(DOCS, problems_markdown()).unwrap();
        }
        let committed = std::fs::read_to_string(DOCS).unwrap_or_default();
        assert!(committed == problems_markdown(), "docs/problems.md is stale: run this test with UPDATE=1");
    }

    #[test]
    fn codes_are_unique_and_parse() {
        for &code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(code));
            assert!(code.status().as_u16() >= 400);
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        }
    }

    #[actix_web::test]
    async fn every_type_resolves() {
        let app = init_service(App::new().configure(routes)).await;
        for code in Code::ALL {
            let request = TestRequest::get().uri(&code.type_uri()).to_request();
            let response = call_service(&app, request).await;
            assert_eq!(response.status(), 200);
            let body = read_body(response).await;
            assert!(String::from_utf8_lossy(&body).contains(code.as_str()));
        }
        let index = TestRequest::get().uri("/problems/").to_request();
        assert_eq!(call_service(&app, index).await.status(), 200);
        let unknown = TestRequest::get().uri("/problems/none_such").to_request();
        assert_eq!(call_service(&app, unknown).await.status(), 404);
    }
}
