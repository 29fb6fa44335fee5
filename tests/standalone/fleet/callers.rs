//! Who may call the fleet service, and what they are told.

use serde_json::json;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tropa::config::{AdminToken, Secret};
use tropa::grpc::client::{GrpcFleet, Options};
use tropa::grpc::server::{Access, Limits, Server};
use tropa_dispatch::domain::{ClaimToken, Status};
use tropa_dispatch::drivers::SearchDriver;
use tropa_dispatch::port::{Assignment, DriverIndex, Fleet, FleetError, Release};
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_proto::fleet::fleet_client::FleetClient;
use tropa_proto::fleet::{ListDriversRequest, Point, ReleaseDriverRequest, SearchDriverRequest};

use super::{ANY_PORT, DEADLINE, channel, client, options, reported, search, serve};
use crate::drivers::stage::{Shelf, Stage};
use crate::harness::{ADMIN_TOKEN, Setup};
use crate::rig::PICKUP;

fn asked_for(order: &str) -> SearchDriverRequest {
    let pickup = Some(Point { lat: PICKUP.0, lng: PICKUP.1 });
    SearchDriverRequest {
        order_id: order.into(),
        pickup,
        radius_m: 5_000.0,
        ..SearchDriverRequest::default()
    }
}

async fn guarded(stage: &Stage, access: Access) -> Server {
    Server::bind(ANY_PORT, Some(stage.registry.clone()), None, access, Limits::default(), None).await.unwrap()
}

/// What each of the service's calls comes to, with this token.
async fn calls(server: &Server, token: Option<&str>) -> Vec<Code> {
    let channel = channel(server).await;
    let mut fleet = FleetClient::with_interceptor(channel.clone(), {
        let token = token.map(|token| format!("Bearer {token}").parse().unwrap());
        move |mut request: Request<()>| {
            if let Some(token) = &token {
                request.metadata_mut().insert("authorization", Clone::clone(token));
            }
            Ok(request)
        }
    });
    let release =
        ReleaseDriverRequest { order_id: "o1".into(), driver_id: "a".into(), claim_token: "t".into() };
    let positions = futures_util::stream::iter([reported("a", 0.0)]);
    let mut codes = vec![
        fleet.search_driver(asked_for("o1")).await.err(),
        fleet.release_driver(release).await.err(),
        fleet.report_positions(positions).await.err(),
        fleet.list_drivers(ListDriversRequest::default()).await.err(),
    ];
    if token.is_none() {
        let mut reflection = ServerReflectionClient::new(channel.clone());
        let questions = futures_util::stream::iter([ServerReflectionRequest::default()]);
        codes.push(reflection.server_reflection_info(questions).await.err());
    }
    // Whether it lives is told to everybody.
    let health = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
    assert!(health.is_ok(), "{health:?}");
    codes.into_iter().map(|status| status.map_or(Code::Ok, |status| status.code())).collect()
}

#[test]
fn everything_but_health_asks_who_is_there() {
    let stage = Stage::restored(Shelf::with([driver("a", at(PICKUP.0, PICKUP.1))]));
    stage.play(async {
        let token = Some(AdminToken::new(ADMIN_TOKEN));
        let server = guarded(&stage, Access { token, local: true, ..Access::default() }).await;
        assert_eq!(calls(&server, None).await, [Code::Unauthenticated; 5]);
        assert_eq!(calls(&server, Some("wrong")).await, [Code::Unauthenticated; 4]);
        assert_eq!(stage.index.claimed().await, Ok(0), "nobody was held");
        assert_eq!(calls(&server, Some(ADMIN_TOKEN)).await, [Code::Ok; 4]);
        let closed = guarded(&stage, Access::default()).await;
        assert_eq!(calls(&closed, None).await, [Code::PermissionDenied; 5], "production without a token");
    });
}

#[test]
fn the_client_says_who_it_is_and_tells_when_it_is_refused() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0))]));
    stage.play(async {
        let token = Some(AdminToken::new(ADMIN_TOKEN));
        let server = guarded(&stage, Access { token, ..Access::default() }).await;
        let endpoint = format!("http://{}", server.address());
        let showing = |token: &str| {
            let token = Some(Secret::new(token));
            GrpcFleet::connect_lazy(&Options { token, ..options(&endpoint, DEADLINE) }).unwrap()
        };
        let known = showing(ADMIN_TOKEN);
        assert_eq!(known.search(search("o1")).await.unwrap().unwrap().driver_id.as_str(), "a");
        assert_eq!(known.examine().await, [(endpoint.clone(), Ok(()))]);
        let stranger = showing("another-one");
        let refused = stranger.search(search("o1")).await.unwrap_err();
        assert!(
            matches!(&refused, FleetError::Unavailable(why) if why.contains("Unauthenticated")),
            "{refused}"
        );
        let seen = stranger.examine().await.remove(0).1.unwrap_err();
        assert!(seen.contains("refuses us"), "{seen}");
    });
}

#[test]
fn only_an_order_that_waits_is_searched_for() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0))]));
    stage.play(async {
        let server = serve(&stage).await;
        let fleet = client(server.address(), DEADLINE);
        let cases = [
            ("invented", None),
            ("dispatched", Some(Status::Dispatched)),
            ("delivered", Some(Status::Delivered)),
            ("cancelled", Some(Status::Cancelled)),
        ];
        for (order, status) in cases {
            stage.shelf.orders.lock().unwrap().insert(order.parse().unwrap(), status);
            assert_eq!(fleet.search(search(order)).await, Ok(None), "{order}");
            assert_eq!(stage.index.claimed().await, Ok(0), "{order} holds a driver");
        }
        stage.shelf.orders.lock().unwrap().insert("stuck".parse().unwrap(), Some(Status::ManualDispatch));
        let found = fleet.search(search("stuck")).await.unwrap().expect("a person may still send somebody");
        assert_eq!(found.driver_id.as_str(), "a");
    });
}

#[test]
fn without_the_store_the_search_goes_on_and_the_release_waits() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0))]));
    stage.play(async {
        let server = serve(&stage).await;
        let fleet = client(server.address(), DEADLINE);
        stage.shelf.set_down(true);
        let claim =
            fleet.search(search("o1")).await.unwrap().expect("an outage of the store is none of the fleet");
        let held =
            Release { driver_id: claim.driver_id, order_id: "o1".parse().unwrap(), token: claim.token };
        assert!(matches!(fleet.release(held.clone()).await, Err(FleetError::Unavailable(_))));
        stage.shelf.set_down(false);
        assert_eq!(fleet.release(held).await, Ok(true));
    });
}

#[test]
fn nobody_frees_a_driver_who_drives() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0))]));
    stage.play(async {
        let server = serve(&stage).await;
        let fleet = client(server.address(), DEADLINE);
        let claim = stage.registry.ask(SearchDriver(search("o1"))).await.unwrap().unwrap().unwrap();
        let held =
            Assignment { driver_id: claim.driver_id, order_id: "o1".parse().unwrap(), token: claim.token };
        stage.shelf.assignments.lock().unwrap().push(held.clone());
        stage.index.confirm(vec![held.clone()]).await.unwrap();
        assert_eq!(fleet.release(held.clone()).await, Ok(false));
        assert_eq!(stage.index.claimed().await, Ok(1));
        stage.shelf.ended.lock().unwrap().insert(held.order_id.clone());
        let stranger = Release { token: ClaimToken::fresh(), ..held.clone() };
        assert_eq!(fleet.release(stranger).await, Ok(false));
        assert_eq!(fleet.release(held).await, Ok(true), "once the order is over");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn two_calls_do_not_free_a_dispatched_orders_driver() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::on(folder.path()).with("TROPA_EXAMPLE_DRIVERS", "false");
    // Without a token, as in development: what the wall is for does not depend on the wall.
    let tropa = setup.start().await;
    for n in 0..12 {
        tropa.enter_driver(&format!("d-{n}"), PICKUP.0, PICKUP.1).await;
    }
    let order = json!({ "id": "o1", "price": 1, "tax": 1 });
    assert_eq!(tropa.post("/api/v1/orders", &order).await.unwrap().status, 201);
    crate::rig::until("it is dispatched", async || {
        tropa.get("/api/v1/orders/o1").await.unwrap().json()["status"] == "DISPATCHED"
    })
    .await;
    let mut fleet = FleetClient::connect(format!("http://{}", tropa.addresses().grpc)).await.unwrap();
    assert_eq!(fleet.search_driver(asked_for("o1")).await.unwrap_err().code(), Code::NotFound);
    for n in 0..40 {
        let invented = fleet.search_driver(asked_for(&format!("invented-{n}"))).await;
        assert_eq!(invented.unwrap_err().code(), Code::NotFound);
    }
    let drivers = fleet.list_drivers(ListDriversRequest::default()).await.unwrap().into_inner().drivers;
    let held: Vec<_> = drivers.iter().filter(|driver| !driver.order_id.is_empty()).collect();
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0].order_id, "o1");
}
