//! Leases on events, in Redis.
//!
//! A call that was not answered may have taken effect. That costs nothing: the owner gets its own lease again, anybody else
//! waits until it runs out, and the inbox row decides all along. Tokens are drawn by lot, not counted: a counter begins
//! anew when Redis comes back empty, and an old holder's token would fit a new lease.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tropa_contract::domain::EventId;
use tropa_contract::port::{Lease, LeaseError, LeaseToken, Leases};

use super::{CallError, Connections, Script};

/// Leases that all instances on one Redis share.
#[derive(Clone)]
pub struct RedisLeases {
    connections: Connections,
    key: String,
    scripts: Arc<Scripts>,
}

struct Scripts {
    acquire: Script,
    end: Script,
    count: Script,
}

impl RedisLeases {
    /// Leases over these connections.
    pub fn new(connections: Connections) -> Self {
        let scripts = Scripts {
            acquire: Script::new(include_str!("lua/acquire_lease.lua")),
            end: Script::new(include_str!("lua/end_lease.lua")),
            count: Script::new(include_str!("lua/count_leases.lua")),
        };
        Self { key: connections.key("lease"), connections, scripts: Arc::new(scripts) }
    }

    async fn end(&self, event: EventId, token: LeaseToken, remember: u64) -> Result<bool, LeaseError> {
        let call = self.scripts.end.on(&self.key).arg(event.to_string()).arg(token.0).arg(remember);
        Ok(self.connections.call(call).await?)
    }
}

impl From<CallError> for LeaseError {
    fn from(error: CallError) -> Self {
        Self(error.to_string())
    }
}

/// Redis takes no life of 0.
fn milliseconds(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 48)
}

#[async_trait]
impl Leases for RedisLeases {
    async fn acquire(&self, event: EventId, owner: &str, ttl: Duration) -> Result<Lease, LeaseError> {
        let token = LeaseToken(fastrand::u64(..));
        let call = self.scripts.acquire.on(&self.key).arg(event.to_string()).arg(owner);
        let answer: String = self.connections.call(call.arg(token.0).arg(milliseconds(ttl))).await?;
        Ok(match answer.as_str() {
            "held" => Lease::Held,
            "done" => Lease::Done,
            _ => Lease::Acquired(token),
        })
    }

    async fn done(&self, event: EventId, token: LeaseToken, remember: Duration) -> Result<bool, LeaseError> {
        self.end(event, token, milliseconds(remember)).await
    }

    async fn release(&self, event: EventId, token: LeaseToken) -> Result<bool, LeaseError> {
        self.end(event, token, 0).await
    }

    async fn held(&self) -> Result<u64, LeaseError> {
        Ok(self.connections.call(self.scripts.count.on(&self.key)).await?)
    }
}
