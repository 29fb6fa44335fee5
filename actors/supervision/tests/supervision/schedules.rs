//! Random kill schedules: whatever is done to whom, and when.
//!
//! Every message has an id and is asked once. What holds afterwards, for any schedule:
//! - a message that was answered was handled, exactly once, and by the incarnation the answer names;
//! - a message that came back as `Closed` was never handled;
//! - of one actor no two incarnations handle messages in turns: epochs only grow;
//! - the tree converges: everyone runs again and serves, and it ends in good order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix::prelude::*;
use futures_util::future::join_all;
use proptest::prelude::*;
use proptest::strategy::Strategy as _;
use tropa_supervision::{
    ActorState, AskError, ChaosCommand, Context, Exit, Policy, Ref, Restart, Strategy, Supervisor,
};

use crate::stage::{Stage, ms, patient, spec, until};

/// What was handled, in order: by which actor, in which epoch, which message.
type Log = Arc<Mutex<Vec<(usize, u64, u64)>>>;

/// Writes down what it handles, at once or after a moment.
struct Clerk {
    number: usize,
    log: Log,
}

impl Actor for Clerk {
    type Context = Context<Self>;
}

/// Replied with the epoch that handled it.
#[derive(Message)]
#[rtype(result = "u64")]
struct File(u64);

impl Handler<File> for Clerk {
    type Result = AtomicResponse<Self, u64>;

    fn handle(&mut self, File(id): File, ctx: &mut Context<Self>) -> Self::Result {
        let epoch = ctx.epoch();
        self.log.lock().unwrap().push((self.number, epoch, id));
        let moment = async move {
            if id % 5 == 0 {
                tokio::task::yield_now().await;
            }
            epoch
        };
        AtomicResponse::new(Box::pin(moment.into_actor(self)))
    }
}

#[derive(Clone, Debug)]
struct Blow {
    /// Messages answered before the blow falls.
    after: u64,
    target: usize,
    command: ChaosCommand,
}

const TARGETS: [&str; 6] = ["/top/left", "/top/sub/a", "/top/sub/b", "/top/sub/c", "/top/sub", "/top"];
const CLERKS: [&str; 4] = ["/top/left", "/top/sub/a", "/top/sub/b", "/top/sub/c"];
const MESSAGES: u64 = 400;

fn blow() -> impl proptest::strategy::Strategy<Value = Blow> {
    let command = prop_oneof![
        Just(ChaosCommand::Stop),
        Just(ChaosCommand::Kill),
        Just(ChaosCommand::Panic),
        Just(ChaosCommand::Restart),
        Just(ChaosCommand::Hang),
        Just(ChaosCommand::Block { lasting: ms(600) }),
        Just(ChaosCommand::Suspend),
        Just(ChaosCommand::Slow { delay: ms(1), lasting: ms(60_000) }),
    ];
    (0..MESSAGES, 0..TARGETS.len(), command).prop_map(|(after, target, command)| Blow {
        after,
        target,
        command,
    })
}

fn kind() -> impl proptest::strategy::Strategy<Value = Strategy> {
    prop_oneof![Just(Strategy::OneForOne), Just(Strategy::OneForAll), Just(Strategy::RestForOne)]
}

fn policy() -> Policy {
    patient(8).hang_after(Some(ms(250))).shutdown(ms(200))
}

fn tree(strategy: Strategy, log: &Log) -> (Vec<Ref<Clerk>>, Ref<Supervisor>) {
    let clerk = |number: usize, policy: Policy| {
        let log = log.clone();
        let name = CLERKS[number].rsplit('/').next().unwrap();
        Ref::new(name, policy, move |_| Clerk { number, log: log.clone() })
    };
    let clerks = vec![
        clerk(0, policy().arbiter(1)),
        clerk(1, policy().arbiter(2)),
        clerk(2, policy().arbiter(2)),
        clerk(3, policy().arbiter(1).restart(Restart::Temporary)),
    ];
    let sub = spec(strategy)
        .child(&clerks[1])
        .child(&clerks[2])
        .child(&clerks[3])
        .into_ref("sub", policy().shutdown(ms(2000)));
    let top =
        spec(Strategy::OneForOne).child(&clerks[0]).child(&sub).into_ref("top", policy().shutdown(ms(2000)));
    (clerks, top)
}

/// Asks everything, strikes when it is time, and returns what became of each message.
async fn play(
    stage: &Stage,
    clerks: &[Ref<Clerk>],
    mut blows: Vec<Blow>,
) -> Vec<(u64, Result<u64, AskError>)> {
    blows.sort_by_key(|blow| blow.after);
    let blows = Mutex::new(blows.into_iter().peekable());
    let next = Mutex::new(0..MESSAGES);
    let asker = || async {
        let mut answers = Vec::new();
        loop {
            let Some(id) = next.lock().unwrap().next() else { return answers };
            while let Some(blow) = blows.lock().unwrap().next_if(|blow| blow.after <= id) {
                // Refused where nothing runs at the moment; suspension is lifted at the end.
                let _ = stage.system.command(TARGETS[blow.target], None, blow.command, "schedule");
            }
            let clerk = &clerks[id as usize % clerks.len()];
            answers.push((id, clerk.ask_for(ms(30), File(id)).await));
        }
    };
    join_all((0..16).map(|_| asker())).await.concat()
}

fn judge(log: &[(usize, u64, u64)], answers: &[(u64, Result<u64, AskError>)]) {
    let mut handled: HashMap<u64, Vec<u64>> = HashMap::new();
    let mut epochs = [0; CLERKS.len()];
    for &(clerk, epoch, id) in log {
        assert!(
            epoch >= epochs[clerk],
            "{} went back from epoch {} to {epoch}",
            CLERKS[clerk],
            epochs[clerk]
        );
        epochs[clerk] = epoch;
        handled.entry(id).or_default().push(epoch);
    }
    for (id, answer) in answers {
        let by = handled.get(id).map_or(&[] as &[u64], Vec::as_slice);
        match answer {
            Ok(epoch) => assert_eq!(by, [*epoch], "message {id} was answered"),
            Err(AskError::Closed) => {
                assert!(by.is_empty(), "message {id} was closed out, yet handled by {by:?}");
            }
            Err(AskError::Crashed | AskError::Timeout) => {
                assert!(by.len() <= 1, "message {id} was handled by {by:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_schedule_breaks_a_promise(strategy in kind(), blows in prop::collection::vec(blow(), 0..10)) {
        let log = Log::default();
        let (clerks, top) = tree(strategy, &log);
        let stage = Stage::new(2, top);
        stage.run(async {
            let answers = play(&stage, &clerks, blows).await;
            judge(&log.lock().unwrap(), &answers);
            // Everyone comes back, but a temporary one that failed.
            until(|| {
                for path in TARGETS {
                    let _ = stage.system.command(path, None, ChaosCommand::Resume, "the end of the schedule");
                }
                stage.system.picture().iter().all(|actor| {
                    actor.state == ActorState::Running || (actor.path == CLERKS[3] && actor.state == ActorState::Closed)
                })
            }).await;
            for clerk in &clerks[..3] {
                let answer = clerk.ask_for(Duration::from_secs(10), File(MESSAGES)).await;
                prop_assert!(answer.is_ok() , "{} does not serve: {:?}", clerk.path(), answer);
            }
            Ok(())
        })?;
        prop_assert_eq!(stage.end(), Exit::Shutdown);
    }
}
