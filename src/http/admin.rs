//! Who may: proof of it is the first argument of each handler that needs some, so that nothing is read for anybody else.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::{
    problem::{Answer, Problem},
    session::{Caller, Rank},
};

/// Somebody who may look at what is not everybody's.
pub(super) struct Viewer(());

/// Somebody who may heal. What hurts asks for more: [`Caller::may`].
pub(super) struct Operator(pub Caller);

impl FromRequest for Viewer {
    type Error = Problem;
    type Future = Ready<Answer<Self>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Caller::needed(request, Rank::Viewer).map(|_| Self(())))
    }
}

impl FromRequest for Operator {
    type Error = Problem;
    type Future = Ready<Answer<Self>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Caller::needed(request, Rank::Operator).map(Self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::AdminToken, http::Options};
    use actix_web::{test::TestRequest, web};

    fn asked(options: Options, peer: &str, headers: &[(&'static str, &str)]) -> Answer<Operator> {
        let mut request = TestRequest::post().app_data(web::Data::new(options));
        request = request.peer_addr(format!("{peer}:5000").parse().unwrap());
        for header in headers {
            request = request.insert_header(*header);
        }
        Operator::from_request(&request.to_http_request(), &mut Payload::None).into_inner()
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
    fn each_token_is_worth_its_role() {
        let token = |text: &str| Some(AdminToken::new(text));
        let options = || Options {
            admin_token: token("a"),
            operator_token: token("o"),
            viewer_token: token("v"),
            ..Options::default()
        };
        let with = |bearer: &str| asked(options(), "10.0.0.1", &[("authorization", bearer)]);
        assert_eq!(with("Bearer a").ok().map(|who| who.0.rank), Some(Rank::Chaos));
        let operator = with("Bearer o").ok().unwrap().0;
        assert_eq!((operator.rank, operator.subject.as_str()), (Rank::Operator, "operator"));
        assert_eq!(operator.may(Rank::Chaos).unwrap_err().status(), 403);
        assert_eq!(with("Bearer v").map(|_| ()).unwrap_err().status(), 403);
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
