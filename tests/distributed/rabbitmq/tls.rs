//! `amqps`: who is believed.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tropa_dispatch::port::{Broker, BrokerError, PublishOutcome, Queue};
use tropa_rabbitmq::{Options, RabbitBroker};

use super::node::Node;
use super::stage::{deliver, next, options, publish, work};
use crate::owned::Set;

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes the authority's certificate, and a certificate for `localhost` that it signed, with its key.
fn write(folder: &Path, authority: &CertifiedIssuer<'static, KeyPair>) -> PathBuf {
    let key = KeyPair::generate().unwrap();
    let host = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = host.signed_by(&key, authority).unwrap();
    std::fs::write(folder.join("server.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
    let ca = folder.join("ca.pem");
    std::fs::write(&ca, authority.pem()).unwrap();
    ca
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_server_that_our_authority_vouches_for_is_believed() {
    let set = Set::ours().await;
    let node = Node::of(&set);
    // Where the broker's user can read it.
    let folder = set.servers().folder().join("tls");
    std::fs::create_dir_all(&folder).unwrap();
    let ca = write(&folder, &authority());
    let port = node.port("RABBITMQ_TLS_PORT");
    let (certificate, key) = (folder.join("server.pem"), folder.join("server.key"));
    node.eval(&format!(
        "rabbit_networking:ensure_ssl(), \
         rabbit_networking:start_ssl_listener({{\"127.0.0.1\", {port}, auto}}, \
         [{{certfile, \"{}\"}}, {{keyfile, \"{}\"}}, {{versions, ['tlsv1.3', 'tlsv1.2']}}], 2).",
        certificate.display(),
        key.display()
    ));
    let plain = set.servers().vhost().await;
    let vhost = plain.rsplit_once('/').unwrap().1;
    let at = |host: &str| format!("amqps://guest:guest@{host}:{port}/{vhost}");
    let broker = |host: &str, ca: Option<&Path>| {
        RabbitBroker::new(Options { ca: ca.map(Path::to_owned), ..options(&at(host)) }).unwrap()
    };

    let believed = broker("localhost", Some(&ca));
    deliver(&believed, work(1)).await;
    let mut consumer = believed.subscribe(Queue::Dispatch, "a", 1).await.unwrap();
    next(&mut consumer).await.settle.ack().await.unwrap();
    believed.close().await;

    let stranger = folder.join("stranger.pem");
    std::fs::write(&stranger, authority().pem()).unwrap();
    for (host, ca, why) in [
        ("localhost", Some(stranger.as_path()), "invalid peer certificate"),
        ("localhost", None, "invalid peer certificate"),
        ("127.0.0.1", Some(ca.as_path()), "not valid for name"),
    ] {
        let broker = broker(host, ca);
        let refused = broker.subscribe(Queue::Dispatch, "a", 1).await.err();
        let told = |error: &BrokerError| error.to_string().contains(why);
        assert!(refused.as_ref().is_some_and(told), "{host} with {ca:?}: {refused:?}");
        let outcome = publish(&broker, work(1)).await.remove(0);
        assert!(
            matches!(&outcome, PublishOutcome::Unknown(text) if text.contains(why)),
            "{host}: {outcome:?}"
        );
    }
}
