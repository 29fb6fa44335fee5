//! What callers can do to an actor.

use strum::{EnumString, IntoStaticStr, VariantNames};
use tropa_supervision::ChaosCommand;
use utoipa::ToSchema;

use crate::http::{
    problem::{Answer, Kind, Problem},
    session::Rank,
};

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

impl From<Verb> for ChaosCommand {
    fn from(verb: Verb) -> Self {
        match verb {
            Verb::Stop => Self::Stop,
            Verb::Kill => Self::Kill,
            Verb::Panic => Self::Panic,
            Verb::Hang => Self::Hang,
            Verb::Restart => Self::Restart,
            Verb::Suspend => Self::Suspend,
            Verb::Resume => Self::Resume,
        }
    }
}
