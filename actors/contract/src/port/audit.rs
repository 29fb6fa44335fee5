//! Where it is written down what people did.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::StoreError;
use crate::domain::{AuditEntry, AuditLine, AuditOutcome};

/// Which lines, newest first.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// At most, 1 to 1000.
    pub limit: u32,
    /// Older than this one.
    pub before: Option<u64>,
    /// Newer than this one: for who has read up to it.
    pub after: Option<u64>,
    /// Not from before this.
    pub since: Option<OffsetDateTime>,
    /// Only of this kind.
    pub action: Option<String>,
    /// Only about this.
    pub target: Option<String>,
    /// Only by this person.
    pub subject: Option<String>,
    /// Only with this end.
    pub outcome: Option<AuditOutcome>,
}

/// The audit: lines are added, and neither changed nor deleted by anybody.
#[async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Writes a line, durably; returns its id. Whoever sees a line sees all with smaller ids.
    async fn append(&self, line: AuditLine) -> Result<u64, StoreError>;

    /// The lines that match.
    async fn entries(&self, filter: AuditFilter) -> Result<Vec<AuditEntry>, StoreError>;
}
