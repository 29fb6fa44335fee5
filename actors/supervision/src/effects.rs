//! What a command would do just now.

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use utoipa::ToSchema;

use crate::child::Child;
use crate::picture::ActorState;
use crate::{ActorSystem, Exit};

/// What becomes of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = ActorFate)]
pub enum Fate {
    /// Nothing: it does not take the command as it is.
    None,
    /// It is replaced at once, or after its back-off.
    Replaced,
    /// It is not started again: its mailbox closes, and what waits is refused.
    Closed,
    /// Its supervisor has no restart left, and fails.
    SupervisorFails,
    /// No supervisor has a restart left: the process ends.
    ProcessEnds,
    /// It handles nothing any more, and nobody finds out.
    StandsStill,
    /// It goes on, later or not for a while.
    GoesOn,
}

/// What one command would do just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The command, by its name.
    pub verb: String,
    /// What becomes of the actor.
    pub fate: Fate,
    /// Restarts its supervisor has left; `None` when it costs none, and at the top.
    pub restarts_left: Option<u32>,
    /// For how long no more are left than that; `None` when all are.
    pub window_ms: Option<u64>,
    /// The topmost supervisor that fails.
    pub failing: Option<String>,
    /// Which other actors end along, or stand still along with their thread.
    pub takes_down: Vec<String>,
}

/// What commands would do to an actor just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effects {
    /// Its present incarnation.
    pub epoch: u64,
    /// Its supervisor; `None` at the top.
    pub supervisor: Option<String>,
    /// Messages that wait: for the replacement, if there is one.
    pub queued: usize,
    /// After how long of not answering it counts as hung; `None`: never.
    pub hang_after_ms: Option<u64>,
    /// By command.
    pub verbs: Vec<Effect>,
}

type Actor = Arc<dyn Child>;

/// An actor, and who keeps it: its supervisor first, the top last.
struct Place {
    actor: Actor,
    above: Vec<Actor>,
    all: Vec<Actor>,
}

impl ActorSystem {
    /// What commands would do to the actor at a path just now.
    pub fn effects(&self, path: &str) -> Option<Effects> {
        let all = self.everyone();
        let find = |path: &str| all.iter().find(|child| child.vitals().path() == path).cloned();
        let actor = find(path)?;
        let mut above = Vec::new();
        let mut rest = path;
        while let Some((parent, _)) = rest.rsplit_once('/') {
            above.extend(find(parent));
            rest = parent;
        }
        Some(Place { actor, above, all }.effects())
    }
}

impl Place {
    fn effects(&self) -> Effects {
        let vitals = self.actor.vitals();
        let state = vitals.state();
        let alive = state.is_alive();
        let ends = |verb, exit| if alive { self.ends(verb, &exit) } else { refused(verb) };
        let fits = |verb, fits| if alive && fits { goes_on(verb, Vec::new()) } else { refused(verb) };
        let hang = match vitals.policy.hang_after {
            Some(_) => ends("hang", Exit::Hung(String::new())),
            None if alive => Effect { fate: Fate::StandsStill, ..goes_on("hang", Vec::new()) },
            None => refused("hang"),
        };
        let block = if alive { goes_on("block", self.thread()) } else { refused("block") };
        let restart = match state {
            ActorState::Closed => refused("restart"),
            _ => Effect { fate: Fate::Replaced, ..goes_on("restart", below(&self.actor)) },
        };
        let suspended = state == ActorState::Suspended;
        Effects {
            epoch: vitals.epoch(),
            supervisor: self.above.first().map(|supervisor| supervisor.path()),
            queued: self.actor.depth(),
            hang_after_ms: vitals.policy.hang_after.map(|limit| limit.as_millis() as u64),
            verbs: vec![
                ends("stop", Exit::Normal),
                ends("kill", Exit::Killed),
                ends("panic", Exit::Panic(String::new())),
                hang,
                block,
                fits("slow", true),
                restart,
                fits("suspend", !suspended),
                fits("resume", suspended),
            ],
        }
    }

    /// What follows when it ends so.
    fn ends(&self, verb: &str, exit: &Exit) -> Effect {
        let policy = &self.actor.vitals().policy;
        let Some(supervisor) = self.above.first() else {
            let fate = if policy.restart.applies_to(exit) { Fate::Replaced } else { Fate::ProcessEnds };
            return Effect { fate, takes_down: below(&self.actor), ..refused(verb) };
        };
        if !policy.restart.applies_to(exit) {
            return Effect { fate: Fate::Closed, takes_down: below(&self.actor), ..refused(verb) };
        }
        let now = Instant::now();
        let keeping = supervisor.vitals().keeping.as_ref();
        let left = keeping.map(|keeping| keeping.left(now));
        let window = keeping.and_then(|keeping| keeping.more_in(now));
        let (failing, fate) = self.fails(now);
        let takes_down = match failing {
            Some(failing) => {
                let all = std::iter::once(failing.path()).chain(below(failing));
                all.filter(|path| *path != self.actor.path()).collect()
            }
            None => self.along(supervisor),
        };
        Effect {
            fate,
            restarts_left: left,
            window_ms: window.map(|window| window.as_millis() as u64),
            failing: failing.map(|failing| failing.path()),
            takes_down,
            ..refused(verb)
        }
    }

    /// The topmost supervisor that one more failure of this actor makes fail, and what that means.
    fn fails(&self, now: Instant) -> (Option<&Actor>, Fate) {
        let spent = |supervisor: &&Actor| {
            supervisor.vitals().keeping.as_ref().is_some_and(|keeping| keeping.left(now) == 0)
        };
        // One that fails is a failure of the next one's child, if that one starts it again at all.
        let failing = self.above.iter().take_while(spent).last();
        let fate = match failing {
            None => Fate::Replaced,
            Some(top) if self.above.last().is_some_and(|last| Arc::ptr_eq(last, top)) => Fate::ProcessEnds,
            Some(_) => Fate::SupervisorFails,
        };
        (failing, fate)
    }

    /// Who is replaced along with it, by its supervisor's strategy, and whatever is below.
    fn along(&self, supervisor: &Actor) -> Vec<String> {
        let vitals = supervisor.vitals();
        let position = vitals.children.iter().position(|child| Arc::ptr_eq(child, &self.actor));
        let (Some(position), Some(keeping)) = (position, &vitals.keeping) else { return below(&self.actor) };
        let affected = keeping.strategy.affected(position, vitals.children.len());
        let affected = vitals.children[affected].iter().filter(|child| child.state() != ActorState::Closed);
        let paths = affected.flat_map(|child| std::iter::once(child.path()).chain(below(child)));
        paths.filter(|path| *path != self.actor.path()).collect()
    }

    /// Who lives on the same thread.
    fn thread(&self) -> Vec<String> {
        let seat = |child: &Actor| child.vitals().record().residence.as_ref().map(|residence| residence.seat);
        let own = seat(&self.actor);
        let others = self.all.iter().filter(|child| !Arc::ptr_eq(child, &self.actor));
        others
            .filter(|child| child.state().is_alive() && seat(child) == own)
            .map(|child| child.path())
            .collect()
    }
}

fn goes_on(verb: &str, takes_down: Vec<String>) -> Effect {
    Effect { fate: Fate::GoesOn, takes_down, ..refused(verb) }
}

fn refused(verb: &str) -> Effect {
    Effect {
        verb: verb.to_owned(),
        fate: Fate::None,
        restarts_left: None,
        window_ms: None,
        failing: None,
        takes_down: Vec::new(),
    }
}

/// Everything below an actor that is not closed for good.
fn below(actor: &Actor) -> Vec<String> {
    let open = |child: &&Actor| child.state() != ActorState::Closed;
    let each = |child: &Actor| std::iter::once(child.path()).chain(below(child)).collect::<Vec<_>>();
    actor.vitals().children.iter().filter(open).flat_map(each).collect()
}
