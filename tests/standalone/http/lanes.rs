//! One order's way.

use serde_json::Value;
use tropa_dispatch::domain::{EventPayload, Status};
use tropa_dispatch::port::Broker;

use super::api::{Api, with, with_options};
use crate::rig::{self, until};

async fn lanes(api: &Api, order: &str) -> Value {
    let answer = api.get(&format!("/api/v1/orders/{order}/lanes")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

fn stages(lanes: &Value) -> Vec<String> {
    let lanes = lanes["lanes"].as_array().unwrap().iter();
    lanes.map(|lane| lane["stage"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_stretch_is_there_and_who_else_could_have_been_found() {
    with_options(
        rig::quick(),
        |options| options.trace_url = Some("http://traces/{trace_id}?x=1".to_owned()),
        |api, server| async move {
            let (lat, lng) = rig::PICKUP;
            for (id, away) in [("near", 0.001), ("far", 0.01), ("outside", 3.0)] {
                api.rig.driver(id, lat + away, lng).await;
            }
            api.create("a").await;
            api.rig.reaches("a", Status::Dispatched).await;
            let whole = [
                "accepted",
                "committed",
                "published",
                "consumed",
                "leased",
                "searched",
                "claimed",
                "decided",
                "acked",
            ];
            until("the way is known", async || {
                let told = lanes(&api, "a").await;
                let stages = stages(&told);
                whole.iter().all(|stage| stages.iter().any(|known| known == stage))
                    && told["search"].is_object()
            })
            .await;
            let told = lanes(&api, "a").await;
            assert_eq!(
                (&told["complete"], &told["duplicates"]),
                (&true.into(), &Value::Array(vec![])),
                "{told}"
            );
            let trace = told["trace_id"].as_str().unwrap();
            assert_eq!(told["trace_url"], format!("http://traces/{trace}?x=1"));
            for lane in told["lanes"].as_array().unwrap() {
                assert_eq!((&lane["instance"], &lane["attempt"]), (&"rig".into(), &1.into()), "{lane}");
                assert!(lane["ended_at"].as_str() >= lane["started_at"].as_str(), "{lane}");
            }
            let first: Vec<_> = stages(&told).into_iter().take(2).collect();
            assert_eq!(first, ["accepted", "committed"]);
            let candidates = told["search"]["candidates"].as_array().unwrap();
            let ranked: Vec<_> = candidates
                .iter()
                .map(|c| {
                    (
                        c["driver_id"].as_str().unwrap(),
                        c["chosen"].as_bool().unwrap(),
                        c["why"].as_str().unwrap(),
                    )
                })
                .collect();
            assert_eq!(ranked, [("near", true, "the nearest who was free"), ("far", false, "farther away")]);
            api.get("/api/v1/orders/nobody/lanes").await.problem(404, "not-found");
            server.stop().await;
        },
    );
}

#[test]
fn a_message_that_comes_twice_is_seen_not_to_be_answered_twice() {
    with(|api| async move {
        api.rig.drivers(1).await;
        api.create("a").await;
        api.rig.reaches("a", Status::Dispatched).await;
        let event = api.rig.timeline("a").await.remove(0);
        let order = api.rig.order("a").await;
        let again = EventPayload { event, order }.envelope().unwrap();
        let id = again.event_id.to_string();
        until("its answer is committed and it is let go of", async || {
            stages(&lanes(&api, "a").await).contains(&"acked".to_owned())
        })
        .await;
        for confirm in api.rig.broker.publish(vec![again]).await {
            confirm.await;
        }
        until("it is seen", async || !lanes(&api, "a").await["duplicates"].as_array().unwrap().is_empty())
            .await;
        let told = lanes(&api, "a").await;
        let duplicate = &told["duplicates"][0];
        assert_eq!((&duplicate["event_id"], &duplicate["instance"]), (&id.into(), &"rig".into()));
        let decided = stages(&told).into_iter().filter(|stage| stage == "decided").count();
        assert_eq!(decided, 1, "{told}");
    });
}

#[test]
fn what_no_instance_remembers_is_filled_in_and_said_to_be_so() {
    with(|api| async move {
        // Accepted by somebody who is not there any more.
        let creation = tropa_dispatch::testing::sample::creation("old");
        tropa_dispatch::port::OrderStore::create(&api.rig.store.inner, vec![creation].into()).await.unwrap();
        let told = lanes(&api, "old").await;
        let filled =
            told["lanes"].as_array().unwrap().iter().filter(|lane| lane["instance"].is_null()).count();
        assert_eq!((filled, &told["complete"]), (2, &false.into()), "{told}");
        assert_eq!(stages(&told)[..2], ["accepted", "committed"]);
    });
}
