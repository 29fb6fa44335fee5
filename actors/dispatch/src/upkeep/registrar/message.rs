//! What the registrar is asked, and what it answers. Sent by the HTTP edge.

use std::time::Duration;

use actix::Message;
use tropa_supervision::ActorStatus;

use super::Member;
use super::telling::Answers;
use crate::port::{DeliveryError, InstancesError, Instruction, Outcome, Question};

/// Everybody there is.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Vec<Member>")]
pub struct ListInstances;

/// The actors of the instance of this name, or of all that are not gone.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Vec<(Member, Vec<ActorStatus>)>, RouteError>")]
pub struct ListActors(pub Option<String>);

/// Have the instance of this name do something.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Outcome, RouteError>")]
pub struct Route {
    /// Whom it is for.
    pub instance: String,
    /// What it is to do.
    pub instruction: Instruction,
    /// How long it is waited for.
    pub patience: Duration,
}

/// Have the instance of this name, or all that are not gone, say what only they know.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<Answers, RouteError>")]
pub struct Ask {
    /// Whom it is for.
    pub of: Option<String>,
    /// What is to be said.
    pub question: Question,
    /// How long each is waited for.
    pub patience: Duration,
}

/// Why an instance was not asked, or did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Nobody has heard of it.
    #[error("there is no instance {0}")]
    Unknown(String),
    /// It left, or was not heard of for too long.
    #[error("the instance is {state}, last seen {} s ago", silent_for.as_secs())]
    Gone {
        /// `gone` or `stopped`.
        state: &'static str,
        /// How long it was not heard of.
        silent_for: Duration,
    },
    /// Several processes run under this name.
    #[error("{0} processes run under this name")]
    Ambiguous(usize),
    /// On the way to it.
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// The registry does not answer.
    #[error(transparent)]
    Registry(#[from] InstancesError),
}
