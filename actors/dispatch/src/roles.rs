//! Which parts of the pipeline a process runs. Any combination is a Tropa, as long as together they run all of them.

use std::fmt;

use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use crate::domain::UnknownName;

/// A part of the pipeline that a process may run or leave to others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::among::<Self>)]
pub enum Role {
    /// Takes orders, and commands for them.
    Intake,
    /// Moves messages: from the outbox to the broker, from the parking queue to the dead letters.
    Relay,
    /// Finds drivers for orders.
    Worker,
    /// Knows the drivers, and serves them over gRPC.
    Fleet,
}

tropa_contract::names!(Role);

impl Role {
    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// Whether this one is among them.
    pub fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Those among them, in the order of an order's way.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    /// Reads `intake,relay`; `None` for a name that is no role, and for an empty list.
    pub fn parse(text: &str) -> Option<Self> {
        text.split(',').map(|name| name.trim().parse::<Role>().ok()).collect()
    }
}

/// What a process runs with a role, or leaves to others: then there is nothing to ask.
#[derive(Clone, Debug)]
pub struct Part<T> {
    here: Option<T>,
    elsewhere: Elsewhere,
}

/// It does not run in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this instance runs {runs}: ask one that runs {wanted}")]
pub struct Elsewhere {
    /// What does.
    pub runs: Roles,
    /// What it would take.
    pub wanted: Role,
}

impl<T> Part<T> {
    /// What these roles run of `wanted`, if it is among them.
    pub fn of(runs: Roles, wanted: Role, part: Option<T>) -> Self {
        Self { here: part.filter(|_| runs.has(wanted)), elsewhere: Elsewhere { runs, wanted } }
    }

    /// The part itself.
    pub fn here(&self) -> Result<&T, Elsewhere> {
        self.here.as_ref().ok_or(self.elsewhere)
    }
}

impl Default for Roles {
    /// Every role.
    fn default() -> Self {
        Role::ALL.into_iter().collect()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Role::as_str).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_there_with_its_role_only() {
        let runs = Roles::parse("relay,fleet").unwrap();
        assert_eq!(Part::of(runs, Role::Fleet, Some(7)).here(), Ok(&7));
        let missing = Part::of(runs, Role::Intake, Some(7));
        let error = missing.here().unwrap_err();
        assert_eq!(error.to_string(), "this instance runs relay,fleet: ask one that runs intake");
    }

    #[test]
    fn a_set_is_written_as_it_is_read() {
        assert_eq!(Roles::default().to_string(), "intake,relay,worker,fleet");
        let some = Roles::parse("worker, intake,worker").unwrap();
        assert_eq!(some.to_string(), "intake,worker");
        assert!(some.has(Role::Worker) && !some.has(Role::Fleet));
        for none in ["", "intake,", "Intake", "console"] {
            assert_eq!(Roles::parse(none), None, "{none:?}");
        }
    }
}
