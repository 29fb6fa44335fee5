//! Entity tags: an order's version, quoted. What is said of its driver changes without one: see [`etag_of`].

use actix_web::{HttpRequest, http::header};
use time::OffsetDateTime;

use super::problem::{Answer, Kind, Problem};

/// No order has it: a condition that nothing meets.
const NEVER: u64 = 0;

/// The entity tag of a version.
pub(super) fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

/// The entity tag of an order whose driver has been silent since then. What is shown differs, so the tag does; the version in it
/// is what `If-Match` compares.
pub(super) fn etag_of(version: u64, silent_since: Option<OffsetDateTime>) -> String {
    silent_since.map_or_else(|| etag(version), |since| format!("\"{version}.{}\"", since.unix_timestamp()))
}

/// The version that `If-Match` asks for; `None` for any. A tag that cannot be a version is one that never matches.
pub(super) fn if_match(request: &HttpRequest) -> Answer<Option<u64>> {
    let Some(value) = request.headers().get(header::IF_MATCH) else { return Ok(None) };
    let mut tags = tags(value.to_str().unwrap_or_default());
    match (tags.next(), tags.next()) {
        (Some("*"), None) => Ok(None),
        // A weak tag never matches here (RFC 9110, 13.1.1); it does not parse as a version.
        (Some(tag), None) => Ok(Some(version(tag).unwrap_or(NEVER))),
        _ => Err(Problem::field("If-Match", "must be one entity tag, or *")),
    }
}

/// Says so when what was asked for is not another version, but none.
pub(super) fn never_met(problem: Problem, expected: Option<u64>) -> Problem {
    match problem.kind {
        Kind::VersionMismatch if expected == Some(NEVER) => Problem {
            detail: format!(
                "{}, and If-Match names none: it must be one in quotes, such as \"2\"",
                problem.detail
            ),
            ..problem
        },
        _ => problem,
    }
}

/// Whether the caller has what this tag names already.
pub(super) fn none_match(request: &HttpRequest, current: &str) -> bool {
    let Some(value) = request.headers().get(header::IF_NONE_MATCH) else { return false };
    tags(value.to_str().unwrap_or_default())
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == current)
}

fn tags(header: &str) -> impl Iterator<Item = &str> {
    header.split(',').map(str::trim)
}

fn version(tag: &str) -> Option<u64> {
    let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
    tag.split_once('.').map_or(tag, |(version, _)| version).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn if_match_names_one_version() {
        let asked =
            |value: &str| if_match(&TestRequest::get().insert_header(("if-match", value)).to_http_request());
        assert_eq!(asked("\"3\"").unwrap(), Some(3));
        assert_eq!(asked("*").unwrap(), None);
        for never in ["W/\"3\"", "\"abc\"", "3", ""] {
            assert_eq!(asked(never).unwrap(), Some(NEVER), "{never}");
        }
        assert_eq!(asked("\"3\", \"4\"").unwrap_err().status(), 422);
        assert_eq!(if_match(&TestRequest::get().to_http_request()).unwrap(), None);
    }

    #[test]
    fn a_tag_that_is_none_is_told_from_another_version() {
        let mismatch = || Problem::new(Kind::VersionMismatch, "the order is at version 2");
        let said = |expected| never_met(mismatch(), expected).detail;
        assert_eq!(said(Some(1)), "the order is at version 2");
        let hint =
            "the order is at version 2, and If-Match names none: it must be one in quotes, such as \"2\"";
        assert_eq!(said(Some(NEVER)), hint);
        assert_eq!(never_met(Problem::new(Kind::NotFound, "x"), Some(NEVER)).detail, "x");
    }

    #[test]
    fn if_none_match_compares_weakly() {
        let has = |value: &str| {
            none_match(&TestRequest::get().insert_header(("if-none-match", value)).to_http_request(), "\"3\"")
        };
        assert!(has("\"3\"") && has("W/\"3\"") && has("\"1\", \"3\"") && has("*"));
        let silent = etag_of(3, Some(OffsetDateTime::UNIX_EPOCH + time::Duration::days(1)));
        assert_eq!((silent.as_str(), version(&silent)), ("\"3.86400\"", Some(3)));
        assert!(!has(&silent), "something else is said of the driver");
        assert!(!has("\"4\"") && !has("3") && !has(""));
    }
}
