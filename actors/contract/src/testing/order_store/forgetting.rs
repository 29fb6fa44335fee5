//! What is old and done with goes; nothing else does.

use super::{accept, claim, done};
use crate::{
    domain::EventId,
    port::{Created, Creation, IdempotencyKey, OrderStore, Outbox, PruneBefore, Relayed, Settlement},
    testing::sample::{answer, creation, dispatched, far_away, now},
};

pub async fn suite<S: OrderStore + Outbox>(fresh: &impl AsyncFn() -> S) {
    only_what_is_old_and_done_goes(&fresh().await).await;
    at_most_the_limit_goes(&fresh().await).await;
}

fn all_before(at: time::OffsetDateTime) -> PruneBefore {
    PruneBefore { published: at, inbox: at, keys: at }
}

async fn only_what_is_old_and_done_goes(store: &(impl OrderStore + Outbox)) {
    let start = now();
    let key = IdempotencyKey { scope: "s".to_owned(), former: None, key: "k".to_owned() };
    let order = accept(store, Creation { key: Some(key.clone()), ..creation("a") }).await;
    let event = EventId::fresh();
    let order = done(store, &order, answer(event, dispatched(&order, "joao"))).await;
    assert_eq!(store.prune(all_before(start), 100).await.unwrap(), 0, "all of it is younger");
    let later = far_away();
    assert_eq!(
        store.prune(PruneBefore { inbox: start, ..all_before(later) }, 100).await.unwrap(),
        1,
        "the key"
    );
    assert_eq!(store.answered(vec![event]).await.unwrap(), [true]);
    let reused = Creation { key: Some(key), ..creation("b") };
    assert_eq!(store.create(vec![reused].into()).await.unwrap(), [Created::Stored], "the key is forgotten");
    let claimed = claim(store).await;
    let first = &claimed[0];
    let settlement = Settlement { id: first.id, token: first.token, outcome: Relayed::Published };
    assert_eq!(store.settle(vec![settlement]).await.unwrap(), 1);
    assert_eq!(
        store.prune(all_before(later), 100).await.unwrap(),
        3,
        "the published message, inbox row and key"
    );
    assert_eq!(store.answered(vec![event]).await.unwrap(), [false]);
    assert_eq!(store.backlog().await.unwrap().pending, 2, "what is unpublished stays");
    assert_eq!(store.timeline(order.id).await.unwrap().len(), 2);
}

async fn at_most_the_limit_goes(store: &(impl OrderStore + Outbox)) {
    for i in 0..5 {
        accept(store, creation(&format!("o-{i}"))).await;
    }
    let settle =
        |c: crate::port::Claimed| Settlement { id: c.id, token: c.token, outcome: Relayed::Published };
    store.settle(claim(store).await.into_iter().map(settle).collect()).await.unwrap();
    let mut gone = Vec::new();
    for _ in 0..4 {
        gone.push(store.prune(all_before(far_away()), 2).await.unwrap());
    }
    assert_eq!(gone, [2, 2, 1, 0]);
}
