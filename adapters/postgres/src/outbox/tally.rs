//! Counts that cost as much as they count.
//!
//! An exact count reads every row it counts, about 0.2 µs each. Up to twenty thousand that is nothing. A million cost 200 ms,
//! and those who ask (intake each second, the console, metrics) would keep a core busy; so the larger the count, the longer
//! it holds: 4 µs a row, which keeps counting below a twentieth of one core however many ask and however much there is.
//! A million is then up to four seconds old. An estimate out of the catalogue would be cheaper, and wrong by whatever
//! happened since the last autovacuum, a minute ago: intake, which refuses orders beyond a limit, could not work with it.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use tokio::sync::Mutex;

/// Counted anew whenever asked.
const SMALL: u64 = 20_000;
/// A larger count holds so long for each row.
const WORTH: Duration = Duration::from_micros(4);

/// The last count, while it holds.
pub struct Tally<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Tally<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Tally<T> {
    /// What was counted, and how long ago. Callers count one after the other; a count that began after a question was asked
    /// answers it.
    pub async fn get<E, F: Future<Output = Result<T, E>>>(
        &self,
        rows: impl Fn(&T) -> u64,
        count: impl FnOnce() -> F,
    ) -> Result<(T, Duration), E> {
        let asked = Instant::now();
        let mut last = self.0.lock().await;
        if let Some((at, counted)) = &*last {
            let rows = rows(counted);
            let holds = if rows <= SMALL { Duration::ZERO } else { WORTH.mul_f64(rows as f64) };
            if *at >= asked || at.elapsed() < holds {
                return Ok((counted.clone(), at.elapsed()));
            }
        }
        let begun = Instant::now();
        let counted = count().await?;
        *last = Some((begun, counted.clone()));
        Ok((counted, begun.elapsed()))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    async fn ask(tally: &Tally<u64>, truth: u64) -> u64 {
        let counted = tally.get(|rows| *rows, || async { Ok::<_, Infallible>(truth) }).await;
        counted.unwrap().0
    }

    #[tokio::test]
    async fn a_small_count_is_exact_and_a_large_one_holds_for_a_while() {
        let tally = Tally::default();
        assert_eq!(ask(&tally, 3).await, 3);
        assert_eq!(ask(&tally, SMALL).await, SMALL);
        assert_eq!(ask(&tally, 10_000_000).await, 10_000_000, "the small one does not hold");
        assert_eq!(ask(&tally, 5).await, 10_000_000, "this one holds for forty seconds");
        tally.0.lock().await.as_mut().unwrap().0 -= Duration::from_secs(41);
        assert_eq!(ask(&tally, 5).await, 5);
    }

    #[tokio::test]
    async fn a_count_that_failed_is_not_kept() {
        let tally = Tally::<u64>::default();
        assert_eq!(tally.get(|rows| *rows, || async { Err("away") }).await, Err("away"));
        assert_eq!(ask(&tally, 7).await, 7);
    }
}
