//! Telling orders that they were given a driver.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;
use tropa_supervision::Backoff;

use super::WakerPorts;
use crate::domain::{Order, Status};
use crate::port::{Assignment, Handovers, IndexError, News, StoreError};

/// How soon an order is looked at again; of one that was told less and less often.
const PAUSE: Backoff = Backoff::between(Duration::from_millis(50), Duration::from_secs(1));

/// For so long. Behind it the claim's lease runs out, and the order goes by its own patience.
const PATIENCE: Duration = Duration::from_secs(15);

/// A person has the order: only a new round of dispatch, on its way from or to its row, would take the driver. One that takes
/// longer finds another.
const NEW_ROUND: Duration = Duration::from_secs(1);

/// Hand-overs of which it is not known what became of them.
#[derive(Debug, Default)]
pub(super) struct Pending(Vec<Given>);

/// A driver who was given to an order.
#[derive(Debug)]
struct Given {
    claim: Assignment,
    since: Instant,
    /// A row of the order was made due: the driver is taken, unless the order ends before that.
    told: bool,
    /// Looks since then, and the first.
    looks: u32,
    look_at: Instant,
    /// It is known what became of it.
    over: bool,
}

/// What is to be done about an order that was given a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is on its way to the driver, or its row is being written: look again.
    LookAgain,
    /// It has taken the driver.
    Taken,
    /// It has ended, or has another driver: this one goes back.
    GiveBack,
}

/// `untold_for`: for how long no row was found of the order; zero when there was one.
fn verdict(order: Option<&Order>, claim: &Assignment, untold_for: Duration) -> Verdict {
    match order {
        Some(order) if order.claim_token.as_ref() == Some(&claim.token) => Verdict::Taken,
        Some(order) if order.status == Status::Pending => Verdict::LookAgain,
        Some(order) if order.status == Status::ManualDispatch && untold_for < NEW_ROUND => Verdict::LookAgain,
        _ => Verdict::GiveBack,
    }
}

#[derive(Debug, thiserror::Error)]
enum HandoverError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl Given {
    fn new(claim: Assignment, now: Instant) -> Self {
        Self { claim, since: now, told: false, looks: 1, look_at: now, over: false }
    }

    fn untold_for(&self, now: Instant) -> Duration {
        if self.told { Duration::ZERO } else { now - self.since }
    }

    fn look_later(&mut self, now: Instant) {
        self.looks = self.looks.saturating_add(u32::from(self.told));
        self.look_at = now + PAUSE.ceiling(self.looks);
    }
}

impl Pending {
    /// What is new, or nothing when it is time to look again.
    pub(super) async fn next(&self, handovers: &Handovers) -> News {
        let Some(at) = self.0.iter().map(|given| given.look_at).min() else { return handovers.next().await };
        tokio::time::timeout_at(at, handovers.next()).await.unwrap_or_default()
    }

    /// Tells the orders of `claims`, and those that could not be told before; and looks what became of the others.
    pub(super) async fn tell(&mut self, ports: &WakerPorts, claims: Vec<Assignment>) {
        let now = Instant::now();
        self.0.extend(claims.into_iter().map(|claim| Given::new(claim, now)));
        self.0.retain(|given| now - given.since < PATIENCE);
        if let Err(error) = self.round(ports, now).await {
            // The store or the index is away: the round is repeated, and the leases wait.
            tracing::debug!(%error, "orders that were given a driver not told");
        }
    }

    async fn round(&mut self, ports: &WakerPorts, now: Instant) -> Result<(), HandoverError> {
        let mut due: Vec<_> = self.0.iter_mut().filter(|given| given.look_at <= now).collect();
        for given in &mut due {
            given.look_later(now);
        }
        let order = |given: &Given| given.claim.order_id.clone();
        let untold: Vec<_> = due.iter().filter(|given| !given.told).map(|given| order(given)).collect();
        if !untold.is_empty() {
            let told: HashSet<_> = ports.outbox.hasten_orders(untold).await?.into_iter().collect();
            due.retain_mut(|given| {
                let told = !given.told && told.contains(&given.claim.order_id);
                given.told |= told;
                !told
            });
        }
        if due.is_empty() {
            return Ok(());
        }
        let orders = ports.store.load(due.iter().map(|given| order(given)).collect()).await?;
        let mut idle = Vec::new();
        for (given, order) in due.into_iter().zip(orders) {
            let verdict = verdict(order.as_ref(), &given.claim, given.untold_for(now));
            given.over = verdict != Verdict::LookAgain;
            if verdict == Verdict::GiveBack {
                idle.push(given.claim.clone());
            }
        }
        self.0.retain(|given| !given.over);
        for claim in idle {
            give_back(ports, &claim).await?;
        }
        Ok(())
    }
}

/// First out of the queue: else the driver would come straight back.
async fn give_back(ports: &WakerPorts, claim: &Assignment) -> Result<(), IndexError> {
    ports.index.withdraw(&claim.order_id).await?;
    ports.index.release(claim).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClaimToken, GeoPoint};
    use crate::testing::sample::new_order;

    #[test]
    fn an_order_that_was_told_is_looked_at_less_and_less_often() {
        let claim = Assignment {
            driver_id: "d".parse().unwrap(),
            order_id: "o".parse().unwrap(),
            token: ClaimToken::fresh(),
        };
        let now = Instant::now();
        let mut given = Given::new(claim, now);
        let pauses = [false, false, true, true, true, true, true, true].map(|told| {
            given.told = told;
            given.look_later(now);
            (given.look_at - now).as_millis()
        });
        assert_eq!(pauses, [50, 50, 100, 200, 400, 800, 1_000, 1_000]);
    }

    #[test]
    fn a_driver_goes_back_only_from_an_order_that_will_not_take_them() {
        let (token, other) = (ClaimToken::fresh(), ClaimToken::fresh());
        let here = GeoPoint::new(0.0, 0.0).unwrap();
        let order = Order::accept(new_order("a"), here, time::OffsetDateTime::UNIX_EPOCH);
        let claim =
            Assignment { driver_id: "d".parse().unwrap(), order_id: order.id.clone(), token: token.clone() };
        let at = |status, claim_token| Order { status, claim_token, ..order.clone() };
        let soon = NEW_ROUND.saturating_sub(Duration::from_millis(1));
        let cases = [
            (Some(at(Status::Pending, None)), PATIENCE, Verdict::LookAgain),
            (Some(at(Status::ManualDispatch, None)), soon, Verdict::LookAgain),
            (Some(at(Status::ManualDispatch, None)), NEW_ROUND, Verdict::GiveBack),
            (Some(at(Status::Dispatched, Some(token.clone()))), soon, Verdict::Taken),
            (Some(at(Status::Delivered, Some(token))), soon, Verdict::Taken),
            (Some(at(Status::Dispatched, Some(other))), soon, Verdict::GiveBack),
            (Some(at(Status::Cancelled, None)), soon, Verdict::GiveBack),
            (None, soon, Verdict::GiveBack),
        ];
        for (order, age, expected) in cases {
            assert_eq!(verdict(order.as_ref(), &claim, age), expected, "{order:?} after {age:?}");
        }
    }
}
