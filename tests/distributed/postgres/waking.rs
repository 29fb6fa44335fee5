//! Relays of other instances hear of what was committed.

use std::time::Duration;

use tokio::time::timeout;
use tropa_dispatch::{
    domain::EventId,
    port::{OrderStore, Outbox},
    testing::sample::{answer, creation, far_away, manual, postpone, postponed},
};

use super::{client, number, two_stores};

/// Long for a wake-up, short for a poll that hides its loss.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_commit_wakes_the_relays_of_other_instances() {
    let (one, other, url) = two_stores().await;
    for store in [&one, &other] {
        store.check().await.unwrap();
        // The first is for what was notified before anybody listened: from then on it listens.
        timeout(SOON, store.wakeup().notified()).await.expect("it listens");
    }
    let order = creation("a");
    one.create(vec![order.clone()].into()).await.unwrap();
    timeout(SOON, other.wakeup().notified()).await.expect("woken by an order");
    quiet(&one).await;
    other.apply(vec![answer(EventId::fresh(), manual(&order.order))].into()).await.unwrap();
    timeout(SOON, one.wakeup().notified()).await.expect("woken by a step");

    for store in [&one, &other] {
        quiet(store).await;
    }
    let client = client(&url).await;
    let killed = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                  WHERE application_name = 'tropa wakeup' AND datname = current_database()";
    assert_eq!(number(&client, killed).await, 2);
    for store in [&one, &other] {
        timeout(SOON, store.wakeup().notified()).await.expect("it listens again");
    }
    one.create(vec![creation("b")].into()).await.unwrap();
    timeout(SOON, other.wakeup().notified()).await.expect("woken again");
}

#[tokio::test]
async fn a_commit_wakes_its_own_relay_once() {
    let (one, other, _) = two_stores().await;
    for store in [&one, &other] {
        store.check().await.unwrap();
        timeout(SOON, store.wakeup().notified()).await.expect("it listens");
    }
    quiet(&one).await;
    one.create(vec![creation("a")].into()).await.unwrap();
    timeout(SOON, one.wakeup().notified()).await.expect("woken by its own commit");
    timeout(SOON, other.wakeup().notified()).await.expect("the NOTIFY has been round");
    assert!(
        timeout(Duration::from_millis(300), one.wakeup().notified()).await.is_err(),
        "woken by its own NOTIFY"
    );
}

/// Until nothing is heard any more.
async fn quiet(store: &impl Outbox) {
    while timeout(Duration::from_millis(300), store.wakeup().notified()).await.is_ok() {}
}

#[tokio::test]
async fn what_is_due_later_wakes_nobody() {
    let (one, _, _) = two_stores().await;
    let order = creation("a");
    one.create(vec![order.clone()].into()).await.unwrap();
    timeout(SOON, one.wakeup().notified()).await.unwrap();
    quiet(&one).await;
    one.apply(vec![postpone(postponed(&order.order, far_away()))].into()).await.unwrap();
    assert!(timeout(Duration::from_millis(300), one.wakeup().notified()).await.is_err());
}
