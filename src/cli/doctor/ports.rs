//! The ports: free, or in the hands of the server that has the data folder.

use std::net::{SocketAddr, TcpListener};

use super::finding::Finding;
use crate::config::HttpConfig;

pub(super) fn examine(http: &HttpConfig, running: bool) -> Vec<Finding> {
    let ports =
        [("http port", http.port), ("grpc port", http.grpc_port), ("metrics port", http.metrics_port)];
    ports.map(|(what, port)| one(what, SocketAddr::new(http.bind, port), running)).into()
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
