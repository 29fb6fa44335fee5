//! A number of places; whoever finds none is turned away at once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Places that can be taken.
#[derive(Clone, Debug)]
pub struct Permits {
    taken: Arc<AtomicUsize>,
    limit: usize,
}

/// A place; free again when dropped.
#[derive(Debug)]
pub struct Permit(Arc<AtomicUsize>);

impl Permits {
    /// So many.
    pub fn new(limit: usize) -> Self {
        Self { taken: Arc::default(), limit }
    }

    /// Takes one, if there is one.
    pub fn take(&self) -> Option<Permit> {
        let taken = self
            .taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |n| (n < self.limit).then_some(n + 1));
        taken.ok().map(|_| Permit(self.taken.clone()))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_slot_is_free_again() {
        let permits = Permits::new(2);
        let (first, _second) = (permits.take().unwrap(), permits.take().unwrap());
        assert!(permits.take().is_none());
        drop(first);
        assert!(permits.take().is_some());
    }
}
