//! Who gets in: a limit for each peer address, and one for all together.

use std::time::{Duration, Instant};

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::Next,
    web,
};

use super::{
    drivers::positions,
    limits::{Buckets, Permits, Verdict},
    problem::{Kind, Problem},
};
use crate::peers::Network;

/// What `RateLimit` says is in draft-ietf-httpapi-ratelimit-headers.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The limits, shared by all workers.
#[derive(Debug)]
pub(super) struct Gate {
    /// Per address.
    pub buckets: Option<Buckets>,
    /// But for these, who speak for many.
    pub proxies: Vec<Network>,
    /// In all, but for streams of positions.
    pub in_flight: Permits,
    /// Streams of positions. They come as slowly as drivers move: however many do, they take no order's place.
    pub position_streams: Permits,
}

/// Lets a request in, or answers 429 or 503.
pub(super) async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(gate) = request.app_data::<web::Data<Gate>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    // Whoever asks whether we live, or take orders, must hear it above all when there is much to do. None of these costs
    // more for being asked often: the readiness probe's answer is kept for a second.
    if matches!(request.path(), "/livez" | "/readyz" | "/health" | "/healthz" | "/ready" | "/metrics") {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    }
    let mut remaining = None;
    // The peer is who is connected. What a proxy says about its client (X-Forwarded-For) anybody can say.
    if let (Some(buckets), Some(peer)) = (&gate.buckets, request.peer_addr())
        && !gate.proxies.iter().any(|proxy| proxy.holds(peer.ip()))
    {
        match buckets.check(peer.ip(), Instant::now()) {
            Verdict::Exempt => {}
            Verdict::Passes { remaining: left } => remaining = Some(left),
            Verdict::Refused { retry_after } => {
                let limit = buckets.limit();
                let detail = format!("{} requests a second, {} at once", limit.per_second, limit.burst);
                let seconds = retry_after.as_secs() + 1;
                return Err(Problem::new(Kind::RateLimited, detail)
                    .retry_after(retry_after)
                    .with(RATE_LIMIT, format!("\"address\";r=0;t={seconds}"))
                    .into());
            }
        }
    }
    // As the routes see it: percent-encoding makes no other path of it.
    let (permits, full) = match request.match_info().as_str() {
        positions::PATH => (&gate.position_streams, "too many streams of positions"),
        _ => (&gate.in_flight, "too many requests in flight"),
    };
    let Some(permit) = permits.take() else {
        return Err(Problem::overloaded(full, Duration::from_secs(1)).into());
    };
    let mut answered = next.call(request).await?.map_into_boxed_body();
    drop(permit);
    if let Some(value) = remaining.and_then(|r| HeaderValue::try_from(format!("\"address\";r={r}")).ok()) {
        answered.headers_mut().insert(RATE_LIMIT, value);
    }
    Ok(answered)
}
