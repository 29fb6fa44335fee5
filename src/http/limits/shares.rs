//! Places of which one address gets a part.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::permits::{Permit, Permits};
use crate::peers::{Apart, shared};

/// One address gets a quarter.
const PART: usize = 4;

/// Places that can be taken.
#[derive(Clone, Debug)]
pub struct Shares {
    all: Permits,
    part: usize,
    apart: Apart,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A place; free again when dropped.
#[derive(Debug)]
pub struct Share {
    _permit: Permit,
    whose: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Shares {
    /// So many; who is apart may have them all.
    pub fn new(limit: usize, apart: Apart) -> Self {
        Self { all: Permits::new(limit), part: limit.div_ceil(PART), apart, taken: Arc::default() }
    }

    /// Takes one, if there is one for this address.
    pub fn take(&self, address: IpAddr) -> Option<Share> {
        let whose = shared(address);
        // A panic while it was held leaves a map of numbers: still good.
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let share = taken.get(&whose).copied().unwrap_or_default();
        if share >= self.part && !self.apart.holds(address) {
            return None;
        }
        let permit = self.all.take()?;
        taken.insert(whose, share + 1);
        Some(Share { _permit: permit, whose, taken: self.taken.clone() })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = taken.get_mut(&self.whose) {
            *share -= 1;
            if *share == 0 {
                taken.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_gets_a_quarter_and_this_machine_all() {
        let shares = Shares::new(8, Apart { loopback: true, proxies: Vec::new() });
        let (one, other) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let first = shares.take(one).unwrap();
        let _second = shares.take(one).unwrap();
        assert!(shares.take(one).is_none());
        let _others = shares.take(other).unwrap();
        drop(first);
        let _again = shares.take(one).unwrap();
        let own: Vec<_> = (0..9).map_while(|_| shares.take("127.0.0.1".parse().unwrap())).collect();
        assert_eq!(own.len(), 5, "what is left");
    }
}
