//! From an accepted order to a driver, and everything that can come between.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use tropa_dispatch::dead_letters::ReplayDeadLetter;
use tropa_dispatch::domain::*;
use tropa_dispatch::intake::{Submit, SubmitError, Submitted};
use tropa_dispatch::orders::{Command, CommandError};
use tropa_dispatch::port::*;
use tropa_dispatch::reader::ListDeadLetters;
use tropa_dispatch::settings::Settings;
use tropa_dispatch::testing;
use tropa_supervision::DynamicStatus;

use crate::rig::{self, FleetMode, PICKUP, new_order, quick, until};

#[test]
fn the_nearest_driver_gets_the_order() {
    rig::with(quick(), async |rig| {
        rig.driver("near", -23.55, -46.63).await;
        rig.driver("far", -23.60, -46.70).await;
        assert!(matches!(rig.submit("o-1").await, Ok(Submitted::Created(_))));
        let order = rig.reaches("o-1", Status::Dispatched).await;
        assert_eq!(order.driver_id, Some("near".parse().unwrap()));
        let names: Vec<_> = rig.timeline("o-1").await.iter().map(|e| (e.version, e.kind.name())).collect();
        assert_eq!(names, [(1, "created"), (2, "dispatched")]);
    });
}

/// It does not ask again: only a wake-up can dispatch an order that waits in time.
fn patient() -> Settings {
    let long = Duration::from_secs(100);
    Settings { ask_again: long, ..Settings::default() }
}

#[test]
fn an_order_waits_for_a_driver_and_gets_the_one_who_delivers() {
    rig::with(patient(), async |rig| {
        rig.drivers(1).await;
        rig.submit("first").await.unwrap();
        rig.reaches("first", Status::Dispatched).await;
        rig.submit("second").await.unwrap();
        until("the second order waits", async || {
            rig.handles.reader.ask(tropa_dispatch::reader::OutboxState).await.unwrap().unwrap().postponed == 1
        })
        .await;
        rig.command("first", Command::Deliver).await.unwrap();
        rig.reaches("second", Status::Dispatched).await;
    });
}

#[test]
fn a_command_is_refused_by_what_is_stored_not_by_what_is_held() {
    rig::with(patient(), async |rig| {
        rig.submit("o-1").await.unwrap();
        until("it waits, and its aggregate holds it", async || {
            rig.handles.reader.ask(tropa_dispatch::reader::OutboxState).await.unwrap().unwrap().postponed == 1
        })
        .await;
        // Another instance finds a driver.
        let step = testing::sample::command(testing::sample::dispatched(&rig.order("o-1").await, "joao"));
        assert_eq!(rig.store.inner.apply(vec![step].into()).await, Ok(vec![Applied::Done]));
        let delivered = rig.command("o-1", Command::Deliver).await.unwrap();
        assert_eq!((delivered.status, delivered.version), (Status::Delivered, 3));
        let refused = rig.command("o-1", Command::Deliver).await;
        assert!(matches!(refused, Err(CommandError::InvalidTransition(_))), "{refused:?}");
    });
}

#[test]
fn an_order_whose_driver_is_always_taken_waits_for_another() {
    rig::with(quick(), async |rig| {
        rig.drivers(1).await;
        rig.submit("first").await.unwrap();
        rig.reaches("first", Status::Dispatched).await;
        rig.fleet.set(FleetMode::Repeats);
        rig.submit("second").await.unwrap();
        until("the second order waits", async || {
            rig.handles.reader.ask(tropa_dispatch::reader::OutboxState).await.unwrap().unwrap().postponed == 1
        })
        .await;
        rig.fleet.set(FleetMode::Works);
        rig.command("first", Command::Deliver).await.unwrap();
        rig.reaches("second", Status::Dispatched).await;
    });
}

#[test]
fn without_a_driver_until_the_deadline_a_person_gets_it() {
    let settings = Settings { dispatch_deadline: Duration::from_millis(300), ..quick() };
    rig::with(settings, async |rig| {
        rig.submit("o-1").await.unwrap();
        let order = rig.reaches("o-1", Status::ManualDispatch).await;
        assert_eq!(order.manual_reason, Some(ManualReason::NoDriver));
        assert_eq!(
            rig.command("o-1", Command::Dispatch { driver_id: None }).await,
            Err(CommandError::NoDriver)
        );
        rig.driver("late", PICKUP.0, PICKUP.1).await;
        let order = rig.command("o-1", Command::Dispatch { driver_id: None }).await.unwrap();
        assert_eq!((order.status, order.version), (Status::Dispatched, 3));
    });
}

#[test]
fn no_driver_gets_two_orders() {
    let settings = Settings { dispatch_deadline: Duration::from_millis(500), ..quick() };
    rig::with(settings, async |rig| {
        rig.drivers(20).await;
        join_all((0..100).map(async |n| rig.submit(&format!("o-{n}")).await.unwrap())).await;
        let mut drivers = vec![];
        for n in 0..100 {
            let id = format!("o-{n}");
            until("the order is placed", async || rig.order(&id).await.status != Status::Pending).await;
            drivers.extend(rig.order(&id).await.driver_id);
        }
        drivers.sort();
        let count = drivers.len();
        drivers.dedup();
        assert_eq!((count, drivers.len()), (20, 20));
    });
}

#[test]
fn one_id_is_one_order_however_many_send_it() {
    rig::with(quick(), async |rig| {
        let answers = join_all((0..32).map(async |_| rig.submit("same").await.unwrap())).await;
        let created = answers.iter().filter(|a| matches!(a, Submitted::Created(_))).count();
        assert_eq!(created, 1);
        let mut other = new_order("same");
        other.details.tax = "11".parse().unwrap();
        let taken = SubmitError::IdTaken(other.id.clone().unwrap());
        let submit = Submit { order: other, key: None, trace: None };
        assert_eq!(rig.handles.intake.here().unwrap().ask(submit).await.unwrap(), Err(taken));
    });
}

#[test]
fn a_cancel_and_a_dispatch_race_and_one_wins() {
    rig::with(quick(), async |rig| {
        rig.drivers(5).await;
        for n in 0..100 {
            let id = format!("o-{n}");
            rig.submit(&id).await.unwrap();
            let cancelled = rig.command(&id, Command::Cancel { reason: None }).await.unwrap();
            assert_eq!(cancelled.status, Status::Cancelled);
            let events = rig.timeline(&id).await;
            assert_eq!(events.last().unwrap().version as usize, events.len());
        }
        until("every driver is free again", async || rig.index.claimed().await.unwrap() == 0).await;
    });
}

#[test]
fn while_the_store_is_down_nothing_is_accepted_and_nothing_is_lost() {
    rig::with(quick(), async |rig| {
        rig.submit("before").await.unwrap();
        rig.store.down.store(true, Ordering::SeqCst);
        assert!(matches!(rig.submit("during").await, Err(SubmitError::Unavailable(_))));
        rig.store.down.store(false, Ordering::SeqCst);
        rig.drivers(2).await;
        rig.submit("during").await.unwrap();
        rig.reaches("before", Status::Dispatched).await;
        rig.reaches("during", Status::Dispatched).await;
    });
}

#[test]
fn a_message_that_cannot_be_read_is_parked_and_its_neighbours_are_not() {
    rig::with(quick(), async |rig| {
        rig.drivers(60).await;
        rig.fleet.set(FleetMode::Fails);
        rig.submit("poisoned").await.unwrap();
        let order = rig.order("poisoned").await;
        let envelope = Envelope {
            event_id: EventId::fresh(),
            topic: Topic::DispatchRequested,
            order_id: order.id.clone(),
            version: order.version,
            payload: "{\"no\": \"job\"}".into(),
            trace: None,
            created_at: order.created_at,
        };
        let confirm = rig.broker.publish(vec![envelope]).await.pop().unwrap();
        assert_eq!(confirm.await, PublishOutcome::Confirmed);
        rig.fleet.set(FleetMode::Works);
        let filter = DeadLetterFilter { limit: 10, ..DeadLetterFilter::default() };
        let letters = rig.handles.reader.ask(ListDeadLetters(filter)).await.unwrap().unwrap();
        assert_eq!(letters.len(), 1);
        assert!(letters[0].error.contains("unreadable payload"), "{}", letters[0].error);
        for n in 0..49 {
            rig.submit(&format!("neighbour-{n}")).await.unwrap();
        }
        for n in 0..49 {
            let order = rig.reaches(&format!("neighbour-{n}"), Status::Dispatched).await;
            assert_eq!(order.version, 2);
        }
        let replay = ReplayDeadLetter(letters[0].id);
        assert!(rig.handles.dead_letters.here().unwrap().ask(replay).await.unwrap().unwrap());
        rig.reaches("poisoned", Status::Dispatched).await;
    });
}

#[test]
fn a_full_outbox_refuses_new_orders() {
    let settings = Settings { backlog_limit: 3, consumers: 1, prefetch: 1, ..quick() };
    rig::with(settings, async |rig| {
        rig.store.down.store(false, Ordering::SeqCst);
        rig.fleet.set(FleetMode::Hangs);
        let mut n = 0;
        until("intake refuses", async || {
            n += 1;
            matches!(rig.submit(&format!("o-{n}")).await, Err(SubmitError::Overloaded { .. }))
        })
        .await;
        rig.fleet.set(FleetMode::Works);
    });
}

#[test]
fn aggregates_come_and_go_and_no_command_is_lost() {
    let settings = Settings { aggregates_per_shard: 4, aggregate_idle: Duration::from_millis(5), ..quick() };
    rig::with(settings, async |rig| {
        let ids: Vec<_> = (0..200).map(|n| format!("o-{n}")).collect();
        join_all(ids.iter().map(async |id| rig.submit(id).await.unwrap())).await;
        join_all(ids.iter().map(async |id| {
            let cancelled = rig.command(id, Command::Cancel { reason: None }).await.unwrap();
            assert_eq!(cancelled.status, Status::Cancelled);
        }))
        .await;
        let again = rig.command("o-1", Command::Deliver).await.unwrap_err();
        assert_eq!(again.to_string(), "invalid state transition: CANCELLED -> DELIVERED");
        until("the shards are empty", async || rig.handles.metrics.aggregates.get() == 0).await;
        let picture = rig.handles.system.picture();
        let kept: Vec<_> = picture.iter().filter_map(|actor| actor.dynamic).collect();
        assert_eq!(kept.len(), 2, "shards, and nobody else, keep such children");
        let all = |count: fn(&DynamicStatus) -> u64| kept.iter().map(count).sum::<u64>();
        assert!(
            all(|shard| shard.started) >= 200 && all(|shard| shard.started) == all(|shard| shard.passivated)
        );
        assert_eq!(all(|shard| shard.panicked + shard.hung + shard.living as u64), 0, "{kept:?}");
    });
}

#[test]
fn a_consumer_that_keeps_losing_its_subscription_holds_no_more_than_its_prefetch() {
    let settings = Settings { consumers: 1, prefetch: 4, fleet_deadline: Duration::from_secs(3), ..quick() };
    rig::with(settings, async |rig| {
        rig.drivers(20).await;
        rig.broker.lose_subscriptions(true);
        rig.fleet.set(FleetMode::Hangs);
        let ids: Vec<_> = (0..20).map(|n| format!("o-{n}")).collect();
        for id in &ids {
            rig.submit(id).await.unwrap();
        }
        let in_flight = &rig.handles.metrics.in_flight;
        until("it holds its prefetch", async || in_flight.get() == 4).await;
        let most = async {
            loop {
                assert!(in_flight.get() <= 4, "it holds {}", in_flight.get());
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(1), most).await;
        rig.fleet.set(FleetMode::Works);
        for id in &ids {
            rig.reaches(id, Status::Dispatched).await;
        }
    });
}
