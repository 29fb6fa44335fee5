//! Who may change actors and dead letters.

use std::{
    future::{Ready, ready},
    net::IpAddr,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderValue},
    web,
};

use super::{
    options::Options,
    problem::{Answer, Kind, Problem},
};
use crate::config;

/// Proof that the caller may. The first argument of every admin verb, so that nothing is read for anybody else.
pub(super) struct Admin(());

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Answer<Self>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let options = request.app_data::<web::Data<Options>>();
        let allowed = match options.and_then(|options| options.admin_token.as_ref()) {
            Some(token) => match bearer(request) {
                Some(given) if token.is(given) => Ok(()),
                Some(_) => Err(unauthorized("the token is wrong", r#"Bearer error="invalid_token""#)),
                None => Err(unauthorized("a token is needed", "Bearer")),
            },
            None if options.is_some_and(|options| options.local_admin) => from_this_machine(request),
            None => Err(Problem::new(
                Kind::Forbidden,
                "in production this needs an admin token: set TROPA_ADMIN_TOKEN",
            )),
        };
        ready(allowed.map(Admin))
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    config::bearer(request.headers().get(header::AUTHORIZATION)?.to_str().ok()?)
}

fn unauthorized(detail: &str, challenge: &'static str) -> Problem {
    Problem::new(Kind::Unauthorized, detail)
        .with(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
}

/// A connection from loopback is this machine's, unless it was passed on: by a proxy on this machine, or by a browser
/// for a page from elsewhere (whose `Host` or `Origin` is then not this machine's).
pub(super) fn from_this_machine(request: &HttpRequest) -> Answer<()> {
    let refused = |detail| Err(Problem::new(Kind::Forbidden, detail));
    if !request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback()) {
        return refused(
            "without an admin token this is only done for requests from the server's own machine",
        );
    }
    let headers = request.headers();
    if ["forwarded", "x-forwarded-for", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name)) {
        return refused("the request came through a proxy: set TROPA_ADMIN_TOKEN");
    }
    let origin = headers.get(header::ORIGIN).map(|o| o.to_str().unwrap_or("?"));
    let hosts = [headers.get(header::HOST).map(|h| h.to_str().unwrap_or("?")), origin.map(authority)];
    if hosts.into_iter().flatten().any(|host| !is_this_machine(host)) {
        return refused("the request was made for another host, or by a page from one");
    }
    Ok(())
}

fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, rest)| rest)
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::AdminToken;
    use actix_web::test::TestRequest;

    fn asked(options: Options, peer: &str, headers: &[(&'static str, &str)]) -> Answer<Admin> {
        let mut request = TestRequest::post().app_data(web::Data::new(options));
        request = request.peer_addr(format!("{peer}:5000").parse().unwrap());
        for header in headers {
            request = request.insert_header(*header);
        }
        Admin::from_request(&request.to_http_request(), &mut Payload::None).into_inner()
    }

    fn ask(token: Option<&str>, peer: &str, headers: &[(&'static str, &str)]) -> u16 {
        let options = Options { admin_token: token.map(AdminToken::new), ..Options::default() };
        asked(options, peer, headers).map_or_else(|problem| problem.status().as_u16(), |_| 200)
    }

    #[test]
    fn with_a_token_only_the_token_counts() {
        assert_eq!(ask(Some("s"), "10.0.0.1", &[("authorization", "Bearer s")]), 200);
        assert_eq!(ask(Some("s"), "10.0.0.1", &[("authorization", "bearer s")]), 200);
        assert_eq!(ask(Some("s"), "127.0.0.1", &[]), 401);
        assert_eq!(ask(Some("s"), "127.0.0.1", &[("authorization", "Bearer x")]), 401);
        assert_eq!(ask(Some("s"), "127.0.0.1", &[("authorization", "Basic s")]), 401);
        assert_eq!(ask(Some("s"), "127.0.0.1", &[("x-forwarded-authorization", "Bearer s")]), 401);
    }

    #[test]
    fn in_production_nobody_without_a_token() {
        // As nginx passes a stranger's request on, told nothing but where to.
        let passed_on = [("host", "127.0.0.1:8000")];
        let production = || Options { local_admin: false, ..Options::default() };
        let refused = asked(production(), "127.0.0.1", &passed_on).map(drop).unwrap_err();
        assert_eq!(refused.status(), 403);
        assert!(refused.detail.contains("TROPA_ADMIN_TOKEN"), "{refused}");
        let with_token = Options { admin_token: Some(AdminToken::new("s")), ..production() };
        assert!(asked(with_token, "127.0.0.1", &[("authorization", "Bearer s")]).is_ok());
    }

    #[test]
    fn without_one_only_this_machine_itself() {
        assert_eq!(ask(None, "127.0.0.1", &[("host", "localhost:8000")]), 200);
        assert_eq!(ask(None, "[::1]", &[("host", "[::1]:8000"), ("origin", "http://127.0.0.1:8000")]), 200);
        assert_eq!(ask(None, "[::ffff:127.0.0.1]", &[]), 200);
        assert_eq!(ask(None, "10.0.0.1", &[("host", "localhost")]), 403);
        assert_eq!(ask(None, "127.0.0.1", &[("x-forwarded-for", "1.2.3.4")]), 403);
        assert_eq!(ask(None, "127.0.0.1", &[("host", "evil.example:8000")]), 403);
        assert_eq!(ask(None, "127.0.0.1", &[("origin", "https://evil.example")]), 403);
        assert_eq!(ask(None, "127.0.0.1", &[("origin", "null")]), 403);
    }
}
