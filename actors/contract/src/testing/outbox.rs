//! What an [`Outbox`] must do.

mod looking;

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;

use super::{
    order_store::{accept, apply, claim, done, events},
    sample::{command, creation, dispatched, far_away, manual, now, postpone, postponed},
};
use crate::{
    domain::{Order, OrderId, WaitReason},
    port::{Backlog, Claimed, OrderStore, Outbox, Postponement, Relayed, Settlement},
};

const LEASE: Duration = Duration::from_mins(1);

/// Runs every case, each on a fresh store.
pub async fn suite<S: OrderStore + Outbox>(fresh: impl AsyncFn() -> S) {
    what_is_published_is_done_with(&fresh().await).await;
    an_order_is_told_in_its_order(&fresh().await).await;
    a_lease_runs_out(&fresh().await).await;
    what_a_clock_that_went_back_has_claimed_is_free(&fresh().await).await;
    a_stale_token_changes_nothing(&fresh().await).await;
    a_restarted_relay_takes_over_at_once(&fresh().await).await;
    a_failed_message_is_tried_again_later(&fresh().await).await;
    what_waits_can_be_hastened(&fresh().await).await;
    the_oldest_order_goes_first_however_often_it_waited(&fresh().await).await;
    orders_that_were_given_a_driver_are_hastened(&fresh().await).await;
    what_waits_for_too_long_can_be_hastened(&fresh().await).await;
    the_backlog_is_counted(&fresh().await).await;
    looking::what_waits_can_be_looked_at(&fresh().await).await;
    a_commit_wakes_the_relay(&fresh().await).await;
    a_row_is_claimed_by_one_at_a_time(&fresh().await).await;
}

trait Both: OrderStore + Outbox {}
impl<T: OrderStore + Outbox> Both for T {}

fn published(claimed: &Claimed) -> Settlement {
    Settlement { id: claimed.id, token: claimed.token, outcome: Relayed::Published }
}

fn failed(claimed: &Claimed, retry_at: time::OffsetDateTime) -> Settlement {
    let outcome = Relayed::Failed { error: "no route".to_owned(), retry_at };
    Settlement { outcome, ..published(claimed) }
}

async fn what_is_published_is_done_with(store: &impl Both) {
    assert_eq!(claim(store).await, []);
    for id in ["a", "b", "c"] {
        accept(store, creation(id)).await;
    }
    let first = store.claim("relay", 2, LEASE).await.unwrap();
    let rest = store.claim("relay", 2, LEASE).await.unwrap();
    assert_eq!((first.len(), rest.len()), (2, 1), "at most the limit, and none twice");
    assert!(first.iter().chain(&rest).all(|c| c.attempts == 0));
    assert_eq!(store.settle(first.iter().map(published).collect()).await.unwrap(), 2);
    assert_eq!(store.settle(rest.iter().chain(&rest).map(published).collect()).await.unwrap(), 1);
    assert_eq!(store.settle(first.iter().map(published).collect()).await.unwrap(), 0, "settled already");
    assert_eq!(claim(store).await, []);
    assert_eq!(store.backlog().await.unwrap(), Backlog::default());
}

async fn an_order_is_told_in_its_order(store: &impl Both) {
    let created = creation("a");
    let order = accept(store, created.clone()).await;
    let handed_over = manual(&order);
    let order = done(store, &order, command(handed_over.clone())).await;
    let first = claim(store).await;
    assert_eq!(events(&first), [created.event.event_id]);
    // Written while the first is on its way.
    let dispatch = dispatched(&order, "joao");
    done(store, &order, command(dispatch.clone())).await;
    assert_eq!(claim(store).await, [], "the next waits until the first is published");
    assert_eq!(store.settle(vec![failed(&first[0], now())]).await.unwrap(), 1);
    let again = claim(store).await;
    assert_eq!(events(&again), [created.event.event_id], "a failure does not let the next pass");
    store.settle(again.iter().map(published).collect()).await.unwrap();
    let second = claim(store).await;
    assert_eq!(events(&second), [handed_over.event.event_id]);
    store.settle(second.iter().map(published).collect()).await.unwrap();
    assert_eq!(events(&claim(store).await), [dispatch.event.event_id]);
}

async fn a_lease_runs_out(store: &impl Both) {
    let created = creation("a");
    accept(store, created.clone()).await;
    let first = store.claim("relay-0", 10, Duration::ZERO).await.unwrap();
    let second = store.claim("relay-1", 10, LEASE).await.unwrap();
    assert_eq!(events(&second), [created.event.event_id]);
    assert_eq!((second[0].id, second[0].envelope.clone()), (first[0].id, first[0].envelope.clone()));
    assert!(second[0].token > first[0].token, "a later claim has a larger token");
}

/// A relay died, and then the clock went back: for an hour nobody would see its lease run out.
async fn what_a_clock_that_went_back_has_claimed_is_free(store: &impl Both) {
    let created = creation("a");
    accept(store, created.clone()).await;
    let neighbour = store.claim("relay-0", 10, LEASE * 3 / 2).await.unwrap();
    assert_eq!(events(&neighbour), [created.event.event_id]);
    assert_eq!(store.claim("relay-1", 10, LEASE).await.unwrap(), [], "another's lease may be longer");
    assert_eq!(store.abandon("relay-0").await.unwrap(), 1);
    let dead = store.claim("relay-0", 10, Duration::from_hours(1)).await.unwrap();
    assert_eq!(events(&dead), [created.event.event_id]);
    let taken = store.claim("relay-1", 10, LEASE).await.unwrap();
    assert_eq!(events(&taken), [created.event.event_id], "no lease ends then");
    assert_eq!(store.settle(vec![published(&dead[0])]).await.unwrap(), 0, "its token is stale");
    assert_eq!(store.settle(vec![published(&taken[0])]).await.unwrap(), 1);
}

async fn a_stale_token_changes_nothing(store: &impl Both) {
    accept(store, creation("a")).await;
    let stale = store.claim("relay-0", 10, Duration::ZERO).await.unwrap();
    let held = store.claim("relay-1", 10, LEASE).await.unwrap();
    assert_eq!(store.settle(vec![published(&stale[0])]).await.unwrap(), 0);
    assert_eq!(store.settle(vec![failed(&stale[0], far_away())]).await.unwrap(), 0);
    let backlog = store.backlog().await.unwrap();
    assert_eq!((backlog.pending, backlog.postponed), (1, 0));
    let invented = Settlement { id: 4_711, token: held[0].token, outcome: Relayed::Published };
    assert_eq!(store.settle(vec![invented, published(&held[0])]).await.unwrap(), 1);
    assert_eq!(store.backlog().await.unwrap().pending, 0);
}

async fn a_restarted_relay_takes_over_at_once(store: &impl Both) {
    for id in ["a", "b", "c"] {
        accept(store, creation(id)).await;
    }
    let lost = store.claim("relay-0", 2, LEASE).await.unwrap();
    let kept = store.claim("relay-1", 2, LEASE).await.unwrap();
    assert_eq!(store.abandon("relay-0").await.unwrap(), 2);
    assert_eq!(store.abandon("relay-0").await.unwrap(), 0);
    let again = store.claim("relay-0", 10, LEASE).await.unwrap();
    let set = |claimed: &[Claimed]| events(claimed).into_iter().collect::<HashSet<_>>();
    assert_eq!(set(&again), set(&lost), "its own, and not its neighbour's");
    let late: Vec<_> = lost.iter().chain(&kept).map(published).collect();
    assert_eq!(store.settle(late).await.unwrap(), 1, "only the neighbour's claim still holds");
}

async fn a_failed_message_is_tried_again_later(store: &impl Both) {
    accept(store, creation("a")).await;
    let mut claimed = claim(store).await;
    for attempts in 1..=3 {
        assert_eq!(store.settle(vec![failed(&claimed[0], now())]).await.unwrap(), 1);
        claimed = claim(store).await;
        assert_eq!(claimed[0].attempts, attempts);
    }
    assert_eq!(store.settle(vec![failed(&claimed[0], far_away())]).await.unwrap(), 1);
    assert_eq!(claim(store).await, [], "not before its time");
    let waiting = Backlog { pending: 1, postponed: 1, oldest_due: None };
    assert_eq!(store.backlog().await.unwrap(), waiting, "and never given up");
}

async fn what_waits_can_be_hastened(store: &impl Both) {
    for (i, reason) in [WaitReason::Driver, WaitReason::Fleet, WaitReason::Driver, WaitReason::Driver]
        .into_iter()
        .enumerate()
    {
        let order = accept(store, creation(&format!("o-{i}"))).await;
        store.settle(claim(store).await.iter().map(published).collect()).await.unwrap();
        let wait = Postponement { reason: Some(reason), ..postponed(&order, far_away()) };
        apply(store, postpone(wait)).await;
    }
    assert_eq!(claim(store).await, []);
    assert_eq!(store.hasten(WaitReason::Driver, 2).await.unwrap(), 2);
    assert_eq!(told(claim(store).await), ["o-0", "o-2"], "the oldest of those that wait for it");
    assert_eq!(store.hasten(WaitReason::Driver, 2).await.unwrap(), 1, "what is due waits for nothing");
    assert_eq!(told(claim(store).await), ["o-3"]);
    assert_eq!(store.hasten(WaitReason::Backoff, 2).await.unwrap(), 0);
}

fn told(claimed: Vec<Claimed>) -> Vec<String> {
    claimed.into_iter().map(|claimed| claimed.envelope.order_id.to_string()).collect()
}

/// Orders that wait for this, each accepted after the one before.
async fn waiting(store: &impl Both, names: &[&str], reason: WaitReason) -> Vec<Order> {
    let mut orders = Vec::new();
    for name in names {
        let order = accept(store, creation(name)).await;
        store.settle(claim(store).await.iter().map(published).collect()).await.unwrap();
        let wait = Postponement { reason: Some(reason), ..postponed(&order, far_away()) };
        apply(store, postpone(wait)).await;
        orders.push(order);
    }
    orders
}

async fn the_oldest_order_goes_first_however_often_it_waited(store: &impl Both) {
    let orders = waiting(store, &["first", "second", "third"], WaitReason::Driver).await;
    // The first one has tried in vain once more: its row is the youngest.
    assert_eq!(store.hasten(WaitReason::Driver, 1).await.unwrap(), 1);
    store.settle(claim(store).await.iter().map(published).collect()).await.unwrap();
    let again = Postponement { reason: Some(WaitReason::Driver), ..postponed(&orders[0], far_away()) };
    apply(store, postpone(again)).await;
    assert_eq!(store.hasten(WaitReason::Driver, 10).await.unwrap(), 3);
    assert_eq!(told(claim(store).await), ["first", "second", "third"]);
}

async fn orders_that_were_given_a_driver_are_hastened(store: &impl Both) {
    let waiting_for = [("a", WaitReason::Driver), ("b", WaitReason::Fleet), ("c", WaitReason::Driver)];
    for (name, reason) in waiting_for {
        waiting(store, &[name], reason).await;
    }
    let ask = async |names: &[&str]| {
        let orders = names.iter().map(|name| name.parse().unwrap()).collect();
        let mut told: Vec<OrderId> = store.hasten_orders(orders).await.unwrap();
        told.sort();
        told.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(ask(&["b", "nobody"]).await, [""; 0], "one waits for something else, one is unknown");
    assert_eq!(ask(&["c", "a"]).await, ["a", "c"]);
    assert_eq!(ask(&["c", "a"]).await, [""; 0], "they are due already");
    let mut due = told(claim(store).await);
    due.sort();
    assert_eq!(due, ["a", "c"]);
}

async fn what_waits_for_too_long_can_be_hastened(store: &impl Both) {
    let wait = Duration::from_mins(2);
    assert_eq!(store.hasten_beyond(wait).await.unwrap(), 0);
    let mut expected = Vec::new();
    for (id, due_at) in [("soon", now() + wait / 2), ("late", far_away()), ("unsent", now())] {
        let order = accept(store, creation(id)).await;
        let claimed = claim(store).await;
        if id == "unsent" {
            // What a broker did not take, told by a clock that was ahead.
            assert_eq!(store.settle(vec![failed(&claimed[0], far_away())]).await.unwrap(), 1);
            expected.push(id.to_owned());
            continue;
        }
        store.settle(claimed.iter().map(published).collect()).await.unwrap();
        let wait = Postponement { reason: Some(WaitReason::Driver), ..postponed(&order, due_at) };
        apply(store, postpone(wait)).await;
        if id == "late" {
            expected.push(id.to_owned());
        }
    }
    assert_eq!(claim(store).await, []);
    assert_eq!(store.hasten_beyond(wait).await.unwrap(), 2, "no clock that goes right named these moments");
    let orders: Vec<_> = claim(store).await.iter().map(|c| c.envelope.order_id.to_string()).collect();
    assert_eq!(orders.iter().collect::<HashSet<_>>(), expected.iter().collect::<HashSet<_>>());
    assert_eq!(store.backlog().await.unwrap().postponed, 1, "what waits as one may is left alone");
    assert_eq!(store.hasten_beyond(wait).await.unwrap(), 0);
}

async fn the_backlog_is_counted(store: &impl Both) {
    assert_eq!(store.backlog().await.unwrap(), Backlog::default());
    let order = accept(store, creation("a")).await;
    accept(store, creation("b")).await;
    apply(store, postpone(postponed(&order, far_away()))).await;
    let backlog = store.backlog().await.unwrap();
    assert_eq!((backlog.pending, backlog.postponed), (3, 1));
    assert!(backlog.oldest_due.is_some_and(|age| age < LEASE), "{backlog:?}");
    let claimed = claim(store).await;
    assert_eq!(store.backlog().await.unwrap().pending, 3, "a claimed row is not published yet");
    store.settle(claimed.iter().map(published).collect()).await.unwrap();
    assert_eq!(store.backlog().await.unwrap(), Backlog { pending: 1, postponed: 1, oldest_due: None });
}

async fn a_commit_wakes_the_relay(store: &impl Both) {
    let wakeup = store.wakeup();
    let order = accept(store, creation("a")).await;
    super::soon("a wake-up after a commit", wakeup.notified()).await;
    let claimed = claim(store).await;
    done(store, &order, command(manual(&order))).await;
    store.settle(claimed.iter().map(published).collect()).await.unwrap();
    super::soon("a wake-up for the next message of an order", wakeup.notified()).await;
    assert_eq!(claim(store).await.len(), 1);
}

async fn a_row_is_claimed_by_one_at_a_time(store: &impl Both) {
    let batch = (0..200).map(|i| creation(&format!("o-{i}"))).collect();
    store.create(batch).await.unwrap();
    let relay = async |name: String| {
        let mut mine = Vec::new();
        loop {
            let claimed = store.claim(&name, 7, LEASE).await.unwrap();
            if claimed.is_empty() {
                return mine;
            }
            store.settle(claimed.iter().map(published).collect()).await.unwrap();
            mine.extend(events(&claimed));
        }
    };
    let all = join_all((0..4).map(|i| relay(format!("relay-{i}")))).await.concat();
    assert_eq!(all.len(), 200);
    assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 200);
}
