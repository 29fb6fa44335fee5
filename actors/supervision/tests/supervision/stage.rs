//! A running tree, and ways to wait for what happens in it.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::broadcast;
use tropa_supervision::{
    ActorState, ActorStatus, ActorSystem, Backoff, Budget, ChaosCommand, Exit, Lifecycle, LifecycleEvent,
    Policy, Ref, Root, Strategy, Supervisor, SupervisorSpec,
};

/// Longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Restarted within 5 ms; never found hung, so that a slow machine cannot fail a test about something else.
pub fn patient(capacity: usize) -> Policy {
    let backoff = Backoff { initial: ms(5), max: ms(20), reset_after: Duration::from_mins(1) };
    Policy::new(capacity).hang_after(None).backoff(backoff)
}

/// The same, but hung after 300 ms.
pub fn strict(capacity: usize) -> Policy {
    patient(capacity).hang_after(Some(ms(300)))
}

pub fn spec(strategy: Strategy) -> SupervisorSpec {
    SupervisorSpec::new(strategy, Budget::new(1000, Duration::from_mins(1)))
}

pub struct Stage {
    pub system: ActorSystem,
    pub root: Root,
    runtime: Arc<Runtime>,
}

impl Stage {
    pub fn new(workers: usize, top: Ref<Supervisor>) -> Stage {
        Stage::watched(workers, top).0
    }

    /// With everything that happens from the very start.
    pub fn watched(workers: usize, top: Ref<Supervisor>) -> (Stage, Witness) {
        let runtime = Arc::new(Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
        let system = ActorSystem::new(workers, runtime.clone());
        let witness = Witness(system.events());
        let root = Root::start(&system, top);
        (Stage { system, root, runtime }, witness)
    }

    pub fn run<T>(&self, scene: impl Future<Output = T>) -> T {
        let limited =
            async { tokio::time::timeout(PATIENCE, scene).await.expect("the scene takes too long") };
        self.runtime.block_on(limited)
    }

    pub fn status(&self, path: &str) -> ActorStatus {
        self.system.status(path).unwrap_or_else(|| panic!("no actor at {path}"))
    }

    pub fn command(&self, path: &str, command: ChaosCommand) {
        self.system
            .command(path, None, command, "test")
            .unwrap_or_else(|error| panic!("{command:?} {path}: {error}"));
    }

    /// Ends the tree in good order.
    pub fn end(&self) -> Exit {
        self.root.shutdown();
        self.root.wait_timeout(PATIENCE).expect("the tree did not end")
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.root.shutdown();
        self.root.wait_timeout(PATIENCE);
    }
}

/// Somebody who sees everything that happens, in order.
pub struct Witness(broadcast::Receiver<LifecycleEvent>);

impl Witness {
    /// Waits for the next event of that actor that matches; those before are forgotten.
    pub async fn sees(&mut self, path: &str, matches: impl Fn(&Lifecycle) -> bool) -> LifecycleEvent {
        loop {
            let event = self.0.recv().await.expect("the witness fell behind");
            if event.path == path && matches(&event.kind) {
                return event;
            }
        }
    }

    pub async fn start(&mut self, path: &str) -> u64 {
        self.sees(path, |kind| *kind == Lifecycle::Started).await.epoch
    }

    pub async fn exit(&mut self, path: &str) -> Exit {
        match self.sees(path, |kind| matches!(kind, Lifecycle::Exited { .. })).await.kind {
            Lifecycle::Exited { exit } => exit,
            _ => unreachable!("filtered"),
        }
    }

    pub async fn closed(&mut self, path: &str) {
        self.sees(path, |kind| *kind == Lifecycle::Closed).await;
    }

    /// All that has been seen up to now.
    pub fn so_far(&mut self) -> Vec<LifecycleEvent> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}

/// Waits until a condition holds that no event tells of.
pub async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        tokio::time::sleep(ms(1)).await;
    }
}

pub fn is_running(stage: &Stage, path: &str) -> bool {
    stage.status(path).state == ActorState::Running
}
