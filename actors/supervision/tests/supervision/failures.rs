//! The ways an actor fails, and what its askers see.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use actix::prelude::*;
use futures_util::future::join_all;
use tropa_supervision::{AskError, ChaosCommand, Context, Exit, Ref, Strategy};

use crate::cast::{Add, Diary, GiveUp, Panic, Where, worker};
use crate::stage::{Stage, patient, spec};

fn panicked(exit: Exit) -> String {
    match exit {
        Exit::Panic(text) => text,
        other => panic!("not a panic: {other:?}"),
    }
}

/// Whatever way it panics: the message it was handling is lost, those behind it and the reference are not.
fn a_panic_costs_one_message(place: Where) {
    let diary = Diary::default();
    let worker = worker("worker", &diary, patient(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        assert_eq!(worker.ask(Add(1)).await, Ok(1));
        let queued = async { join_all((0..20).map(|_| worker.ask(Add(1)))).await };
        let (crash, queued) = tokio::join!(worker.ask(Panic(place)), queued);
        assert_eq!(crash, Err(AskError::Crashed));
        assert!(queued.iter().all(Result::is_ok), "{queued:?}");
        let text = panicked(witness.exit("/top/worker").await);
        assert!(text.contains(&format!("blown up in {place:?} at ")) && text.contains("cast.rs:"), "{text}");
        witness.start("/top/worker").await;
        let status = stage.status("/top/worker");
        assert_eq!((status.epoch, status.restarts, status.in_flight), (2, 1, 0));
        assert_eq!(diary.take(), ["+worker", "+worker"], "no `stopped` on a corpse");
    });
}

#[test]
fn a_panic_in_a_handler_costs_one_message() {
    a_panic_costs_one_message(Where::Handler);
}

#[test]
fn a_panic_in_a_spawned_future_costs_one_message() {
    a_panic_costs_one_message(Where::Spawned);
}

#[test]
fn a_panic_in_a_reply_costs_one_message() {
    a_panic_costs_one_message(Where::Reply);
}

#[test]
fn a_panic_in_an_atomic_reply_costs_one_message() {
    a_panic_costs_one_message(Where::AtomicReply);
}

#[test]
fn a_panic_in_a_handler_names_the_message() {
    let worker = worker("worker", &Diary::default(), patient(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        let _ = worker.ask(Panic(Where::Handler)).await;
        let text = panicked(witness.exit("/top/worker").await);
        assert!(text.starts_with("handling Panic: blown up"), "{text}");
    });
}

/// Panics wherever it is told to, in its first two lives.
struct Fragile {
    life: u32,
    place: &'static str,
}

impl Fragile {
    fn may_panic(&self, here: &str) {
        assert!(!(self.life < 2 && self.place == here), "broken in {here}");
    }
}

impl Actor for Fragile {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Context<Self>) {
        self.may_panic("started");
    }

    fn stopping(&mut self, _: &mut Context<Self>) -> Running {
        self.may_panic("stopping");
        Running::Stop
    }

    fn stopped(&mut self, _: &mut Context<Self>) {
        self.may_panic("stopped");
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(!(self.place == "drop" && self.life < 2), "broken in drop");
    }
}

#[derive(Message)]
#[rtype(result = "u32")]
struct Life;

impl Handler<Life> for Fragile {
    type Result = u32;

    fn handle(&mut self, _: Life, _: &mut Context<Self>) -> u32 {
        self.life
    }
}

fn fragile(place: &'static str) -> Ref<Fragile> {
    let lives = Arc::new(AtomicU32::new(0));
    Ref::new("fragile", patient(16), move |_| {
        let life = lives.fetch_add(1, SeqCst);
        assert!(!(life < 2 && place == "the factory"), "broken in the factory");
        Fragile { life, place }
    })
}

#[test]
fn a_panic_before_the_first_message_loses_none() {
    for place in ["the factory", "started"] {
        let fragile = fragile(place);
        let top = spec(Strategy::OneForOne).child(&fragile).into_ref("top", patient(16));
        let (stage, mut witness) = Stage::watched(1, top);
        stage.run(async {
            assert_eq!(fragile.ask(Life).await, Ok(2), "handled by the first that lives");
            for _ in 0..2 {
                let text = panicked(witness.exit("/top/fragile").await);
                assert!(text.contains(&format!("broken in {place}")), "{text}");
            }
        });
    }
}

#[test]
fn a_panic_on_the_way_out_does_not_abort_the_process() {
    for place in ["stopping", "stopped"] {
        let fragile = fragile(place);
        let top = spec(Strategy::OneForOne).child(&fragile).into_ref("top", patient(16));
        let (stage, mut witness) = Stage::watched(1, top);
        stage.run(async {
            for _ in 0..2 {
                witness.start("/top/fragile").await;
                stage.command("/top/fragile", ChaosCommand::Stop);
                let text = panicked(witness.exit("/top/fragile").await);
                assert!(text.contains(&format!("broken in {place}")), "{text}");
            }
            assert_eq!(fragile.ask(Life).await, Ok(2));
        });
    }
}

#[test]
fn a_panic_in_drop_does_not_abort_the_process() {
    let fragile = fragile("drop");
    let top = spec(Strategy::OneForOne).child(&fragile).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        for command in [ChaosCommand::Kill, ChaosCommand::Panic] {
            witness.start("/top/fragile").await;
            stage.command("/top/fragile", command);
        }
        assert_eq!(fragile.ask(Life).await, Ok(2));
    });
}

#[test]
fn an_error_is_the_reason_of_the_exit() {
    let diary = Diary::default();
    let worker = worker("worker", &diary, patient(64));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        let error = Exit::Error("the disk is full".into());
        assert_eq!(worker.ask(GiveUp(error.clone())).await, Ok(()), "answered before it goes");
        assert_eq!(witness.exit("/top/worker").await, error);
        witness.start("/top/worker").await;
        assert_eq!(stage.status("/top/worker").last_exit, Some(error));
        assert_eq!(diary.take(), ["+worker", "-worker", "+worker"], "an orderly stop");
    });
}
