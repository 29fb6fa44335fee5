//! Draining `orders.parking`.

use std::time::Duration;

use tokio::sync::watch;

use super::DeadLetterPorts;
use crate::consumer::unreadable;
use crate::duty::Shift;
use crate::orders::{DispatchError, FailOrder};
use crate::port::{Delivery, Queue, StoreError, Subscription};

/// Deliveries in hand; parking is rare, and one at a time is enough.
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
                while let Some(delivery) = self.next(&mut *subscription).await {
                    if !self.park(delivery).await {
                        return;
                    }
                }
            }
            drop(on_duty);
            if !self.pause().await {
                return;
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

    /// The next message; `None` when the subscription is lost, or when told to stop or to leave.
    async fn next(&mut self, subscription: &mut dyn Subscription) -> Option<Delivery> {
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|stop| *stop) => None,
            () = self.shift.ends() => None,
            delivery = subscription.next() => delivery,
        }
    }

    /// Parks one message. False when told to stop: the message stays with the broker.
    async fn park(&mut self, delivery: Delivery) -> bool {
        loop {
            match self.store(&delivery).await {
                Ok(()) => {
                    // A stale delivery comes again, and its letter is there.
                    let _ = delivery.settle.ack().await;
                    return true;
                }
                Err(error) => tracing::warn!(%error, "cannot park a message, trying again"),
            }
            if !self.pause().await {
                return false;
            }
        }
    }

    async fn store(&self, delivery: &Delivery) -> Result<(), DispatchError> {
        match &delivery.message {
            Ok(envelope) => {
                let error = format!("delivered {} times without an answer", delivery.redeliveries + 1);
                let failed = FailOrder { envelope: (**envelope).clone(), job: None, error };
                self.ports.orders.fail(failed).await
            }
            Err(malformed) => {
                let letter = unreadable(malformed, self.ports.clock.now());
                self.ports.letters.park(vec![letter]).await.map_err(StoreError::into)
            }
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
