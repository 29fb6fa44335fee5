//! The fleet service over the wire: a real server on port 0, over the real index.

mod callers;
mod certificates;
mod connecting;
mod encrypted;
mod floods;

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::net::TcpListener;
use tonic::transport::Channel;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServiceResponse};
use tropa::grpc::client::{GrpcFleet, Options};
use tropa::grpc::server::{Access, Limits, Server};
use tropa_dispatch::domain::ClaimToken;
use tropa_dispatch::port::{Claim, DriverFilter, DriverIndex, Fleet, FleetError, Release, SearchRequest};
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_embedded::EmbeddedDriverIndex;
use tropa_proto::fleet::fleet_client::FleetClient;
use tropa_proto::fleet::{
    BoundingBox, DriverStatus, ListDriversRequest, Point, Position, ReportPositionsResponse,
    SearchDriverRequest,
};

use crate::drivers::stage::{Shelf, Stage};

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
const DEADLINE: Duration = Duration::from_secs(10);

async fn serve(stage: &Stage) -> Server {
    serve_at(ANY_PORT, stage).await
}

/// As in development: this machine's own calls are taken.
fn open() -> Access {
    Access { local: true, ..Access::default() }
}

async fn serve_at(address: SocketAddr, stage: &Stage) -> Server {
    let registry = Some(stage.registry.clone());
    Server::bind(address, registry, None, open(), Limits::default(), None).await.unwrap()
}

async fn channel(server: &Server) -> Channel {
    Channel::from_shared(format!("http://{}", server.address())).unwrap().connect().await.unwrap()
}

fn options(endpoint: &str, deadline: Duration) -> Options {
    Options { endpoints: vec![endpoint.to_owned()], ca: None, token: None, identity: None, deadline }
}

fn client(address: SocketAddr, deadline: Duration) -> GrpcFleet {
    GrpcFleet::connect_lazy(&options(&format!("http://{address}"), deadline)).unwrap()
}

fn search(order: &str) -> SearchRequest {
    let order_id = order.parse().unwrap();
    SearchRequest {
        order_id,
        pickup: at(0.0, 0.0),
        radius_m: 5_000.0,
        excluded: Vec::new(),
        driver: None,
        wait: None,
    }
}

/// A fleet whose server lives as long as it does.
struct Served {
    fleet: GrpcFleet,
    _server: Server,
}

#[async_trait::async_trait]
impl Fleet for Served {
    async fn search(&self, request: SearchRequest) -> Result<Option<Claim>, FleetError> {
        self.fleet.search(request).await
    }
    async fn release(&self, claim: Release) -> Result<bool, FleetError> {
        self.fleet.release(claim).await
    }
}

/// Gives back whoever the case before has left held.
async fn free_everyone(index: &EmbeddedDriverIndex) {
    let all = DriverFilter { limit: 100, ..DriverFilter::default() };
    for driver in index.list(all).await.unwrap() {
        let Some(order_id) = driver.order_id else { continue };
        let held = Release { driver_id: driver.id, order_id, token: ClaimToken::fresh() };
        index.confirm(vec![held.clone()]).await.unwrap();
        assert_eq!(index.release(&held).await, Ok(true));
    }
}

#[test]
fn the_client_keeps_the_port() {
    let stage = Stage::restored(Shelf::default());
    stage.play(tropa_dispatch::testing::fleet::conforms(async |drivers| {
        free_everyone(&stage.index).await;
        stage.index.put(drivers).await.unwrap();
        let server = serve(&stage).await;
        Served { fleet: client(server.address(), DEADLINE), _server: server }
    }));
}

#[test]
fn a_service_that_is_not_there_is_unavailable() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let address = TcpListener::bind(ANY_PORT).await.unwrap().local_addr().unwrap();
        let answer = client(address, DEADLINE).search(search("o1")).await;
        assert!(matches!(answer, Err(FleetError::Unavailable(_))), "{answer:?}");
    });
}

#[test]
fn a_service_that_does_not_answer_is_late() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let silent = TcpListener::bind(ANY_PORT).await.unwrap();
        let fleet = client(silent.local_addr().unwrap(), Duration::from_millis(50));
        let (answer, _socket) = tokio::join!(fleet.search(search("o1")), silent.accept());
        assert_eq!(answer, Err(FleetError::Timeout));
    });
}

#[test]
fn the_client_comes_back_with_the_service() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0))]));
    stage.play(async {
        let server = serve(&stage).await;
        let address = server.address();
        let fleet = client(address, DEADLINE);
        let first = fleet.search(search("o1")).await.unwrap().unwrap();
        server.stop().await;
        assert!(fleet.search(search("o1")).await.is_err_and(|error| error.counts()));
        let _server = serve_at(address, &stage).await;
        assert_eq!(fleet.search(search("o1")).await.unwrap().unwrap(), first, "the same claim");
    });
}

#[test]
fn an_endpoint_that_is_none_is_refused() {
    let error = GrpcFleet::connect_lazy(&options("not an endpoint", DEADLINE)).unwrap_err();
    assert!(error.to_string().contains("\"not an endpoint\""), "{error}");
}

#[test]
fn every_wrong_field_is_named() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0))]));
    stage.play(async {
        let server = serve(&stage).await;
        let mut fleet = FleetClient::new(channel(&server).await);
        let good = SearchDriverRequest {
            order_id: "o1".into(),
            pickup: Some(Point { lat: 0.0, lng: 0.0 }),
            radius_m: 5_000.0,
            ..SearchDriverRequest::default()
        };
        let wrong = [
            ("order_id", SearchDriverRequest { order_id: "a/b".into(), ..good.clone() }),
            ("pickup", SearchDriverRequest { pickup: None, ..good.clone() }),
            ("lat", SearchDriverRequest { pickup: Some(Point { lat: 91.0, lng: 0.0 }), ..good.clone() }),
            ("radius_m", SearchDriverRequest { radius_m: f64::NAN, ..good.clone() }),
            ("excluded", SearchDriverRequest { excluded_driver_ids: vec![String::new()], ..good.clone() }),
            ("driver_id", SearchDriverRequest { driver_id: "x y".into(), ..good.clone() }),
        ];
        for (field, request) in wrong {
            let status = fleet.search_driver(request).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument, "{field}: {status}");
            assert!(status.message().contains(field), "{field}: {}", status.message());
        }
        assert_eq!(fleet.search_driver(good.clone()).await.unwrap().into_inner().driver_id, "a");
        let other = SearchDriverRequest { order_id: "o2".into(), ..good };
        assert_eq!(fleet.search_driver(other).await.unwrap_err().code(), Code::NotFound);
    });
}

fn reported(driver: &str, lat: f64) -> Position {
    Position { driver_id: driver.into(), point: Some(Point { lat, lng: 0.5 }), heading: Some(90.0), at_ms: 0 }
}

#[test]
fn positions_stream_in_and_drivers_are_listed() {
    let drivers = (0..5).map(|n| driver(&format!("d{n}"), at(50.0, 0.0)));
    let stage = Stage::restored(Shelf::with(drivers));
    stage.play(async {
        let server = serve(&stage).await;
        let mut fleet = FleetClient::new(channel(&server).await);
        let mut positions: Vec<Position> = (0..3).map(|n| reported(&format!("d{n}"), f64::from(n))).collect();
        positions.push(reported("nobody", 0.0));
        positions.push(reported("d4", 91.0));
        positions.push(Position { point: Some(Point { lat: 0.0, lng: 0.0 }), ..reported("d4", 0.0) });
        // Whatever else is said makes no sense, and costs nobody a position.
        for heading in [f64::NAN, -1.0, 400.0] {
            positions.push(Position { heading: Some(heading), ..reported("d3", 40.0) });
        }
        for at_ms in [i64::MAX, i64::MIN, -1, -250_000_000_000_000] {
            positions.push(Position { at_ms, ..reported("d3", 41.0) });
        }
        let sum = fleet.report_positions(futures_util::stream::iter(positions)).await.unwrap().into_inner();
        let expected = ReportPositionsResponse {
            accepted: 10,
            rejected: 3,
            incomplete: 5,
            late: 2,
            ..Default::default()
        };
        assert_eq!(sum, expected);

        let corner = |lat, lng| Some(Point { lat, lng });
        let bbox = Some(BoundingBox { south_west: corner(0.5, -1.0), north_east: corner(10.0, 1.0) });
        let status = DriverStatus::Available.into();
        let request = ListDriversRequest { status, bbox, ..ListDriversRequest::default() };
        let listed = fleet.list_drivers(request).await.unwrap().into_inner().drivers;
        let ids: Vec<_> = listed.iter().map(|driver| driver.id.as_str()).collect();
        assert_eq!(ids, ["d1", "d2"]);
        assert!(listed[0].seen_at_ms > 0 && listed[0].name == "d1's name", "{:?}", listed[0]);
        assert!(listed[0].heard_at_ms >= listed[0].seen_at_ms && listed[0].unassignable_reason.is_empty());
        let page = ListDriversRequest { limit: 2, after: "d2".into(), ..ListDriversRequest::default() };
        let listed = fleet.list_drivers(page).await.unwrap().into_inner().drivers;
        assert_eq!(listed.iter().map(|driver| driver.id.as_str()).collect::<Vec<_>>(), ["d3", "d4"]);
    });
}

#[test]
fn a_stream_without_end_does_not_hold_the_server() {
    let stage = Stage::restored(Shelf::with([driver("a", at(50.0, 0.0))]));
    stage.play(async {
        let server = serve(&stage).await;
        let mut fleet = FleetClient::new(channel(&server).await);
        let endless = futures_util::stream::iter([reported("a", 0.0)]).chain(futures_util::stream::pending());
        let streaming = tokio::spawn(async move { fleet.report_positions(endless).await });
        while stage.get("a").await.position.unwrap().point != at(0.0, 0.5) {
            tokio::task::yield_now().await;
        }
        server.stop().await;
        assert_eq!(streaming.await.unwrap().unwrap_err().code(), Code::Unavailable);
    });
}

#[test]
fn its_health_is_told_in_the_standard_way() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let server = serve(&stage).await;
        let mut health = HealthClient::new(channel(&server).await);
        for service in ["", "tropa.fleet.v1.Fleet"] {
            let answer = health.check(HealthCheckRequest { service: service.into() }).await.unwrap();
            assert_eq!(answer.into_inner().status(), ServingStatus::Serving, "{service:?}");
        }
        let unknown = health.check(HealthCheckRequest { service: "tropa.moon".into() }).await.unwrap_err();
        assert_eq!(unknown.code(), Code::NotFound);
        let watch = HealthCheckRequest { service: "tropa.fleet.v1.Fleet".into() };
        let mut changes = health.watch(watch).await.unwrap().into_inner();
        assert_eq!(changes.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
        let stop = tokio::spawn(server.stop());
        assert_eq!(changes.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
        drop((changes, health));
        stop.await.unwrap();
    });
}

#[test]
fn it_can_be_asked_what_it_speaks() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let server = serve(&stage).await;
        let mut reflection = ServerReflectionClient::new(channel(&server).await);
        let ask = |question| ServerReflectionRequest { host: String::new(), message_request: Some(question) };
        let questions = [
            ask(MessageRequest::ListServices(String::new())),
            ask(MessageRequest::FileContainingSymbol("tropa.fleet.v1.Fleet".into())),
        ];
        let questions = Request::new(futures_util::stream::iter(questions));
        let mut answers = reflection.server_reflection_info(questions).await.unwrap().into_inner();
        let Some(MessageResponse::ListServicesResponse(services)) =
            answers.message().await.unwrap().unwrap().message_response
        else {
            panic!("no list of services");
        };
        let names: Vec<_> = services.service.into_iter().map(|ServiceResponse { name }| name).collect();
        for expected in ["tropa.fleet.v1.Fleet", "grpc.health.v1.Health"] {
            assert!(names.iter().any(|name| name == expected), "{names:?}");
        }
        let Some(MessageResponse::FileDescriptorResponse(files)) =
            answers.message().await.unwrap().unwrap().message_response
        else {
            panic!("no description of the service");
        };
        assert!(!files.file_descriptor_proto.is_empty());
    });
}
