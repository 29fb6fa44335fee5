//! Which connections are of use: those that were made since one of them turned out to lead to a server that cannot work.
//!
//! A server that was the primary may stay as a standby, or be set to take no writes, while its name leads to another by now.
//! Whoever writes is told; whoever only reads would go on reading the past there for as long as the process lives. So what one
//! connection is told ends all of its time. New ones are only made to a server that takes writes:
//! `target_session_attrs=read-write`, unless the URL says otherwise.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use tokio::sync::Notify;

/// Shared by everybody who holds connections to one database.
#[derive(Clone, Default)]
pub struct Era {
    begun: Arc<Mutex<Option<Instant>>>,
    ended: Arc<Notify>,
}

impl Era {
    /// Whether a connection that was made then is of use.
    pub fn has(&self, made: Instant) -> bool {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).is_none_or(|begun| made >= begun)
    }

    /// A connection that was made then led to a server that cannot work. What comes late, of an earlier time, says nothing of
    /// this one.
    pub fn end(&self, made: Instant) {
        if self.has(made) {
            *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
            tracing::warn!("the database cannot work any more; its connections are made anew");
            self.ended.notify_one();
        }
    }

    /// Completes when it has ended; for one who waits.
    pub async fn ended(&self) {
        self.ended.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_late_does_not_end_the_new_era() {
        let era = Era::default();
        let old = Instant::now();
        assert!(era.has(old));
        era.end(old);
        assert!(!era.has(old));
        let new = Instant::now();
        era.end(old);
        assert!(era.has(new), "an answer on a connection from before");
    }
}
