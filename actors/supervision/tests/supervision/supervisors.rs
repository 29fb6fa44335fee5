//! Supervisors are actors, too.

use tropa_supervision::{ActorState, ChaosCommand, Exit, Strategy};

use crate::cast::{Add, Diary, quiet, worker};
use crate::stage::{Stage, is_running, ms, patient, spec, strict, until};

#[test]
fn a_killed_supervisor_takes_its_children_along_and_brings_them_back() {
    let diary = Diary::default();
    let (a, b, beside) =
        (worker("a", &diary, patient(8)), worker("b", &diary, patient(8)), quiet("beside", patient(8)));
    let sub = spec(Strategy::OneForOne).child(&a).child(&b).into_ref("sub", patient(16));
    let top = spec(Strategy::OneForOne).child(&beside).child(&sub).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(2, top);
    stage.run(async {
        assert_eq!(a.ask(Add(3)).await, Ok(3));
        witness.start("/top/sub/b").await;
        stage.command("/top/sub", ChaosCommand::Kill);
        assert_eq!(witness.exit("/top/sub").await, Exit::Killed);
        // Each when the one before it is gone: in any order.
        let again = |path| stage.status(path).epoch == 2 && stage.status(path).state == ActorState::Running;
        until(|| again("/top/sub/a") && again("/top/sub/b")).await;
        assert_eq!(a.ask(Add(3)).await, Ok(3), "fresh state");
        assert_eq!(stage.status("/top/beside").epoch, 1, "nobody else's business");
        // Shut down by the one that died, or killed by its successor, whoever comes first.
        let ended = |path| matches!(stage.status(path).last_exit, Some(Exit::Shutdown | Exit::Killed));
        until(|| ended("/top/sub/a") && ended("/top/sub/b")).await;
        let mut seen = diary.take();
        seen.sort_unstable();
        assert_eq!(seen, ["+a", "+a", "+b", "+b"], "dropped where they stood");
    });
}

#[test]
fn a_stopped_supervisor_stops_its_children_in_reverse_and_brings_them_back() {
    let diary = Diary::default();
    let [a, b] = ["a", "b"].map(|name| worker(name, &diary, patient(8)));
    let sub = spec(Strategy::OneForOne).child(&a).child(&b).into_ref("sub", patient(16));
    let top = spec(Strategy::OneForOne).child(&sub).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(2, top);
    stage.run(async {
        witness.start("/top/sub/b").await;
        stage.command("/top/sub", ChaosCommand::Restart);
        assert_eq!(witness.exit("/top/sub").await, Exit::Shutdown);
        witness.start("/top/sub/b").await;
        assert_eq!(diary.take(), ["+a", "+b", "-b", "-a", "+a", "+b"]);
    });
}

/// Everything that can be done, to everyone: the tree serves again, and only the tree's own limits decide when.
#[test]
fn every_command_on_every_actor_is_recovered_from() {
    let (a, b) = (quiet("a", strict(64)), quiet("b", strict(64).arbiter(2)));
    let sub = spec(Strategy::OneForOne).child(&b).into_ref("sub", strict(16));
    let top = spec(Strategy::OneForOne).child(&a).child(&sub).into_ref("top", strict(16));
    let stage = Stage::new(2, top);
    stage.run(async {
        let all_run = || stage.system.picture().iter().all(|actor| actor.state == ActorState::Running);
        until(all_run).await;
        for path in ["/top/a", "/top/sub", "/top/sub/b", "/top"] {
            for command in [
                ChaosCommand::Stop,
                ChaosCommand::Kill,
                ChaosCommand::Panic,
                ChaosCommand::Hang,
                ChaosCommand::Block { lasting: ms(2000) },
                ChaosCommand::Restart,
            ] {
                let before = stage.status(path).epoch;
                stage.command(path, command);
                let anew = || is_running(&stage, path) && stage.status(path).epoch > before;
                let all_run =
                    || stage.system.picture().iter().all(|actor| actor.state == ActorState::Running);
                until(|| anew() && all_run()).await;
                for (name, worker) in [("/top/a", &a), ("/top/sub/b", &b)] {
                    let answer = worker.ask_for(ms(5000), Add(1)).await;
                    assert!(answer.is_ok(), "{name} after {command:?} on {path}: {answer:?}");
                }
            }
        }
    });
    assert_eq!(stage.end(), Exit::Shutdown);
}
