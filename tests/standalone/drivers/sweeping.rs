//! The sweeper of claims, over the real index and a store that a test fills.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tropa_dispatch::domain::*;
use tropa_dispatch::port::*;
use tropa_dispatch::testing::driver_index::{ask, at, driver};
use tropa_dispatch::upkeep::ClaimSweeper;
use tropa_embedded::EmbeddedDriverIndex;
use tropa_supervision::{ActorSystem, Budget, Policy, Ref, Root, Strategy, SupervisorSpec};

use super::stage::Shelf;
use super::{assignment, id};

/// Nothing a test waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// An index with one driver, `a`.
async fn index() -> EmbeddedDriverIndex {
    let index = EmbeddedDriverIndex::new(Arc::new(SystemClock), Duration::from_mins(1));
    index.put(vec![driver("a", at(0.0, 0.0))]).await.unwrap();
    index
}

/// Waits until `a` is held by `order`, or by nobody.
async fn held_by(index: &EmbeddedDriverIndex, order: Option<&str>) {
    let holder = async || index.get(&id("a")).await.unwrap().unwrap().order_id;
    let agrees = async {
        while holder().await.as_ref().map(OrderId::as_str) != order {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, agrees).await.expect("claims do not agree");
}

/// Sweeps while this goes on.
fn sweep(runtime: Runtime, index: &EmbeddedDriverIndex, shelf: &Arc<Shelf>, story: impl Future<Output = ()>) {
    let runtime = Arc::new(runtime);
    let system = ActorSystem::new(1, runtime.clone());
    let (ours, shelf) = (index.clone(), shelf.clone());
    let sweeper = Ref::every("claim-sweeper", Policy::new(16), move || {
        ClaimSweeper::new(Arc::new(ours.clone()), shelf.clone(), "me".into())
    });
    let top = SupervisorSpec::new(Strategy::OneForOne, Budget::new(5, Duration::from_mins(1)));
    let root = Root::start(&system, top.child(&sweeper).into_ref("top", Policy::new(16)));
    runtime.block_on(story);
    root.shutdown();
    root.wait_timeout(PATIENCE);
}

#[test]
fn who_is_held_for_an_order_that_ended_is_freed() {
    let runtime = Runtime::new().unwrap();
    let index = runtime.block_on(async {
        let index = index().await;
        index.confirm(vec![assignment("a", "over")]).await.unwrap();
        index
    });
    sweep(runtime, &index, &Arc::default(), held_by(&index, None));
}

#[test]
fn a_sweeper_that_takes_over_makes_lost_claims_again() {
    let runtime = Runtime::new().unwrap();
    let index = runtime.block_on(async {
        let index = index().await;
        assert_eq!(index.sweeps("somebody else", Duration::from_secs(1)).await, Ok(true));
        index
    });
    let shelf = Arc::new(Shelf::default());
    shelf.assignments.lock().unwrap().push(assignment("a", "runs"));
    sweep(runtime, &index, &shelf, held_by(&index, Some("runs")));
}

#[test]
fn a_claim_that_was_overruled_is_made_again_when_its_order_commits() {
    let runtime = Runtime::new().unwrap();
    let (index, late) = runtime.block_on(async {
        let index = index().await;
        let claim = index.claim(ask("late", at(0.0, 0.0), 100.0)).await.unwrap().unwrap();
        let order_id = "late".parse().unwrap();
        (index, Assignment { driver_id: claim.driver_id, order_id, token: claim.token })
    });
    // Committed by an order whose claim had come to nothing, as it seemed.
    let early = assignment("a", "early");
    let shelf = Arc::new(Shelf::default());
    shelf.assignments.lock().unwrap().push(early.clone());
    sweep(runtime, &index, &shelf, async {
        held_by(&index, Some("early")).await;
        *shelf.assignments.lock().unwrap() = vec![late];
        assert_eq!(index.release(&early).await, Ok(true), "it ends");
        held_by(&index, Some("late")).await;
    });
}
