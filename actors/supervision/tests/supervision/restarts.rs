//! Which exits a child comes back from, and when.

use std::time::Duration;

use tropa_supervision::{
    ActorState, AskError, Backoff, ChaosCommand, CommandError, Exit, Lifecycle, Restart, Strategy,
    TryTellError,
};

use crate::cast::{Add, Diary, GiveUp, Panic, Where, quiet, worker};
use crate::stage::{Stage, patient, spec};

#[test]
fn a_permanent_child_comes_back_from_everything() {
    let worker = quiet("worker", patient(8));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        for exit in [Exit::Normal, Exit::Shutdown, Exit::Error("x".into())] {
            worker.ask(GiveUp(exit.clone())).await.unwrap();
            assert_eq!(witness.exit("/top/worker").await, exit);
            assert_eq!(worker.ask(Add(1)).await, Ok(1), "fresh state");
        }
    });
}

#[test]
fn a_transient_child_comes_back_from_failures_only() {
    let worker = quiet("worker", patient(8).restart(Restart::Transient));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        worker.ask(GiveUp(Exit::Error("x".into()))).await.unwrap();
        assert_eq!(worker.ask(Add(1)).await, Ok(1));
        worker.ask(GiveUp(Exit::Normal)).await.unwrap();
        witness.closed("/top/worker").await;
        assert_eq!(worker.ask(Add(1)).await, Err(AskError::Closed));
        assert_eq!(stage.status("/top/worker").state, ActorState::Closed);
    });
}

#[test]
fn a_temporary_child_does_not_come_back() {
    let worker = quiet("worker", patient(8).restart(Restart::Temporary));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        assert_eq!(worker.ask(Panic(Where::Handler)).await, Err(AskError::Crashed));
        witness.closed("/top/worker").await;
        assert!(matches!(worker.try_tell(Add(1)), Err(TryTellError::Closed(Add(1)))));
        let refused = stage.system.command("/top/worker", None, ChaosCommand::Restart, "test");
        assert_eq!(refused, Err(CommandError::NotRunning), "closed is closed");
    });
}

#[test]
fn a_temporary_child_is_restarted_on_command_and_that_costs_no_budget() {
    let diary = Diary::default();
    let worker = worker("worker", &diary, patient(8).restart(Restart::Temporary));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        assert_eq!(witness.start("/top/worker").await, 1);
        let budget = stage.status("/top").budget_left;
        assert_eq!(worker.ask(Add(5)).await, Ok(5));
        stage.command("/top/worker", ChaosCommand::Restart);
        assert_eq!(witness.exit("/top/worker").await, Exit::Shutdown);
        assert_eq!(witness.start("/top/worker").await, 2);
        assert_eq!(worker.ask(Add(5)).await, Ok(5), "fresh state");
        assert_eq!(diary.take(), ["+worker", "-worker", "+worker"], "an orderly stop");
        assert_eq!(stage.status("/top").budget_left, budget);
    });
}

#[test]
fn a_restart_on_command_ends_a_back_off() {
    let hour = Duration::from_hours(1);
    let worker = quiet("worker", patient(8).backoff(Backoff { initial: hour, max: hour, reset_after: hour }));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        let _ = worker.ask(Panic(Where::Handler)).await;
        witness.sees("/top/worker", |kind| matches!(kind, Lifecycle::BackingOff { .. })).await;
        let status = stage.status("/top/worker");
        assert_eq!((status.state, status.uptime_ms), (ActorState::Backoff, 0));
        let refused = stage.system.command("/top/worker", None, ChaosCommand::Panic, "test");
        assert_eq!(refused, Err(CommandError::NotRunning));
        stage.command("/top/worker", ChaosCommand::Restart);
        assert_eq!(worker.ask(Add(1)).await, Ok(1));
    });
}

/// The delays a child waits for, life by life, if each life ends in a panic.
fn delays(backoff: Backoff, lives: usize) -> Vec<u64> {
    let worker = quiet("worker", patient(8).backoff(backoff));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        let mut delays = Vec::new();
        for _ in 0..lives {
            let _ = worker.ask(Panic(Where::Handler)).await;
            let event =
                witness.sees("/top/worker", |kind| matches!(kind, Lifecycle::BackingOff { .. })).await;
            if let Lifecycle::BackingOff { delay_ms } = event.kind {
                delays.push(delay_ms);
            }
        }
        delays
    })
}

#[test]
fn the_back_off_grows_while_lives_are_short_and_starts_anew_after_a_calm_one() {
    let (initial, max) = (Duration::from_millis(1), Duration::from_millis(64));
    let short_lived = Backoff { initial, max, reset_after: Duration::from_hours(1) };
    // Jitter may make any single wait short: among lives 7 to 26, all with a ceiling of 64 ms, one is above 8 ms but for
    // a chance of 1 in 8^20.
    assert!(delays(short_lived, 26).into_iter().any(|delay| delay > 8));
    // Every life counts as calm: the first ceiling, 1 ms, holds for all.
    let calm = Backoff { initial, max, reset_after: Duration::ZERO };
    assert!(delays(calm, 26).into_iter().all(|delay| delay <= 1));
}
