//! Making the claims of assignments that were read from the store.

use crate::drivers::DriverError;
use crate::port::{Assignment, DriverIndex, OrderStore};

/// Confirms the claims of these assignments, and frees whose order has ended in the meantime: their driver may have been
/// released before there was anything to release, and nobody would release them again. Returns the claims that the
/// assignments overruled.
pub(crate) async fn confirm(
    index: &dyn DriverIndex,
    store: &dyn OrderStore,
    read: Vec<Assignment>,
) -> Result<Vec<Assignment>, DriverError> {
    if read.is_empty() {
        return Ok(Vec::new());
    }
    let overruled = index.confirm(read.clone()).await?;
    let still = store.assigned(read.clone()).await?;
    for (ended, _) in read.iter().zip(still).filter(|(_, active)| !active) {
        index.release(ended).await?;
    }
    Ok(overruled)
}
