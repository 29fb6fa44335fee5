//! Messages for later.

use super::{accept, apply, claim, done, events};
use crate::{
    domain::{EventId, Topic},
    port::{Applied, Change, OrderStore, Outbox, Postponement, Relayed, Settlement, Write},
    testing::sample::{
        answer, cancelled, command, creation, dispatched, far_away, manual, now, postpone, postponed,
    },
};

pub async fn suite<S: OrderStore + Outbox>(fresh: &impl AsyncFn() -> S) {
    a_postponed_message_waits(&fresh().await).await;
    a_postponement_is_guarded(&fresh().await).await;
    one_job_waits_at_a_time(&fresh().await).await;
    a_command_does_not_wait_behind_a_job(&fresh().await).await;
    an_order_without_a_message_is_stranded(&fresh().await).await;
}

/// Publishes all that is due.
async fn publish(store: &impl Outbox) -> Vec<EventId> {
    let claimed = claim(store).await;
    let settle =
        |c: &crate::port::Claimed| Settlement { id: c.id, token: c.token, outcome: Relayed::Published };
    store.settle(claimed.iter().map(settle).collect()).await.unwrap();
    events(&claimed)
}

async fn a_postponed_message_waits(store: &(impl OrderStore + Outbox)) {
    let order = accept(store, creation("a")).await;
    publish(store).await;
    let (soon, late) = (postponed(&order, now()), postponed(&order, far_away()));
    let due = soon.envelope.clone();
    assert_eq!(apply(store, postpone(soon)).await, Applied::Done);
    assert_eq!(apply(store, postpone(late)).await, Applied::Done);
    let claimed = claim(store).await;
    assert_eq!(claimed.len(), 1, "the other's time has not come");
    assert_eq!(claimed[0].envelope, due);
    assert_eq!(store.load(vec![order.id.clone()]).await.unwrap(), [Some(order)], "the order does not change");
}

async fn a_postponement_is_guarded(store: &(impl OrderStore + Outbox)) {
    let created = creation("a");
    let event = created.event.event_id;
    let first = accept(store, created).await;
    let now = done(store, &first, command(manual(&first))).await;
    let stale = Write { inbox: Some(event), ..postpone(postponed(&first, far_away())) };
    assert_eq!(apply(store, stale).await, Applied::Stale(Some(Box::new(now.clone()))));
    let unknown = postpone(postponed(&creation("nobody").order, far_away()));
    assert_eq!(apply(store, unknown).await, Applied::Stale(None));
    assert_eq!(store.answered(vec![event]).await.unwrap(), [false]);
    let fits = || Write { inbox: Some(event), ..postpone(postponed(&now, far_away())) };
    assert_eq!(apply(store, fits()).await, Applied::Done);
    assert_eq!(apply(store, fits()).await, Applied::Duplicate);
    assert_eq!(store.backlog().await.unwrap().postponed, 1);
}

async fn one_job_waits_at_a_time(store: &(impl OrderStore + Outbox)) {
    let order = accept(store, creation("a")).await;
    let unless_pending = |inbox| {
        let postponement = Postponement { unless_pending: true, ..postponed(&order, now()) };
        Write { inbox, change: Change::Postpone(Box::new(postponement)) }
    };
    assert_eq!(
        apply(store, unless_pending(None)).await,
        Applied::Done,
        "a message that is no job does not count"
    );
    assert_eq!(apply(store, unless_pending(None)).await, Applied::Duplicate);
    publish(store).await;
    let claimed = claim(store).await;
    assert_eq!(claimed[0].envelope.topic, Topic::DispatchRequested);
    let answered = claimed[0].envelope.event_id;
    let next = apply(store, unless_pending(Some(answered))).await;
    assert_eq!(next, Applied::Done, "the job that is being answered does not stand in its successor's way");
    assert_eq!(apply(store, unless_pending(Some(EventId::fresh()))).await, Applied::Duplicate);
}

async fn a_command_does_not_wait_behind_a_job(store: &(impl OrderStore + Outbox)) {
    let created = creation("a");
    let order = accept(store, created.clone()).await;
    let postponed = postponed(&order, far_away());
    let job = postponed.envelope.event_id;
    apply(store, postpone(postponed)).await;
    assert_eq!(publish(store).await, [created.event.event_id]);
    assert_eq!(publish(store).await, []);
    let cancel = cancelled(&order);
    let cancelled = cancel.event.event_id;
    done(store, &order, command(cancel)).await;
    assert_eq!(publish(store).await, [job], "made due, because it comes first");
    assert_eq!(publish(store).await, [cancelled]);

    let other = accept(store, creation("b")).await;
    publish(store).await;
    let answered = EventId::fresh();
    apply(store, postpone(super::super::sample::postponed(&other, far_away()))).await;
    done(store, &other, answer(answered, dispatched(&other, "joao"))).await;
    assert_eq!(publish(store).await, [], "an event's answer waits its turn");
    assert_eq!(job_count(store).await, 2);
}

async fn an_order_without_a_message_is_stranded(store: &(impl OrderStore + Outbox)) {
    let names = ["a", "b", "c", "d"];
    let mut orders = Vec::new();
    for name in names {
        orders.push(accept(store, creation(name)).await);
    }
    let stranded = async |before, limit| {
        let orders = store.stranded(before, limit).await.unwrap();
        orders.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(stranded(far_away(), 10).await, [""; 0], "all of them have a message");
    publish(store).await;
    assert_eq!(stranded(far_away(), 10).await, names);
    assert_eq!(stranded(far_away(), 2).await, ["a", "b"], "the oldest");
    assert_eq!(stranded(orders[1].created_at, 10).await, ["a"], "the others came later");
    apply(store, postpone(postponed(&orders[0], far_away()))).await;
    done(store, &orders[2], command(cancelled(&orders[2]))).await;
    assert_eq!(stranded(far_away(), 10).await, ["b", "d"], "one waits for a driver, one is no more");
}

async fn job_count(store: &impl Outbox) -> u64 {
    store.backlog().await.unwrap().pending
}
