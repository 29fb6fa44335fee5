//! What an [`OrderStore`] must do.

mod accepting;
mod asking;
mod forgetting;
mod listing;
mod plain;
mod playing;
mod stepping;
mod waiting;

#[cfg(test)]
pub(crate) use self::{asking::Requests, plain::PlainStore, playing::Game};
use crate::{
    domain::{EventId, Order},
    port::{Applied, Claimed, Created, Creation, DeadLetters, OrderStore, Outbox, Write},
};

/// Runs every case, each on a fresh store.
pub async fn suite<S: OrderStore + Outbox + DeadLetters>(fresh: impl AsyncFn() -> S) {
    accepting::suite(&fresh).await;
    asking::suite(&fresh).await;
    stepping::suite(&fresh).await;
    waiting::suite(&fresh).await;
    playing::suite(&fresh).await;
    listing::suite(&fresh).await;
    forgetting::suite(&fresh).await;
}

/// Accepts one order, which must succeed.
pub(super) async fn accept(store: &impl OrderStore, creation: Creation) -> Order {
    let order = creation.order.clone();
    assert_eq!(store.create(vec![creation].into()).await.unwrap(), [Created::Stored]);
    order
}

/// Applies one write.
pub(super) async fn apply(store: &impl OrderStore, write: Write) -> Applied {
    store.apply(vec![write].into()).await.unwrap().remove(0)
}

/// Applies one write, which must be done; returns the order as it is stored then.
pub(super) async fn done(store: &impl OrderStore, order: &Order, write: Write) -> Order {
    assert_eq!(apply(store, write).await, Applied::Done);
    load(store, order).await
}

/// The order as it is stored.
pub(super) async fn load(store: &impl OrderStore, order: &Order) -> Order {
    store.load(vec![order.id.clone()]).await.unwrap().remove(0).expect("the order is stored")
}

/// Claims all that can be claimed.
pub(super) async fn claim(store: &impl Outbox) -> Vec<Claimed> {
    store.claim("relay", 100, std::time::Duration::from_mins(1)).await.unwrap()
}

/// The ids of the messages claimed.
pub(super) fn events(claimed: &[Claimed]) -> Vec<EventId> {
    claimed.iter().map(|c| c.envelope.event_id).collect()
}
