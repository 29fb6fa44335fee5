//! What a clerk is told. Sent by the HTTP edge.

use actix::Message;

use crate::domain::AuditLine;
use crate::port::StoreError;

/// Writes a line; answered with its id when it is on the disk.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<u64, StoreError>")]
pub struct WriteAudit(pub AuditLine);
