//! What callers can do to an actor.

use std::time::Duration;

use strum::{EnumString, IntoStaticStr, VariantNames};
use tropa_supervision::ChaosCommand;
use utoipa::ToSchema;

use crate::http::{
    problem::{Answer, FieldError, Kind, Problem},
    session::Rank,
};

/// Milliseconds a message may be held back at most.
const MOST_DELAY_MS: u64 = 60_000;
/// And for so long.
const MOST_SLOW_MS: u64 = 600_000;
/// Milliseconds a thread may be blocked at most.
const MOST_BLOCK_MS: u64 = 30_000;

/// Characters of a word that is none which are said back.
const MAX_SHOWN: usize = 64;

/// What can be done to an actor.
#[derive(Clone, Copy, EnumString, IntoStaticStr, VariantNames, ToSchema)]
#[strum(serialize_all = "snake_case")]
#[schema(as = ActorVerb, rename_all = "snake_case")]
pub(in crate::http) enum Verb {
    Stop,
    Kill,
    Panic,
    Hang,
    Block,
    Slow,
    Restart,
    Suspend,
    Resume,
}

impl Verb {
    /// A path that ends in one is a command.
    pub fn paths() -> String {
        format!("/api/v1/actors/{{path:.+}}/{{verb:{}}}", Self::VARIANTS.join("|"))
    }

    /// Who may: to heal is one thing, to hurt another.
    pub fn needs(self) -> Rank {
        match self {
            Self::Restart | Self::Suspend | Self::Resume => Rank::Operator,
            _ => Rank::Chaos,
        }
    }

    /// Of a path.
    pub fn read(text: &str) -> Answer<Self> {
        text.parse().map_err(|_| {
            let shown: String = text.chars().take(MAX_SHOWN).collect();
            let known = Self::VARIANTS.join(", ");
            let detail = format!("nothing called {shown:?} can be done to an actor, but one of {known}");
            Problem::new(Kind::NotFound, detail)
        })
    }
}

/// How much, and for how long, as it was asked for.
#[derive(Clone, Copy, Default)]
pub(super) struct Times {
    pub delay_ms: Option<u64>,
    pub for_ms: Option<u64>,
}

impl Verb {
    /// The command, with the times that it needs and no others.
    pub(super) fn command(self, times: Times) -> Answer<ChaosCommand> {
        let mut errors = Vec::new();
        let mut time = |field: &str, given: Option<u64>, most: Option<u64>| {
            let detail = match (given, most) {
                (None, None) => return Duration::ZERO,
                (Some(ms), Some(most)) if ms <= most => return Duration::from_millis(ms),
                (Some(_), Some(most)) => format!("must be at most {most} for {}", self.name()),
                (None, Some(_)) => format!("is required for {}", self.name()),
                (Some(_), None) => format!("is nothing that {} takes", self.name()),
            };
            errors.push(FieldError { field: field.to_owned(), detail });
            Duration::ZERO
        };
        let (most_delay, most_lasting) = match self {
            Self::Slow => (Some(MOST_DELAY_MS), Some(MOST_SLOW_MS)),
            Self::Block => (None, Some(MOST_BLOCK_MS)),
            _ => (None, None),
        };
        let delay = time("delay_ms", times.delay_ms, most_delay);
        let lasting = time("for_ms", times.for_ms, most_lasting);
        if !errors.is_empty() {
            return Err(Problem::invalid(errors));
        }
        Ok(match self {
            Self::Stop => ChaosCommand::Stop,
            Self::Kill => ChaosCommand::Kill,
            Self::Panic => ChaosCommand::Panic,
            Self::Hang => ChaosCommand::Hang,
            Self::Block => ChaosCommand::Block { lasting },
            Self::Slow => ChaosCommand::Slow { delay, lasting },
            Self::Restart => ChaosCommand::Restart,
            Self::Suspend => ChaosCommand::Suspend,
            Self::Resume => ChaosCommand::Resume,
        })
    }

    /// `stop`, `kill`, …
    pub fn name(self) -> &'static str {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verb_takes_the_times_it_needs() {
        let wrong = |verb: Verb, delay_ms, for_ms| {
            let errors = verb.command(Times { delay_ms, for_ms }).unwrap_err().errors;
            errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
        };
        assert_eq!(wrong(Verb::Slow, None, None), ["delay_ms", "for_ms"]);
        assert_eq!(wrong(Verb::Block, Some(1), Some(MOST_BLOCK_MS + 1)), ["delay_ms", "for_ms"]);
        assert_eq!(wrong(Verb::Kill, None, Some(1)), ["for_ms"]);
        let slow = Verb::Slow.command(Times { delay_ms: Some(5), for_ms: Some(MOST_SLOW_MS) }).unwrap();
        let (delay, lasting) = (Duration::from_millis(5), Duration::from_millis(MOST_SLOW_MS));
        assert_eq!(slow, ChaosCommand::Slow { delay, lasting });
        assert_eq!(Verb::Kill.command(Times::default()).unwrap(), ChaosCommand::Kill);
    }
}
