//! Actors that answer nothing any more, and threads that do not.

use std::time::Instant;

use futures_util::future::join_all;
use tokio::sync::oneshot;
use tropa_supervision::{ActorState, AskError, ChaosCommand, Exit, Lifecycle, Strategy};

use crate::cast::{Add, BlockThread, Epoch, Hold, quiet};
use crate::stage::{Stage, is_running, ms, patient, spec, strict, until};

#[test]
fn a_hung_actor_is_replaced_and_its_queue_is_handled() {
    let worker = quiet("worker", strict(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        let (hold, mut grip) = Hold::atomic();
        let behind = async {
            grip.begun().await;
            join_all((0..10).map(|_| worker.ask(Add(1)))).await
        };
        let (hung, behind) = tokio::join!(worker.ask(hold), behind);
        assert_eq!(hung, Err(AskError::Crashed));
        assert!(behind.iter().all(Result::is_ok), "{behind:?}");
        match witness.exit("/top/worker").await {
            Exit::Hung(doing) => assert!(doing.starts_with("Hold for "), "{doing}"),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn one_that_is_slow_but_gets_on_is_not_hung() {
    let worker = quiet("worker", strict(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        witness.start("/top/worker").await;
        stage.command("/top/worker", ChaosCommand::Slow { delay: ms(60), lasting: ms(60_000) });
        let clock = Instant::now();
        let answers = join_all((0..12).map(|_| worker.ask(Add(1)))).await;
        assert!(clock.elapsed() > ms(600), "slowed to twice the limit");
        assert_eq!(answers.last(), Some(&Ok(12)), "one incarnation handled them all");
        stage.command("/top/worker", ChaosCommand::Slow { delay: ms(0), lasting: ms(60_000) });
        let clock = Instant::now();
        join_all((0..12).map(|_| worker.ask(Add(1)))).await;
        assert!(clock.elapsed() < ms(600));
    });
}

#[test]
fn a_suspended_actor_is_not_hung() {
    let (worker, beside) = (quiet("worker", strict(64)), quiet("beside", strict(64)));
    let top = spec(Strategy::OneForOne).child(&worker).child(&beside).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        witness.start("/top/beside").await;
        stage.command("/top/worker", ChaosCommand::Suspend);
        // By the time its sibling was found hung, it would have been, too.
        stage.command("/top/beside", ChaosCommand::Hang);
        assert!(matches!(witness.exit("/top/beside").await, Exit::Hung(_)));
        assert_eq!(stage.status("/top/worker").epoch, 1);
    });
}

#[test]
fn a_blocked_thread_is_replaced_once_with_all_its_actors() {
    let (worker, sibling) = (quiet("worker", strict(64)), quiet("sibling", strict(64)));
    let top = spec(Strategy::OneForOne).child(&worker).child(&sibling).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        assert_eq!((worker.ask(Epoch).await, sibling.ask(Epoch).await), (Ok(1), Ok(1)));
        let (begun, has_begun) = oneshot::channel();
        let blocked = worker.ask(BlockThread(ms(3000), begun));
        let meanwhile = async {
            has_begun.await.unwrap();
            let clock = Instant::now();
            let answers = join_all((0..10).map(|_| worker.ask(Add(1)))).await;
            assert!(answers.iter().all(Result::is_ok), "{answers:?}");
            assert!(sibling.ask(Add(1)).await.is_ok());
            assert!(clock.elapsed() < ms(2500), "before the thread woke");
        };
        let (old, ()) = tokio::join!(blocked, meanwhile);
        assert_eq!(old, Ok(1), "the old incarnation still answers what it had begun");
        assert!(worker.ask(Epoch).await.unwrap() > 1, "but takes nothing new");
        let replaced = witness
            .so_far()
            .into_iter()
            .filter(|event| matches!(event.kind, Lifecycle::ThreadReplaced { .. }));
        assert_eq!(replaced.count(), 1);
    });
}

#[test]
fn an_old_incarnation_gets_no_message_and_no_say() {
    let worker = quiet("worker", strict(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        let (begun, has_begun) = oneshot::channel();
        let zombie = worker.try_ask(BlockThread(ms(2000), begun)).unwrap();
        has_begun.await.unwrap();
        assert!(matches!(witness.exit("/top/worker").await, Exit::Hung(_)));
        let epoch = witness.start("/top/worker").await;
        // There is plenty to take when the zombie wakes, and nobody else takes it.
        stage.command("/top/worker", ChaosCommand::Suspend);
        until(|| stage.status("/top/worker").state == ActorState::Suspended).await;
        let waiting: Vec<_> = (0..50).map(|_| worker.try_ask(Epoch).unwrap()).collect();
        assert_eq!(zombie.await, Ok(1), "it still answers what it had begun");
        stage.command("/top/worker", ChaosCommand::Resume);
        let epochs = join_all(waiting).await;
        assert!(epochs.iter().all(|answer| *answer == Ok(epoch)), "{epochs:?}");
        let status = stage.status("/top/worker");
        assert_eq!((status.epoch, status.restarts), (epoch, 1), "its end is no news");
        let refused = stage.system.command("/top/worker", Some(1), ChaosCommand::Kill, "test");
        assert_eq!(refused, Err(tropa_supervision::CommandError::StaleEpoch { current: epoch }));
    });
}

#[test]
fn the_supervisors_own_thread_may_be_blocked() {
    let worker = quiet("worker", patient(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", strict(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        witness.start("/top/worker").await;
        stage.command("/top", ChaosCommand::Block { lasting: ms(2000) });
        assert!(matches!(witness.exit("/top").await, Exit::Hung(_)));
        let clock = Instant::now();
        until(|| is_running(&stage, "/top") && is_running(&stage, "/top/worker")).await;
        assert!(worker.ask(Add(1)).await.is_ok());
        assert!(clock.elapsed() < ms(1500), "without waiting for the thread");
    });
}
