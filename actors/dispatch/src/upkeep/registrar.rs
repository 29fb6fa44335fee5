//! The `Registrar` actor: shows this instance to the others, and the others to whoever asks here.
//!
//! Owns this instance's entry in the registry of [`Instances`]. Every two seconds it publishes what the instance is, does
//! and holds, and reads who else there is; it receives what others want done here and carries it out, at most once; and it
//! leads through a drain. A registry that does not answer is its condition, and makes the others unknown. When it dies,
//! the next one goes on: the drain is in the [`Duty`], which outlives it.

mod answering;
mod book;
mod execution;
mod loops;
mod message;
mod roster;
mod telling;

use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix::prelude::*;
use tropa_supervision::{ActorSystem, Context, Ref};

use book::Book;
pub use execution::carry_out;
pub use message::{Ask, ListActors, ListInstances, Route, RouteError};
pub use roster::Member;
pub use telling::Answers;

use crate::breaker::BreakerBoard;
use crate::domain::Identity;
use crate::duty::Duty;
use crate::feed::Feed;
use crate::kit::{EDGE, Kit, mailbox};
use crate::metrics::Metrics;
use crate::port::{Clock, Instances};
use crate::recorder::Recorder;

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

/// How often throughput is looked at.
const SAMPLE: Duration = Duration::from_secs(1);

/// What a registrar works with.
#[derive(Clone)]
pub struct RegistrarPorts {
    /// The registry.
    pub instances: Arc<dyn Instances>,
    /// The tree.
    pub system: ActorSystem,
    /// Whether work is taken.
    pub duty: Duty,
    /// How breakers stand.
    pub breakers: BreakerBoard,
    /// What was done with the newest orders.
    recorder: Recorder,
    /// Steps, for rates.
    pub feed: Feed,
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
    book: Rc<Book>,
}

impl Registrar {
    pub(crate) fn place(kit: &Kit) -> Ref<Self> {
        kit.place("registrar", mailbox(1_024).arbiter(EDGE), |kit| {
            Self::new(RegistrarPorts {
                instances: kit.ports.instances.clone(),
                system: kit.system.clone(),
                duty: kit.duty.clone(),
                breakers: kit.breakers.clone(),
                recorder: kit.recorder.clone(),
                feed: kit.feed.clone(),
                metrics: kit.metrics.clone(),
                identity: kit.identity.clone(),
                advertised: kit.advertised.clone(),
                clock: kit.ports.clock.clone(),
            })
        })
    }

    /// A registrar over these ports.
    pub fn new(ports: RegistrarPorts) -> Self {
        Self { book: Rc::new(Book::new(ports)) }
    }
}

impl Actor for Registrar {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.book.note_at(ctx.noter());
        let [publishing, conducting, listening, sampling] = [(); 4].map(|()| self.book.clone());
        ctx.task("publish", |pulse| async move { publishing.publishing(pulse).await });
        ctx.task("conduct", |pulse| async move { conducting.conducting(pulse).await });
        ctx.task("listen", |pulse| async move { listening.listening(pulse).await });
        ctx.run_interval(SAMPLE, move |_, _| sampling.sample());
    }
}
