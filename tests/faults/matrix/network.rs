//! Network cut, stall, one way, RST: each of the four hits the connection its stage depends on.

use std::time::Duration;

use super::{end_of, flowing, was_accepted};
use crate::{
    instance::Instance,
    proxy::{End, Flow, Proxy},
    scene::{PATIENCE, Scene, Setting},
};

/// A way in which a network fails.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Cut,
    Stall,
    /// What is sent arrives, no answer comes.
    OneWay,
    Reset,
}

const TROUBLES: [Trouble; 4] = [Trouble::Cut, Trouble::Stall, Trouble::OneWay, Trouble::Reset];

/// A network that says nothing is found out within this time.
const NO_SILENCE_OVER: Duration = Duration::from_secs(10);

impl Trouble {
    fn hit(self, link: &Proxy) {
        match self {
            Self::Cut => link.cut(),
            Self::Stall => link.stall(),
            Self::OneWay => link.to_client(Flow::Hold),
            Self::Reset => link.end(End::Reset),
        }
    }

    /// How long it lasts: longer than anybody waits for an answer when nobody is told that there will be none.
    async fn last(self) {
        let time = match self {
            Self::Cut | Self::Reset => Duration::from_secs(1),
            Self::Stall | Self::OneWay => NO_SILENCE_OVER,
        };
        tokio::time::sleep(time).await;
    }
}

/// Hits a link with each trouble in turn while orders come in; between them orders go all the way again.
async fn each_of_four(scene: &Scene, link: fn(&Instance) -> &Proxy) {
    for trouble in TROUBLES {
        println!("{}: {trouble:?}", scene.name);
        trouble.hit(link(scene.a()));
        trouble.last().await;
        scene.heal();
        scene.flowing().await;
    }
}

pub async fn accept(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    for trouble in TROUBLES {
        let untold = scene.at_accept().await.stored_and_untold();
        trouble.hit(&scene.a().links.database);
        trouble.last().await;
        scene.heal();
        scene.flowing().await;
        scene.load.stop().await;
        // More than once, perhaps: the first may meet a connection of before.
        scene
            .sees(&format!("{trouble:?}: each replay gets its order"), PATIENCE, async || {
                scene.load.settle(Vec::new()).await;
                let attempts = scene.moment().await.attempts;
                untold.iter().all(|id| was_accepted(&attempts, id))
            })
            .await;
        scene.under_load();
        scene.flowing().await;
    }
    scene.judge().await;
}

pub async fn outbox(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    for trouble in TROUBLES {
        let unmarked = scene.at_outbox().await.seen_and_unmarked();
        trouble.hit(&scene.a().links.broker);
        trouble.last().await;
        scene.heal();
        scene.all_published(&unmarked, PATIENCE).await;
        scene.flowing().await;
    }
    let verdict = scene.judge().await;
    assert!(verdict.redelivered > 0, "inconclusive: no confirm was unknown");
}

pub async fn consume(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    for trouble in TROUBLES {
        let in_hand = scene.at_fleet().await.in_hand();
        trouble.hit(&scene.a().links.broker);
        scene.a().links.fleet.heal();
        trouble.last().await;
        scene.heal();
        end_of(&scene, &in_hand, PATIENCE).await;
        scene.flowing().await;
    }
    scene.judge().await;
}

pub async fn guard(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    each_of_four(&scene, |a| &a.links.redis).await;
    scene.judge().await;
}

pub async fn fleet(name: &str) {
    let mut scene = flowing(name, Setting::default().with("TROPA_FLEET_DEADLINE_SECONDS", 2)).await;
    let mut claims = Vec::new();
    for trouble in TROUBLES {
        claims.extend(scene.at_fleet().await.claims);
        trouble.hit(&scene.a().links.fleet);
        trouble.last().await;
        scene.heal();
        scene.flowing().await;
    }
    scene.judge().await;
    let after = scene.moment().await.committed;
    assert!(claims.iter().all(|claim| super::has_ended(&after, &claim.order)));
}

pub async fn commit(name: &str) {
    let mut scene = flowing(name, Setting::default()).await;
    for trouble in TROUBLES {
        scene.at_commit().await;
        trouble.hit(&scene.a().links.database);
        trouble.last().await;
        scene.heal();
        scene.flowing().await;
    }
    scene.judge().await;
}
