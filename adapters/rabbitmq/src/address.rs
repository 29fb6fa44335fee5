//! Where the broker is, and whom to trust there.

use std::path::Path;

use lapin::tcp::OwnedTLSConfig;
use lapin::uri::AMQPUri;

/// Seconds. Both sides send at half of it; lapin gives a silent connection up after twice of it, so a stalled broker or a
/// network that drops one way is noticed within 10 s.
const HEARTBEAT: u16 = 4;

/// Bytes of a frame, at most. lapin sets aside 32 of them in each direction of each connection and uses them round and round:
/// 16 MiB of an instance's memory with RabbitMQ's 128 KiB. A larger message goes in several frames.
const FRAME: u32 = 32 << 10;

/// Why a broker cannot even be tried.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// It is no AMQP URL. The text names no part of it: it may hold a password.
    #[error("not an AMQP URL: {0}")]
    Url(String),
    /// The file of certificate authorities cannot be used.
    #[error("certificate authorities in {file}: {reason}")]
    Authorities {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// A broker's URL, taken apart, with the authorities that may vouch for it besides the system's own.
#[derive(Clone)]
pub(super) struct Address {
    pub uri: AMQPUri,
    pub tls: OwnedTLSConfig,
}

impl Address {
    pub fn new(url: &str, ca: Option<&Path>) -> Result<Self, ConnectError> {
        let mut uri: AMQPUri = url.parse().map_err(ConnectError::Url)?;
        // The parser takes `[::1]` for no host at all and would go to `localhost`.
        if let Some(host) = bracketed_host(url) {
            host.clone_into(&mut uri.authority.host);
        }
        // By the letter of the specification `amqp://host/` means the vhost with the empty name. Nobody has one, everybody
        // means `/`.
        if uri.vhost.is_empty() {
            "/".clone_into(&mut uri.vhost);
        }
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        uri.query.frame_max.get_or_insert(FRAME);
        let mut tls = OwnedTLSConfig::default();
        if let Some(file) = ca {
            tls.cert_chain = Some(authorities(file)?);
        }
        Ok(Self { uri, tls })
    }
}

fn bracketed_host(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.strip_prefix('[')?.split_once(']').map(|(host, _)| host)
}

/// Read and checked at the start: at a connection it would be one more cause of 'cannot connect'.
fn authorities(file: &Path) -> Result<String, ConnectError> {
    use rustls::pki_types::{CertificateDer, pem::PemObject};
    let wrong = |reason: String| ConnectError::Authorities { file: file.display().to_string(), reason };
    let pem = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    let certificates = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    match certificates.map_err(|error| wrong(format!("{error:?}")))?.len() {
        0 => Err(wrong("no certificate in it".to_owned())),
        _ => Ok(pem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> AMQPUri {
        Address::new(url, None).unwrap().uri
    }

    #[test]
    fn takes_urls_as_people_write_them() {
        for url in ["amqp://h", "amqp://h/", "amqp://h/%2f", "amqp://h:5672"] {
            assert_eq!((address(url).vhost.as_str(), address(url).authority.port), ("/", 5672), "{url}");
        }
        let uri = address("amqps://tr%40pa:p%2Fw@broker.example/a%2Fb?heartbeat=30");
        let user = &uri.authority.userinfo;
        assert_eq!((user.username.as_str(), user.password.as_str()), ("tr@pa", "p/w"));
        assert_eq!((uri.vhost.as_str(), uri.authority.port, uri.query.heartbeat), ("a/b", 5671, Some(30)));
        assert_eq!(address("amqp://h").query.heartbeat, Some(HEARTBEAT));
        assert_eq!(address("amqp://h").query.frame_max, Some(FRAME));
        assert_eq!(address("amqp://h?frame_max=8192").query.frame_max, Some(8192));
    }

    #[test]
    fn finds_hosts_of_every_kind() {
        for (url, host) in [
            ("amqp://u:p@[::1]:5672/v", "::1"),
            ("amqp://[fe80::1]", "fe80::1"),
            ("amqp://127.0.0.1:1", "127.0.0.1"),
            ("amqp://broker", "broker"),
        ] {
            assert_eq!(address(url).authority.host, host, "{url}");
        }
    }

    #[test]
    fn says_what_is_wrong_without_the_password() {
        for url in ["http://h", "nonsense", "amqp://u:s3cret@h:99999999/"] {
            let error = Address::new(url, None).err().expect(url).to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn wants_certificates_in_the_file_of_authorities() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        assert!(matches!(Address::new("amqps://h", Some(&file)), Err(ConnectError::Authorities { .. })));
        std::fs::write(&file, "no PEM").unwrap();
        assert!(matches!(Address::new("amqps://h", Some(&file)), Err(ConnectError::Authorities { .. })));
    }
}
