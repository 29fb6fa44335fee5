//! Who may be at the other end of a connection.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tropa_dispatch::port::{OrderStore, StoreError, SystemClock};
use tropa_postgres::{AddressError, Options, PostgresStore};

use super::{client, private::PrivateServer};
use crate::servers::servers;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str, folder: &Path) -> (Authority, PathBuf) {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let file = folder.join(format!("{name}.pem"));
    fs::write(&file, authority.pem()).unwrap();
    (authority, file)
}

/// A server whose certificate names `localhost`, and nothing else.
fn server(signer: impl FnOnce(&Path) -> Authority) -> PrivateServer {
    let server = PrivateServer::new();
    let (certificate, key) = (server.folder().join("server.pem"), server.folder().join("server.key"));
    let authority = signer(server.folder());
    let pair = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&pair, &authority);
    fs::write(&certificate, leaf.unwrap().pem()).unwrap();
    fs::write(&key, pair.serialize_pem()).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    // The server runs as the user its package made, and wants its key for itself.
    if fs::metadata(&key).unwrap().uid() == 0 {
        assert!(Command::new("chown").arg("postgres").arg(&key).status().unwrap().success());
    }
    let (certificate, key) = (certificate.display(), key.display());
    server.start(&format!("ssl = on\nssl_cert_file = '{certificate}'\nssl_key_file = '{key}'\n"));
    server
}

fn open(url: &str, ca: Option<&Path>) -> Result<PostgresStore, AddressError> {
    let options = Options::new(url, Arc::new(SystemClock));
    PostgresStore::open(Options { ca: ca.map(Path::to_owned), pool: 1, ..options })
}

/// `Some(encrypted)` when the store got in; `None` when it refused the server.
async fn enters(url: &str, ca: Option<&Path>) -> Option<bool> {
    let store = open(url, ca).unwrap();
    match store.check().await {
        Ok(()) => {}
        Err(StoreError::Unavailable(text)) => {
            println!("{url}: {text}");
            return None;
        }
        Err(other) => panic!("{url}: {other}"),
    }
    let client = client(&url.split('?').next().unwrap().replace("localhost", "127.0.0.1")).await;
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                     WHERE application_name LIKE 'tropa%'";
    let encrypted = client.query_one(encrypted, &[]).await.unwrap().get(0);
    store.close().await;
    Some(encrypted)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_trusts_whom_it_says() {
    let mut files = None;
    let server = server(|folder| {
        let (right, file) = authority("right", folder);
        files = Some((file, authority("wrong", folder).1));
        right
    });
    let (right, wrong) = files.unwrap();
    let by_address = server.url();
    let by_name = by_address.replace("127.0.0.1", "localhost");
    let url = |base: &str, mode: &str| format!("{base}?sslmode={mode}");
    for (base, mode, ca, expected) in [
        (&by_name, "verify-full", Some(&right), Some(true)),
        (&by_name, "verify-full", Some(&wrong), None),
        (&by_name, "verify-full", None, None),
        (&by_address, "verify-full", Some(&right), None),
        (&by_address, "verify-ca", Some(&right), Some(true)),
        (&by_address, "verify-ca", Some(&wrong), None),
        (&by_address, "require", None, Some(true)),
        (&by_address, "prefer", None, Some(true)),
        (&by_address, "disable", None, Some(false)),
    ] {
        let entered = enters(&url(base, mode), ca.map(PathBuf::as_path)).await;
        assert_eq!(entered, expected, "{mode} at {base} with {ca:?}");
        // The mode before closes its connections without waiting; what counts is who is there now.
    }
    let in_the_url = format!("{by_name}?sslmode=verify-full&sslrootcert={}", right.display());
    assert_eq!(enters(&in_the_url, None).await, Some(true));
}

#[tokio::test]
async fn a_server_without_tls_serves_only_who_does_not_insist() {
    let url = servers().database().await;
    assert_eq!(enters(&format!("{url}?sslmode=require"), None).await, None);
    assert!(matches!(open(&format!("{url}?sslmode=prefer"), None).unwrap().check().await, Ok(())));
}

#[test]
fn what_does_not_read_is_told_at_once() {
    let url = "postgres://tropa@localhost/tropa";
    assert!(matches!(open("mysql://localhost", None), Err(AddressError::Url(_))));
    let mode = open(&format!("{url}?sslmode=allow"), None);
    assert!(matches!(&mode, Err(AddressError::SslMode(mode)) if mode == "allow"), "{mode:?}");
    let missing = open(&format!("{url}?sslmode=verify-full"), Some(Path::new("/nowhere/ca.pem")));
    assert!(matches!(missing, Err(AddressError::Authorities { .. })), "{missing:?}");
}
