//! The fleet service's protocol, `tropa.fleet.v1`: messages, client and server, generated from
//! `tropa/fleet/v1/fleet.proto`.

/// Package `tropa.fleet.v1`.
#[allow(missing_docs, clippy::all, clippy::pedantic)]
pub mod fleet {
    tonic::include_proto!("tropa.fleet.v1");
}

/// The encoded file descriptor set, for gRPC server reflection.
pub const FLEET_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/fleet_descriptor.bin"));
