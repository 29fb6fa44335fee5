//! Which exits a child is restarted after.

use serde::{Deserialize, Serialize};

use crate::Exit;

/// After which exits a child is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// After every exit.
    Permanent,
    /// After an abnormal exit only; after a normal one its mailbox closes for good.
    Transient,
    /// Never: whatever ends it, its mailbox closes for good.
    Temporary,
}

impl Restart {
    /// Whether a child that ended so is started again.
    pub fn applies_to(self, exit: &Exit) -> bool {
        match self {
            Restart::Permanent => true,
            Restart::Transient => exit.is_abnormal(),
            Restart::Temporary => false,
        }
    }
}
