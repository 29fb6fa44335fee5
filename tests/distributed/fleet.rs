//! Several fleet services: asked in turn, left out while they are not well, trusted when somebody vouches for them.

use std::{fs, net::SocketAddr, path::Path, time::Duration};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tropa::config::Secret;
use tropa::grpc::client::{GrpcFleet, Options};
use tropa_dispatch::domain::GeoPoint;
use tropa_dispatch::port::{Claim, Fleet, FleetError, SearchRequest};

use crate::{
    harness::{ADMIN_TOKEN, Tropa},
    place::{PATIENCE, PICKUP, Place, accepted, authority, dispatched, through, until},
    proxy::Proxy,
};

fn client(endpoints: Vec<String>, ca: Option<&Path>) -> GrpcFleet {
    let (ca, token) = (ca.map(Path::to_owned), Some(Secret::new(ADMIN_TOKEN)));
    let options = Options { endpoints, ca, token, identity: None, deadline: Duration::from_secs(2) };
    GrpcFleet::connect_lazy(&options).unwrap()
}

async fn search(fleet: &GrpcFleet, order: &str) -> Result<Option<Claim>, FleetError> {
    let pickup = GeoPoint::new(PICKUP.0, PICKUP.1).unwrap();
    let order_id = order.parse().unwrap();
    let request =
        SearchRequest { order_id, pickup, radius_m: 5_000.0, excluded: Vec::new(), driver: None, wait: None };
    fleet.search(request).await
}

/// Who drives an order that was never asked for before, and waits at each of these.
async fn driver(fleet: &GrpcFleet, services: &[&Tropa]) -> Result<String, FleetError> {
    let order = format!("o-{}", uuid::Uuid::now_v7().simple());
    for tropa in services {
        accepted(tropa, &order).await;
    }
    Ok(search(fleet, &order).await?.expect("drivers enough").driver_id.to_string())
}

/// A fleet service that has drivers of its own, so that one sees who answered. Orders that it takes wait there.
async fn service(place: &Place, name: &str, port: u16) -> Tropa {
    let tropa = place.process(name, "intake,fleet").with("GRPC_PORT", port).start().await;
    until(&tropa, "/api/v1/drivers", |answer| answer.status == 200).await;
    for n in 0..12 {
        tropa.enter_driver(&format!("{name}-{n}"), PICKUP.0, PICKUP.1).await;
    }
    tropa
}

/// The services that answer the next calls, each by the first letter of its drivers.
async fn answering(fleet: &GrpcFleet, services: &[&Tropa], calls: usize) -> String {
    let mut seen = String::new();
    for _ in 0..calls {
        seen += &driver(fleet, services).await.unwrap()[..1];
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_asked_in_turn_and_the_dead_are_left_out() {
    // A place each, so that they do not share drivers.
    let (place_a, place_b) = (Place::new().await, Place::new().await);
    let (mut a, b) = (service(&place_a, "a", 0).await, service(&place_b, "b", 0).await);
    let at = |tropa: &Tropa| format!("http://{}", tropa.addresses().grpc);
    let fleet = client(vec![at(&a), at(&b)], None);
    assert!(["ababab", "bababa"].contains(&answering(&fleet, &[&a, &b], 6).await.as_str()));

    let port = a.addresses().grpc.port();
    a.signal("KILL");
    a.ended(PATIENCE).await;
    // One call at most is the price of finding out.
    let calls = [driver(&fleet, &[&b]).await, driver(&fleet, &[&b]).await];
    let failures = calls.into_iter().filter(Result::is_err).count();
    assert!(failures <= 1, "{failures}");
    assert_eq!(answering(&fleet, &[&b], 4).await, "bbbb");

    let again = service(&place_a, "a", port).await;
    accepted(&again, "again").await;
    accepted(&b, "again").await;
    // The same order all the time: each service gives it one driver.
    let back = async {
        while !search(&fleet, "again").await.unwrap().unwrap().driver_id.as_str().starts_with('a') {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, back).await.expect("it is asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_index_a_service_is_not_well() {
    let place = Place::new().await;
    let redis = Proxy::to(authority(&place.redis.url)).await;
    let setup = place.process("f", "fleet").with("REDIS_URL", through(&place.redis.url, redis.address()));
    let tropa = setup.start().await;
    let channel =
        tonic::transport::Channel::from_shared(format!("http://{}", tropa.addresses().grpc)).unwrap();
    let mut health = HealthClient::new(channel.connect().await.unwrap());
    let mut watching = async |wanted: ServingStatus| {
        let asking = async {
            loop {
                let request = HealthCheckRequest { service: "tropa.fleet.v1.Fleet".to_owned() };
                if health.check(request).await.unwrap().into_inner().status() == wanted {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, asking).await;
        assert!(seen.is_ok(), "never {wanted:?}\n{}", tropa.log());
    };
    watching(ServingStatus::Serving).await;
    redis.cut();
    watching(ServingStatus::NotServing).await;
    redis.heal();
    watching(ServingStatus::Serving).await;
}

/// An authority, in a file of its own.
fn vouching(folder: &Path, name: &str) -> (CertifiedIssuer<'static, KeyPair>, std::path::PathBuf) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let file = folder.join(format!("{name}.pem"));
    fs::write(&file, issuer.pem()).unwrap();
    (issuer, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_only_who_is_vouched_for_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (right, right_file) = vouching(folder.path(), "right");
    let (_, wrong_file) = vouching(folder.path(), "wrong");
    let pair = KeyPair::generate().unwrap();
    let signed = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&pair, &right);
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs::write(&cert, signed.unwrap().pem()).unwrap();
    fs::write(&key, pair.serialize_pem()).unwrap();

    let place = Place::new().await;
    let serving = place.process("f", "intake,fleet");
    let serving = serving.with("TROPA_GRPC_CERT", cert.display()).with("TROPA_GRPC_KEY", key.display());
    let fleet = serving.start().await;
    until(&fleet, "/api/v1/drivers", |answer| answer.status == 200).await;
    fleet.enter_driver("d1", PICKUP.0, PICKUP.1).await;
    accepted(&fleet, "probe").await;
    let port = fleet.addresses().grpc.port();
    let named = format!("https://localhost:{port}");

    let found = search(&client(vec![named.clone()], Some(&right_file)), "probe").await.unwrap();
    assert_eq!(found.expect("a driver").driver_id.to_string(), "d1");
    let by_address = format!("https://{}", SocketAddr::from(([127, 0, 0, 1], port)));
    for (endpoint, ca) in [
        (named.clone(), Some(&wrong_file)),
        (named.clone(), None),
        (by_address, Some(&right_file)),
        (format!("http://localhost:{port}"), None),
    ] {
        let refused = search(&client(vec![endpoint.clone()], ca.map(|file| &**file)), "probe").await;
        assert!(matches!(refused, Err(FleetError::Unavailable(_))), "{endpoint} {ca:?}: {refused:?}");
    }

    // The same, as it is configured. The probe has d1, and d2 is free.
    fleet.enter_driver("d2", PICKUP.0, PICKUP.1).await;
    let rest = place.process("rest", "intake,relay,worker").with("TROPA_FLEET_ENDPOINT", named);
    let rest = rest.with("TROPA_TLS_CA", right_file.display()).start().await;
    until(&rest, "/readyz", |answer| answer.status == 200).await;
    accepted(&rest, "o1").await;
    assert_eq!(dispatched(&rest, "o1").await["driver"]["id"], "d2");
}
