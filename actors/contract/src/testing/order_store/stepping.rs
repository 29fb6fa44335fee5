//! Orders move by the state machine, once per event.

use futures_util::future::join_all;

use super::{accept, apply, claim, done, load};
use crate::{
    domain::{EventId, EventKind, Order, Status},
    port::{
        Applied, Assignment, Census, Change, DeadLetters, OrderStore, Outbox, StatusCounts, StoreError, Write,
    },
    testing::sample::{answer, cancelled, command, creation, delivered, dispatched, letter, manual},
};

pub async fn suite<S: OrderStore + Outbox + DeadLetters>(fresh: &impl AsyncFn() -> S) {
    a_life_is_told_step_by_step(&fresh().await).await;
    an_event_is_answered_once(&fresh().await).await;
    a_stale_step_changes_nothing(&fresh().await).await;
    a_driver_has_one_order(&fresh().await).await;
    a_batch_is_applied_in_its_order(&fresh().await).await;
    one_of_two_racing_steps_wins(&fresh().await).await;
    an_illegal_step_is_refused(&fresh().await).await;
    a_letter_is_parked_with_its_step(&fresh().await).await;
    an_order_is_at_the_version_of_its_last_event(&fresh().await).await;
}

fn assignment(order: &Order) -> Assignment {
    Assignment {
        driver_id: order.driver_id.clone().unwrap(),
        order_id: order.id.clone(),
        token: order.claim_token.clone().unwrap(),
    }
}

async fn a_life_is_told_step_by_step(store: &impl OrderStore) {
    let accepted = creation("a");
    let mut events = vec![accepted.event.clone()];
    let mut order = accept(store, accepted).await;
    let accepted = order.clone();
    for next in [manual, |order: &Order| dispatched(order, "joao"), delivered] {
        let step = next(&order);
        events.push(step.event.clone());
        let stored = done(store, &order, command(step.clone())).await;
        assert_eq!(stored, step.order);
        order = stored;
    }
    let told = store.timeline(order.id.clone()).await.unwrap();
    assert_eq!(told, events);
    let fold = told[1..].iter().try_fold(accepted, |order, event| order.after(event)).unwrap();
    assert_eq!(fold, order, "the order is the fold of its events");
    let states = StatusCounts::from_iter([(Status::Delivered, 1)]);
    assert_eq!(store.census().await, Ok(Census { accepted: 1, states }), "however many steps it took");
    let other = accept(store, creation("b")).await;
    let other = done(store, &other, command(cancelled(&other))).await;
    assert_eq!((other.status, other.cancel_reason.as_deref()), (Status::Cancelled, Some("changed my mind")));
}

async fn an_event_is_answered_once(store: &impl OrderStore) {
    let created = creation("a");
    let event = created.event.event_id;
    let order = accept(store, created).await;
    assert_eq!(store.answered(vec![event]).await.unwrap(), [false]);
    let order = done(store, &order, answer(event, dispatched(&order, "joao"))).await;
    assert_eq!(apply(store, answer(event, delivered(&order))).await, Applied::Duplicate);
    assert_eq!(load(store, &order).await, order);
    let other = EventId::fresh();
    assert_eq!(store.answered(vec![other, event]).await.unwrap(), [false, true]);
    let nothing = || Write { inbox: Some(other), change: Change::Nothing };
    assert_eq!(apply(store, nothing()).await, Applied::Done);
    assert_eq!(apply(store, nothing()).await, Applied::Duplicate);
    assert_eq!(store.timeline(order.id).await.unwrap().len(), 2);
}

async fn a_stale_step_changes_nothing(store: &(impl OrderStore + Outbox)) {
    let first = accept(store, creation("a")).await;
    let now = done(store, &first, command(manual(&first))).await;
    let event = EventId::fresh();
    let stale = apply(store, answer(event, dispatched(&first, "joao"))).await;
    assert_eq!(stale, Applied::Stale(Some(Box::new(now.clone()))), "and is told how it stands");
    let unknown = creation("nobody").order;
    assert_eq!(apply(store, answer(event, dispatched(&unknown, "joao"))).await, Applied::Stale(None));
    assert_eq!(store.answered(vec![event]).await.unwrap(), [false]);
    assert_eq!(load(store, &first).await, now);
    assert_eq!(store.assignments(None, 10).await.unwrap(), []);
    assert_eq!(store.backlog().await.unwrap().pending, 2, "messages of the steps that were made");
}

async fn a_driver_has_one_order(store: &impl OrderStore) {
    let (a, b) = (accept(store, creation("a")).await, accept(store, creation("b")).await);
    let a = done(store, &a, command(dispatched(&a, "joao"))).await;
    let event = EventId::fresh();
    assert_eq!(apply(store, answer(event, dispatched(&b, "joao"))).await, Applied::DriverTaken);
    assert_eq!(store.answered(vec![event]).await.unwrap(), [false]);
    assert_eq!(load(store, &b).await, b);
    let b = done(store, &b, command(dispatched(&b, "maria"))).await;
    let active = [assignment(&a), assignment(&b)];
    assert_eq!(store.assignments(None, 10).await.unwrap(), active);
    assert_eq!(store.assignments(None, 1).await.unwrap(), active[..1]);
    assert_eq!(store.assignments(a.driver_id.clone(), 10).await.unwrap(), active[1..]);
    let forged = Assignment { token: active[1].token.clone(), ..active[0].clone() };
    let [a_held, b_held] = active;
    let asked = vec![b_held.clone(), forged, a_held.clone()];
    assert_eq!(store.assigned(asked).await.unwrap(), [true, false, true]);
    done(store, &a, command(delivered(&a))).await;
    done(store, &b, command(cancelled(&b))).await;
    assert_eq!(store.assigned(vec![a_held, b_held]).await.unwrap(), [false, false]);
    let c = accept(store, creation("c")).await;
    assert_eq!(apply(store, command(dispatched(&c, "joao"))).await, Applied::Done, "free again");
}

async fn a_batch_is_applied_in_its_order(store: &impl OrderStore) {
    let (a, b) = (accept(store, creation("a")).await, accept(store, creation("b")).await);
    let (first, second) = (dispatched(&a, "joao"), dispatched(&b, "joao"));
    let arrived = delivered(&first.order);
    let event = EventId::fresh();
    let batch = vec![
        answer(event, first),
        command(second.clone()),
        answer(event, manual(&b)),
        command(arrived),
        command(second.clone()),
    ];
    let applied = store.apply(batch.into()).await.unwrap();
    let expected = [Applied::Done, Applied::DriverTaken, Applied::Duplicate, Applied::Done, Applied::Done];
    assert_eq!(applied, expected, "each sees those before it, and a refused one harms none");
    assert_eq!(load(store, &b).await, second.order);
}

async fn one_of_two_racing_steps_wins(store: &impl OrderStore) {
    for i in 0..20 {
        let order = accept(store, creation(&format!("race-{i}"))).await;
        let steps = [dispatched(&order, &format!("driver-{i}")), cancelled(&order), manual(&order)];
        let applied = join_all(steps.map(|step| apply(store, command(step)))).await;
        let won = applied.iter().filter(|a| **a == Applied::Done).count();
        let stale = applied.iter().filter(|a| matches!(a, Applied::Stale(Some(_)))).count();
        assert_eq!((won, stale), (1, 2), "{applied:?}");
        assert_eq!(store.timeline(order.id).await.unwrap().len(), 2);
    }
}

async fn an_illegal_step_is_refused(store: &impl OrderStore) {
    let order = accept(store, creation("a")).await;
    let order = done(store, &order, command(cancelled(&order))).await;
    // A program with a bug: the version fits, the step does not exist.
    let mut step = dispatched(&creation("a").order, "joao");
    step.event.version = order.version + 1;
    step.order.version = order.version + 1;
    let refused = store.apply(vec![command(step)].into()).await;
    assert!(
        matches!(refused, Err(StoreError::Fault(_))),
        "the store knows the state machine too: {refused:?}"
    );
    assert_eq!(load(store, &order).await, order);
    assert_eq!(store.assignments(None, 10).await.unwrap(), []);
    assert_eq!(store.timeline(order.id.clone()).await.unwrap().len(), 2);
}

async fn a_letter_is_parked_with_its_step(store: &(impl OrderStore + Outbox + DeadLetters)) {
    let created = creation("a");
    let event = created.event.event_id;
    let order = accept(store, created).await;
    let park = |step| Write {
        inbox: Some(event),
        change: Change::Park(Box::new(letter(&order, "out of attempts")), step),
    };
    let mut late = manual(&order);
    late.event.version += 1;
    let stale = apply(store, park(Some(Box::new(late)))).await;
    assert!(matches!(stale, Applied::Stale(Some(_))), "{stale:?}");
    assert_eq!(store.parked().await.unwrap(), 0, "all or nothing");
    let parked = done(store, &order, park(Some(Box::new(manual(&order))))).await;
    assert_eq!((parked.status, store.parked().await.unwrap()), (Status::ManualDispatch, 1));
    assert_eq!(apply(store, park(None)).await, Applied::Duplicate);
    let last = store.timeline(order.id.clone()).await.unwrap().pop().unwrap();
    assert!(matches!(last.kind, EventKind::ManualDispatch { .. }));
    assert_eq!(claim(store).await.len(), 1, "the order's first message; the step's waits behind it");
}

async fn an_order_is_at_the_version_of_its_last_event(store: &impl OrderStore) {
    let order = accept(store, creation("a")).await;
    // A program with a bug: the order it hands in is not the one its event leads to.
    let mut step = manual(&order);
    step.order.version = 7;
    let stored = done(store, &order, command(step.clone())).await;
    assert_eq!(stored, Order { version: 2, ..step.order });
}
