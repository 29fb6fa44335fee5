//! A fleet whose door can be closed: searches wait before it, and their deliveries stay in hand.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use tokio::sync::watch;
use tropa_dispatch::port::*;

/// The door.
#[derive(Clone)]
pub struct Gate {
    closed: watch::Sender<bool>,
    waiting: Arc<AtomicUsize>,
}

impl Gate {
    pub fn open() -> Self {
        Self { closed: watch::Sender::new(false), waiting: Arc::default() }
    }

    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// Searches before the door.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// The fleet behind the door.
    pub fn before(&self, fleet: Arc<dyn Fleet>) -> Arc<dyn Fleet> {
        Arc::new(Gated { gate: self.clone(), fleet })
    }
}

struct Gated {
    gate: Gate,
    fleet: Arc<dyn Fleet>,
}

#[async_trait]
impl Fleet for Gated {
    async fn search(&self, request: SearchRequest) -> Result<Option<Claim>, FleetError> {
        self.gate.waiting.fetch_add(1, Ordering::SeqCst);
        let _ = self.gate.closed.subscribe().wait_for(|closed| !*closed).await;
        self.gate.waiting.fetch_sub(1, Ordering::SeqCst);
        self.fleet.search(request).await
    }

    async fn release(&self, claim: Release) -> Result<bool, FleetError> {
        self.fleet.release(claim).await
    }
}
