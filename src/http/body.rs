//! A request's JSON body: its media type, its size and its time checked, as text.

use std::{future::Future, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header::{self, HeaderMap},
    web,
};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::{
    options::Options,
    problem::{Answer, Kind, Problem},
};

type Extraction<T> = Pin<Box<dyn Future<Output = Answer<T>>>>;

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
        Some(options) => (options.max_body, options.body_timeout),
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
    String::from_utf8(body).map_err(|e| Problem::malformed(format!("the body is not UTF-8: {e}")))
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Refuses another media type, another charset, and anything compressed: a small body must not become a large one.
pub(super) fn media_type(request: &HttpRequest, allowed: &[&str]) -> Answer<()> {
    let refused = |got: &str| {
        let detail = format!("the body must be {} in UTF-8, got {got:?}", allowed.join(" or "));
        Err(Problem::new(Kind::MediaType, detail))
    };
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    if let Some(encoding) = encoding.filter(|e| !e.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return refused(&format!("content-encoding {}", String::from_utf8_lossy(encoding.as_bytes())));
    }
    let Ok(Some(mime)) = request.mime_type() else { return refused(request.content_type()) };
    let utf8 = mime.get_param("charset").is_none_or(|charset| charset == "utf-8");
    if utf8 && allowed.contains(&mime.essence_str()) { Ok(()) } else { refused(request.content_type()) }
}

/// More than is taken.
pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(Kind::TooLarge, format!("the body may have {limit} bytes"))
}

/// Not there in time.
pub(super) fn too_slow(time: Duration) -> Problem {
    // The rest of the body may still come: this connection has no next request.
    Problem::new(Kind::RequestTimeout, format!("the body did not arrive within {} s", time.as_secs()))
        .with(header::CONNECTION, header::HeaderValue::from_static("close"))
}

/// Broken off, or not framed as HTTP has it.
pub(super) fn broken(error: &PayloadError) -> Problem {
    Problem::malformed(format!("the body could not be read: {error}"))
}
