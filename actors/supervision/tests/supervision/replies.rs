//! Replies that take their time.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use actix::prelude::*;
use tokio::sync::oneshot;
use tropa_supervision::{Context, Ref, Strategy};

use crate::stage::{Stage, ms, patient, spec, until};

/// Replies with what comes through the channel, and counts how often it looked.
struct Patient(Arc<AtomicU64>);

impl Actor for Patient {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "u64")]
struct Wait(oneshot::Receiver<u64>);

impl Handler<Wait> for Patient {
    type Result = ResponseActFuture<Self, u64>;

    fn handle(&mut self, Wait(mut answer): Wait, _: &mut Context<Self>) -> Self::Result {
        let looks = self.0.clone();
        let answer = poll_fn(move |task| {
            looks.fetch_add(1, SeqCst);
            Pin::new(&mut answer).poll(task).map(|answer| answer.expect("an answer"))
        });
        Box::pin(answer.into_actor(self))
    }
}

/// Waits for the channel and handles nothing else meanwhile; counts as one look.
#[derive(Message)]
#[rtype(result = "u64")]
struct Alone(oneshot::Receiver<u64>);

impl Handler<Alone> for Patient {
    type Result = AtomicResponse<Self, u64>;

    fn handle(&mut self, Alone(answer): Alone, _: &mut Context<Self>) -> Self::Result {
        let looks = self.0.clone();
        let answer = async move {
            looks.fetch_add(1, SeqCst);
            answer.await.expect("an answer")
        };
        AtomicResponse::new(Box::pin(answer.into_actor(self)))
    }
}

fn stage() -> (Stage, Ref<Patient>, Arc<AtomicU64>) {
    let looks = Arc::new(AtomicU64::new(0));
    let counted = looks.clone();
    let patient_one = Ref::new("patient", patient(1000), move |_| Patient(counted.clone()));
    let top = spec(Strategy::OneForOne).child(&patient_one).into_ref("top", patient(16));
    (Stage::new(1, top), patient_one, looks)
}

#[test]
fn only_the_reply_that_woke_is_looked_at() {
    const REPLIES: u64 = 300;
    let (stage, patient, looks) = stage();
    stage.run(async {
        let mut asked = HashMap::new();
        for number in 0..REPLIES {
            let (give, answer) = oneshot::channel();
            let whom = patient.clone();
            asked.insert(number, (give, tokio::spawn(async move { whom.ask(Wait(answer)).await })));
        }
        until(|| looks.load(SeqCst) == REPLIES).await;
        for (number, (give, reply)) in asked {
            give.send(number).unwrap();
            assert_eq!(reply.await.unwrap(), Ok(number));
        }
        assert_eq!(looks.load(SeqCst), 2 * REPLIES, "once when asked and once when there is an answer");
    });
}

#[test]
fn a_reply_that_wakes_while_the_actor_waits_is_given_afterwards() {
    let (stage, patient, looks) = stage();
    stage.run(async {
        let ((give, answer), (end, alone)) = (oneshot::channel(), oneshot::channel());
        let (one, other) = (patient.clone(), patient.clone());
        let asked = tokio::spawn(async move { one.ask(Wait(answer)).await });
        until(|| looks.load(SeqCst) == 1).await;
        let waiting = tokio::spawn(async move { other.ask(Alone(alone)).await });
        until(|| looks.load(SeqCst) == 2).await;
        give.send(1).unwrap();
        tokio::time::sleep(ms(50)).await;
        assert!(!asked.is_finished(), "nothing is given meanwhile");
        end.send(2).unwrap();
        assert_eq!((asked.await.unwrap(), waiting.await.unwrap()), (Ok(1), Ok(2)));
    });
}
