//! The thread above the tree.

mod watch;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use crate::child::Child;
use crate::{ActorSystem, Exit, Ref, Supervisor};
use watch::Watch;

/// Starts a tree, watches its top supervisor from a plain thread (so that even the supervisors' own thread may hang), and
/// tells when the tree has ended for good. Dropping it changes nothing: the tree lives on.
#[derive(Clone, Debug)]
pub struct Root {
    signals: Sender<Signal>,
    verdict: Arc<Verdict>,
}

/// What the root's thread is told.
#[derive(Debug)]
enum Signal {
    Exited(u64, Exit),
    Restart,
    Shutdown,
}

/// How it ended, and who waits for that.
#[derive(Debug, Default)]
struct Verdict {
    exit: Mutex<Option<Exit>>,
    blocking: Condvar,
    waiting: Notify,
}

impl Root {
    /// Starts the tree under `top`. It ends for good after [`shutdown`](Root::shutdown), when `top` escalates, or after
    /// an exit that the policy of `top` does not restart after.
    pub fn start(system: &ActorSystem, top: Ref<Supervisor>) -> Root {
        let (signals, inbox) = channel();
        let verdict = Arc::new(Verdict::default());
        let top: Arc<dyn Child> = top.0;
        system.enroll(&top, "");
        let watch = Watch::new(system.clone(), top, signals.clone());
        let told = verdict.clone();
        let run = move || {
            let exit = watch.run(&inbox);
            *told.exit.lock().unwrap_or_else(PoisonError::into_inner) = Some(exit);
            told.blocking.notify_all();
            told.waiting.notify_waiters();
        };
        if let Err(error) = std::thread::Builder::new().name("actor-root".into()).spawn(run) {
            // As `Runtime` does: a process that gets no thread at its start cannot begin at all.
            panic!("cannot start the root's thread: {error}");
        }
        Root { signals, verdict }
    }

    /// Begins the orderly end: last child first, each handles what waits in its mailbox, gives the replies it owes, and
    /// stops, within its shutdown time.
    pub fn shutdown(&self) {
        let _ = self.signals.send(Signal::Shutdown); // the thread is gone: it has ended already
    }

    /// Waits until the tree has ended for good.
    pub async fn wait(&self) -> Exit {
        loop {
            let notified = self.verdict.waiting.notified();
            tokio::pin!(notified);
            notified.as_mut().enable(); // before the look, or an end in between goes unnoticed
            if let Some(exit) = self.exit() {
                return exit;
            }
            notified.await;
        }
    }

    /// Waits, blocking the thread, until the tree has ended for good, but not longer than `limit`.
    pub fn wait_timeout(&self, limit: Duration) -> Option<Exit> {
        let exit = self.verdict.exit.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.verdict.blocking.wait_timeout_while(exit, limit, |exit| exit.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// How the tree ended, if it has.
    pub fn exit(&self) -> Option<Exit> {
        self.verdict.exit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
