//! Signing in to the console: a token for a cookie, which any instance takes.

mod caller;
mod guesses;
mod holding;
mod rank;
mod seal;

use std::{net::IpAddr, time::Instant};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Data, ServiceConfig},
};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{
    audit::Note,
    body::Json,
    edge::Edge,
    json::{Request, Text, request},
    methods,
    problem::{Answer, Kind, Problem},
};
pub(super) use caller::{Caller, Way};
use caller::{from_this_machine, is_this_machine, now, options, rank_of, unauthorized};
pub(super) use guesses::Guesses;
pub(super) use holding::hold;
pub(super) use rank::Rank;
use seal::{LASTS, Seal, Session};

/// What the cookie is called.
pub(super) const COOKIE: &str = "tropa_session";
/// In which header the console's page says that it is the one that asks.
const CSRF: &str = "x-csrf-token";
const PATH: &str = "/api/v1/session";

/// The session's path.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(methods::at(PATH).get(get).post(open).delete(close).done());
}

request! {
    /// Who signs in.
    struct NewSession {
        /// The admin's, the operator's or the viewer's.
        token: String = required Text { min_length = 1, max_length = 1024 };
        /// Who they are, for the audit; nobody checks it. Left out = the role whose token it is.
        #[schema(example = "maria")]
        name: Option<String> = optional Text { min_length = 1, max_length = 64 };
    }
}

/// Who asks, and whom.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct SessionView {
    /// `standalone` or `distributed`.
    mode: String,
    /// The instance that answers.
    instance: AnsweringView,
    /// Whether one has to sign in. Not on the server's own machine in development, as long as no token is set.
    required: bool,
    /// Who asks; `null` when they have not signed in.
    subject: Option<String>,
    /// What they may do; `null` when they have not signed in.
    role: Option<Rank>,
    /// Goes into the header `X-CSRF-Token` of whatever changes something; `null` where none is asked for.
    csrf: Option<String>,
    /// When the session ends; `null` when it does not.
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<OffsetDateTime>,
}

/// An instance, in short.
#[derive(Serialize, ToSchema)]
#[schema(as = AnsweringInstance)]
pub(super) struct AnsweringView {
    /// Its name.
    id: String,
    /// Its version.
    version: String,
}

impl SessionView {
    fn of(edge: &Edge, caller: Option<&Caller>, session: Option<&(Seal, Session)>) -> Self {
        let identity = &edge.handles.identity;
        Self {
            mode: identity.mode.clone(),
            instance: AnsweringView { id: identity.id.clone(), version: identity.version.clone() },
            required: caller.is_none_or(|caller| caller.way != Way::Local),
            subject: caller.map(|caller| caller.subject.clone()),
            role: caller.map(|caller| caller.rank),
            csrf: session.map(|(seal, session)| seal.csrf(session)),
            expires_at: session.map(|(_, session)| session.expires_at),
        }
    }

    fn answer(self) -> HttpResponse {
        HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(self)
    }
}

/// Who asks, what they may do, and whether they have to sign in.
#[utoipa::path(
    get, path = "/api/v1/session", tag = "session", operation_id = "get_session",
    responses((status = 200, description = "Who asks", body = SessionView)),
    security(("session" = []), ("admin" = []), ())
)]
async fn get(request: HttpRequest, edge: Data<Edge>) -> Answer<HttpResponse> {
    let caller = Caller::find(&request).ok().flatten();
    let session = caller.as_ref().filter(|caller| caller.way == Way::Session);
    let session = session.and_then(|_| caller::session(&request));
    Ok(SessionView::of(&edge, caller.as_ref(), session.as_ref()).answer())
}

/// Signs in: a token for a cookie, for twelve hours. After ten wrong ones in a minute an address has to wait.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "session", operation_id = "open_session",
    request_body = NewSession,
    responses((status = 200, description = "Who has signed in", body = SessionView, headers(
        ("Set-Cookie" = Option<String>, description = "The session; none where nobody has to sign in"))))
)]
async fn open(request: HttpRequest, edge: Data<Edge>, body: Json) -> Answer<HttpResponse> {
    let NewSession { token, name } = NewSession::read(&body.0)?;
    let Some(seal) = Seal::of(&edge.options) else {
        let caller = Caller::needed(&request, Rank::Chaos)?;
        return Ok(SessionView::of(&edge, Some(&caller), None).answer());
    };
    let peer = request.peer_addr().map_or(IpAddr::from([0; 16]), |peer| peer.ip());
    if let Err(wait) = edge.guesses.may(peer, Instant::now()) {
        let detail = "too many wrong tokens from this address";
        return Err(Problem::new(Kind::RateLimited, detail).retry_after(wait));
    }
    let Some(rank) = rank_of(&edge.options, &token) else {
        edge.guesses.note(peer, Instant::now());
        return Err(unauthorized("the token is wrong", "Bearer"));
    };
    let subject =
        name.unwrap_or_else(|| if rank == Rank::Chaos { "admin" } else { rank.as_str() }.to_owned());
    let session = Session::begin(rank, subject.clone(), now(&request));
    let cookie = set_cookie(&request, &seal.sign(&session), LASTS.whole_seconds());
    let caller = Caller { rank, subject, way: Way::Session };
    Note::on(&request, |note| note.caller = Some(caller.clone()));
    let mut answer = SessionView::of(&edge, Some(&caller), Some(&(seal, session))).answer();
    if let Ok(cookie) = cookie.parse() {
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// Signs out.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "session", operation_id = "close_session",
    responses((status = 204, description = "The browser forgets the session", headers(
        ("Set-Cookie" = String, description = "An empty one, which has ended"))))
)]
async fn close(request: HttpRequest) -> HttpResponse {
    HttpResponse::NoContent().insert_header((header::SET_COOKIE, set_cookie(&request, "", 0))).finish()
}

/// Over TLS alone, but for this machine, where nobody listens in and not every browser takes it otherwise.
fn set_cookie(request: &HttpRequest, value: &str, seconds: i64) -> String {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let secure = if host.is_some_and(is_this_machine) { "" } else { "; Secure" };
    format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

/// Whether the console's pages are served to this request: not to other machines, and not through a proxy, as long as no token
/// is set that would keep what they show. The error is an answer that says what to set.
pub(super) fn console_is_for(request: &HttpRequest) -> Answer<()> {
    let refused = |why: &str| {
        let detail = format!("the console is not served without sign-in: set TROPA_ADMIN_TOKEN ({why})");
        Problem::new(Kind::Forbidden, detail)
    };
    match options(request) {
        Some(options) if options.admin_token.is_some() => Ok(()),
        Some(options) if options.local_admin => from_this_machine(request).map_err(|p| refused(&p.detail)),
        _ => Err(refused("no token is set, and this is production")),
    }
}
