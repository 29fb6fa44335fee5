//! Bounded for everyone, and honest about what became of a message.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use futures_util::future::join_all;
use futures_util::poll;
use tropa_supervision::{AskError, ChaosCommand, Closed, Ref, Restart, Strategy, TryTellError};

use crate::cast::{Add, GiveUp, Held, Hold, Worker, quiet};
use crate::stage::{Stage, ms, patient, spec, until};

/// A worker that is busy until it is released, with nothing in its mailbox.
async fn busy(worker: &Ref<Worker>) -> Held {
    let (hold, mut grip) = Hold::atomic();
    worker.tell(hold).await.unwrap();
    grip.begun().await;
    grip
}

fn alone(worker: &Ref<Worker>) -> Stage {
    Stage::new(1, spec(Strategy::OneForOne).child(worker).into_ref("top", patient(16)))
}

#[test]
fn sixty_four_senders_share_the_room_there_is() {
    let worker = quiet("worker", patient(8));
    let stage = alone(&worker);
    let (deepest, answered) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    stage.run(async {
        let grip = busy(&worker).await;
        let senders: Vec<_> = (0..64)
            .map(|_| {
                let (worker, deepest, answered) = (worker.clone(), deepest.clone(), answered.clone());
                tokio::spawn(async move {
                    for _ in 0..50 {
                        worker.ask(Add(1)).await.unwrap();
                        answered.fetch_add(1, SeqCst);
                        deepest.fetch_max(worker.depth(), SeqCst);
                    }
                })
            })
            .collect();
        until(|| worker.depth() == 8).await;
        assert_eq!((worker.free(), worker.capacity()), (0, 8));
        assert!(matches!(worker.try_tell(Add(7)), Err(TryTellError::Full(Add(7)))), "the message comes back");
        assert!(matches!(worker.try_ask(Add(7)), Err(TryTellError::Full(Add(7)))));
        assert_eq!(answered.load(SeqCst), 0);
        grip.release();
        for sender in senders {
            sender.await.unwrap();
        }
        assert_eq!(worker.ask(Add(0)).await, Ok(64 * 50), "each message once");
        assert!(deepest.load(SeqCst) <= 8, "{deepest:?}");
        assert_eq!(worker.free(), 8);
    });
}

#[test]
fn senders_that_give_up_leave_no_hole_in_the_room() {
    let worker = quiet("worker", patient(4));
    let stage = alone(&worker);
    stage.run(async {
        let grip = busy(&worker).await;
        for _ in 0..4 {
            worker.try_tell(Add(1)).unwrap();
        }
        for _ in 0..100 {
            let (mut ask, mut tell) = (Box::pin(worker.ask(Add(1))), Box::pin(worker.tell(Add(1))));
            assert!(poll!(&mut ask).is_pending() && poll!(&mut tell).is_pending());
        }
        grip.release();
        assert_eq!(worker.ask(Add(0)).await, Ok(4), "what was given up was never sent");
        assert_eq!((worker.free(), worker.depth()), (4, 0));
    });
}

#[test]
fn a_question_given_up_while_it_waits_is_cancelled() {
    let worker = quiet("worker", patient(8));
    let stage = alone(&worker);
    stage.run(async {
        let grip = busy(&worker).await;
        assert_eq!(worker.ask_for(ms(5), Add(100)).await, Err(AskError::Timeout));
        drop(worker.try_ask(Add(100)).unwrap());
        grip.release();
        assert_eq!(worker.ask(Add(1)).await, Ok(1));
        assert_eq!(stage.status("/top/worker").cancelled, 2);
    });
}

#[test]
fn the_control_lane_jumps_the_queue_and_knows_no_limit() {
    let worker = quiet("worker", patient(2));
    let stage = alone(&worker);
    stage.run(async {
        let grip = busy(&worker).await;
        let first = worker.try_ask(Add(1)).unwrap();
        let second = worker.try_ask(Add(1)).unwrap();
        for _ in 0..3 {
            assert!(worker.control(Add(1000)));
        }
        assert_eq!(worker.depth(), 5);
        grip.release();
        assert_eq!((first.await, second.await), (Ok(3001), Ok(3002)));
        assert_eq!(worker.free(), 2, "control messages give back no room they never took");
    });
}

#[test]
fn room_is_waited_for() {
    let worker = quiet("worker", patient(1));
    let stage = alone(&worker);
    stage.run(async {
        let grip = busy(&worker).await;
        worker.try_tell(Add(1)).unwrap();
        let mut room = Box::pin(worker.room());
        assert!(poll!(&mut room).is_pending());
        grip.release();
        room.await;
        assert_eq!(worker.free(), 1);
    });
}

#[test]
fn what_is_left_in_a_closed_mailbox_was_not_handled_and_says_so() {
    let worker = quiet("worker", patient(2).restart(Restart::Temporary));
    let stage = alone(&worker);
    stage.run(async {
        let grip = busy(&worker).await;
        worker.control(GiveUp(tropa_supervision::Exit::Normal));
        let left = [worker.try_ask(Add(1)).unwrap(), worker.try_ask(Add(1)).unwrap()];
        let waiting = tokio::spawn({
            let worker = worker.clone();
            async move { join_all((0..2).map(|_| worker.ask(Add(1)))).await }
        });
        let room = {
            let worker = worker.clone();
            tokio::spawn(async move { worker.room().await })
        };
        grip.release();
        assert_eq!(join_all(left).await, [Err(AskError::Closed), Err(AskError::Closed)]);
        assert_eq!(waiting.await.unwrap(), [Err(AskError::Closed), Err(AskError::Closed)]);
        room.await.unwrap(); // nobody waits for room in a closed mailbox
        assert_eq!(worker.tell(Add(1)).await, Err(Closed));
        assert!(
            matches!(worker.try_ask(Add(9)), Err(TryTellError::Closed(Add(9)))),
            "the message comes back"
        );
        assert!(!worker.control(Add(1)));
        assert_eq!(worker.depth(), 0);
    });
}

#[test]
fn what_was_being_handled_when_the_end_came_has_crashed() {
    let worker = quiet("worker", patient(2).restart(Restart::Temporary));
    let stage = alone(&worker);
    stage.run(async {
        let (hold, mut grip) = Hold::atomic();
        let begun = worker.try_ask(hold).unwrap();
        grip.begun().await;
        let behind = worker.try_ask(Add(1)).unwrap();
        stage.command("/top/worker", ChaosCommand::Kill);
        assert_eq!((begun.await, behind.await), (Err(AskError::Crashed), Err(AskError::Closed)));
    });
}

#[test]
fn messages_may_be_sent_before_the_tree_is_started() {
    let worker = quiet("worker", patient(2));
    let early = worker.try_ask(Add(5)).unwrap();
    let stage = alone(&worker);
    assert_eq!(stage.run(early), Ok(5));
}
