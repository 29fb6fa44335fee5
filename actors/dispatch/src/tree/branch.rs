//! A supervisor and its children as they are written down, drawn, and started.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix::Actor;
use tropa_supervision::{Budget, Child, Context, Ref, Strategy, Supervisor, SupervisorSpec};

use crate::kit::mailbox;

/// Where the second column of the drawing begins.
const COLUMN: usize = 29;

/// Each of its children is restarted alone, up to so often within so long.
pub(super) fn one_for_one(name: &'static str, restarts: u32, within: Duration) -> Branch {
    Branch { name, strategy: Strategy::OneForOne, budget: Budget::new(restarts, within), limbs: Vec::new() }
}

/// A child that is restarted takes along those started after it, up to so often within so long.
pub(super) fn rest_for_one(name: &'static str, restarts: u32, within: Duration) -> Branch {
    Branch { strategy: Strategy::RestForOne, ..one_for_one(name, restarts, within) }
}

/// A supervisor to be.
pub(super) struct Branch {
    name: &'static str,
    strategy: Strategy,
    budget: Budget,
    limbs: Vec<Limb>,
}

enum Limb {
    /// One child, or some of a kind.
    Leaves(Vec<Arc<dyn Child>>, &'static str),
    Branch(Branch),
}

/// One child, some of a kind, or none in this process.
pub(super) trait Leaves {
    fn leaves(&self) -> Vec<Arc<dyn Child>>;
}

impl<A: Actor<Context = Context<A>>> Leaves for Ref<A> {
    fn leaves(&self) -> Vec<Arc<dyn Child>> {
        vec![self.child()]
    }
}

impl<L: Leaves> Leaves for Vec<L> {
    fn leaves(&self) -> Vec<Arc<dyn Child>> {
        self.iter().flat_map(Leaves::leaves).collect()
    }
}

impl<L: Leaves> Leaves for Option<L> {
    fn leaves(&self) -> Vec<Arc<dyn Child>> {
        self.iter().flat_map(Leaves::leaves).collect()
    }
}

impl Branch {
    /// Then these, and what they are for.
    pub fn child(mut self, children: &impl Leaves, what: &'static str) -> Self {
        let leaves = children.leaves();
        if !leaves.is_empty() {
            self.limbs.push(Limb::Leaves(leaves, what));
        }
        self
    }

    /// Then this supervisor, unless it has nobody to keep here.
    pub fn branch(mut self, branch: Branch) -> Self {
        if !branch.limbs.is_empty() {
            self.limbs.push(Limb::Branch(branch));
        }
        self
    }

    /// The supervisor of all that.
    pub fn grow(self) -> Ref<Supervisor> {
        let spec = SupervisorSpec::new(self.strategy, self.budget);
        let spec = self.limbs.into_iter().fold(spec, |spec, limb| match limb {
            Limb::Leaves(leaves, _) => leaves.into_iter().fold(spec, SupervisorSpec::keeping),
            Limb::Branch(branch) => spec.child(&branch.grow()),
        });
        // Its children's times are added to its own: one that hangs on its way out holds its siblings up for the sum.
        spec.into_ref(self.name, mailbox(1_024).shutdown(Duration::from_secs(2)))
    }

    fn draw(&self, before: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, limb) in self.limbs.iter().enumerate() {
            let last = n + 1 == self.limbs.len();
            let (corner, beam) = if last { ("└─ ", "    ") } else { ("├─ ", "│   ") };
            match limb {
                Limb::Leaves(leaves, what) => line(f, &format!("{before}{corner}{}", names(leaves)), what)?,
                Limb::Branch(branch) => {
                    line(f, &format!("{before}{corner}{}", branch.name), &branch.keeps())?;
                    branch.draw(&format!("{before}{beam}"), f)?;
                }
            }
        }
        Ok(())
    }

    fn keeps(&self) -> String {
        let Budget { max_restarts, within } = self.budget;
        let strategy = match self.strategy {
            Strategy::OneForOne => "one_for_one",
            Strategy::OneForAll => "one_for_all",
            Strategy::RestForOne => "rest_for_one",
        };
        format!("{strategy:<13} {max_restarts} in {} s", within.as_secs())
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, self.name, &self.keeps())?;
        self.draw("", f)
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, what: &str) -> fmt::Result {
    writeln!(f, "{name:<COLUMN$}{what}")
}

/// `journal`, or `shard-0 … n`: how many there are is a setting.
fn names(leaves: &[Arc<dyn Child>]) -> String {
    let name = leaves.first().map(|child| child.name()).unwrap_or_default();
    name.strip_suffix("-0").map_or_else(|| name.to_owned(), |kind| format!("{kind}-0 … n"))
}
