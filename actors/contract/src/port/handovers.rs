//! Drivers that were given to orders which had been waiting for one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::Assignment;

/// What an index did by itself, for whoever wakes the orders. Clones share it.
///
/// In memory, and lossy with the process: an order that is not woken finds its driver when it asks again, and a claim nobody
/// takes up is shown as [expired](super::DriverIndex::expired).
#[derive(Clone, Debug, Default)]
pub struct Handovers(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    news: Mutex<News>,
    there_is: Notify,
}

/// What happened since it was asked last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct News {
    /// Claims made for orders that wait.
    pub claims: Vec<Assignment>,
    /// Whether the index has forgotten who waits: all of them have to ask again.
    pub forgotten: bool,
}

impl Handovers {
    fn news(&self) -> MutexGuard<'_, News> {
        // Nothing under the lock can panic half-way.
        self.0.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These drivers were given to these orders.
    pub fn push(&self, claims: impl IntoIterator<Item = Assignment>) {
        let mut news = self.news();
        let before = news.claims.len();
        news.claims.extend(claims);
        if news.claims.len() > before {
            self.0.there_is.notify_one();
        }
    }

    /// The index came up without what it knew of waiting orders.
    pub fn forgot(&self) {
        self.news().forgotten = true;
        self.0.there_is.notify_one();
    }

    /// Waits until there is something, and takes it all. Cancelling it loses nothing.
    pub async fn next(&self) -> News {
        loop {
            let news = self.take();
            if news != News::default() {
                return news;
            }
            self.0.there_is.notified().await;
        }
    }

    /// What there is now.
    pub fn take(&self) -> News {
        std::mem::take(&mut *self.news())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ClaimToken;

    #[tokio::test]
    async fn what_is_pushed_is_taken_once_and_wakes_who_waits() {
        let handovers = Handovers::default();
        let claim = Assignment {
            driver_id: "d".parse().unwrap(),
            order_id: "o".parse().unwrap(),
            token: ClaimToken::fresh(),
        };
        handovers.push([]);
        let (news, ()) = tokio::join!(handovers.next(), async {
            tokio::task::yield_now().await;
            handovers.push([claim.clone()]);
        });
        assert_eq!(news, News { claims: vec![claim], forgotten: false });
        handovers.forgot();
        assert!(handovers.next().await.forgotten);
        assert_eq!(handovers.take(), News::default());
    }
}
