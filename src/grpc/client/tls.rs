//! Who may vouch for a fleet service, and what it is shown of us.

use std::path::{Path, PathBuf};

use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use super::Options;

/// A file of authorities, of a certificate or of a key that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct PemError {
    path: PathBuf,
    source: std::io::Error,
}

/// The system's authorities, and ours; and who we are.
pub(super) struct Tls {
    ours: Option<Certificate>,
    identity: Option<Identity>,
}

impl Tls {
    pub fn new(options: &Options) -> Result<Self, PemError> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|source| PemError { path: path.to_owned(), source });
        let ours = options.ca.as_deref().map(read).transpose()?.map(Certificate::from_pem);
        let identity = match &options.identity {
            Some((cert, key)) => Some(Identity::from_pem(read(cert)?, read(key)?)),
            None => None,
        };
        Ok(Self { ours, identity })
    }

    pub fn client(&self) -> ClientTlsConfig {
        let mut config = ClientTlsConfig::new();
        if let Some(identity) = &self.identity {
            config = config.identity(identity.clone());
        }
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
