//! Group commit: whatever waits while one commit runs goes into the next.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;

use tropa_supervision::{Pulse, Step};

use crate::port::StoreError;

/// What the items of one commit may say in all, in bytes; a single one may say more. A statement has its limits, in time and
/// in size.
const BYTES: usize = 8 << 20;

const WAITING: Step = Step::idle("waiting for something to commit");
const COMMITTING: Step = Step::new("committing");

/// Items that wait for the next commit, each with whoever waits for its outcome.
pub(crate) struct Batch<I, W> {
    waiting: VecDeque<Waiting<I, W>>,
    bytes: usize,
    running: bool,
    max: usize,
    /// Says how the commits get on.
    pulse: Option<Rc<Pulse>>,
}

struct Waiting<I, W> {
    item: I,
    bytes: usize,
    waiter: W,
}

/// The items of one commit, and who waits for them, in the same order.
pub(crate) struct Round<I, W> {
    pub items: Vec<I>,
    pub waiters: Vec<W>,
    pulse: Option<Rc<Pulse>>,
}

impl<I, W> Batch<I, W> {
    /// At most `max` items a commit; 1 turns group commit off.
    pub fn new(max: usize) -> Self {
        Self { waiting: VecDeque::new(), bytes: 0, running: false, max: max.max(1), pulse: None }
    }

    /// Says by this how the commits get on: one that does not end is a hang.
    pub fn watch(&mut self, pulse: Pulse) {
        pulse.at(WAITING);
        self.pulse = Some(Rc::new(pulse));
    }

    /// How many wait for the next commit.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// What those who wait say in all.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Nothing waits, and no commit runs.
    pub fn is_idle(&self) -> bool {
        !self.running && self.waiting.is_empty()
    }

    /// Adds an item that says `bytes`, about.
    pub fn push(&mut self, item: I, bytes: usize, waiter: W) {
        self.bytes += bytes;
        self.waiting.push_back(Waiting { item, bytes, waiter });
    }

    /// The next commit's items, unless one runs or nothing waits. Call [`Batch::finish`] when it is over.
    pub fn start(&mut self) -> Option<Round<I, W>> {
        if self.running || self.waiting.is_empty() {
            return None;
        }
        self.running = true;
        let mut bytes = 0;
        let fits = |waiting: &&Waiting<I, W>| {
            bytes += waiting.bytes;
            bytes <= BYTES
        };
        let count = self.waiting.iter().take(self.max).take_while(fits).count().max(1);
        let taken = self.waiting.drain(..count).inspect(|waiting| self.bytes -= waiting.bytes);
        let (items, waiters) = taken.map(|Waiting { item, waiter, .. }| (item, waiter)).unzip();
        Some(Round { items, waiters, pulse: self.pulse.clone() })
    }

    /// The commit is over.
    pub fn finish(&mut self) {
        self.running = false;
        if let Some(pulse) = &self.pulse {
            pulse.at(WAITING);
            pulse.round();
        }
    }
}

/// Halves without a success in between, before a fault is taken for the store's own. A bad item among a thousand takes
/// eleven to find.
const FAULTS: usize = 24;

impl<I: Clone, W> Round<I, W> {
    /// Writes the items, an outcome each. Each write has the limit of a step to itself: many that fail slowly are no hang.
    pub async fn commit<O>(
        self,
        write: impl AsyncFn(Arc<[I]>) -> Result<Vec<O>, StoreError>,
    ) -> (Vec<Result<O, StoreError>>, Vec<W>) {
        let Self { items, waiters, pulse } = self;
        let write = async |items| {
            if let Some(pulse) = &pulse {
                pulse.at(COMMITTING);
            }
            write(items).await
        };
        (commit(items, write).await, waiters)
    }
}

/// Writes these items, an outcome each. They go together; a fault undoes them all, and may be due to one: then they go by
/// halves, so that the bad one fails alone.
async fn commit<I: Clone, O>(
    items: Vec<I>,
    write: impl AsyncFn(Arc<[I]>) -> Result<Vec<O>, StoreError>,
) -> Vec<Result<O, StoreError>> {
    let mut outcomes = Vec::with_capacity(items.len());
    let (mut left, mut faults) = (vec![Arc::<[I]>::from(items)], 0);
    while let Some(items) = left.pop() {
        match write(items.clone()).await {
            Ok(written) => {
                faults = 0;
                outcomes.extend(written.into_iter().map(Ok));
            }
            Err(StoreError::Fault(_)) if items.len() > 1 && faults < FAULTS => {
                faults += 1;
                let (first, second) = items.split_at(items.len() / 2);
                left.extend([second.into(), first.into()]);
            }
            Err(error) => {
                faults += usize::from(matches!(error, StoreError::Fault(_)));
                outcomes.extend(items.iter().map(|_| Err(error.clone())));
            }
        }
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_while_one_runs_goes_into_the_next() {
        let mut batch = Batch::new(10);
        batch.push(1, 9, 'a');
        assert_eq!(batch.start().unwrap().items, [1]);
        batch.push(2, 9, 'b');
        batch.push(3, 9, 'c');
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
        (0..3).for_each(|n| batch.push(n, 9, ()));
        assert_eq!(batch.start().unwrap().items, [0, 1]);
        batch.finish();
        assert_eq!(batch.start().unwrap().items, [2]);
    }

    #[test]
    fn nor_does_it_say_more_than_allowed() {
        let mut batch = Batch::new(10);
        [BYTES / 2, BYTES / 2, 1, BYTES + 1, 1]
            .into_iter()
            .enumerate()
            .for_each(|(n, bytes)| batch.push(n, bytes, ()));
        let mut rounds = Vec::new();
        while let Some(round) = batch.start() {
            rounds.push(round.items);
            batch.finish();
        }
        assert_eq!(rounds, [vec![0, 1], vec![2], vec![3], vec![4]]);
        assert_eq!(batch.bytes(), 0);
    }

    /// Commits 0 … 999 where some items are bad; returns who failed, and how many transactions it took.
    async fn failing(bad: impl Fn(usize) -> bool) -> (Vec<usize>, usize) {
        let tried = std::cell::Cell::new(0);
        let write = async |items: Arc<[usize]>| {
            tried.set(tried.get() + 1);
            if items.iter().any(|item| bad(*item)) {
                return Err(StoreError::Fault("bad".into()));
            }
            Ok(items.to_vec())
        };
        let outcomes = commit((0..1_000).collect(), write).await;
        assert_eq!(outcomes.len(), 1_000);
        let right = |(n, outcome): (usize, &Result<usize, _>)| outcome.as_ref().is_ok_and(|of| *of == n);
        let failed = outcomes.iter().enumerate().filter(|pair| !right(*pair)).map(|(n, _)| n).collect();
        (failed, tried.get())
    }

    #[tokio::test]
    async fn only_the_bad_item_fails() {
        assert_eq!(failing(|_| false).await, (vec![], 1));
        for n in [0, 417, 999] {
            let (failed, tried) = failing(|item| item == n).await;
            assert_eq!(failed, [n]);
            assert!(tried < 25, "{tried} transactions");
        }
        assert_eq!(failing(|item| item == 3 || item > 997).await.0, [3, 998, 999]);
    }

    #[tokio::test]
    async fn a_store_that_faults_at_everything_is_not_asked_a_thousand_times() {
        let (failed, tried) = failing(|_| true).await;
        assert_eq!(failed.len(), 1_000);
        assert!(tried < 60, "{tried} transactions");
    }

    #[tokio::test]
    async fn a_store_that_is_gone_is_gone_for_all() {
        let gone = StoreError::Unavailable("gone".into());
        let outcomes = commit(vec![1, 2], async |_| Err::<Vec<()>, _>(gone.clone())).await;
        assert_eq!(outcomes, [Err(gone.clone()), Err(gone.clone())]);
    }
}
