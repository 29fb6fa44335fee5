//! A call to the database that the relay does not wait for alone.

use std::future::pending;
use std::time::Instant;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

/// At most one call of a kind, and since when.
pub(super) struct Underway<T>(Option<(Instant, BoxFuture<'static, T>)>);

impl<T> Default for Underway<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Underway<T> {
    pub fn begin(&mut self, call: impl Future<Output = T> + Send + 'static) {
        self.0 = Some((Instant::now(), call.boxed()));
    }

    pub fn since(&self) -> Option<Instant> {
        self.0.as_ref().map(|(since, _)| *since)
    }

    pub fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// The outcome of what is under way, and nothing as long as nothing is.
    pub async fn outcome(&mut self) -> T {
        match &mut self.0 {
            Some((_, call)) => {
                let outcome = call.await;
                self.0 = None;
                outcome
            }
            None => pending().await,
        }
    }
}
