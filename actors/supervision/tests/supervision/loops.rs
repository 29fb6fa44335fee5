//! Children that are nothing but a loop, and actors that have some beside their mailbox.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use actix::prelude::*;
use tokio::sync::Semaphore;
use tropa_supervision::{
    ChaosCommand, Context, Every, Exit, LoopStatus, Policy, Pulse, Ref, Schedule, Step, Strategy, Task,
};

use crate::cast::Diary;
use crate::stage::{Stage, ms, patient, spec, until};

const LETTER: Step = Step::idle("waiting for a letter");
const DELIVERING: Step = Step::new("delivering");
const RESTING: Step = Step::new("resting").within(std::time::Duration::from_mins(1));

/// A step of a loop is a hang after 300 ms; a heartbeat that stays away never is.
fn strict_steps() -> Policy {
    patient(16).step_limit(Some(ms(300)))
}

/// Delivers what it finds; the letter `3` never arrives.
struct Postman {
    letters: Arc<Semaphore>,
    delivered: Arc<AtomicUsize>,
    lost: usize,
    diary: Diary,
}

impl Task for Postman {
    async fn run(self, pulse: Pulse) {
        self.diary.write("+postman");
        let mut stop = pulse.stop();
        loop {
            pulse.at(LETTER);
            tokio::select! {
                () = stop.told() => break,
                letter = self.letters.acquire() => letter.expect("never closed").forget(),
            }
            pulse.at(DELIVERING);
            if self.delivered.load(SeqCst) + 1 == self.lost {
                self.delivered.fetch_add(1, SeqCst);
                pending::<()>().await;
            }
            self.delivered.fetch_add(1, SeqCst);
            pulse.round();
        }
        self.diary.write("-postman");
    }
}

struct Round {
    letters: Arc<Semaphore>,
    delivered: Arc<AtomicUsize>,
    diary: Diary,
}

impl Round {
    fn new() -> Self {
        Round { letters: Arc::new(Semaphore::new(0)), delivered: Arc::default(), diary: Diary::default() }
    }

    fn postman(&self, policy: Policy, lost: usize) -> Ref<tropa_supervision::Loop<Postman>> {
        let (letters, delivered, diary) = (self.letters.clone(), self.delivered.clone(), self.diary.clone());
        Ref::task("postman", policy, move || Postman {
            letters: letters.clone(),
            delivered: delivered.clone(),
            lost,
            diary: diary.clone(),
        })
    }

    async fn delivered(&self, count: usize) {
        until(|| self.delivered.load(SeqCst) == count).await;
    }
}

fn only_loop(stage: &Stage, path: &str) -> LoopStatus {
    let mut loops = stage.status(path).loops;
    assert_eq!(loops.len(), 1, "{loops:?}");
    loops.remove(0)
}

#[test]
fn a_loop_that_stays_in_one_step_is_replaced() {
    let round = Round::new();
    let postman = round.postman(strict_steps(), 3);
    let top = spec(Strategy::OneForOne).child(&postman).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        round.letters.add_permits(5);
        match witness.exit("/top/postman").await {
            Exit::Hung(doing) => assert!(doing.starts_with("delivering for "), "{doing}"),
            other => panic!("{other:?}"),
        }
        round.delivered(5).await;
        until(|| only_loop(&stage, "/top/postman").doing.as_deref() == Some("waiting for a letter")).await;
        let (status, postman) = (stage.status("/top/postman"), only_loop(&stage, "/top/postman"));
        assert_eq!((status.epoch, status.restarts, status.kind.as_str()), (2, 1, "Postman"));
        assert_eq!((postman.name.as_str(), postman.rounds), ("postman", 4), "{postman:?}");
        assert!(postman.per_second > 0.0, "{postman:?}");
    });
}

#[test]
fn a_loop_that_waits_for_work_or_has_more_time_is_not_hung() {
    struct Rest;
    impl Task for Rest {
        async fn run(self, pulse: Pulse) {
            pulse.at(RESTING);
            pulse.until_stopped(pending()).await;
        }
    }
    let (idle, busy) = (Round::new(), Round::new());
    let (waiting, beside) = (idle.postman(strict_steps(), 0), busy.postman(strict_steps(), 1));
    let post = spec(Strategy::OneForOne).child(&beside).into_ref("post", patient(16));
    let resting = Ref::task("resting", strict_steps(), || Rest);
    let top =
        spec(Strategy::OneForOne).child(&waiting).child(&resting).child(&post).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        busy.letters.add_permits(1);
        // By the time that one was found hung, the others would have been, too.
        assert!(matches!(witness.exit("/top/post/postman").await, Exit::Hung(_)));
        let epochs = ["/top/postman", "/top/resting"].map(|path| stage.status(path).epoch);
        assert_eq!(epochs, [1, 1]);
    });
}

#[test]
fn a_loop_says_when_it_has_something_under_way_that_does_not_end() {
    struct Juggler;
    impl Task for Juggler {
        async fn run(self, pulse: Pulse) {
            let begun = std::time::Instant::now();
            let mut clock = tokio::time::interval(ms(5));
            loop {
                clock.tick().await;
                pulse.since(DELIVERING, begun);
                pulse.round();
            }
        }
    }
    let juggler = Ref::task("juggler", strict_steps(), || Juggler);
    let top = spec(Strategy::OneForOne).child(&juggler).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        assert!(matches!(witness.exit("/top/juggler").await, Exit::Hung(_)), "however often it goes round");
    });
}

#[test]
fn a_loop_is_killed_and_stopped_as_any_actor_is() {
    let round = Round::new();
    let postman = round.postman(strict_steps(), 0);
    let top = spec(Strategy::OneForOne).child(&postman).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        witness.start("/top/postman").await;
        let commands = [
            (ChaosCommand::Kill, Exit::Killed),
            (ChaosCommand::Stop, Exit::Normal),
            (ChaosCommand::Restart, Exit::Shutdown),
        ];
        for (command, exit) in commands {
            stage.command("/top/postman", command);
            assert_eq!(witness.exit("/top/postman").await, exit);
            witness.start("/top/postman").await;
        }
        round.letters.add_permits(1);
        round.delivered(1).await;
    });
    assert_eq!(stage.end(), Exit::Shutdown);
    let diary = round.diary.take();
    let ends = diary.iter().filter(|line| *line == "-postman").count();
    assert_eq!((diary.len() - ends, ends), (4, 3), "all but the kill in good order: {diary:?}");
}

/// Counts its rounds, and how many of them were under way at once.
struct Watchman {
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    hangs_in: Option<u64>,
}

impl Every for Watchman {
    fn schedule(&self) -> Schedule {
        Schedule::every(ms(5))
    }

    async fn round(&mut self, pulse: &Pulse) {
        let now = self.under_way.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(now, SeqCst);
        if self.hangs_in == Some(pulse.status().rounds) {
            self.under_way.fetch_sub(1, SeqCst);
            pending::<()>().await;
        }
        tokio::time::sleep(ms(12)).await;
        self.under_way.fetch_sub(1, SeqCst);
    }
}

#[test]
fn rounds_never_overlap_and_one_that_hangs_is_replaced() {
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counted, highest, lives) = (under_way.clone(), most.clone(), AtomicUsize::new(0));
    let watchman = Ref::every("watchman", strict_steps(), move || Watchman {
        under_way: counted.clone(),
        most: highest.clone(),
        hangs_in: (lives.fetch_add(1, SeqCst) == 0).then_some(3),
    });
    let top = spec(Strategy::OneForOne).child(&watchman).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        match witness.exit("/top/watchman").await {
            Exit::Hung(doing) => assert!(doing.starts_with("in a round for "), "{doing}"),
            other => panic!("{other:?}"),
        }
        until(|| only_loop(&stage, "/top/watchman").rounds >= 6).await;
        assert_eq!(most.load(SeqCst), 1);
        assert_eq!(stage.status("/top/watchman").kind, "Watchman");
    });
}

/// Answers, and goes round beside that.
struct Clerk;

impl Actor for Clerk {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.task("filing", |pulse| async move {
            pulse.every(Schedule::every(ms(5)), async |_| ()).await;
        });
        ctx.task("brooding", |pulse| async move {
            pulse.note("brooding".to_owned());
            pulse.at(DELIVERING);
            pending::<()>().await;
        });
    }
}

#[derive(Message)]
#[rtype(result = "u64")]
struct Ask;

impl Handler<Ask> for Clerk {
    type Result = u64;

    fn handle(&mut self, _: Ask, ctx: &mut Context<Self>) -> u64 {
        ctx.epoch()
    }
}

#[test]
fn a_loop_that_hangs_takes_its_actor_along_though_that_answers() {
    let clerk = Ref::new("clerk", strict_steps(), |_| Clerk);
    let top = spec(Strategy::OneForOne).child(&clerk).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        assert_eq!(clerk.ask(Ask).await, Ok(1));
        until(|| stage.status("/top/clerk").condition.as_deref() == Some("brooding")).await;
        assert!(matches!(witness.exit("/top/clerk").await, Exit::Hung(_)));
        assert_eq!(clerk.ask(Ask).await, Ok(2));
        let names: Vec<_> = stage.status("/top/clerk").loops.into_iter().map(|each| each.name).collect();
        assert_eq!(names, ["filing", "brooding"]);
    });
}

/// Ends when it is told to and may, and not before.
struct Dawdler(Arc<Semaphore>);

impl Task for Dawdler {
    async fn run(self, pulse: Pulse) {
        pulse.at(LETTER);
        pulse.stop().told().await;
        let _ = self.0.acquire().await;
    }
}

#[test]
fn an_orderly_stop_leaves_a_loop_all_of_its_time() {
    let may_end = Arc::new(Semaphore::new(0));
    let gate = may_end.clone();
    let dawdler = Ref::task("dawdler", patient(16).shutdown(ms(4_000)), move || Dawdler(gate.clone()));
    let hasty = Ref::task("hasty", patient(16).shutdown(ms(200)), || Dawdler(Arc::new(Semaphore::new(0))));
    let top = spec(Strategy::OneForOne)
        .child(&dawdler)
        .child(&hasty)
        .into_ref("top", patient(16).shutdown(ms(9_000)));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        witness.start("/top/hasty").await;
        stage.command("/top/dawdler", ChaosCommand::Restart);
        stage.command("/top/hasty", ChaosCommand::Restart);
        match witness.exit("/top/hasty").await {
            Exit::Hung(doing) => assert!(doing.starts_with("did not stop within 200ms"), "{doing}"),
            other => panic!("{other:?}"),
        }
        // Beyond the half of its time that replies have.
        tokio::time::sleep(ms(2_000)).await;
        may_end.close();
        assert_eq!(witness.exit("/top/dawdler").await, Exit::Shutdown);
    });
}
