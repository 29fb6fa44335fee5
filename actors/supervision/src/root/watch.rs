//! What the root's thread does.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::Signal;
use crate::child::{Child, Overseer};
use crate::directive::Directive;
use crate::picture::ActorState;
use crate::probe::{Health, Probe};
use crate::{ActorSystem, Exit};

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
pub(super) struct Watch {
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
    pub(super) fn new(system: ActorSystem, top: Arc<dyn Child>, signals: Sender<Signal>) -> Self {
        let now = Instant::now();
        Watch {
            system,
            top,
            oversight: Arc::new(RootOversight(signals)),
            epoch: 0,
            probe: Probe::new(now),
            failures: 0,
            since: now,
            deadline: None,
            restart: false,
        }
    }

    /// Starts the tree and stays until it has ended for good.
    pub(super) fn run(mut self, inbox: &Receiver<Signal>) -> Exit {
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
                    self.top.vitals().direct(self.epoch, Directive::Stop);
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
        self.top.vitals().direct(self.epoch, Directive::Drain);
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
                vitals.direct(self.epoch, Directive::Abort(Exit::Hung("the top supervisor".into())));
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
