//! The live feed: what just happened, for consoles. Lossy by design; the timeline is the record.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::broadcast;

use crate::domain::{EventKind, EventName, Order, Status};

/// How many entries a late listener can still catch up on.
const KEPT: usize = 4096;

/// An order's step, as consoles see it.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its place in this process's feed; grows by one.
    pub sequence: u64,
    /// What happened.
    pub event: EventName,
    /// The order after it.
    pub order: Order,
}

/// Steps of orders, broadcast after their commit. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Feed(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sender: broadcast::Sender<Arc<Step>>,
    recent: Mutex<Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    sequence: u64,
    steps: VecDeque<Arc<Step>>,
    /// How often an order came into each state, in the order of [`Status::ALL`].
    entered: [u64; Status::ALL.len()],
}

impl Default for Feed {
    fn default() -> Self {
        Self(Arc::new(Inner { sender: broadcast::channel(KEPT).0, recent: Mutex::default() }))
    }
}

impl Feed {
    /// Tells everyone who listens. Costs next to nothing while nobody does.
    pub fn announce(&self, kind: &EventKind, order: &Order) {
        let mut recent = self.recent();
        recent.sequence += 1;
        recent.entered[order.status as usize] += 1;
        if self.0.sender.receiver_count() == 0 {
            return;
        }
        let step = Arc::new(Step { sequence: recent.sequence, event: kind.into(), order: order.clone() });
        if recent.steps.len() == KEPT {
            recent.steps.pop_front();
        }
        recent.steps.push_back(step.clone());
        // Sent under the lock, so that the order of the broadcast is the order of the sequence.
        let _ = self.0.sender.send(step);
    }

    /// How often an order has come into this state since the process began.
    pub fn entered(&self, status: Status) -> u64 {
        self.recent().entered[status as usize]
    }

    /// The sequence number now, and every later step.
    pub fn listen(&self) -> (u64, broadcast::Receiver<Arc<Step>>) {
        let recent = self.recent();
        (recent.sequence, self.0.sender.subscribe())
    }

    /// What followed `sequence`, while it is still kept; `None` when something in between is gone.
    pub fn since(&self, sequence: u64) -> Option<Vec<Arc<Step>>> {
        let recent = self.recent();
        if sequence > recent.sequence {
            return None;
        }
        let missed: Vec<_> = recent.steps.iter().filter(|s| s.sequence > sequence).cloned().collect();
        (missed.len() as u64 == recent.sequence - sequence).then_some(missed)
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        // A panic while it was held leaves nothing half-done that matters here.
        self.0.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
