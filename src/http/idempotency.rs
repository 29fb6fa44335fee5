//! The `Idempotency-Key` header.

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderName},
};
use sha2::{Digest, Sha256};
use tropa_dispatch::port::IdempotencyKey;

use super::problem::{Answer, Problem};

/// The request's header.
pub(super) const HEADER: &str = "Idempotency-Key";
/// On an answer that was given before.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The caller's key for a route; `None` when they gave none.
pub(super) fn key(request: &HttpRequest, route: &str) -> Answer<Option<IdempotencyKey>> {
    let mut given = request.headers().get_all(HEADER);
    let Some(value) = given.next() else { return Ok(None) };
    let visible = !value.is_empty() && value.as_bytes().iter().all(u8::is_ascii_graphic);
    if given.next().is_some() || !visible || value.len() > 255 {
        return Err(Problem::field(HEADER, "must be given once, as 1 to 255 visible ASCII characters"));
    }
    let key = String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Some(IdempotencyKey { scope: format!("{} {route}", caller(request)), key }))
}

/// Whose key it is. A hash, so that no credential is stored.
fn caller(request: &HttpRequest) -> String {
    match request.headers().get(header::AUTHORIZATION) {
        Some(credentials) => {
            let digest = Sha256::digest(credentials.as_bytes());
            let half = digest.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte));
            format!("{half:032x}")
        }
        None => "anonymous".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn keys_are_the_callers_own() {
        let of = |authorization: Option<&str>| {
            let mut request = TestRequest::post().insert_header((HEADER, "k-1"));
            if let Some(value) = authorization {
                request = request.insert_header(("authorization", value));
            }
            key(&request.to_http_request(), "POST /x").unwrap().unwrap()
        };
        assert_eq!(of(None), IdempotencyKey { scope: "anonymous POST /x".into(), key: "k-1".into() });
        assert_ne!(of(Some("Bearer a")).scope, of(Some("Bearer b")).scope);
        assert!(!of(Some("Bearer secret")).scope.contains("secret"));
    }

    #[test]
    fn odd_keys_are_refused() {
        let long = "k".repeat(256);
        for bad in ["", "a b", &long] {
            let request = TestRequest::post().insert_header((HEADER, bad)).to_http_request();
            assert_eq!(key(&request, "r").unwrap_err().errors[0].field, HEADER, "{bad:?}");
        }
        assert_eq!(key(&TestRequest::post().to_http_request(), "r").unwrap(), None);
    }
}
