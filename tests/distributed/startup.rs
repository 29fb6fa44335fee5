//! Processes that start before their servers, and leave in good order.

use std::time::Duration;

use tokio::time::timeout;

use crate::{
    place::{PATIENCE, PICKUP, Place, accepted, authority, dispatched, through, until},
    proxy::Proxy,
};

#[tokio::test(flavor = "multi_thread")]
async fn it_lives_without_servers_and_is_ready_with_them() {
    let place = Place::new().await;
    let (database, broker, redis) = (Proxy::start().await, Proxy::start().await, Proxy::start().await);
    let setup = place
        .process("early", "intake,relay,worker,fleet")
        .with("DATABASE_URL", through(&place.database, database.address()))
        .with("AMQP_URL", through(&place.broker, broker.address()))
        .with("REDIS_URL", through(&place.redis.url, redis.address()));
    let tropa = setup.start().await;
    assert_eq!(tropa.get("/livez").await.unwrap().status, 200);
    let unready = tropa.get("/readyz").await.unwrap();
    assert_eq!(unready.status, 503, "{unready:?}");
    let order = serde_json::json!({ "id": "too-early", "price": 1, "tax": 1 });
    assert_eq!(tropa.post("/api/v1/orders", &order).await.unwrap().status, 503);

    // The database is all that orders need to come in.
    database.aim(authority(&place.database));
    until(&tropa, "/readyz", |answer| answer.status == 200).await;
    accepted(&tropa, "o1").await;
    assert_eq!(tropa.get("/api/v1/orders/too-early").await.unwrap().status, 404, "it was refused whole");

    broker.aim(authority(&place.broker));
    redis.aim(authority(&place.redis.url));
    let entering = async {
        while tropa.get("/api/v1/drivers").await.is_ok_and(|answer| answer.status != 200) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, entering).await.expect("redis is noticed");
    tropa.enter_driver("d1", PICKUP.0, PICKUP.1).await;
    dispatched(&tropa, "o1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_leaves_in_time_and_others_go_on() {
    const ORDERS: usize = 40;
    let place = Place::new().await;
    let all = "intake,relay,worker,fleet";
    let (mut leaving, staying) =
        (place.process("leaving", all).start().await, place.process("staying", all).start().await);
    for tropa in [&leaving, &staying] {
        until(tropa, "/readyz", |answer| answer.status == 200).await;
    }
    for n in 0..ORDERS {
        staying.enter_driver(&format!("d{n}"), PICKUP.0, PICKUP.1).await;
    }
    for n in 0..ORDERS {
        accepted(&leaving, &format!("o{n}")).await;
    }
    leaving.signal("TERM");
    let status = leaving.ended(Duration::from_secs(30)).await;
    assert_eq!(status.code(), Some(0), "{}", leaving.log());
    assert!(!leaving.log().contains("not stopped in time"), "{}", leaving.log());
    for n in 0..ORDERS {
        dispatched(&staying, &format!("o{n}")).await;
    }
}
