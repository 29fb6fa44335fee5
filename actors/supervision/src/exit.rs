//! Why an incarnation ended.

use std::fmt;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

/// Why an incarnation of an actor ended. Closed on purpose: whoever decides about a restart matches every case.
///
/// Serialised as `{"reason": "panic", "detail": "…"}`; `detail` is there only where there is a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(tag = "reason", content = "detail", rename_all = "snake_case")]
pub enum Exit {
    /// The actor stopped by itself: its work is done.
    Normal,
    /// Its supervisor asked it to stop, and it did.
    Shutdown,
    /// It was dropped where it stood, without `stopping` or `stopped`.
    Killed,
    /// It gave up with a reason, by [`Context::fail`](crate::Context::fail).
    Error(String),
    /// It panicked: what it was doing, the text, and where.
    Panic(String),
    /// It answered no heartbeat in time, or did not stop in time: what it was doing, and for how long.
    Hung(String),
    /// A supervisor spent its restart budget: which child spent it, and how that child ended.
    Escalated(String),
}

impl Exit {
    /// Everything but [`Normal`](Exit::Normal) and [`Shutdown`](Exit::Shutdown): what a transient child is restarted for.
    ///
    /// ```
    /// use tropa_supervision::Exit;
    /// assert!(Exit::Killed.is_abnormal());
    /// assert!(!Exit::Normal.is_abnormal());
    /// ```
    pub fn is_abnormal(&self) -> bool {
        match self {
            Exit::Normal | Exit::Shutdown => false,
            Exit::Killed | Exit::Error(_) | Exit::Panic(_) | Exit::Hung(_) | Exit::Escalated(_) => true,
        }
    }

    /// The same with at most so many characters of its text.
    pub(crate) fn cut(mut self, characters: usize) -> Self {
        if let Exit::Error(text) | Exit::Panic(text) | Exit::Hung(text) | Exit::Escalated(text) = &mut self
            && let Some((at, _)) = text.char_indices().nth(characters)
        {
            text.truncate(at);
        }
        self
    }

    /// The reason as one word, for labels of metrics and for logs.
    pub fn reason(&self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Normal | Exit::Shutdown | Exit::Killed => f.write_str(self.reason()),
            Exit::Error(text) | Exit::Panic(text) | Exit::Hung(text) | Exit::Escalated(text) => {
                write!(f, "{}: {text}", self.reason())
            }
        }
    }
}

/// The exit code of a process whose tree ended so: 0 after an orderly end, otherwise 70 (`EX_SOFTWARE` of
/// `sysexits.h`), so that a service manager starts it anew.
///
/// ```
/// use tropa_supervision::{Exit, exit_code};
/// assert_eq!(exit_code(&Exit::Shutdown), 0);
/// assert_eq!(exit_code(&Exit::Escalated("/top/intake".into())), 70);
/// ```
pub fn exit_code(exit: &Exit) -> i32 {
    if exit.is_abnormal() { 70 } else { 0 }
}
