//! The live stream: a snapshot, then what changes, as server-sent events.
//!
//! What a topic shows is looked at for all streams together, at most twice a second, and only while there are some: see
//! [`Pictures`]. Each stream then passes on what was told.

mod audience;
mod event;
mod picture;
mod pictures;
mod topic;
mod topics;
mod viewer;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::{Data, ServiceConfig},
};
use std::{net::Ipv4Addr, time::Duration};

use super::{
    actors::{self, ALL},
    edge::Edge,
    methods,
    problem::{Answer, Problem},
    query::Parameters,
    session::{Caller, Rank},
};
use event::StreamEvent;
pub(super) use pictures::Pictures;
use topic::Topic;
use viewer::Viewer;

/// A stream says something at most that often.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// The stream's path.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(methods::at("/api/v1/stream").reading().get(stream).done());
}

/// A live stream of server-sent events: a `snapshot` of each topic, then what changes, at most twice a second.
///
/// `orders`: `snapshot` `{topic, orders}` with the newest, then `order` `{event, order}` for each step; of more than a hundred within
/// half a second only the newest of each order. An order's driver who falls silent, or is heard of again, is an `order` event as
/// well, `driver_silent` or `driver_heard`, some seconds later and without an `id`: it is no step of the order.
/// `actors`: `{topic, actors}`, then `actor` `{event, actor}`; another `snapshot` when one is gone. `instances`: `{topic, instances}`,
/// then `instance`. `overview`: `{topic, overview}`, then `overview`. `breakers` `{breakers}`, `dead_letters` `{parked, groups}` and
/// `outbox` are told whole whenever they differ, with `topic` in the `snapshot`. `drivers`: `{topic, silent_after_ms, drivers}`, then
/// `drivers` `{changed, gone}`; a driver is an array of id, name, status, lat, lng, heading, when they were heard (milliseconds since
/// 1970) and order; at most 20,000.
///
/// `order` events of steps carry an `id`; a client that comes back with it as `Last-Event-ID` gets what it missed while that is still
/// kept, and a new snapshot otherwise. A client that reads too slowly misses events and gets a new snapshot in their place.
/// `clock` `{now, stale}` says that the connection is alive, and for how long a topic could not be read.
#[utoipa::path(
    get, path = "/api/v1/stream", tag = "operations", operation_id = "stream",
    params(
        ("topics" = Option<String>, Query, pattern = "^(orders|actors|overview|instances|breakers|dead_letters|outbox|drivers|pipeline|audit)(,(orders|actors|overview|instances|breakers|dead_letters|outbox|drivers|pipeline|audit))*$", description = "Which, separated by commas; `orders,actors,overview,instances` when left out"),
        ("instance" = Option<String>, Query, min_length = 1, max_length = 128, description = "Whose actors: an instance's id, or `all`; of the one that answers when left out"),
        ("heartbeat" = Option<u32>, Query, minimum = 1, maximum = 60, description = "Seconds between two `clock` events; as the server is configured when left out"),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event's id")),
    responses((status = 200, description = "Events, until one side ends it", body = StreamEvent, content_type = "text/event-stream"))
)]
async fn stream(request: HttpRequest, edge: Data<Edge>) -> Answer<HttpResponse> {
    let mut parameters = Parameters::of(&request);
    let topics = Topic::read(&mut parameters);
    if topics.contains(&Topic::Audit) {
        Caller::needed(&request, Rank::Viewer)?;
    }
    let instance = parameters.text("instance").filter(|instance| *instance != edge.handles.identity.id);
    let heartbeat = parameters.number("heartbeat", 1..=60).map(|seconds| Duration::from_secs(seconds.into()));
    parameters.finish()?;
    if request.method() == Method::HEAD {
        // Its body would be thrown away as long as the connection lives.
        return Ok(HttpResponse::Ok().content_type("text/event-stream").finish());
    }
    let last = request.headers().get("last-event-id").and_then(|value| value.to_str().ok());
    // A connection without a peer is already gone.
    let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    let Some(slot) = edge.streams.take(peer) else {
        return Err(Problem::overloaded("too many live streams", Duration::from_secs(5)));
    };
    if let Some(of) = instance.as_ref().filter(|of| *of != ALL && topics.contains(&Topic::Actors)) {
        // Who there is not is said at once.
        actors::trees(&edge, Some(of.clone())).await?;
    }
    let keys = topics.into_iter().map(|topic| (topic, instance.clone().filter(|_| topic == Topic::Actors)));
    let viewer = Viewer::open(edge.into_inner(), keys.collect(), last, heartbeat, slot).await;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A proxy that gathers the answer would show nothing for minutes.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(viewer.into_stream()))
}

#[cfg(test)]
mod tests {
    use strum::VariantNames;
    use utoipa::OpenApi;

    use super::*;

    #[derive(OpenApi)]
    #[openapi(paths(stream))]
    struct Described;

    #[test]
    fn every_topic_is_described() {
        let one = format!("({})", Topic::VARIANTS.join("|"));
        let pattern = format!("^{one}(,{one})*$");
        let described = Described::openapi().to_json().unwrap();
        assert!(described.contains(&pattern), "{pattern}");
    }
}
