//! What the registrar knows of this instance and of the others. Shared by its loops and its answers.

use std::cell::{Cell, OnceCell, RefCell};

use tokio::sync::Notify;
use tokio::time::Instant;
use tropa_supervision::{ActorStatus, Noter};

use super::execution::slim;
use super::roster::Roster;
use super::{FRESH, Member, RegistrarPorts, RouteError};
use crate::breaker::BreakerState;
use crate::domain::{BreakerReport, ClockReport, Identity, InstanceReport, Phase, Presence, Throughput};
use crate::port::{ClockState, InstancesError, Sighting};
use crate::reader::Rates;

pub(super) struct Book {
    pub ports: RegistrarPorts,
    noter: OnceCell<Noter>,
    roster: RefCell<Roster>,
    rates: RefCell<Rates>,
    listed_at: Cell<Option<Instant>>,
    /// The phase that was shown last, and whether it was known where it is reached.
    shown: Cell<(Phase, bool)>,
    /// What is shown is not so any more.
    pub changed: Notify,
}

impl Book {
    pub fn new(ports: RegistrarPorts) -> Self {
        Self {
            ports,
            noter: OnceCell::new(),
            roster: RefCell::default(),
            rates: RefCell::default(),
            listed_at: Cell::default(),
            shown: Cell::new((Phase::Running, false)),
            changed: Notify::new(),
        }
    }

    /// What keeps it from its work is noted there from now on.
    pub fn note_at(&self, noter: Noter) {
        let _ = self.noter.set(noter);
    }

    /// What it shows of this instance.
    pub fn report(&self, phase: Phase) -> InstanceReport {
        let RegistrarPorts { duty, breakers, identity, .. } = &self.ports;
        let breaker = |(name, state): (&str, BreakerState)| BreakerReport {
            name: name.to_owned(),
            state: state.as_str().to_owned(),
        };
        let (accepted_per_second, dispatched_per_second) = self.rates.borrow().per_second();
        InstanceReport {
            identity: Identity {
                advertise_url: self.ports.advertised.get().cloned(),
                ..(**identity).clone()
            },
            phase,
            holds: duty.held(),
            rates: Throughput { accepted_per_second, dispatched_per_second },
            breakers: breakers.all().into_iter().map(breaker).collect(),
            clock: Some(clock(self.ports.clock.state())),
        }
    }

    fn standing(&self) -> (Phase, bool) {
        (self.ports.duty.phase(), self.ports.advertised.get().is_some())
    }

    /// Has the others shown what has changed.
    pub fn compare(&self) {
        if self.standing() != self.shown.get() {
            self.changed.notify_one();
        }
    }

    pub fn members(&self) -> Vec<Member> {
        self.roster.borrow().members(&self.report(self.ports.duty.phase()), Instant::now())
    }

    pub fn tree(&self) -> Vec<ActorStatus> {
        self.ports.system.picture().into_iter().map(slim).collect()
    }

    /// Shows this instance, and looks who else there is.
    pub async fn publish(&self) {
        self.shown.set(self.standing());
        let (report, actors) = (self.report(self.shown.get().0), self.tree());
        let instances = &self.ports.instances;
        let listed = match instances.publish(&report, &actors).await {
            Ok(()) => instances.list().await,
            Err(error) => Err(error),
        };
        self.listed(listed);
    }

    /// Looks who there is, unless it was looked just now.
    pub async fn look(&self) {
        if self.listed_at.get().is_none_or(|at| at.elapsed() >= FRESH) {
            self.listed(self.ports.instances.list().await);
        }
    }

    fn listed(&self, listed: Result<Vec<Sighting>, InstancesError>) {
        if let Some(noter) = self.noter.get() {
            noter.note(listed.as_ref().err().map(ToString::to_string));
        }
        let now = Instant::now();
        self.listed_at.set(Some(now));
        match listed {
            Ok(sightings) => self.roster.borrow_mut().saw(sightings, now),
            Err(_) => self.roster.borrow_mut().lost(),
        }
        let members = self.members();
        for presence in Presence::ALL {
            let count = members.iter().filter(|member| member.presence == presence).count();
            let gauge = self.ports.metrics.instances.with_label_values(&[presence.as_str()]);
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    pub fn sample(&self) {
        self.rates.borrow_mut().sample(&self.ports.feed);
    }

    /// The member of a name that can be told something.
    pub fn target(&self, instance: &str) -> Result<Member, RouteError> {
        let named = self.members().into_iter().filter(|member| member.report.identity.id == instance);
        let (reachable, gone): (Vec<_>, Vec<_>) =
            named.partition(|member| !matches!(member.presence, Presence::Gone | Presence::Stopped));
        match (reachable.len(), gone.first()) {
            (1, _) => reachable.into_iter().next().ok_or(RouteError::Ambiguous(0)),
            (0, Some(Member { presence, silent_for, .. })) => {
                Err(RouteError::Gone { state: presence.as_str(), silent_for: *silent_for })
            }
            (0, None) => Err(RouteError::Unknown(instance.to_owned())),
            (several, _) => Err(RouteError::Ambiguous(several)),
        }
    }

    pub fn is_me(&self, member: &Member) -> bool {
        member.report.identity.boot == self.ports.identity.boot
    }
}

fn clock(ClockState { set, skew, forward, backward }: ClockState) -> ClockReport {
    // To tenths: what changes with every look would make every look news.
    let skew_ms = i64::try_from(skew.whole_milliseconds() / 100 * 100).unwrap_or(i64::MAX);
    ClockReport { set, skew_ms, jumps: forward + backward }
}
