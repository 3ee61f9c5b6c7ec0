//! The template of a CSV file.

use tailor::auth::scope::Scope;

use crate::{on_both_databases, support::app::App};

on_both_databases! {
    fn the_template_is_a_file_to_begin_with(app: App) {
        let importer = app.with_scopes(&[Scope::ImportsWrite]);
        let answer = importer.get("/v1/imports/template.csv").expect(200);
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
        assert_eq!(answer.header("content-disposition"), "attachment; filename=\"therapists.csv\"");
        let text = std::str::from_utf8(&answer.body).expect("UTF-8");
        assert!(text.starts_with("external_id,source,status,name_given,") && text.contains("\nEXAMPLE-1,,draft,Maya,"));
        assert!(text.contains(",license_2_expires_on,location_1_label,") && text.contains(",fee_2_currency,consultation_answer_1_question,"));
        let tag = answer.header("etag").to_owned();
        let again = importer.with("If-None-Match", &tag).get("/v1/imports/template.csv").expect(304);
        assert_eq!((again.header("etag"), again.body.len()), (tag.as_str(), 0));
        assert_eq!(importer.with("Accept", "text/csv").get("/v1/imports/template.csv").expect(200).body, answer.body);
        assert_eq!(app.anonymous().get("/v1/imports/template.csv").problem(401), "unauthorized");
        assert_eq!(app.writer().get("/v1/imports/template.csv").problem(403), "insufficient_scope");
        assert_eq!(importer.post("/v1/imports/template.csv", &serde_json::json!({})).problem(405), "method_not_allowed");
        let answer = importer.delete("/v1/imports/template.csv");
        assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
        assert_eq!(answer.problem(405), "method_not_allowed");
        assert_eq!(importer.send("HEAD", "/v1/imports/template.csv", "", b"").expect(200).header("etag"), tag);
    }
}
