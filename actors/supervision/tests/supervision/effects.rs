//! What a command would do, said beforehand; and what an actor was like.

use std::time::Duration;

use tropa_supervision::{
    Budget, ChaosCommand, Effect, Exit, Fate, Lifecycle, Restart, Strategy, SupervisorSpec,
};

use crate::cast::{Add, Epoch, quiet};
use crate::stage::{Stage, ms, patient, spec, strict, until};

fn of(stage: &Stage, path: &str, verb: &str) -> Effect {
    let effects = stage.system.effects(path).unwrap();
    effects.verbs.into_iter().find(|effect| effect.verb == verb).unwrap()
}

fn within_a_minute(strategy: Strategy, restarts: u32) -> SupervisorSpec {
    SupervisorSpec::new(strategy, Budget::new(restarts, Duration::from_mins(1)))
}

/// Top (2 restarts) over a group (1 restart, rest for one) of three, and a single beside it.
fn tree() -> (Stage, crate::stage::Witness) {
    let [a, b, c] = ["a", "b", "c"].map(|name| quiet(name, strict(8)));
    let group = within_a_minute(Strategy::RestForOne, 1).child(&a).child(&b).child(&c);
    let group = group.into_ref("group", patient(16));
    let once = quiet("once", patient(8).restart(Restart::Transient));
    let top = within_a_minute(Strategy::OneForOne, 2).child(&group).child(&once);
    Stage::watched(1, top.into_ref("top", patient(16)))
}

#[test]
fn what_is_said_is_what_happens() {
    let (stage, mut witness) = tree();
    stage.run(async {
        witness.start("/top/once").await;
        let first = of(&stage, "/top/group/b", "kill");
        assert_eq!((first.fate, first.restarts_left, first.window_ms), (Fate::Replaced, Some(1), None));
        assert_eq!((first.takes_down, first.failing), (vec!["/top/group/c".to_owned()], None));

        stage.command("/top/group/b", ChaosCommand::Kill);
        witness.exit("/top/group/b").await;
        let epochs = ["a", "b", "c"].map(|name| stage.status(&format!("/top/group/{name}")).epoch);
        until(|| stage.status("/top/group/c").epoch == epochs[2] + 1).await;
        until(|| of(&stage, "/top/group/b", "kill").fate != Fate::None).await;
        assert_eq!(stage.status("/top/group/a").epoch, epochs[0], "that was built on nothing that failed");

        let last = of(&stage, "/top/group/b", "panic");
        assert_eq!((last.fate, last.restarts_left), (Fate::SupervisorFails, Some(0)));
        assert_eq!(last.failing.as_deref(), Some("/top/group"));
        assert!(last.window_ms.is_some_and(|window| (1..=60_000).contains(&window)), "{last:?}");
        assert_eq!(last.takes_down, ["/top/group", "/top/group/a", "/top/group/c"]);
        stage.command("/top/group/b", ChaosCommand::Panic);
        witness.sees("/top/group", |kind| matches!(kind, Lifecycle::Escalated { .. })).await;
        witness.start("/top/group").await;
        // The next supervisor has spent nothing, and the top one restart.
        until(|| of(&stage, "/top/group/b", "kill").restarts_left == Some(1)).await;
        assert_eq!(of(&stage, "/top/group", "kill").restarts_left, Some(1));
    });
}

#[test]
fn the_last_restart_of_all_ends_the_process() {
    let worker = quiet("worker", patient(8));
    let sub = within_a_minute(Strategy::OneForOne, 0).child(&worker).into_ref("sub", patient(16));
    let top = within_a_minute(Strategy::OneForOne, 0).child(&sub).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        witness.start("/top/sub/worker").await;
        let kill = of(&stage, "/top/sub/worker", "kill");
        assert_eq!((kill.fate, kill.failing.as_deref()), (Fate::ProcessEnds, Some("/top")));
        stage.command("/top/sub/worker", ChaosCommand::Kill);
        assert!(matches!(stage.root.wait().await, Exit::Escalated(_)));
        assert_eq!(of(&stage, "/top/sub/worker", "kill").fate, Fate::None, "there is nobody any more");
    });
}

#[test]
fn what_costs_no_restart_says_so() {
    let (stage, mut witness) = tree();
    stage.run(async {
        witness.start("/top/once").await;
        let stop = of(&stage, "/top/once", "stop");
        assert_eq!((stop.fate, stop.restarts_left), (Fate::Closed, None), "its work is done");
        assert_eq!(of(&stage, "/top/once", "kill").fate, Fate::Replaced);
        assert_eq!(
            of(&stage, "/top/once", "hang").fate,
            Fate::StandsStill,
            "nobody looks whether it is hung"
        );
        assert_eq!(of(&stage, "/top/group/a", "hang").fate, Fate::Replaced);
        assert_eq!(stage.system.effects("/top/group/a").unwrap().hang_after_ms, Some(300));
        let block = of(&stage, "/top/once", "block");
        assert_eq!(block.takes_down, ["/top/group/a", "/top/group/b", "/top/group/c"], "on one thread");
        let restart = of(&stage, "/top/group", "restart");
        assert_eq!((restart.fate, restart.restarts_left), (Fate::Replaced, None));
        assert_eq!(restart.takes_down, ["/top/group/a", "/top/group/b", "/top/group/c"]);
        assert_eq!(of(&stage, "/top/once", "resume").fate, Fate::None);
        stage.command("/top/once", ChaosCommand::Suspend);
        until(|| of(&stage, "/top/once", "resume").fate == Fate::GoesOn).await;
        assert_eq!(of(&stage, "/top/once", "suspend").fate, Fate::None);
        assert!(stage.system.effects("/top/nobody").is_none());
        stage.command("/top/once", ChaosCommand::Stop);
        witness.closed("/top/once").await;
        assert_eq!(of(&stage, "/top/once", "restart").fate, Fate::None);
    });
}

#[test]
fn exits_and_messages_are_remembered() {
    let worker = quiet("worker", patient(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        for epoch in 1..=3 {
            until(|| worker.child().epoch() == epoch).await;
            assert_eq!(worker.ask(Add(1)).await, Ok(1));
            assert_eq!(worker.ask(Epoch).await, Ok(epoch));
            stage.command("/top/worker", ChaosCommand::Kill);
            witness.exit("/top/worker").await;
        }
        worker.ask(Add(1)).await.unwrap();
        // Its time is known only after its reply.
        let counted = || stage.system.history("/top/worker").unwrap().messages[0].handled;
        until(|| counted() == 4).await;
        let history = stage.system.history("/top/worker").unwrap();
        let exits: Vec<_> = history.exits.iter().map(|exit| (exit.epoch, &exit.exit)).collect();
        assert_eq!(exits, [(3, &Exit::Killed), (2, &Exit::Killed), (1, &Exit::Killed)]);
        let messages: Vec<_> = history.messages.iter().map(|m| (m.message.as_str(), m.handled)).collect();
        assert_eq!(messages, [("Add", 4), ("Epoch", 3)], "of all incarnations");
        assert_eq!(stage.status("/top/worker").handled, 7);
        assert_eq!((history.step_ms, stage.system.history("/top/nobody")), (5_000, None));
    });
}

#[test]
fn one_that_is_slowed_recovers_by_itself() {
    let worker = quiet("worker", patient(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        witness.start("/top/worker").await;
        stage.command("/top/worker", ChaosCommand::Slow { delay: ms(100), lasting: ms(400) });
        let begun = std::time::Instant::now();
        while begun.elapsed() < ms(350) {
            let asked = std::time::Instant::now();
            worker.ask(Add(1)).await.unwrap();
            assert!(asked.elapsed() >= ms(100));
        }
        tokio::time::sleep(ms(400).saturating_sub(begun.elapsed())).await;
        until(|| begun.elapsed() > ms(400)).await;
        let asked = std::time::Instant::now();
        for _ in 0..100 {
            worker.ask(Add(1)).await.unwrap();
        }
        assert!(asked.elapsed() < ms(5_000), "a hundred would take ten seconds");
    });
}
