//! PostgreSQL's disk is full.

use crate::{
    extras::begin,
    matrix::accepted,
    scene::{PATIENCE, Scene, Setting},
};

/// What PostgreSQL says when a file cannot grow (53100), for every new order and every new event.
const FULL: &str = "
    CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
    END $$;
    CREATE TRIGGER orders_full BEFORE INSERT ON orders FOR EACH STATEMENT EXECUTE FUNCTION disk_full();
    CREATE TRIGGER events_full BEFORE INSERT ON order_events FOR EACH STATEMENT EXECUTE FUNCTION disk_full();
    CREATE TRIGGER inbox_full BEFORE INSERT ON inbox FOR EACH STATEMENT EXECUTE FUNCTION disk_full();";

const ROOM_AGAIN: &str = "DROP FUNCTION disk_full CASCADE;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_survived_and_left_behind() {
    if crate::matrix::left_to_chaos("a_full_disk_is_said_survived_and_left_behind") {
        return;
    }
    let mut scene = begin(Scene::shared("disk-full", Setting::default()).await).await;
    let in_hand = scene.at_fleet().await.in_hand();
    scene.database.change(FULL).await;
    scene.a().links.fleet.heal();
    for n in 0..5 {
        let answer = scene.create(&format!("while-full-{n}")).await;
        assert_eq!(answer.status, 503, "{answer:?}");
    }
    assert_eq!(scene.a().tropa().get("/livez").await.unwrap().status, 200, "liveness asks no disk");
    assert_eq!(scene.database.count("SELECT count(*) FROM orders WHERE id LIKE 'while-full-%'").await, 0);
    let requeued = scene.a().metric("tropa_consumer_deliveries_total{outcome=\"requeued\"}").await;
    assert!(requeued <= 50.0, "{requeued} deliveries were given back: a storm");
    scene.database.change(ROOM_AGAIN).await;
    let before = accepted(&scene.moment().await.attempts);
    scene
        .sees("orders are accepted again", PATIENCE, async || {
            accepted(&scene.moment().await.attempts) >= before + 20
        })
        .await;
    crate::matrix::end_of(&scene, &in_hand, PATIENCE).await;
    assert_eq!(scene.database.count("SELECT count(*) FROM dead_letters").await, 0, "no fault of the orders");
    scene.judge().await;
}
