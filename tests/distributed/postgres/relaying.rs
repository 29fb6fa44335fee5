//! Several relays on one outbox.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures_util::future::join_all;
use tropa_dispatch::{
    domain::{Order, WaitReason},
    port::{Claimed, OrderStore, Outbox, Postponement, PruneBefore, Relayed, Settlement},
    testing::sample::{command, creation, far_away, manual, now, postpone, postponed},
};
use tropa_postgres::PostgresStore;

use super::{client, number, store_on, two_stores};
use crate::servers::servers;

const LEASE: Duration = Duration::from_mins(1);

fn published(claimed: &Claimed) -> Settlement {
    Settlement { id: claimed.id, token: claimed.token, outcome: Relayed::Published }
}

fn failed(claimed: &Claimed, retry_at: time::OffsetDateTime) -> Settlement {
    Settlement { outcome: Relayed::Failed { error: "no route".to_owned(), retry_at }, ..published(claimed) }
}

async fn accept(store: &PostgresStore, name: &str, count: u32) -> Vec<Order> {
    let batch: Vec<_> = (0..count).map(|i| creation(&format!("{name}-{i}"))).collect();
    let orders = batch.iter().map(|created| created.order.clone()).collect();
    store.create(batch.into()).await.unwrap();
    orders
}

async fn claim(store: &PostgresStore, limit: u32) -> Vec<Claimed> {
    store.claim("relay", limit, LEASE).await.unwrap()
}

fn orders(claimed: &[Claimed]) -> HashSet<String> {
    claimed.iter().map(|c| c.envelope.order_id.to_string()).collect()
}

/// Claims and settles until nothing is left; every seventh publish fails once. Tells what was published, in its order.
async fn relay(store: PostgresStore, name: String, share: u32, whole: u64) -> Vec<Claimed> {
    let mut mine = Vec::new();
    loop {
        let claimed = store.claim(&name, share, LEASE).await.unwrap();
        if claimed.is_empty() && store.backlog().await.unwrap().pending == 0 {
            return mine;
        }
        let fails = |c: &&Claimed| c.id % 7 == 0 && c.attempts == 0;
        let settlements: Vec<_> =
            claimed.iter().map(|c| if fails(&c) { failed(c, now()) } else { published(c) }).collect();
        assert_eq!(store.settle(settlements).await.unwrap(), claimed.len() as u64, "each claim holds");
        mine.extend(claimed.into_iter().filter(|c| !fails(&c)));
        assert!(mine.len() as u64 <= whole, "none is published twice");
    }
}

async fn share_the_work(relays: u32) {
    let url = servers().database().await;
    let store = store_on(&url);
    // An order's two messages lie six apart: in the hands of two relays, if nothing holds the second back.
    for some in 0..50 {
        let placed = accept(&store, &format!("o-{some}"), 6).await;
        store.apply(placed.iter().map(|order| command(manual(order))).collect()).await.unwrap();
    }
    let client = client(&url).await;
    // What the database saw of it, in the order of the deletions.
    client
        .batch_execute(
            "CREATE TABLE seen (at bigserial, id bigint, order_seq bigint);
             CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN INSERT INTO seen (id, order_seq) VALUES (OLD.id, OLD.order_seq); RETURN NULL; END $$;
             CREATE TRIGGER see AFTER DELETE ON outbox_pending FOR EACH ROW EXECUTE FUNCTION see();",
        )
        .await
        .unwrap();
    let work = (0..relays).map(|i| tokio::spawn(relay(store_on(&url), format!("relay-{i}"), 7 + i, 600)));
    let shares: Vec<Vec<Claimed>> = join_all(work).await.into_iter().map(Result::unwrap).collect();
    let all = shares.concat();
    assert_eq!(all.len(), 600, "each row once");
    assert_eq!(all.iter().map(|c| c.envelope.event_id).collect::<HashSet<_>>().len(), 600);
    let disordered =
        "SELECT count(*) FROM seen a JOIN seen b USING (order_seq) WHERE a.at < b.at AND a.id > b.id";
    assert_eq!(number(&client, disordered).await, 0, "an order's messages in their order");
    assert_eq!(number(&client, "SELECT count(*) FROM seen").await, 600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_share_the_work() {
    share_the_work(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_relays_share_the_work() {
    share_the_work(4).await;
}

#[tokio::test]
async fn a_relay_does_not_wait_for_one_that_claims() {
    let (store, _, url) = two_stores().await;
    accept(&store, "o", 10).await;
    let mut client = client(&url).await;
    let claiming = client.transaction().await.unwrap();
    claiming.query("SELECT id FROM outbox_pending ORDER BY id LIMIT 4 FOR NO KEY UPDATE", &[]).await.unwrap();
    assert_eq!(claim(&store, 10).await.len(), 6, "the others, at once");
    claiming.rollback().await.unwrap();
    assert_eq!(claim(&store, 10).await.len(), 4);
}

#[tokio::test]
async fn what_commits_late_with_a_lower_id_is_not_skipped() {
    let (store, other, url) = two_stores().await;
    accept(&store, "before", 1).await;
    let mut client = client(&url).await;
    let late = client.transaction().await.unwrap();
    let write = "WITH o AS (
            INSERT INTO orders (id, fingerprint, currency, price, tax, details, status, version, created_at, updated_at)
            SELECT 'late', fingerprint, currency, price, tax, details, status, version, created_at, updated_at
            FROM orders RETURNING seq),
        m AS (
            INSERT INTO outbox (event_id, topic, order_seq, version, payload, created_at)
            SELECT gen_random_uuid(), topic, o.seq, 1, payload, created_at FROM outbox, o RETURNING id, order_seq)
        INSERT INTO outbox_pending (id, order_seq, due_at) SELECT id, order_seq, now() FROM m";
    assert_eq!(late.execute(write, &[]).await.unwrap(), 1);
    accept(&other, "after", 1).await;
    let first = claim(&store, 10).await;
    assert_eq!(orders(&first), ["after-0", "before-0"].map(str::to_owned).into());
    store.settle(first.iter().map(published).collect()).await.unwrap();
    assert!(claim(&store, 10).await.is_empty());
    late.commit().await.unwrap();
    let second = claim(&other, 10).await;
    assert_eq!(orders(&second), ["late".to_owned()].into());
    assert!(second[0].id < first.iter().map(|c| c.id).max().unwrap(), "which is behind what was published");
}

#[tokio::test]
async fn a_token_whose_lease_ran_out_marks_nothing() {
    let (stopped, other, _) = two_stores().await;
    accept(&stopped, "o", 3).await;
    let stale = stopped.claim("stopped", 10, Duration::ZERO).await.unwrap();
    let held = other.claim("other", 10, LEASE).await.unwrap();
    assert_eq!((stale.len(), held.len()), (3, 3));
    assert_eq!(stopped.settle(stale.iter().map(published).collect()).await.unwrap(), 0);
    let failures = stale.iter().map(|c| failed(c, far_away())).collect();
    assert_eq!(stopped.settle(failures).await.unwrap(), 0);
    assert_eq!(stopped.abandon("stopped").await.unwrap(), 0, "they are not its own any more");
    assert_eq!(other.backlog().await.unwrap().pending, 3);
    assert_eq!(other.settle(held.iter().map(published).collect()).await.unwrap(), 3);
}

#[tokio::test]
async fn rows_that_do_not_read_keep_only_their_own_orders_waiting() {
    let (store, _, url) = two_stores().await;
    let placed = accept(&store, "o", 6).await;
    store.apply(vec![command(manual(&placed[0]))].into()).await.unwrap();
    let client = client(&url).await;
    for (spoilt, order) in [("topic = 'orders.of_tomorrow'", "o-0"), ("version = -1", "o-1")] {
        let spoil = format!(
            "UPDATE outbox SET {spoilt} WHERE id =
             (SELECT min(m.id) FROM outbox m JOIN orders o ON o.seq = m.order_seq WHERE o.id = '{order}')"
        );
        assert_eq!(client.execute(&spoil, &[]).await.unwrap(), 1);
    }
    let claimed = claim(&store, 100).await;
    assert_eq!(orders(&claimed), ["o-2", "o-3", "o-4", "o-5"].map(str::to_owned).into());
    let put_off = "SELECT count(*) FROM outbox_pending WHERE owner IS NULL AND attempts = 1
                   AND due_at BETWEEN now() + interval '20 s' AND now() + interval '30 s'
                   AND (last_error LIKE '%orders.of_tomorrow%' OR last_error LIKE '%-1%')";
    assert_eq!(number(&client, put_off).await, 2, "given back, with the reason");
    assert_eq!(store.settle(claimed.iter().map(published).collect()).await.unwrap(), 4, "the others hold");
    // Whoever knows them publishes them.
    let mended = "UPDATE outbox SET topic = 'orders.created', version = 1 WHERE topic = 'orders.of_tomorrow' OR version = -1";
    client.batch_execute(mended).await.unwrap();
    client.batch_execute("UPDATE outbox_pending SET due_at = now()").await.unwrap();
    let claimed = claim(&store, 100).await;
    assert_eq!(orders(&claimed), ["o-0", "o-1"].map(str::to_owned).into());
}

#[tokio::test]
async fn a_failure_told_twice_counts_once() {
    let (store, ..) = two_stores().await;
    accept(&store, "o", 1).await;
    let claimed = claim(&store, 1).await;
    assert_eq!(store.settle(vec![failed(&claimed[0], now())]).await.unwrap(), 1);
    assert_eq!(store.settle(vec![failed(&claimed[0], far_away())]).await.unwrap(), 0);
    assert_eq!(claim(&store, 1).await[0].attempts, 1);
}

#[tokio::test]
async fn new_orders_come_before_those_that_wait_and_none_starves() {
    let (store, _, url) = two_stores().await;
    let waiting = accept(&store, "waiting", 400).await;
    let first = claim(&store, 400).await;
    store.settle(first.iter().map(published).collect()).await.unwrap();
    let wait = |order| Postponement { reason: Some(WaitReason::Driver), ..postponed(order, far_away()) };
    store.apply(waiting.iter().map(|order| postpone(wait(order))).collect()).await.unwrap();
    assert_eq!(store.hasten(WaitReason::Driver, 300).await.unwrap(), 300);
    accept(&store, "new", 400).await;
    let claimed = claim(&store, 80).await;
    let new = claimed.iter().filter(|c| c.envelope.order_id.as_str().starts_with("new")).count();
    assert_eq!((claimed.len(), new), (80, 70), "a share of one in eight for those that wait");
    let mut small = 0;
    for _ in 0..200 {
        let one = claim(&store, 1).await;
        small += usize::from(one[0].envelope.order_id.as_str().starts_with("waiting"));
    }
    assert!((5..60).contains(&small), "{small} of 200 claims of one row");
    let due = "UPDATE outbox_pending SET due_at = now() WHERE due_at > now()";
    client(&url).await.batch_execute(due).await.unwrap();
    let rest = claim(&store, 1_000).await;
    assert_eq!(rest.len(), 800 - 80 - 200, "without new ones, all that waits");
}

/// How many rows stand aside.
async fn aside(url: &str) -> i64 {
    number(&client(url).await, "SELECT count(*) FROM outbox_pending WHERE behind").await
}

#[tokio::test]
async fn what_stands_behind_a_failure_is_set_aside_and_comes_back() {
    let (store, other, url) = two_stores().await;
    let placed = accept(&store, "o", 5).await;
    store.apply(placed.iter().map(|order| command(manual(order))).collect()).await.unwrap();
    let first = claim(&store, 10).await;
    assert_eq!(first.len(), 5);
    store.settle(first.iter().map(|c| failed(c, far_away())).collect()).await.unwrap();
    let client = client(&url).await;
    client.batch_execute("UPDATE outbox_pending SET due_at = due_at - interval '2 s'").await.unwrap();
    // Another store: it has not looked yet.
    assert!(claim(&other, 10).await.is_empty());
    assert_eq!(aside(&url).await, 5);
    client.batch_execute("UPDATE outbox_pending SET due_at = now() WHERE retry").await.unwrap();
    let again = claim(&store, 10).await;
    assert_eq!(again.len(), 5);
    store.settle(again.iter().map(published).collect()).await.unwrap();
    assert_eq!(aside(&url).await, 0);
    let second = claim(&store, 10).await;
    let mut versions: HashMap<_, Vec<_>> = HashMap::new();
    for claimed in again.iter().chain(&second) {
        versions.entry(&claimed.envelope.order_id).or_default().push(claimed.envelope.version);
    }
    assert!(versions.len() == 5 && versions.values().all(|v| v == &[1, 2]), "{versions:?}");
}

#[tokio::test]
async fn messages_that_nobody_could_publish_do_not_hide_published_ones() {
    let (store, _, url) = two_stores().await;
    accept(&store, "stuck", 1).await;
    let client = client(&url).await;
    // More than one look, all old, none published; behind them one that is.
    let stuck = "WITH m AS (
            INSERT INTO outbox (event_id, topic, order_seq, version, payload, created_at)
            SELECT gen_random_uuid(), topic, order_seq, 1, payload, created_at
            FROM outbox, generate_series(1, 12000) RETURNING id, order_seq)
        INSERT INTO outbox_pending (id, order_seq, due_at, retry) SELECT id, order_seq, now() + interval '1 h', true FROM m";
    client.execute(stuck, &[]).await.unwrap();
    accept(&store, "gone", 1).await;
    let claimed = claim(&store, 10).await;
    assert_eq!(claimed.len(), 2);
    store.settle(claimed.iter().map(published).collect()).await.unwrap();
    let later = far_away();
    let before = PruneBefore { published: later, inbox: later, keys: later };
    assert_eq!(store.prune(before, 1).await.unwrap(), 1, "no more than asked for");
    assert_eq!(store.prune(before, 500).await.unwrap(), 1);
    assert_eq!(store.prune(before, 500).await.unwrap(), 0);
    assert_eq!(number(&client, "SELECT count(*) FROM outbox").await, 12_000, "what is unpublished stays");
}
