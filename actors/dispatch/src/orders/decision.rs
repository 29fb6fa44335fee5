//! What to do with an order after a search. Pure: no clock, no I/O.

use std::time::Duration;

use time::OffsetDateTime;
use tropa_supervision::{Backoff, Jitter};

use crate::breaker::SearchError;
use crate::domain::{Cause, DispatchJob, ManualReason, Order, Status, WaitReason};
use crate::port::{Claim, Wait};
use crate::settings::Settings;

/// What happens next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// This driver gets it.
    Dispatch(Claim),
    /// A person gets it.
    Manual(ManualReason),
    /// It waits.
    Wait {
        /// The job that goes on later.
        job: Box<DispatchJob>,
        /// When.
        due_at: OffsetDateTime,
        /// For what.
        reason: WaitReason,
    },
    /// Nothing more: it waits for a person already.
    Leave,
}

/// Whether this job may give this order a driver: a first try only while it is pending, a new round also when a person
/// was told.
pub(crate) fn wants_driver(order: &Order, cause: Cause) -> bool {
    match order.status {
        Status::Pending => true,
        Status::ManualDispatch => cause == Cause::Redispatch,
        _ => false,
    }
}

/// After so many tries before this one; `share` is the jitter, 0 to 1.
fn backoff(settings: &Settings, tries: u32, share: f64) -> Duration {
    let longest =
        Backoff::between(settings.retry_initial, settings.retry_max).ceiling(tries.saturating_add(1));
    Jitter::Full.of(longest, share).max(Duration::from_millis(50))
}

/// How the order waits when this job finds nobody: in the queue by its own age, until its deadline.
pub(crate) fn wait(order: &Order, job: &DispatchJob, settings: &Settings, now: OffsetDateTime) -> Wait {
    let patience = (job.since + settings.dispatch_deadline - now).try_into().unwrap_or(Duration::ZERO);
    Wait { since: order.created_at, patience }
}

/// When an order that waits for a driver asks again, which is only for what got lost: whoever comes free is given to it
/// and wakes it. From `ask_again`, doubled once; half of it and `share` of the other half.
fn ask_again(settings: &Settings, waits: u32, share: f64) -> Duration {
    let longest =
        Backoff::between(settings.ask_again, settings.longest_ask()).ceiling(waits.saturating_add(1));
    Jitter::Half.of(longest, share)
}

/// Decides after the search for `order`, which this `job` asked for. `share` is the jitter, 0 to 1.
pub(crate) fn after_search(
    order: &Order,
    job: &DispatchJob,
    found: Result<Option<Claim>, SearchError>,
    settings: &Settings,
    now: OffsetDateTime,
    share: f64,
) -> Next {
    let (reason, down_since, deadline, pause) = match found {
        Ok(Some(claim)) => return Next::Dispatch(claim),
        Ok(None) => {
            let pause = ask_again(settings, job.waits, share);
            (WaitReason::Driver, None, job.since + settings.dispatch_deadline, pause)
        }
        Err(_) => {
            let (since, pause) = (job.fleet_down_since.unwrap_or(now), backoff(settings, job.waits, share));
            (WaitReason::Fleet, Some(since), since + settings.fallback_after, pause)
        }
    };
    if now >= deadline {
        return if order.status == Status::Pending {
            Next::Manual(reason.manual_reason())
        } else {
            Next::Leave
        };
    }
    let job = Box::new(DispatchJob {
        order: order.clone(),
        waits: job.waits.saturating_add(1),
        fleet_down_since: down_since,
        ..job.clone()
    });
    // Not later than the deadline, so that the person is told in time.
    Next::Wait { job, due_at: (now + pause).min(deadline), reason }
}

/// Decides after a try that failed with `failures` failures before it: try again later, or park it.
pub(crate) fn after_failure(
    job: &DispatchJob,
    settings: &Settings,
    now: OffsetDateTime,
    share: f64,
) -> Option<(DispatchJob, OffsetDateTime)> {
    let failures = job.failures + 1;
    (failures < settings.max_attempts).then(|| {
        let due_at = now + backoff(settings, job.failures, share);
        (DispatchJob { failures, ..job.clone() }, due_at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Charges, ClaimToken, Currency, GeoPoint, Money, NewOrder, OrderDetails};

    fn order() -> Order {
        let details = OrderDetails {
            order_number: None,
            customer_id: None,
            currency: Currency::BRL,
            price: Money::ZERO,
            tax: Money::ZERO,
            items: vec![],
            shipping_address: None,
            billing_address: None,
            pickup: None,
            dropoff: None,
            charges: Charges::default(),
        };
        Order::accept(
            NewOrder { id: None, details },
            GeoPoint::new(0.0, 0.0).unwrap(),
            OffsetDateTime::UNIX_EPOCH,
        )
    }

    fn decide(job: &DispatchJob, found: Result<Option<Claim>, SearchError>, second: i64) -> Next {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(second);
        after_search(&job.order, job, found, &Settings::default(), now, 1.0)
    }

    #[test]
    fn a_claim_is_a_dispatch() {
        let claim = Claim {
            driver_id: "d".parse().unwrap(),
            driver_name: "D".into(),
            distance_m: 1.0,
            token: ClaimToken::fresh(),
        };
        assert_eq!(decide(&DispatchJob::first(order()), Ok(Some(claim.clone())), 999), Next::Dispatch(claim));
    }

    #[test]
    fn without_a_driver_it_waits_longer_and_longer_then_a_person_gets_it() {
        let mut job = DispatchJob::first(order());
        let mut dues = vec![];
        let mut second = 0;
        let manual = loop {
            match decide(&job, Ok(None), second) {
                Next::Wait { job: next, due_at, reason } => {
                    assert_eq!(reason, WaitReason::Driver);
                    dues.push(due_at.unix_timestamp() - second);
                    (job, second) = (*next, due_at.unix_timestamp());
                }
                other => break other,
            }
        };
        assert_eq!(dues, [60, 60], "the second is the deadline");
        assert_eq!((manual, second), (Next::Manual(ManualReason::NoDriver), 120));
    }

    #[test]
    fn the_fallback_runs_from_the_first_failure_of_the_fleet() {
        let mut job = DispatchJob::first(order());
        job.waits = 3;
        let Next::Wait { job, due_at, reason } = decide(&job, Err(SearchError::Open), 60) else {
            panic!("waits")
        };
        assert_eq!((reason, due_at.unix_timestamp()), (WaitReason::Fleet, 65));
        assert_eq!(decide(&job, Err(SearchError::Open), 65), Next::Manual(ManualReason::FleetUnavailable));
        let Next::Wait { job, .. } = decide(&job, Ok(None), 64) else { panic!("waits") };
        assert_eq!(job.fleet_down_since, None, "an answer ends the outage");
    }

    #[test]
    fn an_order_that_a_person_has_is_left_there() {
        let mut waiting = order();
        waiting.status = Status::ManualDispatch;
        let job = DispatchJob::again(waiting, OffsetDateTime::UNIX_EPOCH);
        assert_eq!(decide(&job, Ok(None), 120), Next::Leave);
        assert!(wants_driver(&job.order, Cause::Redispatch) && !wants_driver(&job.order, Cause::Dispatcher));
    }

    #[test]
    fn five_attempts_and_no_more() {
        let mut job = DispatchJob::first(order());
        let mut tries = 1;
        while let Some((next, _)) = after_failure(&job, &Settings::default(), OffsetDateTime::UNIX_EPOCH, 0.5)
        {
            (job, tries) = (next, tries + 1);
        }
        assert_eq!(tries, 5);
    }
}
