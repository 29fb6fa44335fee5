//! The orderly end.

use std::time::{Duration, Instant};

use actix::prelude::*;
use futures_util::future::join_all;
use tropa_supervision::{ActorState, AskError, ChaosCommand, Context, Exit, Ref, Strategy, TryTellError};

use crate::cast::{Add, Diary, Hold, quiet, worker};
use crate::stage::{Stage, ms, patient, spec, strict, until};

#[test]
fn children_stop_in_reverse_and_handle_what_waits() {
    let diary = Diary::default();
    let [a, b] = ["a", "b"].map(|name| worker(name, &diary, patient(64)));
    let top = spec(Strategy::OneForOne).child(&a).child(&b).into_ref("top", patient(16));
    let stage = Stage::new(2, top);
    stage.run(async {
        let (hold, mut grip) = Hold::atomic();
        b.tell(hold).await.unwrap();
        grip.begun().await;
        let queued: Vec<_> = (0..20).map(|_| b.try_ask(Add(1)).unwrap()).collect();
        stage.root.shutdown();
        until(|| stage.status("/top/b").state == ActorState::Stopping).await;
        assert!(
            matches!(b.try_tell(Add(9)), Err(TryTellError::Closed(Add(9)))),
            "nothing new, and it comes back"
        );
        assert_eq!(b.ask(Add(9)).await, Err(AskError::Closed));
        assert_eq!(a.ask(Add(1)).await, Ok(1), "its turn has not come: it still serves those after it");
        grip.release();
        assert!(join_all(queued).await.iter().all(Result::is_ok));
        assert_eq!(stage.root.wait().await, Exit::Shutdown);
        assert_eq!(diary.take()[2..], ["-b", "-a"]);
        assert!(stage.system.picture().iter().all(|actor| actor.state == ActorState::Closed));
    });
}

#[test]
fn replies_in_flight_are_given_before_the_stop() {
    let worker = quiet("worker", patient(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let stage = Stage::new(1, top);
    stage.run(async {
        let (hold, mut grip) = Hold::aside();
        let reply = worker.try_ask(hold).unwrap();
        grip.begun().await;
        assert_eq!(worker.ask(Add(3)).await, Ok(3));
        assert_eq!(stage.status("/top/worker").in_flight, 1);
        stage.root.shutdown();
        until(|| stage.status("/top/worker").state == ActorState::Stopping).await;
        grip.release();
        assert_eq!((reply.await, stage.root.wait().await), (Ok(3), Exit::Shutdown));
    });
}

#[test]
fn replies_in_flight_are_given_before_a_restart_and_the_queue_stays() {
    let worker = quiet("worker", patient(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        let (hold, mut grip) = Hold::aside();
        let reply = worker.try_ask(hold).unwrap();
        grip.begun().await;
        assert_eq!(worker.ask(Add(3)).await, Ok(3));
        stage.command("/top/worker", ChaosCommand::Restart);
        until(|| stage.status("/top/worker").state == ActorState::Stopping).await;
        let next = worker.try_ask(Add(4)).unwrap();
        grip.release();
        assert_eq!((reply.await, next.await), (Ok(3), Ok(4)), "the next one has fresh state");
        assert_eq!(witness.exit("/top/worker").await, Exit::Shutdown);
    });
}

#[test]
fn a_suspended_actor_handles_what_waits_before_the_end() {
    let worker = quiet("worker", patient(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let stage = Stage::new(1, top);
    stage.run(async {
        assert_eq!(worker.ask(Add(1)).await, Ok(1));
        stage.command("/top/worker", ChaosCommand::Suspend);
        until(|| stage.status("/top/worker").state == ActorState::Suspended).await;
        let queued = worker.try_ask(Add(1)).unwrap();
        stage.root.shutdown();
        assert_eq!((queued.await, stage.root.wait().await), (Ok(2), Exit::Shutdown));
    });
}

/// Has work of its own, and stops only when that is done, if ever.
struct Reluctant {
    diary: Diary,
    work: Option<Duration>,
}

impl Actor for Reluctant {
    type Context = Context<Self>;

    fn stopping(&mut self, ctx: &mut Context<Self>) -> Running {
        match self.work.take() {
            Some(work) => {
                self.diary.write(format!("stopping, draining: {}", ctx.draining()));
                ctx.run_later(work, |_, ctx| ctx.stop());
                Running::Continue
            }
            None => Running::Stop,
        }
    }

    fn stopped(&mut self, _: &mut Context<Self>) {
        self.diary.write("stopped");
    }
}

fn reluctant(diary: &Diary, work: Duration) -> Ref<Reluctant> {
    let diary = diary.clone();
    Ref::new("reluctant", patient(8).shutdown(ms(500)), move |_| Reluctant {
        diary: diary.clone(),
        work: Some(work),
    })
}

#[test]
fn an_actor_may_delay_its_stop() {
    let diary = Diary::default();
    let reluctant = reluctant(&diary, ms(20));
    let top = spec(Strategy::OneForOne).child(&reluctant).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(witness.start("/top/reluctant"));
    assert_eq!(stage.end(), Exit::Shutdown);
    assert_eq!(diary.take(), ["stopping, draining: true", "stopped"]);
    assert_eq!(stage.status("/top/reluctant").last_exit, Some(Exit::Shutdown));
}

#[test]
fn but_not_beyond_its_shutdown_time() {
    let diary = Diary::default();
    // Longer than all its time; it is asked again at half time, but then says yes only to another question.
    let stubborn = {
        let diary = diary.clone();
        Ref::new("stubborn", patient(8).shutdown(ms(200)), move |_| Stubborn(diary.clone()))
    };
    let top = spec(Strategy::OneForOne).child(&stubborn).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(witness.start("/top/stubborn"));
    let clock = Instant::now();
    assert_eq!(stage.end(), Exit::Shutdown, "the tree itself ended in good order");
    assert!(clock.elapsed() >= ms(200));
    match stage.status("/top/stubborn").last_exit {
        Some(Exit::Hung(reason)) => assert!(reason.contains("did not stop within 200ms"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert!(!diary.take().contains(&"stopped".to_owned()));
}

struct Stubborn(Diary);

impl Actor for Stubborn {
    type Context = Context<Self>;

    fn stopping(&mut self, _: &mut Context<Self>) -> Running {
        Running::Continue
    }

    fn stopped(&mut self, _: &mut Context<Self>) {
        self.0.write("stopped");
    }
}

#[test]
fn a_hung_child_does_not_keep_the_tree_from_ending() {
    let (a, b) = (quiet("a", patient(8)), quiet("b", patient(8).shutdown(ms(100))));
    let top = spec(Strategy::OneForOne).child(&a).child(&b).into_ref("top", patient(16));
    let stage = Stage::new(1, top);
    stage.run(async {
        let (hold, mut grip) = Hold::atomic();
        let stuck = b.try_ask(hold).unwrap();
        grip.begun().await;
        let behind = b.try_ask(Add(1)).unwrap();
        stage.root.shutdown();
        assert_eq!(stage.root.wait().await, Exit::Shutdown);
        assert_eq!((stuck.await, behind.await), (Err(AskError::Crashed), Err(AskError::Closed)));
    });
}

#[test]
fn a_top_supervisor_that_dies_on_the_way_out_does_not_cost_what_waits() {
    for command in [ChaosCommand::Hang, ChaosCommand::Panic, ChaosCommand::Block { lasting: ms(1500) }] {
        let worker = quiet("worker", patient(64));
        let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", strict(16));
        let (stage, mut witness) = Stage::watched(1, top);
        stage.run(async {
            witness.start("/top/worker").await;
            stage.command("/top/worker", ChaosCommand::Suspend);
            until(|| stage.status("/top/worker").state == ActorState::Suspended).await;
            let queued = worker.try_ask(Add(1)).unwrap();
            stage.command("/top", command);
            stage.root.shutdown();
            assert_eq!((queued.await, stage.root.wait().await), (Ok(1), Exit::Shutdown), "{command:?}");
        });
    }
}

#[test]
fn the_end_is_told_to_everyone_who_waits_early_or_late() {
    let stage = Stage::new(1, spec(Strategy::OneForOne).into_ref("top", patient(16)));
    assert_eq!(stage.root.wait_timeout(ms(1)), None);
    stage.run(async {
        let early = tokio::spawn({
            let root = stage.root.clone();
            async move { root.wait().await }
        });
        stage.root.shutdown();
        assert_eq!(early.await.unwrap(), Exit::Shutdown);
        assert_eq!(stage.root.wait().await, Exit::Shutdown);
    });
    assert_eq!(stage.root.exit(), Some(Exit::Shutdown));
}

#[test]
fn a_system_that_ends_takes_no_other_along() {
    for _ in 0..20 {
        let worker = quiet("worker", patient(8));
        let first = Stage::new(1, spec(Strategy::OneForOne).into_ref("top", patient(16)));
        let second = Stage::new(1, spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16)));
        drop(first);
        assert_eq!(second.run(worker.ask(Add(1))), Ok(1));
        assert_eq!((second.status("/top").epoch, second.end()), (1, Exit::Shutdown));
    }
}
