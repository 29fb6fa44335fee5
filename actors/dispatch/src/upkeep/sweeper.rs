//! The `ClaimSweeper`: keeps the fleet's claims and the store's assignments in step.
//!
//! The assignment row is the truth. A claim whose lease ran out is looked up: with an active assignment it is confirmed,
//! without one the driver is freed. A commit may outlast the lease, and assign the driver after that: so who was freed is
//! looked at again for a while, and claimed again if need be. So is a claim that an assignment overruled: should that order
//! end soon, the other one may have the driver after all. Every five minutes everything is gone through: the claims of
//! assignments that the index has lost are made, and who is held for an order that has ended is freed. An index that did
//! not answer may have come back with older data; then everything is gone through at once. When the sweeper dies, the next
//! one goes on, with such a full round.
//!
//! Instances that share an index leave it to one of them; another takes over when that one has not been heard of for some
//! rounds, and begins with a full round. Should two sweep at once, that is twice the work and no harm: a claim is confirmed
//! for as long as its assignment stands, whoever does it, and released by its token, once.

mod sweep;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tropa_supervision::{Every, Loop, Pulse, Recurring, Ref, Schedule};

use crate::drivers::DriverError;
use crate::kit::{EDGE, Kit, mailbox};
use crate::port::{Assignment, DriverIndex, OrderStore};
use sweep::{Sweep, Swept};

/// How often leases are looked at.
const ROUND: Duration = Duration::from_secs(2);

/// How often everything is gone through.
const FULL_ROUND: Duration = Duration::from_mins(5);

/// How long the order of a freed driver may still commit: longer than a worker and the store take together.
const AFTERTHOUGHT: Duration = Duration::from_mins(1);

/// Sweeps claims.
pub struct ClaimSweeper {
    sweep: Sweep,
    /// Claims that were taken away lately, and when.
    taken: Vec<(Instant, Assignment)>,
    full: LastFull,
}

impl ClaimSweeper {
    pub(crate) fn place(kit: &Kit) -> Ref<Loop<Recurring<Self>>> {
        kit.every("claim-sweeper", mailbox(16).arbiter(EDGE), |kit| {
            Self::new(kit.ports.index.clone(), kit.ports.orders.clone(), kit.identity.id.as_str().into())
        })
    }

    /// A sweeper. `name` is this process'.
    pub fn new(index: Arc<dyn DriverIndex>, store: Arc<dyn OrderStore>, name: Arc<str>) -> Self {
        let sweep = Sweep { index, store, name };
        Self { sweep, taken: Vec::new(), full: LastFull::default() }
    }
}

/// When the last full round began; `None` asks for one at once.
#[derive(Debug, Default, PartialEq, Eq)]
struct LastFull(Option<Instant>);

impl LastFull {
    fn is_over(&self, now: Instant) -> bool {
        self.0.is_none_or(|at| now.saturating_duration_since(at) >= FULL_ROUND)
    }

    fn learn(&mut self, swept: &Swept, result: &Result<(), DriverError>, begun: Instant) {
        if swept.elsewhere || matches!(result, Err(DriverError::Index(_))) {
            self.0 = None;
        } else if swept.full {
            self.0 = Some(begun);
        }
    }
}

impl Every for ClaimSweeper {
    fn schedule(&self) -> Schedule {
        Schedule::every(ROUND)
    }

    async fn round(&mut self, pulse: &Pulse) {
        let (begun, mut swept) = (Instant::now(), Swept::default());
        self.taken.retain(|(at, _)| at.elapsed() < AFTERTHOUGHT);
        let lately = self.taken.iter().map(|(_, claim)| claim.clone()).collect();
        let result = self.sweep.round(self.full.is_over(begun), lately, &mut swept, pulse).await;
        pulse.note(result.as_ref().err().map(ToString::to_string));
        self.full.learn(&swept, &result, begun);
        let now = Instant::now();
        self.taken.extend(swept.taken.into_iter().map(|claim| (now, claim)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::port::{IndexError, StoreError};

    #[test]
    fn every_five_minutes_one_round_is_full() {
        let start = Instant::now();
        let mut last = LastFull::default();
        let rounds = (0..450).map(|n| start + ROUND * n).filter(|now| {
            let full = last.is_over(*now);
            last.learn(&Swept { full, ..Swept::default() }, &Ok(()), *now);
            full
        });
        assert_eq!(rounds.map(|now| (now - start).as_secs()).collect::<Vec<_>>(), [0, 300, 600]);
    }

    #[test]
    fn whoever_takes_over_begins_with_a_full_round() {
        let (now, full) = (Instant::now(), Swept { full: true, ..Swept::default() });
        let after = |swept: &Swept, result| {
            let mut last = LastFull(Some(now));
            last.learn(swept, &result, now);
            last.is_over(now)
        };
        assert!(!after(&full, Ok(())));
        assert!(after(&Swept { elsewhere: true, ..Swept::default() }, Ok(())), "another one sweeps");
        assert!(after(&Swept::default(), Err(IndexError("gone".into()).into())), "it may have lost claims");
        assert!(!after(&Swept::default(), Err(StoreError::Unavailable("gone".into()).into())));
        let mut last = LastFull::default();
        last.learn(&Swept::default(), &Err(StoreError::Unavailable("gone".into()).into()), now);
        assert!(last.is_over(now), "a round that failed was not full");
    }
}
