//! Await hangs: a call of an adapter never comes back, whatever it promised. The loop that made it is found out by what it
//! does and replaced within its limit; then the ten checks.

use std::{cell::Cell, time::Duration};

use tropa_dispatch::{
    port::DriverIndex,
    stalls::{AT_ONCE, ONE_BY_ONE, Stall, before, play, strict},
};

use crate::{planted::rig, witness::Witness};

/// Longer than the servers take to answer at the start.
const STEP_LIMIT: Duration = Duration::from_secs(4);

#[test]
fn a_loop_that_hangs_is_replaced_and_nothing_is_lost() {
    rig::with(|stage| async move {
        let (stall, orders) = (Stall::default(), Cell::new(0));
        let strict = |settings| strict(settings, STEP_LIMIT);
        let rig = stage.rig_of("hanging", strict, |ports, _| before(&stall, ports)).await;
        rig.drivers(ONE_BY_ONE.len() + 1).await;
        let witness = Witness::start(&stage.servers.broker).await;
        let order = async || {
            stage.submit(&rig, &format!("o-{}", orders.get())).await;
            orders.set(orders.get() + 1);
        };
        let forget = || rig.index.handovers().forgot();
        for cell in ONE_BY_ONE {
            play(&stall, &rig.handles, &[cell], order, forget).await;
        }
        play(&stall, &rig.handles, &AT_ONCE, order, forget).await;
        order().await;
        stage.orders("DISPATCHED", orders.get()).await;
        let verdict = stage.judge(&rig, &witness, Duration::from_secs(30)).await;
        assert!(verdict.findings.is_empty(), "{verdict}");
        rig.end().await;
    });
}
