//! What a supervisor is to keep, and how.

use std::sync::Arc;

use actix::Actor;

use crate::child::Child;
use crate::keeping::Keeping;
use crate::vitals::Vitals;
use crate::{Budget, Context, Policy, Ref, Strategy, Supervisor};

/// What a supervisor is to keep, and how.
///
/// ```
/// use std::time::Duration;
/// use tropa_supervision::{Budget, Policy, Strategy, SupervisorSpec};
///
/// let stores = SupervisorSpec::new(Strategy::OneForOne, Budget::new(5, Duration::from_secs(60)))
///     .into_ref("stores", Policy::new(16));
/// let top = SupervisorSpec::new(Strategy::RestForOne, Budget::new(3, Duration::from_secs(60)))
///     .child(&stores)
///     .into_ref("top", Policy::new(16));
/// assert_eq!(top.path(), "top"); // "/top" once the tree is started
/// ```
#[derive(Debug)]
pub struct SupervisorSpec {
    plan: Plan,
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) strategy: Strategy,
    pub(super) budget: Budget,
    pub(super) children: Vec<Arc<dyn Child>>,
}

impl SupervisorSpec {
    /// A supervisor without children yet.
    pub fn new(strategy: Strategy, budget: Budget) -> Self {
        SupervisorSpec { plan: Plan { strategy, budget, children: Vec::new() } }
    }

    /// Adds a child, or a supervisor as a child. Children start in the order in which they are added and stop in
    /// reverse. Nobody waits for a child's `started` before the next one is started: its mailbox is there before.
    #[must_use]
    pub fn child<A: Actor<Context = Context<A>>>(self, child: &Ref<A>) -> Self {
        self.keeping(child.child())
    }

    /// Adds a child whose type is not known.
    #[must_use]
    pub fn keeping(mut self, child: Arc<dyn Child>) -> Self {
        self.plan.children.push(child);
        self
    }

    /// The supervisor. It lives on arbiter 0, whatever the policy says; its shutdown time comes on top of its children's.
    pub fn into_ref(self, name: impl Into<String>, policy: Policy) -> Ref<Supervisor> {
        let mut vitals = Vitals::new(name.into(), std::any::type_name::<Supervisor>(), policy.arbiter(0));
        vitals.keeping = Some(Keeping::new(self.plan.strategy, self.plan.budget));
        vitals.children.clone_from(&self.plan.children);
        let plan = Arc::new(self.plan);
        Ref::with_vitals(vitals, move |_| Supervisor::new(plan.clone()))
    }
}
