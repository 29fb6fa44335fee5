//! Making the claims of assignments that were read from the store.

use crate::drivers::DriverError;
use crate::port::{Assignment, DriverIndex, OrderStore};

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Confirmed {
    /// Drivers who were freed.
    pub freed: u64,
    /// Claims that the assignments overruled.
    pub overruled: Vec<Assignment>,
}

/// Confirms the claims of these assignments, and frees whose order has ended in the meantime: their driver may have been
/// released before there was anything to release, and nobody would release them again.
pub(crate) async fn confirm(
    index: &dyn DriverIndex,
    store: &dyn OrderStore,
    read: Vec<Assignment>,
) -> Result<Confirmed, DriverError> {
    if read.is_empty() {
        return Ok(Confirmed::default());
    }
    let overruled = index.confirm(read.clone()).await?;
    let still = store.assigned(read.clone()).await?;
    let mut freed = 0;
    for (ended, _) in read.iter().zip(still).filter(|(_, active)| !active) {
        freed += u64::from(index.release(ended).await?);
    }
    Ok(Confirmed { freed, overruled })
}
