//! Processes that each run a part, and together are a Tropa.

use serde_json::json;
use tonic::Code;
use tropa_proto::fleet::fleet_client::FleetClient;
use tropa_proto::fleet::{Point, SearchDriverRequest};

use crate::{
    harness::{ADMIN_TOKEN, Answer, Tropa},
    place::{PICKUP, Place, accepted, dispatched, until},
};

/// Three processes: orders come in at the first, the second moves and works on them, the third knows the drivers.
struct Parts {
    intake: Tropa,
    works: Tropa,
    fleet: Tropa,
}

impl Parts {
    async fn start(place: &Place) -> Self {
        let fleet = place.process("fleet", "fleet").start().await;
        let endpoint = format!("http://{}", fleet.addresses().grpc);
        let works = place.process("works", "relay,worker").with("TROPA_FLEET_ENDPOINT", &endpoint);
        // An order that found nobody waits for an hour, unless it is woken.
        let works = works.with("TROPA_ASK_AGAIN_SECONDS", 3_600);
        let works = works.with("TROPA_DISPATCH_DEADLINE_SECONDS", 86_400);
        let intake = place.process("intake", "intake").with("TROPA_FLEET_ENDPOINT", endpoint);
        let parts = Self { intake: intake.start().await, works: works.start().await, fleet };
        for part in [&parts.intake, &parts.works, &parts.fleet] {
            until(part, "/readyz", |answer| answer.status == 200).await;
        }
        parts
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_through_three_processes() {
    let place = Place::new().await;
    let parts = Parts::start(&place).await;
    parts.fleet.enter_driver("d1", PICKUP.0, PICKUP.1).await;
    accepted(&parts.intake, "o1").await;
    // Whoever is asked tells the same.
    for part in [&parts.intake, &parts.works, &parts.fleet] {
        assert_eq!(dispatched(part, "o1").await["driver"]["id"], "d1");
    }
    let delivered = parts.intake.post("/api/v1/orders/o1/deliver", &json!({})).await.unwrap();
    assert_eq!(delivered.status, 200, "{delivered:?}");
    // The release goes the whole way, too: relay, worker, gRPC, index.
    until(&parts.fleet, "/api/v1/drivers/d1", |answer| answer.json()["order_id"].is_null()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_driver_seen_elsewhere_wakes_an_order_that_waits() {
    let place = Place::new().await;
    let parts = Parts::start(&place).await;
    accepted(&parts.intake, "o1").await;
    until(&parts.intake, "/api/v1/outbox", |answer| answer.json()["postponed"] == 1).await;
    parts.fleet.enter_driver("d1", PICKUP.0, PICKUP.1).await;
    assert_eq!(dispatched(&parts.intake, "o1").await["driver"]["id"], "d1");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_served_in_the_turn_they_came_across_three_processes() {
    let place = Place::new().await;
    let parts = Parts::start(&place).await;
    for n in 1..=6 {
        accepted(&parts.intake, &format!("o{n}")).await;
        until(&parts.intake, "/api/v1/outbox", |answer| answer.json()["postponed"] == n).await;
    }
    parts.fleet.enter_driver("d1", PICKUP.0, PICKUP.1).await;
    for n in 1..=6 {
        let held =
            until(&parts.fleet, "/api/v1/drivers/d1", |answer| answer.json()["order_id"].is_string()).await;
        assert_eq!(held.json()["order_id"], format!("o{n}"));
        dispatched(&parts.intake, &format!("o{n}")).await;
        let delivered = parts.intake.post(&format!("/api/v1/orders/o{n}/deliver"), &json!({})).await.unwrap();
        assert_eq!(delivered.status, 200, "{delivered:?}");
        let other = |answer: &Answer| answer.json()["order_id"] != format!("o{n}");
        until(&parts.fleet, "/api/v1/drivers/d1", other).await;
    }
}

#[track_caller]
fn refused(answer: &Answer, runs: &str, wanted: &str) {
    assert_eq!(answer.status, 503, "{answer:?}");
    let problem = answer.json();
    assert_eq!(problem["type"], "/problems/role-not-here", "{problem}");
    let detail = format!("this instance runs {runs}: ask one that runs {wanted}");
    assert_eq!(problem["detail"], detail.as_str(), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_run_here_says_so() {
    let place = Place::new().await;
    let Parts { intake, works, fleet } = Parts::start(&place).await;
    let order = json!({ "id": "o1", "price": 1, "tax": 1 });
    refused(&fleet.post("/api/v1/orders", &order).await.unwrap(), "fleet", "intake");
    refused(&works.post("/api/v1/orders/o1/cancel", &json!({})).await.unwrap(), "relay,worker", "intake");
    refused(&intake.get("/api/v1/drivers").await.unwrap(), "intake", "fleet");
    let driver = json!({ "name": "D", "status": "available" });
    refused(&works.put("/api/v1/drivers/d1", &driver).await.unwrap(), "relay,worker", "fleet");
    let replay = json!({ "action": "replay", "dry_run": true });
    refused(&intake.post("/api/v1/dead-letters/operations", &replay).await.unwrap(), "intake", "relay");

    for part in [&intake, &works, &fleet] {
        for path in ["orders", "actors", "overview", "outbox", "dead-letters", "instances", "breakers"] {
            let answer = part.get(&format!("/api/v1/{path}")).await.unwrap();
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
        }
        assert_eq!(part.get("/livez").await.unwrap().status, 200);
        assert_eq!(part.get("/metrics").await.unwrap().status, 200);
    }
    let runs = async |part: &Tropa, actor: &str| {
        part.get(&format!("/api/v1/actors/tropa/{actor}")).await.unwrap().status == 200
    };
    assert!(runs(&intake, "intake").await && !runs(&works, "intake").await && !runs(&fleet, "journal").await);
    assert!(runs(&works, "dispatch/consumer-pool").await && !runs(&intake, "dispatch/consumer-pool").await);

    let endpoint = format!("http://{}", intake.addresses().grpc);
    let mut stranger = FleetClient::connect(endpoint).await.unwrap();
    let search = SearchDriverRequest {
        order_id: "o1".into(),
        pickup: Some(Point { lat: 0.0, lng: 0.0 }),
        radius_m: 1_000.0,
        ..SearchDriverRequest::default()
    };
    let status = stranger.search_driver(search.clone()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "{status}");
    let mut known = tonic::Request::new(search);
    known.metadata_mut().insert("authorization", format!("Bearer {ADMIN_TOKEN}").parse().unwrap());
    let status = stranger.search_driver(known).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("does not run the role fleet"), "{status}");
}
