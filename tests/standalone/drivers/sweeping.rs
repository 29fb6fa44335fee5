//! The sweeper of claims, over the real index and a store that a test fills.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tropa::embedded::EmbeddedDriverIndex;
use tropa_dispatch::domain::*;
use tropa_dispatch::port::*;
use tropa_dispatch::testing::driver_index::{at, driver};
use tropa_dispatch::upkeep::ClaimSweeper;
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

/// Sweeps until `a` is held by `order`, or by nobody.
fn sweep_until(runtime: Runtime, index: &EmbeddedDriverIndex, shelf: Shelf, order: Option<&str>) {
    let runtime = Arc::new(runtime);
    let system = ActorSystem::new(1, runtime.clone());
    let (ours, shelf) = (index.clone(), Arc::new(shelf));
    let sweeper = Ref::new("claim-sweeper", Policy::new(16), move |_| {
        ClaimSweeper::new(Arc::new(ours.clone()), shelf.clone(), Arc::new(Notify::new()), "me".into())
    });
    let top = SupervisorSpec::new(Strategy::OneForOne, Budget::new(5, Duration::from_mins(1)));
    let root = Root::start(&system, top.child(&sweeper).into_ref("top", Policy::new(16)));
    let agrees = async {
        let holder = async || index.get(&id("a")).await.unwrap().unwrap().order_id;
        while holder().await.as_ref().map(OrderId::as_str) != order {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    runtime.block_on(async { tokio::time::timeout(PATIENCE, agrees).await.expect("claims do not agree") });
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
    sweep_until(runtime, &index, Shelf::default(), None);
}

#[test]
fn a_sweeper_that_takes_over_makes_lost_claims_again() {
    let runtime = Runtime::new().unwrap();
    let index = runtime.block_on(async {
        let index = index().await;
        assert_eq!(index.sweeps("somebody else", Duration::from_secs(1)).await, Ok(true));
        index
    });
    let shelf = Shelf::default();
    shelf.assignments.lock().unwrap().push(assignment("a", "runs"));
    sweep_until(runtime, &index, shelf, Some("runs"));
}
