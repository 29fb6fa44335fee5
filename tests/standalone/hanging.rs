//! Awaits that never come back: every loop that hangs is found out by what it does, and replaced; and nothing is lost.

use std::cell::Cell;
use std::time::Duration;

use tropa_dispatch::domain::*;
use tropa_dispatch::port::DriverIndex;
use tropa_dispatch::settings::Settings;
use tropa_dispatch::stalls::{AT_ONCE, ONE_BY_ONE, Stall, before, play, strict};

use crate::rig::{self, quick};

#[test]
fn a_loop_that_hangs_is_replaced_and_nothing_is_lost() {
    let (stall, orders) = (Stall::default(), Cell::new(0));
    let settings = Settings {
        outbox_lease: Duration::from_secs(1),
        event_lease: Duration::from_secs(1),
        ..strict(quick(), Duration::from_secs(2))
    };
    rig::with_planted(
        settings,
        |ports| before(&stall, ports),
        async |rig| {
            rig.drivers(ONE_BY_ONE.len() + 1).await;
            let order = async || {
                rig.insist(&format!("o-{}", orders.get())).await;
                orders.set(orders.get() + 1);
            };
            let forget = || rig.index.handovers().forgot();
            for cell in ONE_BY_ONE {
                play(&stall, &rig.handles, &[cell], order, forget).await;
            }
            play(&stall, &rig.handles, &AT_ONCE, order, forget).await;
            order().await;
            for n in 0..orders.get() {
                let order = rig.reaches(&format!("o-{n}"), Status::Dispatched).await;
                let steps = rig.timeline(&order.id.to_string()).await.len();
                assert_eq!((order.version, steps), (2, 2), "{order:?}");
            }
        },
    );
}
