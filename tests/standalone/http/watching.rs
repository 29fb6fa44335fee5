//! Many who look at the live stream together: what they see is looked at once, and at most twice a second.

use std::time::{Duration, Instant};

use tropa_dispatch::domain::{EventKind, Order};

use super::api::{Api, with, with_options};
use super::stream::Listener;
use crate::rig;

const STREAMS: usize = 50;

/// How often this topic was looked at.
async fn looks(api: &Api, topic: &str) -> u64 {
    let line = format!("tropa_stream_looks_total{{topic=\"{topic}\"}} ");
    let text = api.get("/metrics").await.text;
    text.lines().find_map(|each| each.strip_prefix(&line)).map_or(0, |count| count.parse().unwrap())
}

#[test]
fn what_many_look_at_is_looked_at_once_and_what_nobody_does_not_at_all() {
    with(|api| async move {
        const TOPICS: [&str; 8] =
            ["orders", "actors", "overview", "instances", "breakers", "dead_letters", "outbox", "drivers"];
        for topic in TOPICS {
            assert_eq!(looks(&api, topic).await, 0, "{topic}: nobody looks");
        }
        let mut listeners = Vec::new();
        let begun = Instant::now();
        for _ in 0..STREAMS {
            listeners.push(Listener::open(&api, &TOPICS.join(","), None).await);
        }
        api.create("a").await;
        for listener in &mut listeners {
            listener.until(|e| e.name == "order" && e.data["order"]["id"] == "a").await;
        }
        let mut counts = Vec::new();
        for topic in TOPICS {
            counts.push(looks(&api, topic).await);
        }
        // The first look of each is at once, the others at half seconds.
        let most = begun.elapsed().as_millis() as u64 / 500 + 2;
        assert!(counts.iter().all(|count| (1..=most).contains(count)), "{counts:?} of {most} for {STREAMS}");

        drop(listeners);
        let mut before = looks(&api, "actors").await;
        rig::until("nobody looks any more", async || {
            // Longer than it takes to look once more.
            tokio::time::sleep(Duration::from_millis(1_200)).await;
            std::mem::replace(&mut before, looks(&api, "actors").await) == before
        })
        .await;
        // Whoever comes now is shown what is now.
        api.create("b").await;
        let mut late = Listener::open(&api, "orders", None).await;
        assert_eq!(late.next().await.unwrap().data["orders"][0]["id"], "b");
    });
}

#[test]
fn a_stream_says_something_at_most_twice_a_second() {
    with(|api| async move {
        api.create("a").await;
        let order = api.rig.order("a").await;
        let mut listener = Listener::open(&api, "orders", None).await;
        let (begun, mut chunks) = (Instant::now(), 0);
        while begun.elapsed() < Duration::from_secs(3) {
            api.rig.handles.feed.announce(&EventKind::Created, &order);
            assert!(listener.read().await);
            chunks += 1;
        }
        let most = begun.elapsed().as_millis() / 500 + 2;
        assert!((3..=most).contains(&chunks), "{chunks} chunks in {:?}", begun.elapsed());
    });
}

#[test]
fn of_many_steps_only_the_newest_of_each_order_is_told() {
    with(|api| async move {
        api.create("a").await;
        let order = api.rig.order("a").await;
        let mut listener = Listener::open(&api, "orders", None).await;
        let first = listener.next().await.unwrap();
        let sequence = |id: &str| id.split_once('-').unwrap().1.parse::<u64>().unwrap();
        for n in 0..300_u64 {
            let id = format!("many-{}", n % 3).parse().unwrap();
            api.rig.handles.feed.announce(&EventKind::Created, &Order { id, version: n, ..order.clone() });
        }
        let mut told = Vec::new();
        while told.last().is_none_or(|(_, version)| *version != 299) {
            let event = listener.until(|e| e.name == "order").await;
            assert!(sequence(&event.id) > sequence(&first.id));
            told.push((event.id, event.data["order"]["version"].as_u64().unwrap()));
        }
        // Two looks may share them.
        assert!(told.len() <= 6, "{told:?}");
        assert!(told.is_sorted_by_key(|(id, _)| sequence(id)));
        // And whoever comes back with the last id has missed nothing.
        let mut back = Listener::open(&api, "orders", Some(&told.last().unwrap().0)).await;
        api.create("b").await;
        assert_eq!(back.next().await.unwrap().data["order"]["id"], "b");
    });
}

#[test]
fn each_topic_tells_how_it_stands_and_what_changes() {
    with(|api| async move {
        api.rig.drivers(1).await;
        let mut listener = Listener::open(&api, "breakers,outbox,dead_letters,drivers", None).await;
        let mut topics = Vec::new();
        for _ in 0..4 {
            let snapshot = listener.next().await.unwrap();
            assert_eq!(snapshot.name, "snapshot");
            let data = snapshot.data;
            match data["topic"].as_str().unwrap() {
                "breakers" => assert_eq!(data["breakers"][0]["name"], "fleet"),
                "outbox" => assert_eq!(data["pending"], 0),
                "dead_letters" => assert_eq!((&data["parked"], &data["groups"][0]), (&0.into(), &().into())),
                "drivers" => {
                    let driver = data["drivers"][0].as_array().unwrap();
                    assert_eq!(driver.len(), 8, "{driver:?}");
                    assert_eq!(driver[2], "available");
                    assert!(driver[3].is_f64() && driver[6].is_u64() && driver[7].is_null(), "{driver:?}");
                }
                other => panic!("{other}"),
            }
            topics.push(data["topic"].clone());
        }
        assert_eq!(topics, ["breakers", "outbox", "dead_letters", "drivers"]);

        api.call("PUT", "/api/v1/drivers/new", r#"{"name":"New","status":"offline"}"#).await;
        let changed = listener.until(|e| e.name == "drivers" && e.data["changed"][0][0] == "new").await;
        let expected = serde_json::json!(["new", "New", "offline", null, null, null, null, null]);
        assert_eq!(changed.data["changed"], serde_json::json!([expected]));
        api.call("DELETE", "/api/v1/drivers/new", "").await;
        listener.until(|e| e.name == "drivers" && e.data["gone"] == serde_json::json!(["new"])).await;
        // With nobody left the second one waits.
        api.create("a").await;
        api.create("b").await;
        listener.until(|e| e.name == "outbox" && e.data["postponed"] == 1).await;
        listener.until(|e| e.name == "breakers" && e.data["breakers"][0]["calls"].as_u64() >= Some(2)).await;
    });
}

#[test]
fn a_heartbeat_is_chosen_and_a_stranger_has_no_actors() {
    with_options(
        rig::quick(),
        |_| {},
        |api, server| async move {
            let mut listener = Listener::open(&api, "actors&heartbeat=1&instance=all", None).await;
            let snapshot = listener.next().await.unwrap();
            assert_eq!(snapshot.data["actors"][0]["instance"], "rig");
            listener.until(|e| e.name == "clock").await;
            let own = api.open(api.request("GET", "/api/v1/stream?topics=actors&instance=rig")).await;
            assert_eq!(own.status(), 200);
            api.get("/api/v1/stream?topics=actors&instance=nobody").await.problem(404, "not-found");
            assert_eq!(api.get("/api/v1/stream?heartbeat=61").await.fields(), ["heartbeat"]);
            server.stop().await;
        },
    );
}
