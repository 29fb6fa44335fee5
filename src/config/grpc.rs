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

/// A certificate chain and its key, both PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrpcTlsConfig {
    /// The chain, the server's own certificate first.
    pub cert: PathBuf,
    /// The key.
    pub key: PathBuf,
}

impl GrpcTlsConfig {
    pub(super) fn read(from: &mut Sources) -> Option<Self> {
        match (from.find(CERT, path()), from.find(KEY, path())) {
            (Some(cert), Some(key)) => Some(Self { cert, key }),
            (None, None) => None,
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
