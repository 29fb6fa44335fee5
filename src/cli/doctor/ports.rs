//! The ports: free, or in the hands of a server that runs.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::finding::Finding;
use crate::config::HttpConfig;

pub(super) fn examine(http: &HttpConfig, running: bool) -> Vec<Finding> {
    let ports =
        [("http port", http.port), ("grpc port", http.grpc_port), ("metrics port", http.metrics_port)];
    ports.map(|(what, port)| one(what, SocketAddr::new(http.bind, port), running)).into()
}

/// Whether something answers where the API would: without a data folder that is all there is to see of a server.
pub(super) fn taken(http: &HttpConfig) -> bool {
    http.port != 0
        && TcpStream::connect_timeout(&SocketAddr::new(http.bind, http.port), Duration::from_secs(1)).is_ok()
}

fn one(what: &'static str, address: SocketAddr, running: bool) -> Finding {
    match TcpListener::bind(address) {
        Ok(_) => Finding::ok(what, format!("{address} is free")),
        Err(error) if running => {
            Finding::ok(what, format!("{address} is in use, and a server runs: {error}"))
        }
        Err(error) => Finding::fail(what, format!("{address} cannot be had: {error}")),
    }
}
