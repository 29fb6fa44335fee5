//! What people did, or tried to, as it is written down.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::name::UnknownName;
use crate::names;

/// What came of it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It is on its way.
    Accepted,
    /// They may not, or it cannot be done.
    Refused,
    /// It was tried, and went wrong; what of it was done is not known.
    Failed,
}

names!(AuditOutcome);

/// What one person did, or tried to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// When.
    pub at: OffsetDateTime,
    /// Which instance was asked.
    pub instance: String,
    /// Who, as far as that is known.
    pub subject: Option<String>,
    /// What they may do.
    pub role: Option<String>,
    /// What: `actor.kill`, `order.cancel`, `session.open`.
    pub action: String,
    /// To what: a path, an id; at most [`AuditLine::LONGEST_TARGET`] characters.
    pub target: String,
    /// Why, in their words.
    pub reason: Option<String>,
    /// What came of it.
    pub outcome: AuditOutcome,
    /// What went wrong, or how many it was.
    pub detail: Option<String>,
    /// Finds it in logs and traces.
    pub trace_id: Option<String>,
}

impl AuditLine {
    /// Characters of a target that are kept.
    pub const LONGEST_TARGET: usize = 256;
    /// Characters of a reason or a detail that are kept.
    pub const LONGEST_TEXT: usize = 1_000;

    /// Without what a database cannot hold, or what nobody reads to its end.
    #[must_use]
    pub fn trimmed(self) -> Self {
        let cut = |text: String, most| text.chars().filter(|c| *c != '\0').take(most).collect::<String>();
        Self {
            target: cut(self.target, Self::LONGEST_TARGET),
            action: cut(self.action, Self::LONGEST_TARGET),
            subject: self.subject.map(|text| cut(text, Self::LONGEST_TARGET)),
            reason: self.reason.map(|text| cut(text, Self::LONGEST_TEXT)),
            detail: self.detail.map(|text| cut(text, Self::LONGEST_TEXT)),
            ..self
        }
    }
}

/// A line of the audit, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Grows from line to line, and from reading to reading: no line is ever seen behind one that is larger.
    pub id: u64,
    /// What it says.
    pub line: AuditLine,
}
