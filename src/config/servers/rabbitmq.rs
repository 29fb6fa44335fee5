//! RabbitMQ.

use std::time::Duration;

use super::{Secret, Setting, Sources, host, login, server_port, server_url, setting};
use crate::config::{
    form::{seconds, text, whole},
    sources::password,
};

pub(super) const URL: Setting =
    setting("rabbitmq.url", "AMQP_URL", "RabbitMQ as one URL, the vhost as its path; goes before its parts");

/// Where RabbitMQ is, and how it is used.
#[derive(Clone, Debug)]
pub struct RabbitConfig {
    /// `AMQP_URL`, or made of `RABBITMQ_*`.
    pub url: Option<Secret>,
    /// Publishes in flight at most.
    pub window: usize,
    /// A publish that is not confirmed by then is tried again.
    pub timeout: Duration,
}

impl RabbitConfig {
    pub(super) fn read(from: &mut Sources) -> Self {
        let url = server_url(from, URL, &["amqp", "amqps"]);
        let host = from.find(setting("rabbitmq.host", "RABBITMQ_HOST", "RabbitMQ's host"), host());
        let port =
            from.get(setting("rabbitmq.port", "RABBITMQ_PORT", "RabbitMQ's port"), server_port(), 5672);
        let user = setting("rabbitmq.user", "RABBITMQ_USER", "RabbitMQ's user");
        let user = from.get(user, text(1..=255), "guest".to_owned());
        let secret = from
            .secret(setting("rabbitmq.password", "RABBITMQ_PASSWORD", "RabbitMQ's password"), &password());
        let window = setting("rabbitmq.window", "TROPA_RABBITMQ_WINDOW", "publishes in flight, at most");
        let timeout = setting(
            "rabbitmq.timeout_seconds",
            "TROPA_RABBITMQ_TIMEOUT_SECONDS",
            "a publish not confirmed by then is tried again; half the outbox's lease if that is less",
        );
        let parts = host.map(|host| format!("amqp://{}{host}:{port}", login(&user, secret)));
        Self {
            url: url.or_else(|| parts.map(Secret::new)),
            window: from.get(window, whole(1..=10_000), 2_000),
            timeout: from.get(timeout, seconds(0.1..=60.0), Duration::from_secs(10)),
        }
    }
}
