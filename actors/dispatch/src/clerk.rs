//! The `Clerk` actor: writes down what people do.
//!
//! Owns the audit. Receives lines from the HTTP edge, which waits for them before it answers. Holds nothing; when it dies, a
//! line that was being written is there or not, and its writer says so in the log.

mod message;

use std::sync::Arc;

use actix::prelude::*;
use tropa_supervision::{Answering, Context, Ref};

pub use message::WriteAudit;

use crate::kit::{EDGE, Kit, mailbox};
use crate::port::{Audit, StoreError};

/// What a clerk works with.
#[derive(Clone)]
pub struct ClerkPorts {
    /// Where it writes.
    pub audit: Arc<dyn Audit>,
}

/// Writes down what people do.
pub struct Clerk {
    ports: ClerkPorts,
}

impl Clerk {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        kit.place("clerk", mailbox(1_024).arbiter(EDGE), |kit| {
            Self::new(ClerkPorts { audit: kit.ports.audit.clone() })
        })
    }

    /// A clerk over these ports.
    pub fn new(ports: ClerkPorts) -> Self {
        Self { ports }
    }
}

impl Actor for Clerk {
    type Context = Context<Self>;
}

impl Handler<WriteAudit> for Clerk {
    type Result = Answering<Result<u64, StoreError>>;

    fn handle(&mut self, WriteAudit(line): WriteAudit, _: &mut Context<Self>) -> Self::Result {
        let audit = self.ports.audit.clone();
        Answering::by(async move { audit.append(line.trimmed()).await })
    }
}
