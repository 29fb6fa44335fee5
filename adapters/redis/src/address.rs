//! Where Redis is, and whom to believe that it is it.

use std::path::Path;
use std::sync::Arc;

use ::redis::{ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

/// What no server can cure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not a URL of Redis.
    #[error("not a URL of Redis: {0}")]
    Url(String),
    /// A file of authorities that cannot be used.
    #[error("cannot use the authorities in {file}: {reason}")]
    Authorities {
        /// Which.
        file: String,
        /// Why.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
}

/// An address that was read and checked at the start: at a connection it would be one more cause of 'cannot connect'.
#[derive(Clone)]
pub(super) struct Address {
    pub host: String,
    pub port: u16,
    /// User, password, database.
    pub login: RedisConnectionInfo,
    pub tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Address {
    pub fn new(url: &str, ca: Option<&Path>) -> Result<Self, AddressError> {
        // The client's own message would repeat the URL, which may hold a password.
        let info =
            url.into_connection_info().map_err(|error| AddressError::Url(error.category().to_owned()))?;
        let login = info.redis_settings().clone();
        match info.addr().clone() {
            ConnectionAddr::Tcp(host, port) => Ok(Self { host: bare(host), port, login, tls: None }),
            ConnectionAddr::TcpTls { host, port, insecure: false, .. } => {
                let host = bare(host);
                let name =
                    ServerName::try_from(host.clone()).map_err(|e| AddressError::Url(e.to_string()))?;
                Ok(Self { host, port, login, tls: Some((connector(ca)?, name)) })
            }
            _ => Err(AddressError::Url("must be redis:// or rediss:// with a host".to_owned())),
        }
    }
}

/// An IPv6 address stands in brackets in a URL, and nowhere else.
fn bare(host: String) -> String {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.to_owned(),
        None => host,
    }
}

fn connector(ca: Option<&Path>) -> Result<TlsConnector, AddressError> {
    let mut roots = RootCertStore::empty();
    // One that does not read is no reason to refuse all others.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = ca {
        let wrong = |reason: String| AddressError::Authorities { file: file.display().to_string(), reason };
        let mut found = false;
        for certificate in CertificateDer::pem_file_iter(file).map_err(|e| wrong(e.to_string()))? {
            let certificate = certificate.map_err(|e| wrong(e.to_string()))?;
            roots.add(certificate).map_err(|e| wrong(e.to_string()))?;
            found = true;
        }
        if !found {
            return Err(wrong("no certificate in it".to_owned()));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| AddressError::Tls(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_user_password_and_database() {
        let address = Address::new("redis://tr%40pa:p%2Fw@redis.example:7000/3", None).unwrap();
        assert_eq!((address.host.as_str(), address.port), ("redis.example", 7000));
        let login = &address.login;
        assert_eq!((login.username(), login.password(), login.db()), (Some("tr@pa"), Some("p/w"), 3));
        assert!(address.tls.is_none());
        let address = Address::new("redis://[::1]", None).unwrap();
        assert_eq!((address.host.as_str(), address.port, address.login.db()), ("::1", 6379, 0));
        assert!(Address::new("rediss://redis.example", None).unwrap().tls.is_some());
    }

    #[test]
    fn refuses_what_it_cannot_keep_and_does_not_repeat_it() {
        for url in
            ["", "http://h", "redis://:secret@h/x", "rediss://:secret@h/#insecure", "redis+unix:///tmp/x"]
        {
            let error = Address::new(url, None).err().unwrap_or_else(|| panic!("{url} was taken"));
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        let missing = Address::new("rediss://h", Some(Path::new("/nowhere/ca.pem"))).err();
        assert!(matches!(missing, Some(AddressError::Authorities { .. })));
    }
}
