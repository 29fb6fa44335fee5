//! Connections: a pool of them, and how one is borrowed.

use std::{future::Future, ops::Deref, sync::Arc, time::Duration};

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use tropa_contract::port::{Clock, StoreError};

use super::{AddressError, address::Address, chronicle, era::Era, failure::Failure};

/// For a connection to become free, or to be made.
pub const FREE: Duration = Duration::from_secs(3);
/// For one call, whatever it sends: longer than any wait inside the server, so that it ends only what the network holds up.
pub const CALL: Duration = Duration::from_secs(8);

/// The pool; it connects when somebody asks.
pub fn pool(address: &Address, size: usize, clock: &Arc<dyn Clock>, era: &Era) -> Result<Pool, AddressError> {
    // `Fast` asks nobody: a connection whose server is gone has been told so by its socket, and one that does not know yet
    // fails its caller, who hears `Unavailable` either way.
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(address.config.clone(), address.tls.clone(), recycling);
    let era = era.clone();
    let of_use = Hook::sync_fn(move |_, metrics| {
        let of_use = era.has(metrics.created);
        of_use.then_some(()).ok_or_else(|| HookError::message("the server it leads to cannot work any more"))
    });
    Pool::builder(manager)
        .pre_recycle(of_use)
        .max_size(size)
        .post_create(chronicle::comparing(clock.clone()))
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(FREE))
        .create_timeout(Some(FREE))
        .recycle_timeout(Some(FREE))
        .build()
        .map_err(|e| AddressError::Tls(e.to_string()))
}

/// A borrowed connection. It goes back to the pool by [`give_back`](Self::give_back) alone; dropped on the way, by a failure
/// or because nobody waits any more, it is closed: the server then undoes what was not committed.
pub struct Connection {
    object: Option<Object>,
    era: Era,
    _share: Option<OwnedSemaphorePermit>,
}

impl Connection {
    /// Borrows one; `share` is held as long as it is.
    pub async fn take(
        pool: &Pool,
        share: Option<OwnedSemaphorePermit>,
        era: Era,
    ) -> Result<Self, StoreError> {
        let object = pool.get().await.map_err(Failure::from)?;
        Ok(Self { object: Some(object), era, _share: share })
    }

    /// Ends a loan.
    pub fn give_back<T>(mut self, outcome: Result<T, Failure>) -> Result<T, StoreError> {
        match (&outcome, &self.object) {
            (Ok(_), _) => drop(self.object.take()),
            (Err(failure), Some(object)) if failure.is_unfit() => {
                self.era.end(Object::metrics(object).created);
            }
            _ => {}
        }
        Ok(outcome?)
    }
}

impl Deref for Connection {
    type Target = ClientWrapper;

    fn deref(&self) -> &ClientWrapper {
        // Taken by `give_back` only, which consumes it.
        self.object.as_deref().unwrap_or_else(|| unreachable!("a connection that was given back"))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Out of the pool, and closed with its last owner.
        drop(self.object.take().map(Object::take));
    }
}

/// Does `work` within [`CALL`].
pub async fn bounded<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    timeout(CALL, work).await.unwrap_or(Err(Failure::Late(CALL)))
}
