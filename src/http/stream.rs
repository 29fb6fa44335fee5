//! The live stream: a snapshot, then what changes, as server-sent events.

mod event;
mod payload;
mod silent;
mod source;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::{Data, ServiceConfig},
};
use std::{net::Ipv4Addr, time::Duration};

use super::{
    edge::Edge,
    methods,
    problem::{Answer, Problem},
    query::Parameters,
};
use event::StreamEvent;
pub(super) use silent::Watcher;
use source::Source;

/// The stream's path.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(methods::at("/api/v1/stream").reading().get(stream).done());
}

/// What a stream tells about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "a set of topics")]
struct Topics {
    orders: bool,
    actors: bool,
    overview: bool,
    instances: bool,
}

/// A live stream of server-sent events: `snapshot` of each topic first, then `order`, `actor`, `overview` and `instance` as they change.
///
/// An order's driver who falls silent, or is heard of again, is an `order` event as well, `driver_silent` or `driver_heard`, some
/// seconds later and without an `id`: it is no step of the order.
///
/// `order` events of steps carry an `id`; a client that comes back with it as `Last-Event-ID` gets what it missed while that is still
/// kept, and a new snapshot otherwise. A client that reads too slowly misses events and gets a new snapshot in their place.
/// Comments keep the connection alive.
#[utoipa::path(
    get, path = "/api/v1/stream", tag = "operations", operation_id = "stream",
    params(
        ("topics" = Option<String>, Query, pattern = "^(orders|actors|overview|instances)(,(orders|actors|overview|instances))*$", description = "Which, separated by commas: `orders`, `actors`, `overview`, `instances`; all when left out"),
        ("Last-Event-ID" = Option<String>, Header, description = "The last event's id")),
    responses((status = 200, description = "Events, until one side ends it", body = StreamEvent, content_type = "text/event-stream"))
)]
async fn stream(request: HttpRequest, edge: Data<Edge>) -> Answer<HttpResponse> {
    let mut parameters = Parameters::of(&request);
    let topics = topics(&mut parameters);
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
    let source = Source::open(edge.into_inner(), topics, last, slot).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // A proxy that gathers the answer would show nothing for minutes.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(source.into_stream()))
}

fn topics(parameters: &mut Parameters) -> Topics {
    let Some(asked) = parameters.text("topics") else {
        return Topics { orders: true, actors: true, overview: true, instances: true };
    };
    let mut topics = Topics { orders: false, actors: false, overview: false, instances: false };
    for topic in asked.split(',') {
        match topic {
            "orders" => topics.orders = true,
            "actors" => topics.actors = true,
            "overview" => topics.overview = true,
            "instances" => topics.instances = true,
            _ => parameters
                .fail("topics", "must be of orders, actors, overview and instances, separated by commas"),
        }
    }
    topics
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn topics_are_chosen_or_all() {
        let asked = |query: &str| {
            let request = TestRequest::with_uri(&format!("/?{query}")).to_http_request();
            let mut parameters = Parameters::of(&request);
            let topics = topics(&mut parameters);
            parameters.finish().map(|()| topics)
        };
        let all = Topics { orders: true, actors: true, overview: true, instances: true };
        assert_eq!(asked("").unwrap(), all);
        assert_eq!(
            asked("topics=orders,overview").unwrap(),
            Topics { actors: false, instances: false, ..all }
        );
        assert_eq!(asked("topics=weather").unwrap_err().errors[0].field, "topics");
    }
}
