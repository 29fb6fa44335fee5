//! Draining `orders.parking`.

use std::time::Duration;

use tropa_supervision::{Pulse, Step, Stop};

use super::DeadLetterPorts;
use crate::consumer::unreadable;
use crate::duty::Shift;
use crate::hands::{Hands, Sign};
use crate::orders::{DispatchError, FailOrder};
use crate::port::{Delivery, Queue, StoreError, Subscription};
use crate::trouble::Trouble;

const SHIFT: Step = Step::idle("waiting for its shift");
const SUBSCRIBING: Step = Step::new("subscribing");
const MESSAGE: Step = Step::idle("waiting for a parked message");
const PARKING: Step = Step::new("writing dead letters");

/// Deliveries in hand: one that cannot be parked keeps no other waiting.
const PREFETCH: u16 = 16;

/// Wait after a failure of broker or store.
const PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Drain {
    ports: DeadLetterPorts,
    pulse: Pulse,
    stop: Stop,
    shift: Shift,
}

impl Drain {
    pub fn new(ports: DeadLetterPorts, pulse: Pulse) -> Self {
        let (stop, shift) = (pulse.stop(), ports.duty.shift());
        Self { ports, pulse, stop, shift }
    }

    /// Drains until told to stop.
    pub async fn run(mut self) {
        while self.begin().await {
            let on_duty = self.ports.duty.consuming();
            // Asked again: the drain that sees nobody consume may have begun in between.
            if !self.shift.is_on() {
                continue;
            }
            self.pulse.at(SUBSCRIBING);
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
        let mut hands = Hands::new(PARKING);
        loop {
            if hands.is_empty() {
                self.pulse.at(MESSAGE);
            }
            tokio::select! {
                biased;
                () = self.stop.told() => return,
                () = self.shift.ends() => return,
                Some(()) = hands.next(&self.pulse) => {}
                delivery = subscription.next() => match delivery {
                    Some(delivery) => hands.take(&self.pulse, |sign| park(&self.ports, delivery, sign)),
                    None => return,
                },
            }
        }
    }

    /// Waits until work may be taken; false when told to stop.
    async fn begin(&mut self) -> bool {
        self.pulse.at(SHIFT);
        tokio::select! {
            biased;
            () = self.stop.told() => false,
            () = self.shift.begins() => true,
        }
    }

    /// Waits a moment; false when told to stop.
    async fn pause(&mut self) -> bool {
        tokio::select! {
            () = self.stop.told() => false,
            () = tokio::time::sleep(PAUSE) => true,
        }
    }
}

/// Parks one message, however long the store is away.
async fn park(ports: &DeadLetterPorts, delivery: Delivery, sign: Sign) {
    let mut trouble = Trouble::default();
    while let Err(error) = store(ports, &delivery).await {
        if trouble.note(true).is_some() {
            tracing::warn!(%error, "cannot park a message, trying on");
        }
        tokio::time::sleep(PAUSE).await;
        sign.give();
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
