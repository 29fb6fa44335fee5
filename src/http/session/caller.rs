//! Who calls: by a token, by a session, or because nothing else is asked of this machine.

use std::net::IpAddr;

use actix_web::{
    HttpRequest,
    http::header::{self, HeaderValue},
    web::Data,
};
use time::OffsetDateTime;

use super::{
    COOKIE, Rank,
    seal::{Seal, Session},
};
use crate::{
    config,
    http::{
        edge::Edge,
        options::Options,
        problem::{Answer, Kind, Problem},
    },
};

/// Somebody who is known.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::http) struct Caller {
    /// What they may do.
    pub rank: Rank,
    /// Who they are, as far as that is known: the name they gave when they signed in, which nobody has checked, or the role
    /// whose token they showed.
    pub subject: String,
    /// How they are known.
    pub way: Way,
}

/// How somebody is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::http) enum Way {
    /// No token is configured, and they are on this machine.
    Local,
    /// They showed a token.
    Bearer,
    /// They signed in to the console.
    Session,
}

impl Caller {
    /// Who it is; nobody in particular without token and session, and where no token is configured. An error when what they
    /// show is wrong.
    pub fn find(request: &HttpRequest) -> Answer<Option<Self>> {
        let Some(options) = options(request) else { return Ok(None) };
        if options.admin_token.is_some() {
            return match bearer(request) {
                Some(given) => match rank_of(options, given) {
                    Some(rank) => Ok(Some(Self::shown(rank))),
                    None => Err(unauthorized("the token is wrong", r#"Bearer error="invalid_token""#)),
                },
                None => Ok(session(request).map(|(_, session)| Self::of(session))),
            };
        }
        Ok((options.local_admin && from_this_machine(request).is_ok()).then(|| Self {
            rank: Rank::Chaos,
            subject: "local".to_owned(),
            way: Way::Local,
        }))
    }

    /// Who it is, if they may do what needs this.
    pub fn needed(request: &HttpRequest, rank: Rank) -> Answer<Self> {
        if let Some(caller) = Self::find(request)? {
            return caller.may(rank);
        }
        match options(request) {
            Some(options) if options.admin_token.is_some() => {
                Err(unauthorized("a token is needed, or a session that has not ended", "Bearer"))
            }
            Some(options) if options.local_admin => {
                from_this_machine(request)?;
                Err(Problem::new(Kind::Internal, "nobody is known"))
            }
            _ => Err(Problem::new(
                Kind::Forbidden,
                "in production this needs an admin token: set TROPA_ADMIN_TOKEN",
            )),
        }
    }

    /// Themselves, if they may do what needs this.
    pub fn may(self, rank: Rank) -> Answer<Self> {
        if self.rank >= rank {
            return Ok(self);
        }
        let detail = format!("this needs the role {}, and yours is {}", rank.as_str(), self.rank.as_str());
        Err(Problem::new(Kind::RoleTooLow, detail))
    }

    fn shown(rank: Rank) -> Self {
        let subject = if rank == Rank::Chaos { "admin" } else { rank.as_str() };
        Self { rank, subject: subject.to_owned(), way: Way::Bearer }
    }

    fn of(session: Session) -> Self {
        Self { rank: session.rank, subject: session.subject, way: Way::Session }
    }
}

/// Of the server that was asked.
pub(super) fn options(request: &HttpRequest) -> Option<&Options> {
    request.app_data::<Data<Options>>().map(|options| &***options)
}

/// Whose token it is. All are compared, whichever it is.
pub(super) fn rank_of(options: &Options, given: &str) -> Option<Rank> {
    let ranks = [
        (&options.viewer_token, Rank::Viewer),
        (&options.operator_token, Rank::Operator),
        (&options.admin_token, Rank::Chaos),
    ];
    let is = |token: &Option<config::AdminToken>| token.as_ref().is_some_and(|token| token.is(given));
    ranks.into_iter().filter(|(token, _)| is(token)).map(|(_, rank)| rank).max()
}

/// The session of the request's cookie, if it is one.
pub(super) fn session(request: &HttpRequest) -> Option<(Seal, Session)> {
    let seal = Seal::of(options(request)?)?;
    let session = seal.open(&cookie(request)?, now(request))?;
    Some((seal, session))
}

/// What the browser sends; another site on this host may have set one of the same name beside it.
pub(super) fn cookie(request: &HttpRequest) -> Option<String> {
    let headers = request.headers().get_all(header::COOKIE).filter_map(|value| value.to_str().ok());
    let pairs = headers.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned());
    named.next()
}

/// By the clock that all go by.
pub(super) fn now(request: &HttpRequest) -> OffsetDateTime {
    let edge = request.app_data::<Data<Edge>>();
    edge.map_or_else(OffsetDateTime::now_utc, |edge| edge.handles.clock.now())
}

pub(super) fn bearer(request: &HttpRequest) -> Option<&str> {
    config::bearer(request.headers().get(header::AUTHORIZATION)?.to_str().ok()?)
}

pub(super) fn unauthorized(detail: &str, challenge: &'static str) -> Problem {
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

/// Whether an authority names this machine.
pub(super) fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
