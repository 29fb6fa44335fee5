//! Whom a failed child takes along.

use tropa_supervision::{ActorState, ChaosCommand, Restart, Strategy};

use crate::cast::{Diary, worker};
use crate::stage::{Stage, patient, spec};

/// Panics the second of three and returns what was written until all three run again.
fn second_of_three(strategy: Strategy, restarted: &[&str]) -> Vec<String> {
    let diary = Diary::default();
    let [a, b, c] = ["a", "b", "c"].map(|name| worker(name, &diary, patient(8)));
    let top = spec(strategy).child(&a).child(&b).child(&c).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        for path in ["/top/a", "/top/b", "/top/c"] {
            witness.start(path).await;
        }
        assert_eq!(diary.take(), ["+a", "+b", "+c"], "started in order");
        stage.command("/top/b", ChaosCommand::Panic);
        for path in restarted {
            witness.start(path).await;
        }
        for path in ["/top/a", "/top/b", "/top/c"] {
            let epoch = if restarted.contains(&path) { 2 } else { 1 };
            assert_eq!(stage.status(path).epoch, epoch, "{path}");
        }
        diary.take()
    })
}

#[test]
fn one_for_one_restarts_the_one() {
    assert_eq!(second_of_three(Strategy::OneForOne, &["/top/b"]), ["+b"]);
}

#[test]
fn rest_for_one_restarts_it_and_those_after_it() {
    assert_eq!(second_of_three(Strategy::RestForOne, &["/top/b", "/top/c"]), ["-c", "+b", "+c"]);
}

#[test]
fn one_for_all_restarts_all() {
    let mut diary = second_of_three(Strategy::OneForAll, &["/top/a", "/top/b", "/top/c"]);
    diary[..2].sort(); // the rest of a failed group is told to stop at once, not one after the other
    assert_eq!(diary, ["-a", "-c", "+a", "+b", "+c"]);
}

#[test]
fn a_temporary_child_that_falls_with_its_group_stays_down() {
    let diary = Diary::default();
    let [a, b] = [Restart::Permanent, Restart::Temporary].map(|restart| patient(8).restart(restart));
    let (a, b) = (worker("a", &diary, a), worker("b", &diary, b));
    let top = spec(Strategy::OneForAll).child(&a).child(&b).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        witness.start("/top/a").await;
        witness.start("/top/b").await;
        stage.command("/top/a", ChaosCommand::Panic);
        witness.closed("/top/b").await;
        assert_eq!(stage.status("/top/b").state, ActorState::Closed);
    });
}
