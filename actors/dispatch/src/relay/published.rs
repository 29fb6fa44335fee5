//! A row that was published, and what its outcome means.

use std::time::Instant;

use super::{RelayPorts, retry};
use crate::domain::{LaneStage, OrderId, Topic};
use crate::port::{Claimed, PublishOutcome, Relayed, Settlement};
use crate::recorder::Note;

/// A row that was published.
pub(super) struct Published {
    pub id: i64,
    pub token: u64,
    pub attempts: u32,
    pub topic: Topic,
    pub order: OrderId,
    pub begun: Instant,
}

impl Published {
    /// What is marked of it; counted.
    pub fn settled(self, outcome: PublishOutcome, ports: &RelayPorts) -> Settlement {
        self.count(&outcome, ports);
        self.record(&outcome, ports);
        let refused = matches!(outcome, PublishOutcome::Returned(_));
        let outcome = match outcome {
            PublishOutcome::Confirmed => Relayed::Published,
            PublishOutcome::Returned(error) | PublishOutcome::Unknown(error) => {
                let pause = retry::pause(refused.then_some(self.attempts), fastrand::f64());
                Relayed::Failed { error, retry_at: ports.clock.now() + pause }
            }
        };
        Settlement { id: self.id, token: self.token, outcome }
    }

    fn record(&self, outcome: &PublishOutcome, ports: &RelayPorts) {
        let detail = match outcome {
            PublishOutcome::Confirmed => self.topic.as_str().into(),
            PublishOutcome::Returned(error) | PublishOutcome::Unknown(error) => {
                format!("{}: {error}", self.topic).into()
            }
        };
        let (stage, attempt) = (LaneStage::Published, self.attempts.saturating_add(1));
        let note = Note { stage, attempt, began: self.begun, ended: Instant::now(), detail: Some(detail) };
        ports.recorder.note(&self.order, [note]);
    }

    fn count(&self, outcome: &PublishOutcome, ports: &RelayPorts) {
        let (metrics, topic) = (&ports.metrics, self.topic.as_str());
        match outcome {
            PublishOutcome::Confirmed => {
                metrics.relay_publish_duration.observe(self.begun.elapsed().as_secs_f64());
                metrics.outbox_published.with_label_values(&[topic]).inc();
            }
            PublishOutcome::Returned(_) => {
                metrics.outbox_failed.with_label_values(&[topic, "returned"]).inc();
            }
            PublishOutcome::Unknown(_) => {
                metrics.outbox_failed.with_label_values(&[topic, "unconfirmed"]).inc();
            }
        }
    }
}

/// How long they waited since they were written. Those that were postponed, or tried before, waited on purpose.
pub(super) fn note_waits(rows: &[Claimed], ports: &RelayPorts) {
    let now = ports.clock.now();
    let at_once = |row: &&Claimed| {
        row.attempts == 0 && !matches!(row.envelope.topic, Topic::DispatchRequested | Topic::ReleaseRequested)
    };
    for row in rows.iter().filter(at_once) {
        let waited = (now - row.envelope.created_at).as_seconds_f64();
        ports.metrics.outbox_wait.observe(waited.max(0.0));
    }
}
