//! Draining `orders.parking`.

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use super::DeadLetterPorts;
use crate::consumer::unreadable;
use crate::duty::Shift;
use crate::orders::{DispatchError, FailOrder};
use crate::port::{Delivery, Queue, StoreError, Subscription};
use crate::trouble::Trouble;

/// Deliveries in hand: one that cannot be parked keeps no other waiting.
const PREFETCH: u16 = 16;

/// Wait after a failure of broker or store.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Drain {
    pub ports: DeadLetterPorts,
    pub stop: watch::Receiver<bool>,
    pub shift: Shift,
}

impl Drain {
    /// Drains until told to stop.
    pub async fn run(mut self) {
        while self.begin().await {
            let on_duty = self.ports.duty.consuming();
            // Asked again: the drain that sees nobody consume may have begun in between.
            if !self.shift.is_on() {
                continue;
            }
            let subscribed = self.ports.broker.subscribe(Queue::Parking, "dead-letter-drain", PREFETCH).await;
            if let Ok(mut subscription) = subscribed {
                self.drain(&mut *subscription).await;
            }
            drop(on_duty);
            if !self.pause().await {
                return;
            }
        }
    }

    /// Parks what comes until the subscription is lost, or until told to stop or to leave; what is in hand then goes back.
    async fn drain(&mut self, subscription: &mut dyn Subscription) {
        let mut parking = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                _ = self.stop.wait_for(|stop| *stop) => return,
                () = self.shift.ends() => return,
                Some(()) = parking.next() => {}
                delivery = subscription.next() => match delivery {
                    Some(delivery) => parking.push(park(&self.ports, delivery)),
                    None => return,
                },
            }
        }
    }

    /// Waits until work may be taken; false when told to stop.
    async fn begin(&mut self) -> bool {
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|stop| *stop) => false,
            () = self.shift.begins() => true,
        }
    }

    /// Waits a moment; false when told to stop.
    async fn pause(&mut self) -> bool {
        tokio::select! {
            _ = self.stop.wait_for(|stop| *stop) => false,
            () = tokio::time::sleep(PAUSE) => true,
        }
    }
}

/// Parks one message, however long the store is away.
async fn park(ports: &DeadLetterPorts, delivery: Delivery) {
    let mut trouble = Trouble::default();
    while let Err(error) = store(ports, &delivery).await {
        if trouble.note(true).is_some() {
            tracing::warn!(%error, "cannot park a message, trying on");
        }
        tokio::time::sleep(PAUSE).await;
        if matches!(error, DispatchError::Store(StoreError::Fault(_))) {
            // It may be the message that is bad: others take their turn.
            let _ = delivery.settle.requeue().await;
            return;
        }
    }
    // A stale delivery comes again, and its letter is there.
    let _ = delivery.settle.ack().await;
}

async fn store(ports: &DeadLetterPorts, delivery: &Delivery) -> Result<(), DispatchError> {
    match &delivery.message {
        Ok(envelope) => {
            let error = format!("delivered {} times without an answer", delivery.redeliveries + 1);
            let failed = FailOrder { envelope: (**envelope).clone(), job: None, error };
            ports.orders.fail(failed).await
        }
        Err(malformed) => {
            let letter = unreadable(malformed, ports.clock.now());
            ports.letters.park(vec![letter]).await.map_err(StoreError::into)
        }
    }
}
