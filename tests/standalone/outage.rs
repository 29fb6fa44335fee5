//! A fleet service that fails: orders wait, or go to a person, and come back.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tropa_dispatch::domain::*;
use tropa_dispatch::port::*;
use tropa_dispatch::reader::ListDeadLetters;
use tropa_dispatch::settings::{BreakerSettings, Settings};

use crate::rig::{self, FleetMode, Rig, quick};

/// Thirty orders that a person got because the fleet failed, and as many drivers.
async fn thirty_came_to_a_person(rig: &Rig) -> Vec<String> {
    rig.drivers(30).await;
    rig.fleet.set(FleetMode::Fails);
    let ids: Vec<_> = (0..30).map(|n| format!("o-{n}")).collect();
    for id in &ids {
        rig.submit(id).await.unwrap();
    }
    for id in &ids {
        let order = rig.reaches(id, Status::ManualDispatch).await;
        assert_eq!(order.manual_reason, Some(ManualReason::FleetUnavailable));
    }
    ids
}

/// The fleet works again, and all of them get their drivers.
async fn all_come_back(rig: &Rig, ids: &[String]) {
    rig.fleet.set(FleetMode::Works);
    for id in ids {
        rig.reaches(id, Status::Dispatched).await;
    }
}

fn impatient(breaker: BreakerSettings) -> Settings {
    Settings { fallback_after: Duration::from_millis(100), breaker, ..quick() }
}

#[test]
fn a_failing_fleet_opens_the_breaker_and_its_orders_come_back() {
    let breaker = BreakerSettings { open_for: Duration::from_millis(300), ..BreakerSettings::default() };
    rig::with(impatient(breaker), async |rig| {
        let ids = thirty_came_to_a_person(&rig).await;
        let calls = rig.fleet.calls.load(Ordering::SeqCst);
        assert!(calls < 60, "the breaker lets {calls} calls through");
        // No new order comes to find out that it is back.
        all_come_back(&rig, &ids).await;
    });
}

#[test]
fn orders_come_back_from_a_fleet_too_weak_to_open_the_breaker() {
    let open_for = Duration::from_secs(1);
    let breaker = BreakerSettings { min_calls: 1_000_000, probes: 1, open_for, ..BreakerSettings::default() };
    rig::with(impatient(breaker), async |rig| {
        let ids = thirty_came_to_a_person(&rig).await;
        // Those who start go through all of them twice, the second time after 5 s: that is not what is meant here.
        tokio::time::sleep(Duration::from_secs(6)).await;
        all_come_back(&rig, &ids).await;
    });
}

#[test]
fn a_search_that_the_fleet_refuses_is_no_outage() {
    rig::with(Settings { max_attempts: 2, ..quick() }, async |rig| {
        rig.drivers(1).await;
        rig.fleet.set(FleetMode::RefusesSearches);
        rig.submit("o-1").await.unwrap();
        let order = rig.reaches("o-1", Status::ManualDispatch).await;
        assert_eq!(order.manual_reason, Some(ManualReason::DeadLettered));
        assert_eq!(rig.fleet.calls.load(Ordering::SeqCst), 2);
        let letters = rig
            .handles
            .reader
            .ask(ListDeadLetters(DeadLetterFilter { limit: 10, ..DeadLetterFilter::default() }))
            .await;
        let letters = letters.unwrap().unwrap();
        assert!(letters[0].error.contains("no such city"), "{}", letters[0].error);
    });
}

#[test]
fn a_hanging_fleet_is_no_hanging_order() {
    let settings = Settings {
        fleet_deadline: Duration::from_millis(50),
        fallback_after: Duration::from_millis(200),
        ..quick()
    };
    rig::with(settings, async |rig| {
        rig.drivers(1).await;
        rig.fleet.set(FleetMode::Hangs);
        rig.submit("o-1").await.unwrap();
        let order = rig.reaches("o-1", Status::ManualDispatch).await;
        assert_eq!(order.manual_reason, Some(ManualReason::FleetUnavailable));
    });
}
