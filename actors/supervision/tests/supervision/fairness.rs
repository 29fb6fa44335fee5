//! Actors share their thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use actix::prelude::*;
use tokio::sync::oneshot;
use tropa_supervision::{ActorState, ChaosCommand, Context, Ref, Strategy};

use crate::stage::{Stage, patient, spec, until};

/// Counts what it handles; told of a sibling, it calls that first of all.
struct Flooded {
    handled: Arc<AtomicU64>,
    sibling: Ref<Sibling>,
}

impl Actor for Flooded {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "()")]
struct Drop(Option<Call>);

impl Handler<Drop> for Flooded {
    type Result = ();

    fn handle(&mut self, Drop(call): Drop, _: &mut Context<Self>) {
        self.handled.fetch_add(1, SeqCst);
        if let Some(call) = call {
            self.sibling.try_tell(call).expect("an empty mailbox");
        }
    }
}

/// Replies how much the other has handled by the time it gets its turn.
struct Sibling(Arc<AtomicU64>);

impl Actor for Sibling {
    type Context = Context<Self>;
}

#[derive(Message)]
#[rtype(result = "()")]
struct Call(oneshot::Sender<u64>);

impl Handler<Call> for Sibling {
    type Result = ();

    fn handle(&mut self, Call(reply): Call, _: &mut Context<Self>) {
        let _ = reply.send(self.0.load(SeqCst));
    }
}

#[test]
fn a_flooded_actor_yields_to_its_siblings() {
    let handled = Arc::new(AtomicU64::new(0));
    let counted = handled.clone();
    let sibling = Ref::new("sibling", patient(8), move |_| Sibling(counted.clone()));
    let (counted, called) = (handled.clone(), sibling.clone());
    let flooded = Ref::new("flooded", patient(2000), move |_| Flooded {
        handled: counted.clone(),
        sibling: called.clone(),
    });
    let top = spec(Strategy::OneForOne).child(&sibling).child(&flooded).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        witness.start("/top/flooded").await;
        stage.command("/top/flooded", ChaosCommand::Suspend);
        until(|| stage.status("/top/flooded").state == ActorState::Suspended).await;
        let (reply, by_then) = oneshot::channel();
        flooded.try_tell(Drop(Some(Call(reply)))).unwrap();
        for _ in 0..1900 {
            flooded.try_tell(Drop(None)).unwrap();
        }
        stage.command("/top/flooded", ChaosCommand::Resume);
        let by_then = by_then.await.unwrap();
        assert!(by_then <= 2 * 64, "{by_then} of 1901 messages were handled before the sibling's one");
    });
}
