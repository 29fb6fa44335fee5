//! A row that was published, and what its outcome means.

use std::time::Instant;

use super::{RelayPorts, retry};
use crate::domain::Topic;
use crate::port::{PublishOutcome, Relayed, Settlement};

/// A row that was published.
pub(super) struct Published {
    pub id: i64,
    pub token: u64,
    pub attempts: u32,
    pub topic: Topic,
    pub begun: Instant,
}

impl Published {
    /// What is marked of it; counted.
    pub fn settled(self, outcome: PublishOutcome, ports: &RelayPorts) -> Settlement {
        self.count(&outcome, ports);
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
