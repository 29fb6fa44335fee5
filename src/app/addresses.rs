//! Where a running process listens, for whoever started it on port 0.

use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Written to a file in the data folder once everything is bound.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Addresses {
    /// The API.
    pub http: SocketAddr,
    /// `/metrics`, when it has a listener of its own.
    pub metrics: Option<SocketAddr>,
    /// The fleet service.
    pub grpc: SocketAddr,
    /// Who listens.
    pub pid: u32,
}

impl Addresses {
    /// Replaces the file in one step: a reader sees the old one or the new one.
    pub fn write(&self, file: &Path) -> anyhow::Result<()> {
        let fresh = file.with_extension("addr.new");
        std::fs::write(&fresh, serde_json::to_vec_pretty(self)?)?;
        Ok(std::fs::rename(fresh, file)?)
    }
}
