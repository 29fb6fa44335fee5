//! The RabbitMQ adapter on the real server.

mod conformance;
mod losing;
mod node;
mod outage;
mod parking;
mod prefetch;
mod returning;
mod stage;
mod stalling;
mod tls;
