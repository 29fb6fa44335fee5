//! The thread above the tree.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::child::{Child, Overseer};
use crate::order::Order;
use crate::picture::ActorState;
use crate::probe::{Health, Probe};
use crate::{ActorSystem, Exit, Ref, Supervisor};

/// Starts a tree, watches its top supervisor from a plain thread (so that even the supervisors' own thread may hang), and
/// tells when the tree has ended for good. Dropping it changes nothing: the tree lives on.
#[derive(Clone, Debug)]
pub struct Root {
    signals: Sender<Signal>,
    verdict: Arc<Verdict>,
}

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
        let watch = Watch {
            system: system.clone(),
            top,
            oversight: Arc::new(RootOversight(signals.clone())),
            epoch: 0,
            probe: Probe::new(Instant::now()),
            failures: 0,
            since: Instant::now(),
            deadline: None,
            restart: false,
        };
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

#[derive(Debug)]
struct RootOversight(Sender<Signal>);

impl Overseer for RootOversight {
    fn exited(&self, epoch: u64, exit: Exit) {
        let _ = self.0.send(Signal::Exited(epoch, exit));
    }

    fn restart(&self, _epoch: u64) -> bool {
        self.0.send(Signal::Restart).is_ok()
    }
}

/// The state of the root's thread.
struct Watch {
    system: ActorSystem,
    top: Arc<dyn Child>,
    oversight: Arc<RootOversight>,
    epoch: u64,
    probe: Probe,
    failures: u32,
    since: Instant,
    /// The orderly end must be over by then.
    deadline: Option<Instant>,
    /// The next exit was asked for.
    restart: bool,
}

impl Watch {
    fn run(mut self, inbox: &Receiver<Signal>) -> Exit {
        self.launch();
        loop {
            let exit = match inbox.recv_timeout(self.patience()) {
                Ok(Signal::Exited(epoch, exit)) if epoch == self.epoch => Some(exit),
                Ok(Signal::Exited(epoch, exit)) => {
                    self.system.note_exit(self.top.vitals(), epoch, &exit);
                    None
                }
                Ok(Signal::Restart) => {
                    self.restart = true;
                    self.top.vitals().order(self.epoch, Order::Stop);
                    None
                }
                Ok(Signal::Shutdown) => {
                    self.begin_end();
                    None
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => self.check(),
            };
            if let Some(exit) = exit
                && let Some(exit) = self.decide(exit, inbox)
            {
                self.top.close();
                self.system.stop();
                return exit;
            }
        }
    }

    fn launch(&mut self) {
        self.epoch = self.top.clone().launch(&self.system, self.oversight.clone());
        self.since = Instant::now();
        self.probe = Probe::new(self.since);
    }

    fn patience(&self) -> Duration {
        let check = Probe::interval(self.top.vitals().policy.hang_after.unwrap_or(Duration::from_secs(4)));
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        left.map_or(check, |left| left.min(check))
    }

    fn begin_end(&mut self) {
        let within = self.top.vitals().shutdown_within();
        self.deadline.get_or_insert_with(|| Instant::now() + within);
        self.top.vitals().order(self.epoch, Order::Drain);
    }

    /// `Some`: the top supervisor has to be given up.
    fn check(&mut self) -> Option<Exit> {
        let now = Instant::now();
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            self.top.fence(self.epoch);
            return Some(Exit::Hung("the tree did not stop in time".into()));
        }
        let vitals = self.top.vitals();
        match self.probe.check(vitals, self.epoch, now) {
            Health::Well => None,
            Health::ActorHung => {
                vitals.order(self.epoch, Order::Abort(Exit::Hung("the top supervisor".into())));
                None
            }
            Health::ThreadBlocked => {
                self.top.fence(self.epoch);
                self.system.replace_thread(vitals);
                Some(Exit::Hung("the supervisors' thread is blocked".into()))
            }
        }
    }

    /// After an exit: starts it again, or says how the tree ended.
    fn decide(&mut self, exit: Exit, inbox: &Receiver<Signal>) -> Option<Exit> {
        let vitals = self.top.vitals();
        self.system.note_exit(vitals, self.epoch, &exit);
        let asked = std::mem::take(&mut self.restart);
        let goes_on = match self.deadline {
            // It died on the way out: the next one still has time to end in good order, and what waits is not lost.
            Some(deadline) => exit.is_abnormal() && Instant::now() < deadline,
            None => asked || vitals.policy.restart.applies_to(&exit),
        };
        if !goes_on || matches!(exit, Exit::Escalated(_)) {
            return Some(exit);
        }
        vitals.become_in(vitals.epoch(), ActorState::Backoff);
        if !asked && self.deadline.is_none() {
            self.back_off(inbox);
        }
        self.launch();
        if self.deadline.is_some() {
            self.begin_end();
        }
        None
    }

    /// Waits before a restart; a command or the end of the program cuts it short.
    fn back_off(&mut self, inbox: &Receiver<Signal>) {
        let vitals = self.top.vitals();
        self.failures = vitals.policy.backoff.count(self.failures, self.since.elapsed());
        let until = Instant::now() + vitals.policy.backoff.delay(self.failures);
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            match inbox.recv_timeout(left) {
                Ok(Signal::Exited(..)) => {} // a zombie's
                Ok(Signal::Shutdown) => {
                    self.deadline = Some(Instant::now() + vitals.shutdown_within());
                    return;
                }
                Ok(Signal::Restart) | Err(_) => return,
            }
        }
    }
}
