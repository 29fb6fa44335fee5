//! The RabbitMQ adapter on the real server.

mod conformance;

use std::time::Duration;

use tropa::rabbitmq::{Options, RabbitBroker};

/// A broker as a process would have it.
fn broker(url: &str) -> RabbitBroker {
    RabbitBroker::new(options(url)).unwrap()
}

fn options(url: &str) -> Options {
    Options {
        url: url.to_owned(),
        ca: None,
        window: 500,
        timeout: Duration::from_secs(5),
        instance: "test".to_owned(),
    }
}
