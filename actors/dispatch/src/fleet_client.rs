//! The `FleetClient` actor: calls the fleet service, with a deadline, a widening radius and a retry budget.
//!
//! Owns the [`Fleet`] port. Receives [`CallFleet`] from the breaker and [`ReleaseDriver`] from consumers. Holds nothing:
//! a search is idempotent by order, a release by token, so whoever asked may ask again.

use std::sync::Arc;
use std::time::Instant;

use actix::prelude::*;
use tropa_supervision::{Answering, Context, Ref};

use crate::kit::{Kit, PIPELINE, mailbox};
use crate::metrics::Metrics;
use crate::port::{Claim, Fleet, FleetError, Release, SearchRequest};
use crate::settings::Settings;

/// Search for a driver, radius by radius. Sent by the breaker. The request's own radius is ignored.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Option<Claim>, FleetError>")]
pub struct CallFleet(pub SearchRequest);

/// Give a driver back. Sent by consumers. False when the claim was gone already.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<bool, FleetError>")]
pub struct ReleaseDriver(pub Release);

/// Calls the fleet service.
pub struct FleetClient {
    fleet: Arc<dyn Fleet>,
    settings: Arc<Settings>,
    metrics: Arc<Metrics>,
    budget: RetryBudget,
}

/// A retry is allowed for about every tenth call, so that retries never double the load of a service in trouble.
#[derive(Debug)]
struct RetryBudget(f32);

impl RetryBudget {
    const PER_CALL: f32 = 0.1;
    const MAX: f32 = 10.0;

    fn earn(&mut self) {
        self.0 = (self.0 + Self::PER_CALL).min(Self::MAX);
    }

    fn spend(&mut self) -> bool {
        let can = self.0 >= 1.0;
        if can {
            self.0 -= 1.0;
        }
        can
    }
}

impl FleetClient {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        kit.place("fleet-client", mailbox(2_048).arbiter(PIPELINE), |kit| {
            Self::new(kit.ports.fleet.clone(), kit.settings.clone(), kit.metrics.clone())
        })
    }

    /// A client of `fleet`.
    pub fn new(fleet: Arc<dyn Fleet>, settings: Arc<Settings>, metrics: Arc<Metrics>) -> Self {
        Self { fleet, settings, metrics, budget: RetryBudget(1.0) }
    }
}

/// 5 → 10 → 20 km: a near driver is found without looking far.
async fn widen(
    fleet: &dyn Fleet,
    request: &SearchRequest,
    radii_m: &[f64],
) -> Result<Option<Claim>, FleetError> {
    for (n, &radius_m) in radii_m.iter().enumerate() {
        // Who waits does so within the last one: in a smaller circle it would only be looked for twice.
        let wait = request.wait.filter(|_| n + 1 == radii_m.len());
        let claim = fleet.search(SearchRequest { radius_m, wait, ..request.clone() }).await?;
        if claim.is_some() || request.driver.is_some() {
            return Ok(claim);
        }
    }
    Ok(None)
}

impl Actor for FleetClient {
    type Context = Context<Self>;
}

impl Handler<CallFleet> for FleetClient {
    type Result = ResponseActFuture<Self, Result<Option<Claim>, FleetError>>;

    fn handle(&mut self, CallFleet(request): CallFleet, _: &mut Context<Self>) -> Self::Result {
        self.budget.earn();
        let (fleet, settings, retry) = (self.fleet.clone(), self.settings.clone(), self.budget.spend());
        let begun = Instant::now();
        let call = async move { call(&*fleet, &request, &settings, retry).await };
        Box::pin(call.into_actor(self).map(move |(answer, retried), client, ctx| {
            client.metrics.fleet_search_duration.observe(begun.elapsed().as_secs_f64());
            if retry && !retried {
                client.budget.0 += 1.0;
            }
            ctx.note(trouble(&answer));
            answer
        }))
    }
}

/// Searches within the deadline, once more if that is worth it; and whether it was.
async fn call(
    fleet: &dyn Fleet,
    request: &SearchRequest,
    settings: &Settings,
    retry: bool,
) -> (Result<Option<Claim>, FleetError>, bool) {
    let mut retried = false;
    let tries = async {
        match widen(fleet, request, &settings.search_radii_m).await {
            // Unavailable at once is worth one more try; a timeout has used up the deadline.
            Err(FleetError::Unavailable(_)) if retry => {
                retried = true;
                widen(fleet, request, &settings.search_radii_m).await
            }
            other => other,
        }
    };
    let answer = tokio::time::timeout(settings.fleet_deadline, tries).await;
    (answer.unwrap_or(Err(FleetError::Timeout)), retried)
}

/// What keeps the client from its work. A driver who cannot be had is none of that.
fn trouble(answer: &Result<Option<Claim>, FleetError>) -> Option<String> {
    let failure = answer.as_ref().err().filter(|error| !matches!(error, FleetError::Unfit(_)));
    failure.map(ToString::to_string)
}

impl Handler<ReleaseDriver> for FleetClient {
    type Result = Answering<Result<bool, FleetError>>;

    fn handle(&mut self, ReleaseDriver(claim): ReleaseDriver, _: &mut Context<Self>) -> Self::Result {
        let (fleet, deadline) = (self.fleet.clone(), self.settings.fleet_deadline);
        Answering::by(async move {
            let answer = tokio::time::timeout(deadline, fleet.release(claim)).await;
            answer.unwrap_or(Err(FleetError::Timeout))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_allows_a_tenth() {
        let mut budget = RetryBudget(0.0);
        let retries = (0..1_000).filter(|_| {
            budget.earn();
            budget.spend()
        });
        assert!((95..=100).contains(&retries.count()));
    }
}
