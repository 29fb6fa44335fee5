//! What is known of an actor without knowing its type.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::child::{Child, Overseer};
use crate::directive::Directive;
use crate::dynamic::{Counts, Lister};
use crate::event::unix_ms;
use crate::handling::Handling;
use crate::history::{self, Past, PastExit};
use crate::keeping::Keeping;
use crate::pace::Pace;
use crate::picture::{ActorState, short_name};
use crate::residence::Residence;
use crate::{Exit, Histogram, Policy};

/// What supervisors, the live picture and chaos know of an actor: all but its type and its messages.
#[derive(Debug)]
pub struct Vitals {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) policy: Policy,
    /// Empty, unless it is a supervisor.
    pub(crate) children: Vec<Arc<dyn Child>>,
    /// Of a supervisor.
    pub(crate) keeping: Option<Keeping>,
    /// Of a supervisor of children that come and go.
    pub(crate) dynamic: Option<(Arc<Counts>, Lister)>,
    pub(crate) path: OnceLock<String>,
    /// Epoch and state in one word, so that an old incarnation cannot overwrite its successor's state.
    life: AtomicU64,
    /// Heartbeats: sent by the supervisor, passed by the poller (the thread lives), answered by the actor.
    pub(crate) beat_sent: AtomicU64,
    pub(crate) beat_passed: AtomicU64,
    pub(crate) beat_answered: AtomicU64,
    pub(crate) handled: AtomicU64,
    pub(crate) cancelled: AtomicU64,
    pub(crate) restarts: AtomicU64,
    pub(crate) wait: Histogram,
    /// Time from taking a message up to its reply.
    pub(crate) handling: Handling,
    past: Mutex<Past>,
    record: Mutex<Record>,
}

/// What changes with each incarnation.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) started: Option<Instant>,
    pub(crate) last_exit: Option<Exit>,
    /// Which incarnation that was.
    pub(crate) last_exit_epoch: u64,
    pub(crate) last_exit_at: Option<u64>,
    pub(crate) exits: VecDeque<PastExit>,
    pub(crate) condition: Option<String>,
    pub(crate) residence: Option<Arc<Residence>>,
    pub(crate) directives: Option<mpsc::UnboundedSender<Directive>>,
    pub(crate) overseer: Option<Arc<dyn Overseer>>,
    /// The loops of this incarnation, and those of the last one that this one has not begun yet.
    pub(crate) loops: Vec<Arc<Pace>>,
}

impl Vitals {
    pub(crate) fn new(name: String, kind: &'static str, policy: Policy) -> Self {
        Vitals {
            name,
            kind: short_name(kind),
            policy,
            children: Vec::new(),
            keeping: None,
            dynamic: None,
            path: OnceLock::new(),
            life: AtomicU64::new(0),
            beat_sent: AtomicU64::new(0),
            beat_passed: AtomicU64::new(0),
            beat_answered: AtomicU64::new(0),
            handled: AtomicU64::new(0),
            cancelled: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            wait: Histogram::default(),
            handling: Handling::default(),
            past: Mutex::default(),
            record: Mutex::new(Record::default()),
        }
    }

    pub(crate) fn path(&self) -> &str {
        self.path.get().unwrap_or(&self.name)
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.life.load(SeqCst) >> 8
    }

    pub(crate) fn state(&self) -> ActorState {
        ActorState::from_bits(self.life.load(SeqCst) as u8)
    }

    /// Begins the next epoch, in the given state.
    pub(crate) fn advance(&self, state: ActorState) -> u64 {
        let next = |life: u64| Some((((life >> 8) + 1) << 8) | u64::from(state as u8));
        let before = self.life.fetch_update(SeqCst, SeqCst, next).unwrap_or_else(|life| life);
        (before >> 8) + 1
    }

    /// Begins the next epoch, in the given state, if the present one is `epoch`.
    pub(crate) fn advance_from(&self, epoch: u64, state: ActorState) -> Option<u64> {
        let next = |life: u64| (life >> 8 == epoch).then_some(((epoch + 1) << 8) | u64::from(state as u8));
        self.life.fetch_update(SeqCst, SeqCst, next).ok().map(|_| epoch + 1)
    }

    /// Sets the state, unless `epoch` is over or the mailbox is closed for good. True: it was set.
    pub(crate) fn become_in(&self, epoch: u64, state: ActorState) -> bool {
        let next = |life: u64| {
            let current = ActorState::from_bits(life as u8);
            (life >> 8 == epoch && current != ActorState::Closed)
                .then_some((epoch << 8) | u64::from(state as u8))
        };
        self.life.fetch_update(SeqCst, SeqCst, next).is_ok()
    }

    /// From `Starting` to `Running`, unless something else was said meanwhile. False: `epoch` is over.
    pub(crate) fn begin_running(&self, epoch: u64) -> bool {
        let starting = (epoch << 8) | u64::from(ActorState::Starting as u8);
        let running = (epoch << 8) | u64::from(ActorState::Running as u8);
        let _ = self.life.compare_exchange(starting, running, SeqCst, SeqCst);
        self.epoch() == epoch
    }

    /// Notes how the incarnation `epoch` ended. False: that is known already, as when a thread given up for blocked
    /// wakes and its old actor ends a second time.
    pub(crate) fn note_exit(&self, epoch: u64, exit: &Exit) -> bool {
        let mut record = self.record();
        if epoch <= record.last_exit_epoch {
            return false;
        }
        record.last_exit_epoch = epoch;
        record.last_exit = Some(exit.clone());
        let at = unix_ms();
        record.last_exit_at = Some(at);
        history::keep(&mut record.exits, at, epoch, exit);
        true
    }

    /// Gives the incarnation `epoch` a directive. False: there is none such.
    pub(crate) fn direct(&self, epoch: u64, directive: Directive) -> bool {
        self.epoch() == epoch
            && self.record().directives.as_ref().is_some_and(|directives| directives.send(directive).is_ok())
    }

    /// Takes the place of the loop of this name that an incarnation before had, and goes on with its count.
    pub(crate) fn begin_loop(&self, name: &str, epoch: u64) -> Arc<Pace> {
        let mut record = self.record();
        let before = record.loops.iter().position(|pace| pace.name == name);
        let rounds = before.map_or(0, |at| record.loops[at].rounds());
        let pace = Arc::new(Pace::new(name.to_owned(), epoch, self.policy.step_limit, rounds));
        match before {
            Some(at) => record.loops[at] = pace.clone(),
            None => record.loops.push(pace.clone()),
        }
        pace
    }

    /// The loops of the incarnation `epoch`.
    pub(crate) fn loops(&self, epoch: u64) -> Vec<Arc<Pace>> {
        self.record().loops.iter().filter(|pace| pace.epoch == epoch).cloned().collect()
    }

    /// What it was like. Never held while something of the actor's runs.
    pub(crate) fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long an orderly stop may take, that of its children, one after the other, included.
    pub(crate) fn shutdown_within(&self) -> Duration {
        self.children
            .iter()
            .map(|child| child.vitals().shutdown_within())
            .fold(self.policy.shutdown, Duration::saturating_add)
    }
}
