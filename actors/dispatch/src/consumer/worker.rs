//! What consumers work with.

use std::sync::Arc;

use tropa_supervision::Ref;

use crate::duty::Duty;
use crate::guard::IdempotencyGuard;
use crate::journal::Journal;
use crate::kit::Kit;
use crate::metrics::Metrics;
use crate::orders::{Orders, Searchers};
use crate::port::Clock;
use crate::recorder::Recorder;
use crate::settings::Settings;

/// What all consumers of a process work with.
pub struct Worker {
    /// Admission.
    pub guard: Ref<IdempotencyGuard>,
    /// Dispatch.
    pub orders: Orders,
    /// Releases, and whether they are worth a try.
    pub searchers: Searchers,
    /// Answers that change no order.
    pub journal: Ref<Journal>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Prefetch, leases.
    pub settings: Arc<Settings>,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Whether to take deliveries.
    pub duty: Duty,
    /// Remembers.
    pub(super) recorder: Recorder,
}

impl Worker {
    pub(crate) fn new(
        kit: &Kit,
        guard: Ref<IdempotencyGuard>,
        journal: &Ref<Journal>,
        searchers: &Searchers,
        orders: &Orders,
    ) -> Self {
        Self {
            guard,
            orders: orders.clone(),
            searchers: searchers.clone(),
            journal: journal.clone(),
            clock: kit.ports.clock.clone(),
            settings: kit.settings.clone(),
            metrics: kit.metrics.clone(),
            duty: kit.duty.clone(),
            recorder: kit.recorder.clone(),
        }
    }
}
