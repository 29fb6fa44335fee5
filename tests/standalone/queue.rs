//! Who is served when drivers are few: the order that has waited longest, of those within reach, at once.

use std::time::Duration;

use tropa_dispatch::domain::*;
use tropa_dispatch::intake::Submit;
use tropa_dispatch::orders::Command;
use tropa_dispatch::settings::Settings;

use crate::rig::{self, PICKUP, Rig, new_order, until};

/// Nothing becomes due by itself: only a driver who is given to an order wakes it.
fn patient() -> Settings {
    let long = Duration::from_hours(1);
    Settings { ask_again: long, dispatch_deadline: long * 24, ..Settings::default() }
}

async fn postponed(rig: &Rig) -> u64 {
    rig.handles.reader.ask(tropa_dispatch::reader::OutboxState).await.unwrap().unwrap().postponed
}

/// An order from there, accepted and waiting.
async fn waits(rig: &Rig, id: &str, at: (f64, f64)) {
    let before = postponed(rig).await;
    let mut order = new_order(id);
    order.details.pickup = Some(GeoPoint::new(at.0, at.1).unwrap());
    rig.handles.intake.here().unwrap().ask(Submit { order, key: None, trace: None }).await.unwrap().unwrap();
    until("it waits", async || postponed(rig).await == before + 1).await;
}

/// Delivers whatever the one driver has, again and again; the orders in the turn they were served.
async fn served(rig: &Rig, count: usize) -> Vec<String> {
    let mut served = Vec::new();
    for _ in 0..count {
        let mut order = None;
        until("the driver has an order", async || {
            order = rig.index_order("d-0").await;
            order.is_some()
        })
        .await;
        let order = order.unwrap().to_string();
        rig.reaches(&order, Status::Dispatched).await;
        rig.command(&order, Command::Deliver).await.unwrap();
        free_of(rig, &order).await;
        served.push(order);
    }
    served
}

/// Waits until the order that was delivered does not hold the driver any more.
async fn free_of(rig: &Rig, order: &str) {
    until("the driver is free of it", async || {
        rig.index_order("d-0").await.is_none_or(|other| other.as_str() != order)
    })
    .await;
}

#[test]
fn orders_at_one_pickup_are_served_in_the_turn_they_came() {
    rig::with(patient(), async |rig| {
        let names: Vec<_> = (1..=12).map(|n| format!("o-{n:02}")).collect();
        for name in &names {
            waits(&rig, name, PICKUP).await;
        }
        rig.drivers(1).await;
        assert_eq!(served(&rig, names.len()).await, names);
    });
}

#[test]
fn an_order_that_comes_later_does_not_overtake() {
    rig::with(patient(), async |rig| {
        rig.drivers(1).await;
        rig.submit("first").await.unwrap();
        rig.reaches("first", Status::Dispatched).await;
        waits(&rig, "second", PICKUP).await;
        // Both happen at once: the driver comes free, and another order comes.
        let (delivered, submitted) =
            tokio::join!(rig.command("first", Command::Deliver), rig.submit("third"));
        delivered.unwrap();
        submitted.unwrap();
        free_of(&rig, "first").await;
        until("the third has found nobody", async || postponed(&rig).await >= 1).await;
        assert_eq!(served(&rig, 2).await, ["second", "third"]);
    });
}

#[test]
fn a_driver_wakes_the_orders_within_reach_and_no_others() {
    rig::with(patient(), async |rig| {
        for n in 0..150 {
            waits(&rig, &format!("far-{n}"), (-22.9, -43.2)).await;
        }
        waits(&rig, "near", PICKUP).await;
        // Out of everybody's reach; then they drive up to the door.
        rig.driver("d-0", -20.0, -46.0).await;
        assert_eq!(postponed(&rig).await, 151);
        rig.driver("d-0", PICKUP.0, PICKUP.1).await;
        rig.reaches("near", Status::Dispatched).await;
        assert_eq!(postponed(&rig).await, 150, "nobody else was woken");
    });
}

#[test]
fn a_driver_who_was_given_to_an_order_that_is_no_more_goes_to_the_next() {
    rig::with(patient(), async |rig| {
        waits(&rig, "cancelled", PICKUP).await;
        waits(&rig, "next", PICKUP).await;
        rig.command("cancelled", Command::Cancel { reason: None }).await.unwrap();
        rig.drivers(1).await;
        rig.reaches("next", Status::Dispatched).await;
        assert_eq!(rig.order("cancelled").await.status, Status::Cancelled);
    });
}

#[test]
fn an_order_that_is_cancelled_as_it_is_given_a_driver_lets_go() {
    rig::with(patient(), async |rig| {
        rig.driver("d-0", -20.0, -46.0).await;
        for n in 0..40 {
            let order = format!("given-{n}");
            waits(&rig, &order, PICKUP).await;
            // Drives up to the door; and at that moment nobody wants it any more.
            let ((), cancelled) = tokio::join!(rig.driver("d-0", PICKUP.0, PICKUP.1), async {
                tokio::time::sleep(Duration::from_micros(n * 100)).await;
                rig.command(&order, Command::Cancel { reason: None }).await
            });
            cancelled.unwrap();
            until("the driver is free", async || rig.index_order("d-0").await.is_none()).await;
            rig.driver("d-0", -20.0, -46.0).await;
        }
    });
}
