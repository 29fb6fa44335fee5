//! Making the claims of assignments that were read from the store.

use crate::drivers::DriverError;
use crate::port::{Assignment, DriverIndex, OrderStore};

/// Confirms the claims of these assignments, and frees whose order has ended in the meantime: their driver may have been
/// released before there was anything to release, and nobody would release them again. Returns how many were freed.
pub(crate) async fn confirm(
    index: &dyn DriverIndex,
    store: &dyn OrderStore,
    read: Vec<Assignment>,
) -> Result<u64, DriverError> {
    if read.is_empty() {
        return Ok(0);
    }
    index.confirm(read.clone()).await?;
    let still = store.assigned(read.clone()).await?;
    let mut freed = 0;
    for (ended, _) in read.iter().zip(still).filter(|(_, active)| !active) {
        freed += u64::from(index.release(ended).await?);
    }
    Ok(freed)
}
