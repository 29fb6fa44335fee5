//! TLS at our own gRPC server.

use std::path::PathBuf;

use super::{
    form::path,
    sources::{Setting, Sources, setting},
};

const CERT: Setting = setting(
    "grpc.cert",
    "TROPA_GRPC_CERT",
    "PEM file: certificate chain of the gRPC fleet service; unset = no TLS",
);
const KEY: Setting = setting("grpc.key", "TROPA_GRPC_KEY", "PEM file: private key of that certificate");
const CLIENT_CA: Setting = setting(
    "grpc.client_ca",
    "TROPA_GRPC_CLIENT_CA",
    "PEM file: authorities whose client certificates the gRPC fleet service takes in place of the admin token",
);

/// A certificate chain and its key, both PEM files, and who vouches for callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrpcTlsConfig {
    /// The chain, the server's own certificate first.
    pub cert: PathBuf,
    /// The key.
    pub key: PathBuf,
    /// Authorities: who shows a certificate of theirs needs no token.
    pub client_ca: Option<PathBuf>,
}

impl GrpcTlsConfig {
    pub(super) fn read(from: &mut Sources) -> Option<Self> {
        let client_ca = from.find(CLIENT_CA, path());
        match (from.find(CERT, path()), from.find(KEY, path())) {
            (Some(cert), Some(key)) => Some(Self { cert, key, client_ca }),
            (None, None) => {
                if client_ca.is_some() {
                    from.missing(CERT, "must be set when TROPA_GRPC_CLIENT_CA is");
                }
                None
            }
            (Some(_), None) => {
                from.missing(KEY, "must be set when TROPA_GRPC_CERT is");
                None
            }
            (None, Some(_)) => {
                from.missing(CERT, "must be set when TROPA_GRPC_KEY is");
                None
            }
        }
    }
}
