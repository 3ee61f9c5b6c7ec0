//! `Content-Type`: what a body says that it is.

use actix_web::{HttpRequest, http::header::CONTENT_TYPE, mime};

use crate::web::{code::Code, problem::Problem};

/// The media type of the body; `None` where nothing is said.
///
/// # Errors
/// 415 where it has not the form of RFC 9110, section 8.3, or names a charset other than UTF-8. The body would be read as
/// UTF-8 all the same, and a text in another charset that happens to be UTF-8 too would be taken for something else.
pub fn of(request: &HttpRequest) -> Result<Option<mime::Mime>, Problem> {
    let mut lines = request.headers().get_all(CONTENT_TYPE).map(|line| line.to_str().map(str::trim));
    let media_type = match (lines.next(), lines.next()) {
        (None | Some(Ok("")), None) => return Ok(None),
        (Some(Ok(line)), None) => line.parse::<mime::Mime>().ok(),
        _ => None,
    };
    let media_type = media_type.ok_or_else(|| {
        Problem::new(
            Code::UnsupportedMediaType,
            "The `Content-Type` does not have the form of its standard, such as `application/json`.",
        )
    })?;
    let mut charsets = media_type.params().filter(|(name, _)| *name == mime::CHARSET);
    if charsets.all(|(_, charset)| is_utf8(charset.as_str())) {
        Ok(Some(media_type))
    } else {
        Err(Problem::new(Code::UnsupportedMediaType, "The body must be UTF-8, whatever its `Content-Type`."))
    }
}

/// Whether the charset is UTF-8, by its own name or by the one that many give it.
fn is_utf8(charset: &str) -> bool {
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    fn read(lines: &[&str]) -> Result<Option<String>, Code> {
        let request = lines
            .iter()
            .fold(TestRequest::post(), |request, line| request.append_header((CONTENT_TYPE, *line)));
        let read = of(&request.to_http_request());
        read.map(|mime| mime.map(|mime| mime.essence_str().to_owned())).map_err(|problem| problem.code())
    }

    #[test]
    fn utf8_goes_by_any_spelling() {
        for line in [
            "text/csv",
            "text/csv;",
            "TEXT/CSV",
            " text/csv ",
            "text/csv; charset=utf-8",
            "text/csv;CHARSET=UTF-8",
            "text/csv; charset=\"utf-8\"",
            "text/csv; header=present; charset=\"Utf-8\"",
            "text/csv; charset=utf8",
            "text/csv; note=\"charset=latin1; charset=utf-16\"",
        ] {
            assert_eq!(read(&[line]), Ok(Some("text/csv".to_owned())), "{line}");
        }
        assert_eq!((read(&[]), read(&[""])), (Ok(None), Ok(None)));
    }

    #[test]
    fn other_charsets_and_malformed_lines_are_refused() {
        for lines in [
            &["text/csv; charset=iso-8859-1"][..],
            &["application/json; charset=utf-16"],
            &["application/json; charset=\"UTF-16LE\""],
            &["application/json; charset=us-ascii"],
            &["application/json; charset=utf-8; charset=utf-7"],
            &["application/json; charset=\"\""],
            &["application/json; charset="],
            &["application/json; charset"],
            &["application/json; charset=\"utf-8"],
            &["nonsense"],
            &["text/csv", "text/csv; charset=iso-8859-1"],
            &["text/csv, application/json"],
        ] {
            assert_eq!(read(lines), Err(Code::UnsupportedMediaType), "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in "[ -~]{0,40}|text/csv *; *charset *= *[\"utfUTF81-]{0,9}") {
            let _ = read(&[&line]);
        }

        #[test]
        fn no_other_charset_is_read(charset in "[a-z0-9-]{1,12}") {
            let wanted = matches!(charset.as_str(), "utf-8" | "utf8");
            prop_assert_eq!(read(&[&format!("text/csv; charset={charset}")]).is_ok(), wanted);
        }
    }
}
