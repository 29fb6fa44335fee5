//! `rediss`: whom we believe, and who we say we are.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tropa_dispatch::port::Leases;
use tropa_redis::{Connections, Options, RedisLeases};

use super::server::OwnRedis;

/// An authority, and its certificate in a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = folder.join(format!("{name}.pem"));
        std::fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// A Redis that shows a certificate for `host` of this authority, and wants a password.
    async fn server(&self, folder: &Path, host: &str) -> OwnRedis {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let (shown, kept) = (folder.join(format!("{host}.crt")), folder.join(format!("{host}.key")));
        std::fs::write(&shown, certificate.pem()).unwrap();
        std::fs::write(&kept, key.serialize_pem()).unwrap();
        let [shown, kept, ca] = [&shown, &kept, &self.file].map(|path| path.to_str().unwrap());
        let tls = ["--tls-cert-file", shown, "--tls-key-file", kept, "--tls-ca-cert-file", ca];
        let login = ["--tls-auth-clients", "no", "--requirepass", "other"];
        let user = ["--user", "mule", "on", ">p@ss", "~*", "&*", "+@all"];
        OwnRedis::start(&[&tls[..], &login[..], &user[..]].concat()).await
    }
}

fn open(url: String, ca: Option<&Path>) -> Connections {
    // A handshake on a busy machine takes its time.
    let timeout = std::time::Duration::from_secs(5);
    Connections::open(Options { ca: ca.map(Path::to_owned), timeout, ..Options::new(url) }).unwrap()
}

async fn refusal(connections: Connections) -> String {
    let leases = RedisLeases::new(connections);
    leases.held().await.expect_err("it was believed").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_believed_for_its_authority_and_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (Authority::new(folder.path(), "ours"), Authority::new(folder.path(), "theirs"));
    let server = ours.server(folder.path(), "localhost").await;
    let url = |host: &str, port: u16| format!("rediss://mule:p%40ss@{host}:{port}/2");

    let connections = open(url("localhost", server.port), Some(&ours.file));
    assert_eq!(RedisLeases::new(connections.clone()).held().await, Ok(0));
    let info = connections.ask(::redis::cmd("CLIENT").arg("INFO")).await.unwrap();
    let info: String = ::redis::from_redis_value(info).unwrap();
    assert!(info.contains(" db=2 ") && info.contains(" user=mule "), "{info}");

    for ca in [None, Some(theirs.file.as_path())] {
        let refused = refusal(open(url("localhost", server.port), ca)).await;
        assert!(refused.contains("certificate"), "{refused}");
    }
    let refused = refusal(open(url("127.0.0.1", server.port), Some(&ours.file))).await;
    assert!(refused.contains("not valid for"), "{refused}");
    let elsewhere = ours.server(folder.path(), "elsewhere.example").await;
    let refused = refusal(open(url("localhost", elsewhere.port), Some(&ours.file))).await;
    assert!(refused.contains("not valid for"), "{refused}");

    let stranger = format!("rediss://mule:wrong@localhost:{}", server.port);
    let refused = refusal(open(stranger, Some(&ours.file))).await;
    assert!(refused.contains("auth") || refused.contains("WRONGPASS"), "{refused}");
    let plain = Connections::open(Options::new(format!("redis://mule:p%40ss@localhost:{}", server.port)));
    let asked = plain.unwrap().ask(&::redis::cmd("PING")).await;
    assert!(asked.is_err(), "{asked:?}");
}
