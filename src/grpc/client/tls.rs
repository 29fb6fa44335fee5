//! Who may vouch for a fleet service.

use std::path::PathBuf;

use tonic::transport::{Certificate, ClientTlsConfig};

use super::Options;

/// A file of authorities that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct CaError {
    path: PathBuf,
    source: std::io::Error,
}

/// The system's authorities, and ours.
pub(super) struct Tls {
    ours: Option<Certificate>,
}

impl Tls {
    pub fn new(options: &Options) -> Result<Self, CaError> {
        let read = |path: &PathBuf| {
            let pem = std::fs::read(path).map_err(|source| CaError { path: path.clone(), source })?;
            Ok(Certificate::from_pem(pem))
        };
        Ok(Self { ours: options.ca.as_ref().map(read).transpose()? })
    }

    pub fn client(&self) -> ClientTlsConfig {
        let config = ClientTlsConfig::new();
        match &self.ours {
            None => config.with_native_roots(),
            Some(ours) => {
                // A slim container has no authorities of its own, and tonic refuses to look for none.
                let system = !rustls_native_certs::load_native_certs().certs.is_empty();
                let config = config.ca_certificate(ours.clone());
                if system { config.with_native_roots() } else { config }
            }
        }
    }
}
