//! Calls that never come back: what a loop hangs in, when an adapter breaks its promise to answer in time.
#![allow(clippy::wildcard_imports, reason = "nearly all of the ports")]

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use time::OffsetDateTime;
use tokio::sync::Notify;
use tropa_supervision::ActorStatus;
use uuid::Uuid;

use crate::domain::*;
use crate::port::*;

/// Which calls are to hang, and how often each.
#[derive(Clone, Debug, Default)]
pub struct Stall(Arc<Mutex<HashMap<&'static str, usize>>>);

impl Stall {
    /// The next `times` calls of this name hang for ever, and none after them.
    pub fn arm(&self, call: &'static str, times: usize) {
        self.0.lock().unwrap().insert(call, times);
    }

    /// How many of them have not come yet.
    pub fn awaited(&self, call: &str) -> usize {
        self.0.lock().unwrap().get(call).copied().unwrap_or_default()
    }

    fn hits(&self, call: &str) -> bool {
        match self.0.lock().unwrap().get_mut(call) {
            Some(times) if *times > 0 => {
                *times -= 1;
                true
            }
            _ => false,
        }
    }

    async fn at(&self, call: &str) {
        if self.hits(call) {
            pending::<()>().await;
        }
    }

    /// A port whose calls hang when they are told to.
    pub fn before<P: ?Sized>(&self, inner: Arc<P>) -> Arc<Stalled<P>> {
        Arc::new(Stalled { inner, stall: self.clone() })
    }
}

/// A port whose calls may hang.
pub struct Stalled<P: ?Sized> {
    inner: Arc<P>,
    stall: Stall,
}

macro_rules! stalled {
    ($port:ident { $(async $name:ident($($arg:ident: $type:ty),*) -> $out:ty;)* $(now $now:ident -> $given:ty;)* }) => {
        #[async_trait]
        impl $port for Stalled<dyn $port> {
            $(async fn $name(&self, $($arg: $type),*) -> $out {
                self.stall.at(concat!(stringify!($port), ".", stringify!($name))).await;
                self.inner.$name($($arg),*).await
            })*
            $(fn $now(&self) -> $given {
                self.inner.$now()
            })*
        }
    };
}

stalled! { Outbox {
    async claim(owner: &str, limit: u32, lease: Duration) -> Result<Vec<Claimed>, StoreError>;
    async abandon(owner: &str) -> Result<u64, StoreError>;
    async settle(batch: Vec<Settlement>) -> Result<u64, StoreError>;
    async hasten(reason: WaitReason, limit: u32) -> Result<u64, StoreError>;
    async hasten_orders(orders: Vec<OrderId>) -> Result<Vec<OrderId>, StoreError>;
    async hasten_beyond(wait: Duration) -> Result<u64, StoreError>;
    async backlog() -> Result<Backlog, StoreError>;
    async topics() -> Result<Vec<TopicBacklog>, StoreError>;
    async messages(filter: MessageFilter) -> Result<MessagePage, StoreError>;
    async message(id: i64) -> Result<Option<(OutboxMessage, String)>, StoreError>;
    now wakeup -> Arc<Notify>;
} }

stalled! { Chronicle {
    async time() -> Result<Reading, StoreError>;
    async mark(ran: Duration) -> Result<(), StoreError>;
    async horizon(span: Duration) -> Result<Option<Horizon>, StoreError>;
} }

stalled! { Leases {
    async acquire(event: EventId, owner: &str, ttl: Duration) -> Result<Lease, LeaseError>;
    async done(event: EventId, token: LeaseToken, remember: Duration) -> Result<bool, LeaseError>;
    async release(event: EventId, token: LeaseToken) -> Result<bool, LeaseError>;
    async held() -> Result<u64, LeaseError>;
} }

stalled! { Instances {
    async publish(report: &InstanceReport, actors: &[ActorStatus]) -> Result<(), InstancesError>;
    async list() -> Result<Vec<Sighting>, InstancesError>;
    async actors(of: &[Boot]) -> Result<Vec<Vec<ActorStatus>>, InstancesError>;
    async send(to: Boot, instruction: Instruction, patience: Duration) -> Result<Outcome, DeliveryError>;
    async receive(me: Boot, wait: Duration) -> Result<Option<Errand>, InstancesError>;
    async answer(errand: Uuid, outcome: &Outcome) -> Result<(), InstancesError>;
} }

stalled! { OrderStore {
    async create(batch: Arc<[Creation]>) -> Result<Vec<Created>, StoreError>;
    async apply(batch: Arc<[Write]>) -> Result<Vec<Applied>, StoreError>;
    async load(ids: Vec<OrderId>) -> Result<Vec<Option<Order>>, StoreError>;
    async load_by_number(number: OrderNumber) -> Result<Option<Order>, StoreError>;
    async list(query: OrderQuery) -> Result<OrderPage, StoreError>;
    async stranded(before: OffsetDateTime, limit: u32) -> Result<Vec<OrderId>, StoreError>;
    async timeline(id: OrderId) -> Result<Vec<OrderEvent>, StoreError>;
    async census() -> Result<Census, StoreError>;
    async answered(events: Vec<EventId>) -> Result<Vec<bool>, StoreError>;
    async assignments(after: Option<DriverId>, limit: u32) -> Result<Vec<Assignment>, StoreError>;
    async assigned(claims: Vec<Assignment>) -> Result<Vec<bool>, StoreError>;
    async prune(before: PruneBefore, limit: u32) -> Result<u64, StoreError>;
    async check() -> Result<(), StoreError>;
} }

#[async_trait]
impl Broker for Stalled<dyn Broker> {
    async fn publish(&self, batch: Vec<Envelope>) -> Vec<Confirm> {
        self.stall.at("Broker.publish").await;
        let confirms = self.inner.publish(batch).await;
        let one = |confirm| if self.stall.hits("Confirm") { pending().boxed() } else { confirm };
        confirms.into_iter().map(one).collect()
    }

    async fn subscribe(
        &self,
        queue: Queue,
        consumer: &str,
        prefetch: u16,
    ) -> Result<Box<dyn Subscription>, BrokerError> {
        let call = match queue {
            Queue::Dispatch => "Broker.subscribe",
            Queue::Parking => "Broker.subscribe parking",
        };
        self.stall.at(call).await;
        let inner = self.inner.subscribe(queue, consumer, prefetch).await?;
        Ok(Box::new(StalledSubscription { inner, stall: self.stall.clone() }))
    }

    async fn ready(&self, queue: Queue) -> Result<u64, BrokerError> {
        self.inner.ready(queue).await
    }

    async fn is_idle(&self, queue: Queue) -> Result<bool, BrokerError> {
        self.inner.is_idle(queue).await
    }
}

struct StalledSubscription {
    inner: Box<dyn Subscription>,
    stall: Stall,
}

#[async_trait]
impl Subscription for StalledSubscription {
    async fn next(&mut self) -> Option<Delivery> {
        let delivery = self.inner.next().await?;
        let settle = Box::new(StalledSettle { inner: delivery.settle, stall: self.stall.clone() });
        Some(Delivery { settle, ..delivery })
    }

    fn set_prefetch(&mut self, prefetch: u16) {
        self.inner.set_prefetch(prefetch);
    }
}

struct StalledSettle {
    inner: Box<dyn Settle>,
    stall: Stall,
}

#[async_trait]
impl Settle for StalledSettle {
    async fn ack(self: Box<Self>) -> Result<(), BrokerError> {
        self.stall.at("Settle.ack").await;
        self.inner.ack().await
    }

    async fn requeue(self: Box<Self>) -> Result<(), BrokerError> {
        self.inner.requeue().await
    }

    async fn reject(self: Box<Self>) -> Result<(), BrokerError> {
        self.inner.reject().await
    }
}
