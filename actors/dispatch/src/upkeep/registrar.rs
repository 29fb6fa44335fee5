//! The `Registrar` actor: shows this instance to the others, and the others to whoever asks here.
//!
//! Owns this instance's entry in the registry of [`Instances`]. Every two seconds it publishes what the instance is, does
//! and holds, and reads who else there is; it receives what others want done here and carries it out, at most once; and it
//! leads through a drain. A registry that does not answer is its condition, and makes the others unknown. When it dies,
//! the next one goes on: the drain is in the [`Duty`], which outlives it.

mod answering;
mod execution;
mod message;
mod roster;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::prelude::*;
use tokio::time::Instant;
use tropa_supervision::{ActorStatus, ActorSystem, Context, Ref};

pub use execution::carry_out;
use execution::slim;
pub use message::{ListActors, ListInstances, Route, RouteError};
pub use roster::Member;
use roster::Roster;

use crate::domain::{
    BreakerReport, ClockReport, Holdings, Identity, InstanceReport, Phase, Presence, Status, Throughput,
};
use crate::duty::{Duty, Stage};
use crate::kit::{EDGE, Kit, mailbox};
use crate::metrics::Metrics;
use crate::port::{Clock, ClockState, Instances, InstancesError, Letter, Sighting};
use crate::reader::Rates;

/// How often an instance shows itself.
const PUBLISH: Duration = Duration::from_secs(2);

/// A list of this age is still shown.
const FRESH: Duration = Duration::from_millis(500);

/// How often a drain is looked at, and how often whether there is one.
const CONDUCT: Duration = Duration::from_millis(50);
const WORKING: Duration = Duration::from_millis(250);

/// Consumers leave after this although the relay still waits for confirms.
const HURRY: Duration = Duration::from_secs(10);

/// How long it is listened at once, and how long it is paused when that fails.
const LISTEN: Duration = Duration::from_secs(1);

/// How often an answer is tried, and the pause between. What it answers was done once all the same.
const ANSWERS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// What a registrar works with.
#[derive(Clone)]
pub struct RegistrarPorts {
    /// The registry.
    pub instances: Arc<dyn Instances>,
    /// The tree.
    pub system: ActorSystem,
    /// Whether work is taken.
    pub duty: Duty,
    /// Counts.
    pub metrics: Arc<Metrics>,
    /// Who this is.
    pub identity: Arc<Identity>,
    /// Where its API can be reached, once that is known.
    pub advertised: Arc<OnceLock<String>>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
}

/// Keeps this instance's entry.
pub struct Registrar {
    ports: RegistrarPorts,
    roster: Roster,
    rates: Rates,
    listed_at: Option<Instant>,
    publishing: bool,
    /// The phase that was shown last, and whether it was known where it is reached.
    shown: (Phase, bool),
    draining_since: Option<Instant>,
    left: bool,
}

impl Registrar {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        kit.place("registrar", mailbox(1_024).arbiter(EDGE), |kit| {
            Self::new(RegistrarPorts {
                instances: kit.ports.instances.clone(),
                system: kit.system.clone(),
                duty: kit.duty.clone(),
                metrics: kit.metrics.clone(),
                identity: kit.identity.clone(),
                advertised: kit.advertised.clone(),
                clock: kit.ports.clock.clone(),
            })
        })
    }

    /// A registrar over these ports.
    pub fn new(ports: RegistrarPorts) -> Self {
        Self {
            ports,
            roster: Roster::default(),
            rates: Rates::default(),
            listed_at: None,
            publishing: false,
            shown: (Phase::Running, false),
            draining_since: None,
            left: false,
        }
    }

    /// What it shows of this instance.
    fn report(&self, phase: Phase) -> InstanceReport {
        let RegistrarPorts { duty, metrics, identity, .. } = &self.ports;
        let (outbox_claims, leases) = duty.held();
        let gauge = |value: i64| u64::try_from(value).unwrap_or_default();
        let (deliveries, aggregates) = (gauge(metrics.in_flight.get()), gauge(metrics.aggregates.get()));
        let (accepted_per_second, dispatched_per_second) = self.rates.per_second();
        InstanceReport {
            identity: Identity {
                advertise_url: self.ports.advertised.get().cloned(),
                ..(**identity).clone()
            },
            phase,
            holds: Holdings { leases, outbox_claims, deliveries, aggregates },
            rates: Throughput { accepted_per_second, dispatched_per_second },
            breakers: metrics.breakers().map(|(name, state)| BreakerReport { name, state }).collect(),
            clock: Some(clock(self.ports.clock.state())),
        }
    }

    fn standing(&self) -> (Phase, bool) {
        (self.ports.duty.phase(), self.ports.advertised.get().is_some())
    }

    fn members(&self) -> Vec<Member> {
        self.roster.members(&self.report(self.ports.duty.phase()), Instant::now())
    }

    fn publish(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.publishing, true) {
            return;
        }
        self.shown = self.standing();
        let (report, actors) = (self.report(self.shown.0), self.tree());
        let instances = self.ports.instances.clone();
        let round = async move {
            instances.publish(&report, &actors).await?;
            instances.list().await
        };
        ctx.spawn(round.into_actor(self).map(|listed, registrar, ctx| {
            registrar.publishing = false;
            registrar.listed(listed, ctx);
        }));
    }

    fn tree(&self) -> Vec<ActorStatus> {
        self.ports.system.picture().into_iter().map(slim).collect()
    }

    fn listed(&mut self, listed: Result<Vec<Sighting>, InstancesError>, ctx: &mut Context<Self>) {
        ctx.note(listed.as_ref().err().map(ToString::to_string));
        let now = Instant::now();
        self.listed_at = Some(now);
        match listed {
            Ok(sightings) => self.roster.saw(sightings, now),
            Err(_) => self.roster.lost(),
        }
        let members = self.members();
        for presence in Presence::ALL {
            let count = members.iter().filter(|member| member.presence == presence).count();
            self.ports
                .metrics
                .instances
                .with_label_values(&[presence.as_str()])
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// Goes on with a drain, and shows the others what has changed.
    fn conduct(&mut self, ctx: &mut Context<Self>) {
        let duty = &self.ports.duty;
        if duty.stage() == Stage::Working {
            self.draining_since = None;
        } else {
            let since = *self.draining_since.get_or_insert_with(Instant::now);
            let before = duty.phase();
            duty.advance(since.elapsed() > HURRY);
            if before != Phase::Drained && duty.phase() == Phase::Drained {
                tracing::info!(took_ms = since.elapsed().as_millis() as u64, "drained");
            }
        }
        if self.standing() != self.shown {
            self.publish(ctx);
        }
        let next = if self.draining_since.is_some() { CONDUCT } else { WORKING };
        ctx.run_later(next, Self::conduct);
    }

    /// Takes what others want done here, one after the other.
    fn listen(&mut self, ctx: &mut Context<Self>) {
        let (instances, boot) = (self.ports.instances.clone(), self.ports.identity.boot);
        let next = async move {
            let received = instances.receive(boot, LISTEN).await;
            if received.is_err() {
                tokio::time::sleep(LISTEN).await;
            }
            received.ok().flatten()
        };
        ctx.spawn(next.into_actor(self).map(|letter, registrar, ctx| {
            if let Some(letter) = letter {
                registrar.obey(letter, ctx);
            }
            registrar.listen(ctx);
        }));
    }

    fn obey(&mut self, Letter { id, instruction }: Letter, ctx: &mut Context<Self>) {
        let outcome = carry_out(&instruction, &self.ports.system, &self.ports.duty);
        let instances = self.ports.instances.clone();
        let answer = async move {
            for _ in 0..ANSWERS {
                let Err(error) = instances.answer(id, &outcome).await else { return };
                tracing::debug!(%error, "cannot answer a command");
                tokio::time::sleep(PAUSE).await;
            }
            // Its asker will say that nothing is known of it.
        };
        ctx.spawn(answer.into_actor(self));
    }

    /// The member of a name that can be told something.
    fn target(&self, instance: &str) -> Result<Member, RouteError> {
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

    fn is_me(&self, member: &Member) -> bool {
        member.report.identity.boot == self.ports.identity.boot
    }

    /// Looks who there is, unless it was looked just now.
    fn look(&self) -> ResponseActFuture<Self, ()> {
        if self.listed_at.is_some_and(|at| at.elapsed() < FRESH) {
            return Box::pin(fut::ready(()));
        }
        let instances = self.ports.instances.clone();
        let list = async move { instances.list().await };
        Box::pin(list.into_actor(self).map(|listed, registrar, ctx| registrar.listed(listed, ctx)))
    }
}

fn clock(ClockState { set, skew, forward, backward }: ClockState) -> ClockReport {
    // To tenths: what changes with every look would make every look news.
    let skew_ms = i64::try_from(skew.whole_milliseconds() / 100 * 100).unwrap_or(i64::MAX);
    ClockReport { set, skew_ms, jumps: forward + backward }
}

impl Actor for Registrar {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.publish(ctx);
        self.listen(ctx);
        ctx.run_interval(PUBLISH, Self::publish);
        self.conduct(ctx);
        ctx.run_interval(Duration::from_secs(1), |registrar, _| {
            let orders = &registrar.ports.metrics.orders;
            let count = |status: Status| orders.with_label_values(&[status.as_str()]).get();
            registrar.rates.sample(count(Status::Pending), count(Status::Dispatched));
        });
    }

    /// The last of the tree to leave: when it does, nothing is in hand. So it may say farewell.
    fn stopping(&mut self, ctx: &mut Self::Context) -> Running {
        if self.left || !ctx.draining() {
            return Running::Stop;
        }
        let (instances, report) = (self.ports.instances.clone(), self.report(Phase::Stopped));
        let farewell = async move { instances.publish(&report, &[]).await };
        ctx.spawn(farewell.into_actor(self).map(|_, registrar, ctx| {
            registrar.left = true;
            ctx.stop();
        }));
        Running::Continue
    }
}
