//! What every [`Leases`] does.

use std::time::Duration;

use super::until;
use crate::domain::EventId;
use crate::port::{Lease, LeaseToken, Leases};

/// Runs the suite; `make` gives a fresh, empty adapter each time.
pub async fn conforms<L: Leases>(make: impl AsyncFn() -> L) {
    one_owner_at_a_time(&make().await).await;
    an_owner_gets_its_lease_again_under_a_new_token(&make().await).await;
    only_the_holder_ends_a_lease(&make().await).await;
    what_is_done_is_remembered(&make().await).await;
    a_lease_that_ran_out_is_free(&make().await).await;
}

const LONG: Duration = Duration::from_mins(1);

async fn acquired(leases: &impl Leases, event: EventId, owner: &str) -> LeaseToken {
    match leases.acquire(event, owner, LONG).await.unwrap() {
        Lease::Acquired(token) => token,
        other => panic!("{owner} did not get the lease: {other:?}"),
    }
}

async fn one_owner_at_a_time(leases: &impl Leases) {
    let (event, other) = (EventId::fresh(), EventId::fresh());
    let token = acquired(leases, event, "a").await;
    assert_eq!(leases.acquire(event, "b", LONG).await, Ok(Lease::Held), "a second owner");
    acquired(leases, other, "b").await;
    assert_eq!(leases.held().await, Ok(2), "leases held");
    assert_eq!(leases.release(event, token).await, Ok(true), "the holder releases");
    assert_eq!(leases.held().await, Ok(1), "leases held after a release");
    acquired(leases, event, "b").await;
}

async fn an_owner_gets_its_lease_again_under_a_new_token(leases: &impl Leases) {
    let event = EventId::fresh();
    let first = acquired(leases, event, "a").await;
    let second = acquired(leases, event, "a").await;
    assert_ne!(first, second, "tokens of two acquisitions");
    assert_eq!(leases.done(event, first, LONG).await, Ok(false), "done with the older token");
    assert_eq!(leases.release(event, first).await, Ok(false), "release with the older token");
    assert_eq!(leases.release(event, second).await, Ok(true), "release with the newer token");
}

async fn only_the_holder_ends_a_lease(leases: &impl Leases) {
    let event = EventId::fresh();
    let token = acquired(leases, event, "a").await;
    let stranger = LeaseToken(token.0.wrapping_add(1));
    assert_eq!(leases.release(event, stranger).await, Ok(false), "release with a wrong token");
    assert_eq!(leases.done(event, stranger, LONG).await, Ok(false), "done with a wrong token");
    assert_eq!(leases.acquire(event, "b", LONG).await, Ok(Lease::Held), "after wrong tokens");
    assert_eq!(leases.release(event, token).await, Ok(true));
    assert_eq!(leases.release(event, token).await, Ok(false), "a second release");
}

async fn what_is_done_is_remembered(leases: &impl Leases) {
    let event = EventId::fresh();
    let token = acquired(leases, event, "a").await;
    assert_eq!(leases.done(event, token, LONG).await, Ok(true));
    assert_eq!(leases.acquire(event, "b", LONG).await, Ok(Lease::Done), "another owner, afterwards");
    assert_eq!(leases.acquire(event, "a", LONG).await, Ok(Lease::Done), "the same owner, afterwards");
    assert_eq!(leases.held().await, Ok(0), "a done event is not held");
}

async fn a_lease_that_ran_out_is_free(leases: &impl Leases) {
    let event = EventId::fresh();
    let short = Duration::from_millis(1);
    let Ok(Lease::Acquired(late)) = leases.acquire(event, "a", short).await else { panic!("a fresh event") };
    let token = until("the lease runs out", async || match leases.acquire(event, "b", LONG).await.unwrap() {
        Lease::Acquired(token) => Some(token),
        Lease::Held => None,
        Lease::Done => panic!("nobody finished it"),
    })
    .await;
    assert_eq!(leases.done(event, late, LONG).await, Ok(false), "the late owner's mark");
    assert_eq!(leases.release(event, late).await, Ok(false), "the late owner's release");
    assert_eq!(leases.done(event, token, LONG).await, Ok(true), "the present owner's mark");
}
