//! The ten checks of a quiet system, over evidence gathered from outside it.
//!
//! Nothing here shares a line with what is checked: its own transition table, its own fold, its own reading of the
//! database. [`Evidence`] is plain data, so that the checker can itself be checked by planting faults in a copy, and
//! so that another mode needs another loader only. Included by every test binary that judges a run.

mod checks;
mod evidence;
mod ledger;
mod view;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

pub use evidence::{
    Announcement, AssignmentRow, EventRow, Evidence, HeldDriver, KeyRow, OrderRow, OutboxRow, Pending,
};
pub use ledger::{Attempt, Ledger, Outcome, Wanted, attempts};

/// Something that must not be, and which of the ten checks says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// 1 to 10.
    pub check: u8,
    /// What was found.
    pub what: String,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Empty when every check passed.
    pub findings: Vec<Finding>,
    /// Requests answered 2xx.
    pub accepted: usize,
    /// Requests refused for a reason.
    pub refused: usize,
    /// Requests nobody knows the outcome of.
    pub unknown: usize,
    /// Orders by state.
    pub orders: BTreeMap<String, usize>,
    /// Messages published again after a crash.
    pub redelivered: usize,
    /// Of these, those that had no second effect.
    pub suppressed: usize,
}

/// Runs the ten checks.
pub fn check(evidence: &Evidence) -> Verdict {
    let mut verdict = Verdict { findings: checks::all(evidence), ..Verdict::default() };
    for attempt in &evidence.ledger {
        match attempt.outcome {
            Outcome::Accepted { .. } => verdict.accepted += 1,
            Outcome::Refused { .. } => verdict.refused += 1,
            Outcome::Sent | Outcome::Unknown { .. } => verdict.unknown += 1,
        }
    }
    for order in &evidence.orders {
        *verdict.orders.entry(order.status.clone()).or_default() += 1;
    }
    let mut published: HashMap<&str, usize> = HashMap::new();
    for line in &evidence.audit {
        *published.entry(&line.event_id).or_default() += 1;
    }
    for (event, times) in published {
        let again = times - 1;
        verdict.redelivered += again;
        let effects = evidence.events.iter().filter(|row| again > 0 && row.event_id == event).count();
        if effects <= 1 {
            verdict.suppressed += again;
        }
    }
    verdict
}

impl Verdict {
    /// Which checks failed, each once.
    pub fn failed(&self) -> Vec<u8> {
        let mut checks: Vec<u8> = self.findings.iter().map(|finding| finding.check).collect();
        checks.sort_unstable();
        checks.dedup();
        checks
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accepted {}, refused {}, unknown {}; ", self.accepted, self.refused, self.unknown)?;
        write!(f, "redelivered {}, suppressed {}; ", self.redelivered, self.suppressed)?;
        let orders: Vec<_> = self.orders.iter().map(|(status, n)| format!("{status} {n}")).collect();
        write!(f, "orders: {}", orders.join(", "))?;
        for check in self.failed() {
            let of_it: Vec<_> = self.findings.iter().filter(|finding| finding.check == check).collect();
            write!(f, "\n  check {check} failed, {} findings:", of_it.len())?;
            for finding in of_it.iter().take(5) {
                write!(f, "\n    {}", finding.what)?;
            }
        }
        Ok(())
    }
}
