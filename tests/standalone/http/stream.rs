//! The live stream.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;
use tokio::time::timeout;
use tropa_dispatch::domain::{EventKind, Status};

use super::api::{Api, PATIENCE, with, with_options};
use crate::rig;

/// An open stream.
pub struct Listener {
    body: Incoming,
    pub text: String,
}

#[derive(Debug, Default)]
pub struct Event {
    pub id: String,
    pub name: String,
    pub data: Value,
    retry: String,
}

impl Listener {
    pub async fn open(api: &Api, topics: &str, last: Option<&str>) -> Self {
        let request = api.request("GET", &format!("/api/v1/stream?topics={topics}"));
        let request = last.into_iter().fold(request, |request, id| request.header("last-event-id", id));
        let response = api.open(request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new() }
    }

    pub async fn read(&mut self) -> bool {
        let frame = timeout(PATIENCE, self.body.frame()).await.expect("silence");
        let Some(Ok(frame)) = frame else { return false };
        self.text += str::from_utf8(frame.data_ref().unwrap()).unwrap();
        true
    }

    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let mut event = Event::default();
                for line in block.lines() {
                    match line.split_once(": ").unwrap() {
                        ("id", id) => id.clone_into(&mut event.id),
                        ("event", name) => name.clone_into(&mut event.name),
                        ("data", data) => event.data = serde_json::from_str(data).unwrap(),
                        ("retry", retry) => retry.clone_into(&mut event.retry),
                        _ => panic!("{line}"),
                    }
                }
                self.text = rest.to_string();
                // One that is nothing but when to come back is none.
                if !event.name.is_empty() {
                    return Some(event);
                }
                continue;
            }
            if !self.read().await {
                return None;
            }
        }
    }

    /// The next event that is this.
    pub async fn until(&mut self, is: impl Fn(&Event) -> bool) -> Event {
        let search = async {
            loop {
                let event = self.next().await.expect("the stream goes on");
                if is(&event) {
                    return event;
                }
            }
        };
        timeout(PATIENCE, search).await.expect("it comes")
    }
}

#[test]
fn a_snapshot_comes_first_then_each_step() {
    with(|api| async move {
        api.rig.drivers(1).await;
        api.create("before").await;
        api.rig.reaches("before", Status::Dispatched).await;
        let mut listener = Listener::open(&api, "orders", None).await;
        let snapshot = listener.next().await.unwrap();
        assert_eq!((snapshot.name.as_str(), &snapshot.data["topic"]), ("snapshot", &"orders".into()));
        assert_eq!(snapshot.retry, "1000", "a browser comes back after a second");
        assert_eq!(snapshot.data["orders"][0]["id"], "before");
        api.create("after").await;
        // The one before is committed before it is told.
        let created = listener.until(|e| e.data["order"]["id"] == "after").await;
        assert_eq!((created.name.as_str(), &created.data["event"]), ("order", &"created".into()));

        // Who comes back with the last id gets what was missed, and no snapshot.
        api.post("/api/v1/orders/after/cancel", "").await;
        let mut again = Listener::open(&api, "orders", Some(&created.id)).await;
        let missed = again.next().await.unwrap();
        assert_eq!((missed.name.as_str(), &missed.data["event"]), ("order", &"cancelled".into()));
        // An id of another process is not believed.
        let mut stranger = Listener::open(&api, "orders", Some("1-1")).await;
        assert_eq!(stranger.next().await.unwrap().name, "snapshot");
    });
}

#[test]
fn amounts_stay_exact_on_the_stream() {
    with(|api| async move {
        let mut listener = Listener::open(&api, "orders", None).await;
        listener.next().await.unwrap();
        api.create("a").await;
        while !listener.text.contains("\n\n") {
            assert!(listener.read().await);
        }
        assert!(listener.text.contains(r#""final_price":110.00"#), "{}", listener.text);
    });
}

#[test]
fn an_actor_that_dies_is_seen() {
    with(|api| async move {
        let mut listener = Listener::open(&api, "actors,overview", None).await;
        let snapshot = listener.next().await.unwrap();
        assert_eq!(snapshot.data["actors"][0]["path"], "/tropa");
        assert!(listener.next().await.unwrap().data["overview"]["orders"].is_object());
        api.post("/api/v1/actors/tropa/reader/panic", r#"{"reason":"test"}"#).await;
        let exited = listener.until(|e| e.data["event"]["kind"] == "exited").await;
        assert_eq!((exited.name.as_str(), &exited.data["actor"]["path"]), ("actor", &"/tropa/reader".into()));
        listener.until(|e| e.data["actor"]["path"] == "/tropa/reader" && e.data["actor"]["epoch"] == 2).await;
        api.create("a").await;
        listener.until(|e| e.name == "overview" && e.data["orders"]["pending"] == 1).await;
    });
}

#[test]
fn an_instance_that_drains_is_seen() {
    with(|api| async move {
        let mut listener = Listener::open(&api, "instances", None).await;
        let snapshot = listener.next().await.unwrap();
        assert_eq!(snapshot.data["instances"][0]["phase"], "running");
        api.post("/api/v1/instances/rig/drain", "").await;
        let event = listener.until(|e| e.data["phase"] == "drained").await;
        assert_eq!((event.name.as_str(), &event.data["id"]), ("instance", &"rig".into()));
    });
}

#[test]
fn silence_is_broken_and_streams_are_counted() {
    with_options(
        rig::quick(),
        |options| {
            options.limits.heartbeat = Duration::from_millis(100);
            options.limits.max_streams = 1;
        },
        |api, server| async move {
            let mut listener = Listener::open(&api, "orders", None).await;
            listener.next().await.unwrap();
            let clock = listener.next().await.unwrap();
            assert_eq!((clock.name.as_str(), &clock.data["stale"]), ("clock", &serde_json::json!([])));
            assert!(clock.data["now"].is_string());
            api.get("/api/v1/stream").await.problem(503, "overloaded");
            assert_eq!(api.get("/api/v1/stream?topics=weather").await.fields(), ["topics"]);
            drop(listener);
            // The place is free once the server sees that the other side is gone.
            rig::until("the place is free", async || {
                api.open(api.request("GET", "/api/v1/stream")).await.status() == 200
            })
            .await;
            server.stop().await;
        },
    );
}

#[test]
fn a_stream_ends_when_the_server_stops() {
    with_options(
        rig::quick(),
        |_| {},
        |api, server| async move {
            let mut listener = Listener::open(&api, "orders", None).await;
            listener.next().await.unwrap();
            let (ended, ()) = tokio::join!(listener.next(), async {
                timeout(PATIENCE, server.stop()).await.expect("a stream does not hold the server up");
            });
            assert!(ended.is_none());
        },
    );
}

#[test]
fn who_does_not_read_falls_behind_and_gets_a_snapshot() {
    with(|api| async move {
        api.create("a").await;
        let mut listener = Listener::open(&api, "orders", None).await;
        listener.next().await.unwrap();
        // Much more than the feed and the sockets hold.
        let order = api.rig.order("a").await;
        for _ in 0..20_000 {
            api.rig.handles.feed.announce(&EventKind::Created, &order);
        }
        let caught_up = listener.until(|e| e.name == "snapshot").await;
        assert_eq!(caught_up.data["orders"][0]["id"], "a");
        api.create("b").await;
        listener.until(|e| e.name == "order" && e.data["order"]["id"] == "b").await;
    });
}
