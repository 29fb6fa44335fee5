//! Steps that several instances make at once.

use futures_util::future::join_all;
use tropa_dispatch::{
    domain::{EventId, Order},
    port::{Applied, Created, OrderStore, StoreError, Write},
    testing::sample::{
        answer, cancelled, command, creation, delivered, dispatched, far_away, manual, postpone, postponed,
    },
};

use super::{assert_sound, client, number, two_stores};

async fn accept(store: &impl OrderStore, ids: impl Iterator<Item = String>) -> Vec<Order> {
    let batch: Vec<_> = ids.map(|id| creation(&id)).collect();
    let orders = batch.iter().map(|creation| creation.order.clone()).collect();
    let created = store.create(batch.into()).await.unwrap();
    assert!(created.iter().all(|created| *created == Created::Stored));
    orders
}

fn count(applied: &[Vec<Applied>], wanted: impl Fn(&Applied) -> bool) -> usize {
    applied.iter().flatten().filter(|applied| wanted(applied)).count()
}

/// Both at once; their outcomes.
async fn race(batches: [(&impl OrderStore, Vec<Write>); 2]) -> Vec<Vec<Applied>> {
    let applied = join_all(batches.map(|(store, batch)| store.apply(batch.into()))).await;
    applied.into_iter().map(Result::unwrap).collect()
}

#[tokio::test]
async fn one_of_cancel_and_dispatch_wins_at_two_instances() {
    let (one, other, url) = two_stores().await;
    for round in 0..20 {
        let orders = accept(&one, (0..50).map(|i| format!("o-{round}-{i}"))).await;
        let dispatch = |(i, order)| answer(EventId::fresh(), dispatched(order, &format!("d-{round}-{i}")));
        let dispatches = orders.iter().enumerate().map(dispatch).collect();
        let cancels = orders.iter().rev().map(|order| command(cancelled(order))).collect();
        let applied = race([(&one, dispatches), (&other, cancels)]).await;
        assert_eq!(count(&applied, |a| *a == Applied::Done), 50);
        assert_eq!(count(&applied, |a| matches!(a, Applied::Stale(Some(_)))), 50, "the others see who won");
    }
    assert_sound(&client(&url).await).await;
}

#[tokio::test]
async fn an_event_is_answered_once_at_two_instances() {
    let (one, other, url) = two_stores().await;
    for round in 0..20 {
        let orders = accept(&one, (0..30).map(|i| format!("o-{round}-{i}"))).await;
        let events: Vec<_> = orders.iter().map(|_| EventId::fresh()).collect();
        let batch = || orders.iter().zip(&events).map(|(order, event)| answer(*event, manual(order)));
        let backwards = batch().collect::<Vec<_>>().into_iter().rev().collect();
        let applied = race([(&one, batch().collect()), (&other, backwards)]).await;
        assert_eq!(count(&applied, |a| *a == Applied::Done), 30);
        assert_eq!(count(&applied, |a| *a == Applied::Duplicate), 30);
        let answered = one.answered(events).await.unwrap();
        assert!(answered.into_iter().all(|answered| answered));
    }
    let client = client(&url).await;
    assert_eq!(number(&client, "SELECT count(*) FROM inbox").await, 600);
    assert_sound(&client).await;
}

#[tokio::test]
async fn a_driver_gets_one_order_of_two_instances() {
    let (one, other, url) = two_stores().await;
    for round in 0..20 {
        let orders = accept(&one, (0..60).map(|i| format!("o-{round}-{i}"))).await;
        let (mine, theirs) = orders.split_at(30);
        // The same thirty drivers, in opposite orders.
        let batch = |orders: &[Order]| -> Vec<_> {
            let dispatch =
                |(i, order)| answer(EventId::fresh(), dispatched(order, &format!("d-{round}-{i}")));
            orders.iter().enumerate().map(dispatch).collect()
        };
        let mut backwards = batch(theirs);
        backwards.reverse();
        let applied = race([(&one, batch(mine)), (&other, backwards)]).await;
        assert_eq!(count(&applied, |a| *a == Applied::Done), 30);
        assert_eq!(count(&applied, |a| *a == Applied::DriverTaken), 30);
    }
    let client = client(&url).await;
    assert_eq!(number(&client, "SELECT count(*) FROM inbox").await, 600, "the refused were not answered");
    assert_sound(&client).await;
}

#[tokio::test]
async fn a_whole_life_fits_into_one_batch() {
    let (store, _, url) = two_stores().await;
    let orders = accept(&store, (0..3).map(|i| format!("o-{i}"))).await;
    let mut batch = Vec::new();
    for order in &orders {
        // One driver for all three, one after the other.
        let waiting = manual(order);
        let driven = dispatched(&waiting.order, "joao");
        let arrived = delivered(&driven.order);
        batch.push(postpone(postponed(order, far_away())));
        batch.extend([command(waiting), command(driven), answer(EventId::fresh(), arrived)]);
    }
    let applied = store.apply(batch.into()).await.unwrap();
    assert!(applied.iter().all(|applied| *applied == Applied::Done), "{applied:?}");
    let client = client(&url).await;
    assert_eq!(
        number(&client, "SELECT count(*) FROM orders WHERE status = 'DELIVERED' AND version = 4").await,
        3
    );
    assert_eq!(number(&client, "SELECT count(*) FROM assignments WHERE NOT active").await, 3);
    assert_eq!(
        number(&client, "SELECT count(*) FROM outbox_pending WHERE due_at > now()").await,
        0,
        "hastened"
    );
    assert_sound(&client).await;
}

#[tokio::test]
async fn a_driver_lost_again_and_again_is_no_fault() {
    let (store, _, url) = two_stores().await;
    let order = accept(&store, ["a".to_owned()].into_iter()).await.remove(0);
    let client = client(&url).await;
    let lose = "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    RAISE EXCEPTION 'somebody was faster' USING ERRCODE = 'unique_violation', CONSTRAINT = 'one_order_a_driver';
                END $$;
                CREATE TRIGGER lose BEFORE INSERT ON assignments FOR EACH ROW EXECUTE FUNCTION lose()";
    client.batch_execute(lose).await.unwrap();
    let dispatch = || vec![answer(EventId::fresh(), dispatched(&order, "joao"))];
    let applied = store.apply(dispatch().into()).await;
    assert!(matches!(applied, Err(StoreError::Unavailable(_))), "to be tried again: {applied:?}");
    client.batch_execute("DROP TRIGGER lose ON assignments").await.unwrap();
    assert_eq!(store.apply(dispatch().into()).await.unwrap(), [Applied::Done]);
    assert_sound(&client).await;
}

#[tokio::test]
async fn a_step_that_the_database_did_not_make_is_a_fault() {
    let (store, _, url) = two_stores().await;
    let order = accept(&store, ["a".to_owned()].into_iter()).await.remove(0);
    let client = client(&url).await;
    let skip = "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                CREATE TRIGGER skip BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION skip()";
    client.batch_execute(skip).await.unwrap();
    let manual = || vec![answer(EventId::fresh(), manual(&order))];
    let skipped = store.apply(manual().into()).await;
    assert!(matches!(&skipped, Err(StoreError::Fault(why)) if why.contains("step")), "{skipped:?}");
    client.batch_execute("DROP TRIGGER skip ON orders").await.unwrap();
    assert_eq!(store.apply(manual().into()).await.unwrap(), [Applied::Done], "nothing was written before");
    assert_sound(&client).await;
}
