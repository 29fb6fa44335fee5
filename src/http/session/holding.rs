//! What a session may not do: change something without its page saying so, or as a viewer.

use actix_web::{
    Error, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::{
    CSRF, PATH, Rank,
    caller::{Caller, bearer, cookie, options, session, unauthorized},
};
use crate::http::problem::{Answer, Kind, Problem};

/// Refuses what a cookie alone asks for. A browser sends it along whoever asks; only the console's own page knows what to
/// say beside it. Who shows a token is no browser, and who shows nothing may what anybody may.
pub(in crate::http) async fn hold(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    held(request.request())?;
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

fn held(request: &HttpRequest) -> Answer<()> {
    let protected = options(request).is_some_and(|options| options.admin_token.is_some());
    // Signing in and out is done with a session that has ended, too.
    if !protected || request.method().is_safe() || request.path() == PATH || bearer(request).is_some() {
        return Ok(());
    }
    if cookie(request).is_none() {
        return Ok(());
    }
    let Some((seal, session)) = session(request) else {
        return Err(unauthorized("the session has ended: sign in again", "Bearer"));
    };
    let said = request.headers().get(CSRF).and_then(|value| value.to_str().ok());
    if !said.is_some_and(|said| seal.is_csrf(&session, said)) {
        return Err(Problem::new(Kind::CsrfToken, "X-CSRF-Token is missing, or not this session's"));
    }
    if session.rank < Rank::Operator {
        Caller::needed(request, Rank::Operator)?;
    }
    Ok(())
}
