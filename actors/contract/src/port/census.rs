//! How many orders there are.

use std::ops::Index;

use crate::domain::Status;

/// How many orders are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts([u64; Status::ALL.len()]);

impl StatusCounts {
    /// As many as this in each state, in the order of [`Status::ALL`].
    pub fn each(&self) -> impl Iterator<Item = (Status, u64)> {
        Status::ALL.into_iter().zip(self.0)
    }
}

impl FromIterator<(Status, u64)> for StatusCounts {
    /// None in states that are left out.
    fn from_iter<I: IntoIterator<Item = (Status, u64)>>(counts: I) -> Self {
        let mut all = Self::default();
        counts.into_iter().for_each(|(status, count)| all.0[status as usize] += count);
        all
    }
}

impl Index<Status> for StatusCounts {
    type Output = u64;
    fn index(&self, status: Status) -> &u64 {
        &self.0[status as usize]
    }
}

/// How many orders there are: told twice, by what is written when one is accepted, and by where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Accepted, ever.
    pub accepted: u64,
    /// Of all that there are, how many are in each state. Orders are never deleted.
    pub states: StatusCounts,
}

impl Census {
    /// Whether each order that was accepted is in a state, and none besides.
    pub fn holds(&self) -> bool {
        self.states.each().map(|(_, count)| count).sum::<u64>() == self.accepted
    }
}
