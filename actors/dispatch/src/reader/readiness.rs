//! Whether orders can be taken: asked of the stores at most once a second, however many want to know.
//!
//! To know whether the store takes writes one has to write, and every instance writes the same row. Who only wants to know
//! must not stand in line before those who bring orders.

use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use super::{ReadError, ReaderPorts};
use crate::port::StoreError;
use crate::roles::Role;

/// A look is good for this long, from its beginning.
const LOOK_AGE: Duration = Duration::from_secs(1);

type Look = Shared<BoxFuture<'static, Result<(), ReadError>>>;

/// The last look.
#[derive(Default)]
pub(super) struct LastLook(Option<(Instant, Look)>);

impl LastLook {
    /// The last look while it is fresh, or has not come to its end; else a new one.
    pub fn or_new(&mut self, ports: &ReaderPorts) -> Look {
        if let Some((begun, look)) = &self.0
            && (begun.elapsed() < LOOK_AGE || look.peek().is_none())
        {
            return look.clone();
        }
        let look = look(ports.clone()).boxed().shared();
        self.0 = Some((Instant::now(), look.clone()));
        look
    }
}

async fn look(ports: ReaderPorts) -> Result<(), ReadError> {
    ports.store.check().await?;
    if !ports.settings.roles.has(Role::Intake) {
        return Ok(());
    }
    let backlog = ports.outbox.backlog().await?;
    let due = backlog.pending - backlog.postponed.min(backlog.pending);
    if due >= ports.settings.backlog_limit {
        return Err(StoreError::Full(format!("{due} messages wait in the outbox")).into());
    }
    Ok(())
}
