//! Telling orders that they were given a driver.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::Instant;

use super::WakerPorts;
use crate::domain::{Order, OrderId, Status};
use crate::port::{Assignment, Handovers, IndexError, News, StoreError};

/// How often an order that was not seen waiting is looked for again.
const PAUSE: Duration = Duration::from_millis(50);

/// For so long. Behind it the claim's lease runs out, and the order goes by its own patience.
const PATIENCE: Duration = Duration::from_secs(15);

/// A person has the order: only a new round of dispatch, on its way from or to its row, would take the driver. One that takes
/// longer finds another.
const NEW_ROUND: Duration = Duration::from_secs(1);

/// Hand-overs whose order has not been told.
#[derive(Debug, Default)]
pub(super) struct Pending(Vec<(Instant, Assignment)>);

/// What is to be done about an order that was given a driver and has no row that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is being searched for, or its row is being written: look again.
    LookAgain,
    /// It has taken the driver.
    Taken,
    /// It has ended, or has another driver: this one goes back.
    GiveBack,
}

/// `age`: since when it is known that the driver was given to the order.
fn verdict(order: Option<&Order>, claim: &Assignment, age: Duration) -> Verdict {
    match order {
        Some(order) if order.claim_token.as_ref() == Some(&claim.token) => Verdict::Taken,
        Some(order) if order.status == Status::Pending => Verdict::LookAgain,
        Some(order) if order.status == Status::ManualDispatch && age < NEW_ROUND => Verdict::LookAgain,
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

impl Pending {
    /// What is new, or nothing when it is time to look again.
    pub(super) async fn next(&self, handovers: &Handovers) -> News {
        if self.0.is_empty() {
            return handovers.next().await;
        }
        tokio::time::timeout(PAUSE, handovers.next()).await.unwrap_or_default()
    }

    /// Tells the orders of `claims`, and those that could not be told before.
    pub(super) async fn tell(&mut self, ports: &WakerPorts, claims: Vec<Assignment>) {
        let now = Instant::now();
        self.0.extend(claims.into_iter().map(|claim| (now, claim)));
        self.0.retain(|(since, _)| now - *since < PATIENCE);
        if self.0.is_empty() {
            return;
        }
        if let Err(error) = self.round(ports).await {
            // The store or the index is away: the round is repeated, and the leases wait.
            tracing::debug!(%error, "orders that were given a driver not told");
        }
    }

    async fn round(&mut self, ports: &WakerPorts) -> Result<(), HandoverError> {
        let orders = self.0.iter().map(|(_, claim)| claim.order_id.clone()).collect();
        let told: HashSet<OrderId> = ports.outbox.hasten_orders(orders).await?.into_iter().collect();
        self.0.retain(|(_, claim)| !told.contains(&claim.order_id));
        let ids = self.0.iter().map(|(_, claim)| claim.order_id.clone()).collect();
        let orders = if self.0.is_empty() { Vec::new() } else { ports.store.load(ids).await? };
        let (mut open, mut idle) = (Vec::new(), Vec::new());
        for ((since, claim), order) in self.0.drain(..).zip(orders) {
            match verdict(order.as_ref(), &claim, since.elapsed()) {
                Verdict::LookAgain => open.push((since, claim)),
                Verdict::Taken => {}
                Verdict::GiveBack => idle.push(claim),
            }
        }
        self.0 = open;
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
