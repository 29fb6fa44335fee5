//! A request's JSON body: its media type, its size and its time checked, as text.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header::{self, HeaderMap, HeaderValue},
    web,
};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::{
    options::Options,
    problem::{Answer, Kind, Problem},
};

type Extraction<T> = Pin<Box<dyn Future<Output = Answer<T>>>>;

/// Marks of byte orders, which a text may begin with.
const UTF8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
const UTF16_MARKS: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// A JSON text.
pub(super) struct Json(pub String);

/// A JSON text, or `{}` where the body was left out or is `null`.
pub(super) struct OptionalJson(pub String);

impl FromRequest for Json {
    type Error = Problem;
    type Future = Extraction<Self>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            media_type(&request, &["application/json"])?;
            read(&request, payload).await.map(Self)
        })
    }
}

impl FromRequest for OptionalJson {
    type Error = Problem;
    type Future = Extraction<Self>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let text = read(&request, payload).await?;
            if text.is_empty() {
                return Ok(Self("{}".to_owned()));
            }
            media_type(&request, &["application/json"])?;
            Ok(Self(if text.trim() == "null" { "{}".to_owned() } else { text }))
        })
    }
}

async fn read(request: &HttpRequest, payload: Payload) -> Answer<String> {
    let (limit, time) = match request.app_data::<web::Data<Options>>() {
        Some(options) => (options.limits.max_body, options.limits.body_timeout),
        None => (0, Duration::ZERO),
    };
    if announced(request.headers()).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let deadline = Instant::now() + time;
    let (mut payload, mut body) = (payload, Vec::new());
    while let Some(chunk) = timeout_at(deadline, payload.next()).await.map_err(|_| too_slow(time))? {
        let chunk = chunk.map_err(|e| broken(&e))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    decoded(body)
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Refuses another media type, another charset, and anything compressed: a small body must not become a large one.
pub(super) fn media_type(request: &HttpRequest, allowed: &[&str]) -> Answer<()> {
    let refused = |detail: String| Err(Problem::new(Kind::MediaType, detail));
    let headers = request.headers();
    let encoding = headers.get(header::CONTENT_ENCODING);
    if let Some(encoding) = encoding.filter(|e| !e.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return refused(format!(
            "the body must not be compressed, got content-encoding {}",
            quoted(encoding)
        ));
    }
    let allowed_types = allowed.join(" or ");
    let Some(written) = headers.get(header::CONTENT_TYPE) else {
        return refused(format!("the body must be {allowed_types}, and the request has no content-type"));
    };
    match request.mime_type() {
        Ok(Some(mime)) if allowed.contains(&mime.essence_str()) => match mime.get_param("charset") {
            // The second is no name of a charset, and what some libraries write.
            Some(charset) if charset != "utf-8" && charset != "utf8" => refused(format!(
                "the body must be in UTF-8, got charset {charset:?}",
                charset = charset.as_str()
            )),
            _ => Ok(()),
        },
        _ => refused(format!("the body must be {allowed_types}, got content-type {}", quoted(written))),
    }
}

/// A header's value as it may stand in an answer: bounded, nothing but text.
fn quoted(value: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    format!("{:?}", text.chars().filter(|c| !c.is_control()).take(64).collect::<String>())
}

/// The body as text. A byte order mark is not part of what was said; editors of one system write it before everything.
fn decoded(mut body: Vec<u8>) -> Answer<String> {
    if body.starts_with(&UTF8_MARK) {
        body.drain(..UTF8_MARK.len());
    }
    if UTF16_MARKS.iter().any(|mark| body.starts_with(mark)) {
        return Err(Problem::malformed("the body must be UTF-8, and begins like UTF-16"));
    }
    String::from_utf8(body).map_err(|e| Problem::malformed(format!("the body is not UTF-8: {e}")))
}

/// More than is taken.
pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::TooLarge, format!("the body may have at most {limit} bytes"))
}

/// Not there in time.
pub(super) fn too_slow(time: Duration) -> Problem {
    // The rest of the body may still come: this connection has no next request.
    Problem::new(Kind::RequestTimeout, format!("the body did not arrive within {} s", time.as_secs()))
        .with(header::CONNECTION, HeaderValue::from_static("close"))
}

/// Broken off, or not framed as HTTP has it.
pub(super) fn broken(error: &PayloadError) -> Problem {
    Problem::malformed(format!("the body could not be read: {error}"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn refused(headers: &[(&str, &str)]) -> Option<String> {
        let request =
            headers.iter().fold(TestRequest::default(), |request, header| request.insert_header(*header));
        media_type(&request.to_http_request(), &["application/json"]).err().map(|problem| problem.detail)
    }

    #[test]
    fn a_media_type_is_refused_for_what_is_wrong_with_it() {
        for fine in [
            "application/json",
            "application/json; charset=utf-8",
            "application/json;charset=UTF-8",
            "application/json;charset=utf8",
            "application/json; charset=\"UTF8\"",
            "Application/JSON",
        ] {
            assert_eq!(refused(&[("content-type", fine)]), None, "{fine}");
        }
        for (headers, said) in [
            (&[][..], "the body must be application/json, and the request has no content-type"),
            (
                &[("content-type", "text/plain")],
                "the body must be application/json, got content-type \"text/plain\"",
            ),
            (
                &[("content-type", "garbage")],
                "the body must be application/json, got content-type \"garbage\"",
            ),
            (
                &[("content-type", "application/json; charset=latin1")],
                "the body must be in UTF-8, got charset \"latin1\"",
            ),
            (
                &[("content-type", "application/json"), ("content-encoding", "gzip")],
                "the body must not be compressed, got content-encoding \"gzip\"",
            ),
        ] {
            assert_eq!(refused(headers).as_deref(), Some(said));
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_text() {
        assert_eq!(decoded(b"\xef\xbb\xbf{}".to_vec()).unwrap(), "{}");
        let utf16 = decoded(b"\xff\xfe{\0}\0".to_vec()).unwrap_err();
        assert_eq!(utf16.detail, "the body must be UTF-8, and begins like UTF-16");
        assert!(decoded(b"a\xff".to_vec()).unwrap_err().detail.starts_with("the body is not UTF-8: "));
    }
}
