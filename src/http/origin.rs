//! Pages of other sites: a browser sends what they ask for as if its user had asked.
//!
//! A request without a body, or with one that a form can send, needs nobody's leave to be sent across origins; only its answer
//! is kept from the page. So whatever changes something is refused when a browser says that a page from elsewhere asked.

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap},
    },
    middleware::Next,
};

use super::problem::{Kind, Problem};

/// Refuses what a page from another origin asks for, unless it only looks.
pub(super) async fn refuse_foreign(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if is_foreign(request.method(), request.headers()) {
        return Err(Problem::new(Kind::ForeignOrigin, told(request.headers())).into());
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

/// What the browser says of the page.
fn told(headers: &HeaderMap) -> String {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let whence =
        said("origin").map(|origin| format!("Origin: {}", origin.chars().take(128).collect::<String>()));
    let whence = whence.or_else(|| Some(format!("Sec-Fetch-Site: {}", said("sec-fetch-site")?)));
    let own = said("host").unwrap_or("nameless");
    format!("a page from elsewhere asked for this ({}; this is {own})", whence.unwrap_or_default())
}

/// Who is no browser says nothing of where it comes from, and is not meant. `Sec-Fetch-Site` goes before `Origin`: behind a
/// proxy that speaks TLS the server does not know its own origin, and the browser does.
fn is_foreign(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return false;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let own = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let asked = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    match (asked, own) {
        (Some((_, asked)), Some(own)) => !asked.eq_ignore_ascii_case(own),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn foreign(method: &Method, told: &[(&'static str, &str)]) -> bool {
        let mut request = TestRequest::default().insert_header(("host", "tropa.example:8000"));
        for header in told {
            request = request.append_header(*header);
        }
        is_foreign(method, request.to_http_request().headers())
    }

    #[test]
    fn who_says_nothing_is_no_browser() {
        assert!(!foreign(&Method::POST, &[]));
    }

    #[test]
    fn a_page_changes_only_what_is_its_own() {
        let own = [("origin", "http://tropa.example:8000")];
        assert!(!foreign(&Method::POST, &own));
        for origin in ["http://evil.example", "http://tropa.example", "http://tropa.example:8001", "null", ""]
        {
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                assert!(foreign(&method, &[("origin", origin)]), "{origin}");
            }
            for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
                assert!(!foreign(&method, &[("origin", origin)]), "{origin} only looks");
            }
        }
    }

    #[test]
    fn the_browser_knows_best() {
        let behind_tls = ("origin", "https://tropa.example");
        assert!(!foreign(&Method::POST, &[behind_tls, ("sec-fetch-site", "same-origin")]));
        assert!(!foreign(&Method::POST, &[("sec-fetch-site", "none")]), "typed in by hand");
        for site in ["cross-site", "same-site", "whatever"] {
            assert!(foreign(
                &Method::POST,
                &[("origin", "http://tropa.example:8000"), ("sec-fetch-site", site)]
            ));
        }
    }
}
