//! The fleet service through TLS, from below: who gets through the handshake, and who does not.

use std::sync::Arc;
use std::time::Duration;

use prometheus::Registry;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::transport::{self, Channel, ClientTlsConfig};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tropa::grpc::server::{Limits, Server};
use tropa::peers::{self, Apart};

use super::certificates::Authority;
use super::{ANY_PORT, open};
use crate::drivers::stage::{Shelf, Stage};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server with a certificate, and who vouches for it.
pub struct Encrypted {
    pub server: Server,
    authority: Authority,
}

impl Encrypted {
    pub async fn serve(stage: &Stage, limits: Limits, metrics: Option<&Registry>) -> Self {
        let authority = Authority::new("ours");
        let certificate = Some(authority.certificate("localhost"));
        let registry = Some(stage.registry.clone());
        let server = Server::bind(ANY_PORT, registry, certificate, open(), limits, metrics).await.unwrap();
        Self { server, authority }
    }

    /// A socket through the handshake, over which nothing was said yet.
    pub async fn connect(&self, protocols: &[&[u8]]) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let pem = self.authority.issuer.pem();
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let socket = TcpStream::connect(self.server.address()).await.unwrap();
        let name = "localhost".try_into().unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, socket).await
    }

    pub fn health(&self) -> HealthClient<Channel> {
        let ca = transport::Certificate::from_pem(self.authority.issuer.pem());
        let endpoint = format!("https://localhost:{}", self.server.address().port());
        let endpoint = Channel::from_shared(endpoint).unwrap();
        let endpoint = endpoint.tls_config(ClientTlsConfig::new().ca_certificate(ca)).unwrap();
        HealthClient::new(endpoint.connect_lazy())
    }
}

pub async fn answers(health: &mut HealthClient<Channel>) {
    let answer = timeout(PATIENCE, health.check(HealthCheckRequest::default())).await;
    answer.expect("an answer").unwrap();
}

#[test]
fn who_stops_half_way_is_hung_up_on() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let greeting = Duration::from_millis(500);
        let tropa = Encrypted::serve(&stage, Limits { greeting, ..Limits::default() }, None).await;
        let mut spoken = tropa.health();
        answers(&mut spoken).await;
        // Nothing; the beginning of a record whose rest never comes; something else than TLS.
        for said in [&b""[..], b"\x16\x03\x01\x02\x00\x01", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
            let mut socket = TcpStream::connect(tropa.server.address()).await.unwrap();
            socket.write_all(said).await.unwrap();
            let end = timeout(PATIENCE, socket.read_to_end(&mut Vec::new())).await;
            assert!(end.is_ok(), "{said:?} is listened to for ever");
        }
        // Through the handshake, and then nothing.
        let mut socket = tropa.connect(&[b"h2"]).await.unwrap();
        assert!(timeout(PATIENCE, socket.read_to_end(&mut Vec::new())).await.is_ok());
        answers(&mut spoken).await;
    });
}

#[test]
fn who_is_half_way_makes_room() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let connections = peers::Limits { connections: 1, per_address: 1, apart: Apart::default() };
        let greeting = Duration::from_mins(10);
        let tropa =
            Encrypted::serve(&stage, Limits { connections, greeting, ..Limits::default() }, None).await;
        let mut stalled = TcpStream::connect(tropa.server.address()).await.unwrap();
        stalled.write_all(b"\x16\x03\x01\x02\x00").await.unwrap();
        answers(&mut tropa.health()).await;
        assert!(timeout(PATIENCE, stalled.read_to_end(&mut Vec::new())).await.is_ok());
    });
}

#[test]
fn http_2_is_what_is_spoken_inside() {
    let stage = Stage::restored(Shelf::default());
    stage.play(async {
        let tropa = Encrypted::serve(&stage, Limits::default(), None).await;
        let chosen = async |offered: &[&[u8]]| {
            let socket = tropa.connect(offered).await?;
            Ok::<_, std::io::Error>(socket.get_ref().1.alpn_protocol().map(<[u8]>::to_vec))
        };
        assert_eq!(chosen(&[b"http/1.1", b"h2"]).await.unwrap(), Some(b"h2".to_vec()));
        assert_eq!(chosen(&[]).await.unwrap(), None, "who offers nothing may know");
        let refused = chosen(&[b"http/1.1"]).await.unwrap_err();
        assert!(refused.to_string().contains("NoApplicationProtocol"), "{refused}");
    });
}
