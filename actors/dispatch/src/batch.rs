//! Group commit: whatever waits while one commit runs goes into the next.

use std::collections::VecDeque;

/// Items that wait for the next commit, each with whoever waits for its outcome.
pub(crate) struct Batch<I, W> {
    waiting: VecDeque<(I, W)>,
    running: bool,
    max: usize,
}

/// The items of one commit, and who waits for them, in the same order.
pub(crate) struct Round<I, W> {
    pub items: Vec<I>,
    pub waiters: Vec<W>,
}

impl<I, W> Batch<I, W> {
    /// At most `max` items a commit; 1 turns group commit off.
    pub fn new(max: usize) -> Self {
        Self { waiting: VecDeque::new(), running: false, max: max.max(1) }
    }

    /// How many wait for the next commit.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Nothing waits, and no commit runs.
    pub fn is_idle(&self) -> bool {
        !self.running && self.waiting.is_empty()
    }

    /// Adds an item.
    pub fn push(&mut self, item: I, waiter: W) {
        self.waiting.push_back((item, waiter));
    }

    /// The next commit's items, unless one runs or nothing waits. Call [`Batch::finish`] when it is over.
    pub fn start(&mut self) -> Option<Round<I, W>> {
        if self.running || self.waiting.is_empty() {
            return None;
        }
        self.running = true;
        let count = self.waiting.len().min(self.max);
        let (items, waiters) = self.waiting.drain(..count).unzip();
        Some(Round { items, waiters })
    }

    /// The commit is over.
    pub fn finish(&mut self) {
        self.running = false;
    }
}

/// An outcome for each waiter: the batch's own, or the error that befell them all.
pub(crate) fn spread<T, E: Clone>(result: Result<Vec<T>, E>, count: usize) -> Vec<Result<T, E>> {
    match result {
        Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
        Err(error) => std::iter::repeat_with(|| Err(error.clone())).take(count).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_while_one_runs_goes_into_the_next() {
        let mut batch = Batch::new(10);
        batch.push(1, 'a');
        assert_eq!(batch.start().unwrap().items, [1]);
        batch.push(2, 'b');
        batch.push(3, 'c');
        assert!(batch.start().is_none(), "one at a time");
        batch.finish();
        let round = batch.start().unwrap();
        assert_eq!((round.items, round.waiters), (vec![2, 3], vec!['b', 'c']));
        assert!(!batch.is_idle());
        batch.finish();
        assert!(batch.is_idle());
    }

    #[test]
    fn a_round_is_no_larger_than_allowed() {
        let mut batch = Batch::new(2);
        (0..3).for_each(|n| batch.push(n, ()));
        assert_eq!(batch.start().unwrap().items, [0, 1]);
        batch.finish();
        assert_eq!(batch.start().unwrap().items, [2]);
    }
}
