//! The `Idempotency-Key` header.

mod caller;

use actix_web::{HttpRequest, http::header::HeaderName, web};
use tropa_dispatch::port::IdempotencyKey;

use super::{
    options::Options,
    problem::{Answer, Problem},
};
use caller::Caller;

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
    let options = request.app_data::<web::Data<Options>>();
    let caller =
        Caller::of(request.headers(), options.and_then(|options| options.limits.caller_header.as_ref()));
    let scope = |name| format!("{name} {route}");
    Ok(Some(IdempotencyKey { scope: scope(caller.name), former: caller.former.map(scope), key }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn keys_are_the_callers_and_the_routes_own() {
        let of = |authorization: Option<&str>| {
            let mut request = TestRequest::post().insert_header((HEADER, "k-1"));
            if let Some(value) = authorization {
                request = request.insert_header(("authorization", value));
            }
            key(&request.to_http_request(), "POST /x").unwrap().unwrap()
        };
        let anonymous = IdempotencyKey { scope: "anonymous POST /x".into(), former: None, key: "k-1".into() };
        assert_eq!(of(None), anonymous);
        assert_eq!(of(Some("Bearer a")).scope, of(Some("Bearer b")).scope);
        assert_ne!(of(Some("Basic YTpi")).scope, anonymous.scope);
        assert!(of(Some("Bearer a")).former.is_some_and(|former| former.ends_with(" POST /x")));
        assert!(!format!("{:?}", of(Some("Bearer secret"))).contains("secret"));
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
