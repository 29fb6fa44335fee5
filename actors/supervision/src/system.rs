//! The threads, the tree, and what is happening in it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_rt::ArbiterHandle;
use tokio::runtime::Runtime;
use tokio::sync::broadcast;

use crate::arbiters::Arbiters;
use crate::chaos::{ChaosCommand, CommandError};
use crate::child::Child;
use crate::directive::Directive;
use crate::event::{Lifecycle, LifecycleEvent, unix_ms};
use crate::picture::{ActorState, ActorStatus};
use crate::vitals::Vitals;
use crate::{ActorHistory, Exit, LivingQuery, LivingStatus};
use crate::{history, panics};

/// Events a slow listener may fall behind by before it misses some.
const EVENTS: usize = 1024;

/// Who has not said by then which children there are has none to show.
const LOOK: Duration = Duration::from_secs(1);

/// The threads that actors live on, the tree of them, and what is happening in it. Cheap to clone.
#[derive(Clone)]
pub struct ActorSystem(Arc<Inner>);

struct Inner {
    arbiters: Arbiters,
    /// In the order of the tree: a supervisor before its children.
    children: Arc<Mutex<Vec<Arc<dyn Child>>>>,
    events: broadcast::Sender<LifecycleEvent>,
}

impl ActorSystem {
    /// Starts arbiter 0 for supervisors and 1 to `workers` (at least one) for the rest, all on one shared runtime: a
    /// connection's task then lives on when an arbiter is blocked or ended. Uses the current actix system, or starts one.
    ///
    /// Panics of supervised actors go to the log as exits from here on, not to the panic hook; all others still do.
    pub fn new(workers: usize, runtime: Arc<Runtime>) -> Self {
        panics::install_hook();
        let children: Arc<Mutex<Vec<Arc<dyn Child>>>> = Arc::default();
        history::observe(Arc::downgrade(&children), |children| {
            let (children, now) = (locked(children).clone(), Instant::now());
            for child in children {
                let (vitals, depth) = (child.vitals(), child.depth());
                vitals.past().look(vitals, depth, now);
            }
        });
        ActorSystem(Arc::new(Inner {
            arbiters: Arbiters::new(workers, runtime),
            children,
            events: broadcast::channel(EVENTS).0,
        }))
    }

    /// The actor at a path like `/top/intake/journal`.
    pub fn find(&self, path: &str) -> Option<Arc<dyn Child>> {
        self.children().iter().find(|child| child.vitals().path() == path).cloned()
    }

    /// Every actor, supervisors before their children, children in the order in which they start.
    pub fn picture(&self) -> Vec<ActorStatus> {
        let children = self.children().clone();
        children.iter().map(|child| child.status()).collect()
    }

    /// The actor at a path like `/top/intake/journal`, as in the picture.
    pub fn status(&self, path: &str) -> Option<ActorStatus> {
        self.find(path).map(|child| child.status())
    }

    /// What the actor at a path like `/top/intake/journal` was like in the last quarter of an hour.
    pub fn history(&self, path: &str) -> Option<ActorHistory> {
        self.find(path).map(|child| ActorHistory::of(child.vitals()))
    }

    /// Children that come and go, of all who keep such; of who does not answer within a second none.
    pub async fn living(&self, query: LivingQuery) -> Vec<LivingStatus> {
        let everyone = self.everyone();
        let dynamic = everyone.iter().filter_map(|child| child.vitals().dynamic.as_ref());
        // All are asked before the first is waited for.
        let asked: Vec<_> = dynamic.filter_map(|(_, lister)| lister.ask(query.clone())).collect();
        let (mut all, until) = (Vec::new(), tokio::time::Instant::now() + LOOK);
        for reply in asked {
            all.extend(tokio::time::timeout_at(until, reply).await.into_iter().flatten().flatten());
        }
        query.select(all)
    }

    /// Arbiters for workers: those numbered 1 and up.
    pub fn workers(&self) -> usize {
        self.0.arbiters.workers()
    }

    /// What happens from now on. A listener that falls behind by more than 1024 events misses the oldest.
    pub fn events(&self) -> broadcast::Receiver<LifecycleEvent> {
        self.0.events.subscribe()
    }

    /// Does something to an actor on purpose. With an `epoch`, only if the actor is still in it. Returns once the command
    /// is on its way; its effect shows in the events.
    pub fn command(
        &self,
        path: &str,
        epoch: Option<u64>,
        command: ChaosCommand,
        reason: &str,
    ) -> Result<(), CommandError> {
        let child = self.find(path).ok_or(CommandError::NotFound)?;
        let vitals = child.vitals();
        let current = vitals.epoch();
        if epoch.is_some_and(|epoch| epoch != current) {
            return Err(CommandError::StaleEpoch { current });
        }
        let sent = match (vitals.state(), command) {
            (ActorState::Closed, _) => false,
            (_, ChaosCommand::Restart) => {
                let overseer = vitals.record().overseer.clone();
                overseer.is_some_and(|overseer| overseer.restart(current))
            }
            (state, _) => state.is_alive() && vitals.direct(current, Directive::Chaos(command)),
        };
        if !sent {
            return Err(CommandError::NotRunning);
        }
        tracing::info!(path, epoch = current, ?command, reason, "command");
        self.publish(vitals, current, Lifecycle::CommandSent { command, reason: reason.to_owned() });
        Ok(())
    }

    /// Gives a subtree its paths and its place in the picture.
    pub(crate) fn enroll(&self, child: &Arc<dyn Child>, parent: &str) {
        let vitals = child.vitals();
        if vitals.path.set(format!("{parent}/{}", vitals.name)).is_ok() {
            self.children().push(child.clone());
        }
        for grandchild in &vitals.children {
            self.enroll(grandchild, vitals.path());
        }
    }

    pub(crate) fn publish(&self, vitals: &Vitals, epoch: u64, kind: Lifecycle) {
        if self.0.events.receiver_count() > 0 {
            let event = LifecycleEvent { at: unix_ms(), path: vitals.path().to_owned(), epoch, kind };
            let _ = self.0.events.send(event); // nobody listens any more: as good as told
        }
    }

    /// Notes, logs and publishes the end of an incarnation, once.
    pub(crate) fn note_exit(&self, vitals: &Vitals, epoch: u64, exit: &Exit) {
        if !vitals.note_exit(epoch, exit) {
            return;
        }
        if exit.is_abnormal() {
            tracing::warn!(path = vitals.path(), epoch, %exit, "actor exited");
        } else {
            tracing::info!(path = vitals.path(), epoch, %exit, "actor exited");
        }
        self.publish(vitals, epoch, Lifecycle::Exited { exit: exit.clone() });
    }

    pub(crate) fn arbiter(&self, number: usize) -> (ArbiterHandle, (usize, u64)) {
        self.0.arbiters.seat(number)
    }

    /// Replaces the blocked thread an incarnation of `vitals` sits on.
    pub(crate) fn replace_thread(&self, vitals: &Vitals) {
        let residence = vitals.record().residence.clone();
        if let Some(residence) = residence
            && self.0.arbiters.replace(residence.seat)
        {
            let arbiter = residence.seat.0;
            tracing::error!(arbiter, path = vitals.path(), "arbiter thread blocked, replaced");
            self.publish(vitals, residence.epoch, Lifecycle::ThreadReplaced { arbiter });
        }
    }

    pub(crate) fn stop(&self) {
        self.0.arbiters.stop();
    }

    fn children(&self) -> MutexGuard<'_, Vec<Arc<dyn Child>>> {
        locked(&self.0.children)
    }

    /// Every actor, in the order of the picture.
    pub(crate) fn everyone(&self) -> Vec<Arc<dyn Child>> {
        self.children().clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for ActorSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActorSystem").field("actors", &self.children().len()).finish()
    }
}
