//! What an [`Operations`] must do.

use std::time::Duration;

use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::sample::now;
use crate::{
    domain::{ItemOutcome, Operation, OperationError, OperationKind, OperationState},
    port::{Operations, Terms},
};

/// Runs every case, each on a fresh store.
pub async fn suite<O: Operations>(fresh: impl AsyncFn() -> O) {
    a_set_is_kept_whole(&fresh().await).await;
    a_set_is_begun_once(&fresh().await).await;
    what_came_of_each_is_kept(&fresh().await).await;
    who_is_silent_is_followed(&fresh().await).await;
    a_stopped_one_takes_no_more(&fresh().await).await;
    what_was_done_is_a_set_of_its_own(&fresh().await).await;
    old_ones_are_forgotten(&fresh().await).await;
}

const HOUR: Duration = Duration::from_hours(1);
const KIND: OperationKind = OperationKind::DiscardLetters;

fn operation(matched: u64) -> Operation {
    Operation::frozen(KIND, matched, now())
}

fn things(count: u64) -> Vec<(String, Option<u64>)> {
    (0..count).map(|n| (format!("t-{n}"), (n % 2 == 0).then_some(1_770_000_000_000_000 + n))).collect()
}

fn terms() -> Terms {
    Terms { kind: KIND, rate: Some(7), subject: Some("maria".to_owned()), reason: Some("x'\"".to_owned()) }
}

/// One that runs, with so many things.
async fn begun(store: &impl Operations, count: u64) -> (Operation, Uuid) {
    let (frozen, runner) = (operation(count), Uuid::now_v7());
    store.freeze(frozen.clone(), things(count)).await.unwrap();
    let running = store.start(frozen.id, terms(), runner, HOUR).await.unwrap();
    (running.expect("it is begun"), runner)
}

async fn get(store: &impl Operations, id: Uuid) -> Operation {
    store.operation(id).await.unwrap().expect("it is there")
}

async fn a_set_is_kept_whole(store: &impl Operations) {
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().ok();
    let one = Operation { trace, reason: Some("r".to_owned()), ..operation(2_500) };
    let other = Operation { kind: OperationKind::CancelOrders, ..operation(0) };
    store.freeze(one.clone(), things(2_500)).await.unwrap();
    store.freeze(other.clone(), Vec::new()).await.unwrap();
    assert_eq!(get(store, one.id).await, one);
    assert_eq!(store.operations(10).await.unwrap(), [other, one.clone()], "newest first");
    assert_eq!(store.operations(1).await.unwrap().len(), 1);
    let items = store.next_items(one.id, 3_000).await.unwrap();
    let found: Vec<_> = items.into_iter().map(|item| (item.target, item.version)).collect();
    assert_eq!(found, things(2_500), "in their order");
    assert_eq!(store.operation(Uuid::nil()).await.unwrap(), None);
}

async fn a_set_is_begun_once(store: &impl Operations) {
    let frozen = operation(1);
    store.freeze(frozen.clone(), things(1)).await.unwrap();
    let runner = Uuid::now_v7();
    let other = Terms { kind: OperationKind::ReplayLetters, ..terms() };
    assert_eq!(store.start(frozen.id, other, runner, HOUR).await.unwrap(), None, "another kind");
    assert_eq!(store.start(frozen.id, terms(), runner, Duration::ZERO).await.unwrap(), None, "too old");
    let running = store.start(frozen.id, terms(), runner, HOUR).await.unwrap().unwrap();
    assert_eq!((running.state, running.rate), (OperationState::Running, Some(7)));
    assert_eq!((running.subject, running.reason), (terms().subject, terms().reason));
    assert!(running.started_at.is_some() && running.ended_at.is_none());
    assert_eq!(store.start(frozen.id, terms(), runner, HOUR).await.unwrap(), None, "it runs");
    assert_eq!(store.start(Uuid::nil(), terms(), runner, HOUR).await.unwrap(), None);
}

async fn what_came_of_each_is_kept(store: &impl Operations) {
    let (running, runner) = begun(store, 4).await;
    let items = store.next_items(running.id, 3).await.unwrap();
    let outcomes = [ItemOutcome::Done, ItemOutcome::Skipped, ItemOutcome::Failed];
    let outcomes = items.iter().zip(outcomes).map(|(item, outcome)| (item.n, outcome)).collect();
    let errors = vec![OperationError { target: "t-2".to_owned(), detail: "no \"driver\"".to_owned() }];
    assert!(store.record(running.id, runner, outcomes, errors.clone()).await.unwrap());
    let now = get(store, running.id).await;
    assert_eq!((now.done, now.skipped, now.failed, now.errors), (1, 1, 1, errors.clone()));
    let left = store.next_items(running.id, 3).await.unwrap();
    assert_eq!(left.iter().map(|item| item.target.as_str()).collect::<Vec<_>>(), ["t-3"]);
    let last = vec![(left[0].n, ItemOutcome::Done)];
    assert!(store.record(running.id, runner, last, errors).await.unwrap());
    assert!(store.end(running.id, runner, OperationState::Done).await.unwrap());
    let ended = get(store, running.id).await;
    assert_eq!((ended.state, ended.done, ended.ended_at.is_some()), (OperationState::Done, 2, true));
    assert!(!store.end(running.id, runner, OperationState::Failed).await.unwrap(), "it has ended");
    assert!(!store.stop(running.id).await.unwrap());
}

async fn who_is_silent_is_followed(store: &impl Operations) {
    let (running, first) = begun(store, 2).await;
    let second = Uuid::now_v7();
    assert_eq!(store.follow(second, HOUR).await.unwrap(), None, "heard of just now");
    let followed = store.follow(second, Duration::ZERO).await.unwrap().expect("it is taken over");
    assert_eq!(followed.id, running.id);
    let items = store.next_items(running.id, 2).await.unwrap();
    let done = vec![(items[0].n, ItemOutcome::Done)];
    assert!(!store.record(running.id, first, done.clone(), Vec::new()).await.unwrap(), "not theirs any more");
    assert!(!store.end(running.id, first, OperationState::Failed).await.unwrap());
    assert!(store.record(running.id, second, done, Vec::new()).await.unwrap());
    assert_eq!(get(store, running.id).await.done, 1);
    assert!(store.end(running.id, second, OperationState::Done).await.unwrap());
    assert_eq!(store.follow(first, Duration::ZERO).await.unwrap(), None, "nothing runs");
}

async fn a_stopped_one_takes_no_more(store: &impl Operations) {
    let (running, runner) = begun(store, 2).await;
    assert!(store.stop(running.id).await.unwrap());
    let items = store.next_items(running.id, 2).await.unwrap();
    let done = vec![(items[0].n, ItemOutcome::Done)];
    assert!(
        !store.record(running.id, Uuid::now_v7(), done.clone(), Vec::new()).await.unwrap(),
        "somebody else's"
    );
    assert_eq!(get(store, running.id).await.done, 0);
    let undoing = async |silence| store.freeze_done(operation(0), running.id, silence).await.unwrap();
    assert_eq!(undoing(HOUR).await, None, "it may have done more");
    assert_eq!(undoing(Duration::ZERO).await, Some(0), "unless it is silent");
    assert!(!store.record(running.id, runner, done.clone(), Vec::new()).await.unwrap());
    assert!(!store.record(running.id, runner, done, Vec::new()).await.unwrap(), "once");
    let stopped = get(store, running.id).await;
    assert_eq!((stopped.state, stopped.done), (OperationState::Stopped, 1), "what was done by then is done");
    assert_eq!(undoing(HOUR).await, Some(1), "and can be undone");
    assert!(stopped.ended_at.is_some());
    assert!(!store.stop(running.id).await.unwrap(), "once");
    assert_eq!(store.follow(runner, Duration::ZERO).await.unwrap(), None);
    let frozen = operation(1);
    store.freeze(frozen.clone(), things(1)).await.unwrap();
    assert!(store.stop(frozen.id).await.unwrap(), "a set that nobody wants");
    assert_eq!(store.start(frozen.id, terms(), runner, HOUR).await.unwrap(), None);
}

async fn what_was_done_is_a_set_of_its_own(store: &impl Operations) {
    let (running, runner) = begun(store, 3).await;
    let items = store.next_items(running.id, 3).await.unwrap();
    let outcomes = [ItemOutcome::Done, ItemOutcome::Skipped, ItemOutcome::Done];
    let outcomes = items.iter().zip(outcomes).map(|(item, outcome)| (item.n, outcome)).collect();
    assert!(store.record(running.id, runner, outcomes, Vec::new()).await.unwrap());
    let undo = Operation { kind: OperationKind::RestoreLetters, ..operation(0) };
    assert_eq!(store.freeze_done(undo.clone(), running.id, HOUR).await.unwrap(), Some(2));
    assert_eq!(get(store, undo.id).await, Operation { matched: 2, ..undo.clone() });
    let targets = store.next_items(undo.id, 9).await.unwrap();
    let targets: Vec<_> = targets.into_iter().map(|item| (item.target, item.version)).collect();
    assert_eq!(targets, [("t-0".to_owned(), None), ("t-2".to_owned(), None)], "whatever they are now");
}

async fn old_ones_are_forgotten(store: &impl Operations) {
    const LONG_AGO: OffsetDateTime = datetime!(2020-01-01 0:00 UTC);
    let month = Duration::from_hours(720);
    let old = |count| Operation { created_at: LONG_AGO, ..operation(count) };
    let (frozen, ended, running, young) = (old(3), old(3), old(1), operation(1));
    for (one, count) in [(&frozen, 3), (&ended, 3), (&running, 1), (&young, 1)] {
        store.freeze(one.clone(), things(count)).await.unwrap();
    }
    let century = Duration::from_hours(876_000);
    for one in [&ended, &running] {
        assert!(store.start(one.id, terms(), Uuid::nil(), century).await.unwrap().is_some());
    }
    assert!(store.stop(ended.id).await.unwrap());
    let mut gone = 0;
    loop {
        match store.forget(HOUR, month, 2).await.unwrap() {
            0 => break,
            rows => gone += rows,
        }
    }
    assert_eq!(gone, 3 + 3 + 2, "items and all");
    let left: Vec<_> = store.operations(10).await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(left, [young.id, running.id]);
}
