//! The PEM files that a configuration names, opened: a start would read them, and whoever checks does not want to start.

use std::path::Path;

use rustls::pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{Error, PemObject},
};

use crate::config::{Config, ConfigError};

/// What is wrong with them.
pub(super) fn wrong(config: &Config) -> Vec<ConfigError> {
    let grpc = config.grpc_tls.as_ref();
    let identity = config.fleet.identity.as_ref();
    let chains = [
        grpc.map(|tls| &tls.cert),
        grpc.and_then(|tls| tls.client_ca.as_ref()),
        identity.map(|(cert, _)| cert),
        config.servers.ca.as_ref(),
    ];
    let keys = [grpc.map(|tls| &tls.key), identity.map(|(_, key)| key)];
    let chains = chains.into_iter().flatten().filter_map(|path| fault(path, certificates));
    chains.chain(keys.into_iter().flatten().filter_map(|path| fault(path, key))).collect()
}

fn fault(path: &Path, look: fn(&[u8]) -> Result<(), String>) -> Option<ConfigError> {
    let read = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"));
    let reason = read.and_then(|pem| look(&pem)).err()?;
    Some(ConfigError::File { path: path.to_owned(), reason })
}

fn certificates(pem: &[u8]) -> Result<(), String> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(broken)?;
    if found.is_empty() {
        Err("has no certificate in it: PEM has -----BEGIN CERTIFICATE-----".into())
    } else {
        Ok(())
    }
}

fn key(pem: &[u8]) -> Result<(), String> {
    match PrivateKeyDer::from_pem_slice(pem) {
        Ok(_) => Ok(()),
        Err(Error::NoItemsFound) => {
            Err("has no private key in it: PEM has -----BEGIN PRIVATE KEY-----".into())
        }
        Err(error) => Err(broken(error)),
    }
}

/// Without its text: a key may be in it.
fn broken(_: Error) -> String {
    "is cut off, or not PEM".to_owned()
}
