//! A store or a fleet service that answers, but with nonsense.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use tropa_dispatch::clerk::{Operate, Which};
use tropa_dispatch::domain::*;
use tropa_dispatch::orders::Command;
use tropa_dispatch::port::*;
use tropa_dispatch::settings::Settings;
use tropa_dispatch::testing::sample;

use crate::rig::{self, FleetMode, quick, until};

#[test]
fn a_store_that_faults_parks_no_queue() {
    let settings = Settings { fleet_deadline: Duration::from_millis(500), ..quick() };
    rig::with(settings, async |rig| {
        rig.drivers(1).await;
        // Nothing is answered before the curse.
        rig.fleet.set(FleetMode::Hangs);
        rig.submit("o-1").await.unwrap();
        rig.store.curse(Some("o-1"));
        let requeued = rig.handles.metrics.deliveries.with_label_values(&["requeued"]);
        until("the order cannot be answered", async || requeued.get() > 0).await;
        // Some twenty more deliveries and the broker would park it.
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(requeued.get(), 1, "given back, and given back, and given back");
        rig.store.curse(None);
        rig.fleet.set(FleetMode::Works);
        rig.reaches("o-1", Status::Dispatched).await;
    });
}

#[test]
fn a_release_that_is_refused_is_seen() {
    rig::with(quick(), async |rig| {
        rig.drivers(1).await;
        rig.submit("o-1").await.unwrap();
        rig.reaches("o-1", Status::Dispatched).await;
        rig.fleet.set(FleetMode::RefusesReleases);
        rig.command("o-1", Command::Deliver).await.unwrap();
        let filter = || DeadLetterFilter { limit: 10, ..DeadLetterFilter::default() };
        until("it is parked", async || rig.letters().list(filter()).await.unwrap().len() == 1).await;
        let letter = rig.letters().list(filter()).await.unwrap().remove(0);
        assert!(letter.error.contains("refused the request"), "{}", letter.error);
        assert_eq!(rig.fleet.releases.load(Ordering::SeqCst), 1, "asked once");
    });
}

#[test]
fn a_write_that_faults_fails_alone() {
    rig::with(quick(), async |rig| {
        rig.store.curse(Some("o-7"));
        let ids: Vec<_> = (0..200).map(|n| format!("o-{n}")).collect();
        // Together: many of them share a commit with the cursed one.
        let answers = join_all(ids.iter().map(async |id| rig.submit(id).await)).await;
        let refused: Vec<_> = ids.iter().zip(&answers).filter(|(_, answer)| answer.is_err()).collect();
        assert!(refused.len() == 1 && refused[0].0 == "o-7", "{refused:?}");
    });
}

#[test]
fn a_letter_that_cannot_be_replayed_keeps_no_other_back() {
    let settings = Settings { dispatch_deadline: Duration::from_millis(100), ..quick() };
    rig::with(settings, async |rig| {
        for id in ["first", "bad", "last"] {
            rig.submit(id).await.unwrap();
            let order = rig.reaches(id, Status::ManualDispatch).await;
            rig.letters().park(vec![sample::letter(&order, "not now")]).await.unwrap();
        }
        rig.store.curse(Some("bad"));
        let replay = Operate {
            kind: OperationKind::ReplayLetters,
            of: Which::Letters(DeadLetterFilter::default()),
            expected: None,
            dry_run: false,
            rate: None,
            subject: None,
            reason: None,
            trace: None,
        };
        let replayed = rig.handles.clerk.ask(replay).await.unwrap().unwrap();
        assert_eq!((replayed.matched, replayed.done, replayed.failed), (3, 2, 1), "{replayed:?}");
    });
}

#[test]
fn a_message_that_cannot_be_parked_keeps_no_other_back() {
    let settings = Settings { fleet_deadline: Duration::from_secs(10), consumers: 1, prefetch: 1, ..quick() };
    rig::with(settings, async |rig| {
        // Keeps the one consumer busy; what comes now is the test's.
        rig.fleet.set(FleetMode::Hangs);
        rig.submit("busy").await.unwrap();
        until("the consumer is busy", async || rig.handles.metrics.in_flight.get() == 1).await;
        rig.store.curse(Some("bad"));
        for id in ["bad", "good"] {
            rig.store.inner.create([sample::creation(id)].into()).await.unwrap();
        }
        let mut parking = rig.broker.subscribe(Queue::Dispatch, "test", 10).await.unwrap();
        for _ in 0..2 {
            parking.next().await.unwrap().settle.reject().await.unwrap();
        }
        rig.reaches("good", Status::ManualDispatch).await;
        rig.store.curse(None);
        rig.reaches("bad", Status::ManualDispatch).await;
    });
}
