//! TLS as the server speaks it: the certificate it shows, and whose certificates it takes.

use std::io;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use super::Certificate;

/// What is spoken inside (RFC 9113, 3.2).
const HTTP_2: &[u8] = b"h2";

/// Files that TLS cannot be spoken with.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
    #[error("the certificate cannot be used: no certificate is in its file")]
    NoCertificate,
    #[error("the certificate's key cannot be used: {0}")]
    Key(String),
    #[error("the certificate cannot be used with this key: {0}")]
    Pair(rustls::Error),
    #[error("the authorities of client certificates cannot be used: {0}")]
    Authorities(String),
}

/// Shows this certificate. With `client_ca`, PEM, certificates of these authorities are taken; who asks for the health alone
/// needs none.
pub(super) fn acceptor(certificate: &Certificate, client_ca: Option<&[u8]>) -> io::Result<TlsAcceptor> {
    let config = config(certificate, client_ca);
    let config = config.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn config(certificate: &Certificate, client_ca: Option<&[u8]>) -> Result<ServerConfig, Unusable> {
    let chain = certificates(&certificate.chain).map_err(|error| Unusable::Certificate(said(&error)))?;
    if chain.is_empty() {
        return Err(Unusable::NoCertificate);
    }
    let key = PrivateKeyDer::from_pem_slice(&certificate.key).map_err(|error| Unusable::Key(said(&error)))?;
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(Unusable::Pair)?;
    let builder = match client_ca {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let roots = Arc::new(authorities(pem)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider)
                .allow_unauthenticated()
                .build()
                .map_err(|error| Unusable::Authorities(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(Unusable::Pair)?;
    config.alpn_protocols = vec![HTTP_2.to_vec()];
    Ok(config)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, pem::Error> {
    CertificateDer::pem_slice_iter(pem).collect()
}

fn authorities(pem: &[u8]) -> Result<RootCertStore, Unusable> {
    let unusable = |reason: String| Unusable::Authorities(reason);
    let mut roots = RootCertStore::empty();
    for authority in certificates(pem).map_err(|error| unusable(said(&error)))? {
        roots.add(authority).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("no certificate is in their file".to_owned()));
    }
    Ok(roots)
}

/// The library's own words are of its insides.
fn said(error: &pem::Error) -> String {
    match error {
        pem::Error::NoItemsFound => {
            "no such thing is in its file: PEM has -----BEGIN …----- lines".to_owned()
        }
        pem::Error::MissingSectionEnd { end_marker } => {
            format!("its file is cut off: -----END {}----- is missing", String::from_utf8_lossy(end_marker))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn pair() -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let ((chain, key), (_, another)) = (pair(), pair());
        let cut_off = &chain[..chain.len() / 2];
        let table = [
            ("", key.as_str(), None, "the certificate cannot be used: no certificate is in its file"),
            (&key, &key, None, "the certificate cannot be used: no certificate is in its file"),
            (cut_off, &key, None, "the certificate cannot be used: its file is cut off: -----END"),
            (&chain, "", None, "the certificate's key cannot be used: no such thing is in its file"),
            (&chain, &chain, None, "the certificate's key cannot be used: no such thing is in its file"),
            (&chain, &another, None, "the certificate cannot be used with this key: keys may not be"),
            (&chain, &key, Some(""), "the authorities of client certificates cannot be used: no certificate"),
            (&chain, &key, Some(cut_off), "the authorities of client certificates cannot be used: its"),
        ];
        for (chain, key, client_ca, expected) in table {
            let certificate = Certificate { chain: chain.into(), key: key.into() };
            let refused = config(&certificate, client_ca.map(str::as_bytes)).unwrap_err().to_string();
            assert!(refused.starts_with(expected), "{refused:?} is not {expected:?}");
        }
        let certificate = Certificate { chain: chain.clone().into(), key: key.into() };
        assert!(config(&certificate, Some(chain.as_bytes())).is_ok());
    }
}
