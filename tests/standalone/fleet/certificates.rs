//! Callers that show a certificate in place of the token.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tropa::grpc::client::{GrpcFleet, Options};
use tropa::grpc::server::{Access, Certificate, Limits, Server};
use tropa_dispatch::port::{Fleet, FleetError};
use tropa_dispatch::testing::driver_index::{at, driver};

use super::{ANY_PORT, DEADLINE, options, search};
use crate::drivers::stage::{Shelf, Stage};

/// Who vouches for others.
pub struct Authority {
    pub issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        fs::write(&file, text).unwrap();
        file
    }

    /// A chain and its key, both PEM.
    fn vouch(&self, name: &str) -> (String, String) {
        let pair = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&pair, &self.issuer).unwrap().pem(), pair.serialize_pem())
    }

    /// What a server at this name shows.
    pub fn certificate(&self, name: &str) -> Certificate {
        let (chain, key) = self.vouch(name);
        Certificate { chain: chain.into(), key: key.into() }
    }

    fn identity(&self) -> (PathBuf, PathBuf) {
        let (chain, key) = self.vouch("worker");
        (self.file("worker.pem", &chain), self.file("worker.key", &key))
    }
}

#[test]
fn who_is_vouched_for_needs_no_token() {
    let stage = Stage::restored(Shelf::with([driver("a", at(0.0, 0.0))]));
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    stage.play(async {
        let certificate = ours.certificate("localhost");
        let access = Access { client_ca: Some(ours.issuer.pem().into()), local: true, ..Access::default() };
        let registry = Some(stage.registry.clone());
        let server = Server::bind(ANY_PORT, registry, Some(certificate), access, Limits::default(), None)
            .await
            .unwrap();
        let endpoint = format!("https://localhost:{}", server.address().port());
        let showing = |identity| {
            let ca = Some(ours.file("ca.pem", &ours.issuer.pem()));
            GrpcFleet::connect_lazy(&Options { ca, identity, ..options(&endpoint, DEADLINE) }).unwrap()
        };
        let found = showing(Some(ours.identity())).search(search("o1")).await.unwrap();
        assert_eq!(found.expect("a driver").driver_id.as_str(), "a");
        for stranger in [None, Some(theirs.identity())] {
            let refused = showing(stranger).search(search("o1")).await;
            assert!(matches!(refused, Err(FleetError::Unavailable(_))), "{refused:?}");
        }
        // Its health is told without one, which is what keeps it among those that are asked.
        let seen = showing(None).examine().await.remove(0).1.unwrap_err();
        assert!(seen.contains("a client certificate is needed"), "{seen}");
    });
}
