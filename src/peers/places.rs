//! Places for connections: so many in all, and of one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use slab::Slab;

use super::{Apart, Count, Peer, shared};

/// How many connections are looked at for one that can go; under load this is done for every newcomer.
const LOOKED_AT: usize = 512;
/// The one that has been idle for longest among so many goes.
const CHOSEN_OF: usize = 64;

/// How many places there are.
#[derive(Clone, Debug)]
pub struct Limits {
    /// In all.
    pub connections: usize,
    /// For one address.
    pub per_address: usize,
    /// But for these.
    pub apart: Apart,
}

/// All places of a listener. Clones share them.
#[derive(Clone, Debug)]
pub struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limits: Limits,
    count: Count,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    taken: Slab<Taken>,
    shares: HashMap<IpAddr, usize>,
    /// Where it was last looked for one that can go.
    hand: usize,
}

#[derive(Debug)]
struct Taken {
    address: IpAddr,
    peer: Arc<Peer>,
}

/// A place; free again when dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    key: usize,
    peer: Arc<Peer>,
}

/// There is no place, and nobody who could give theirs away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// This address has its share.
    #[error("this address has its share of the connections")]
    Share,
    /// All are taken.
    #[error("all connections are in use")]
    Full,
}

impl Places {
    /// All free.
    pub fn new(limits: Limits, count: Count) -> Self {
        Self(Arc::new(Inner { limits, count, table: Mutex::default() }))
    }

    /// Takes one. When there is none left, or this address has its share, one that is idle is ended for it.
    pub fn take(&self, address: IpAddr) -> Result<Place, Refused> {
        let Inner { limits, count, .. } = &*self.0;
        let whose = shared(address);
        let mut table = self.table();
        let full = table.taken.len() >= limits.connections;
        let over = !limits.apart.holds(address) && table.share(whose) >= limits.per_address;
        if full || over {
            let Some(idle) = table.idlest(over.then_some(whose)) else {
                let (refused, reason) =
                    if over { (Refused::Share, "share") } else { (Refused::Full, "full") };
                count.refused(reason);
                return Err(refused);
            };
            count.cut("idle");
            if let Some(peer) = table.free(idle) {
                peer.dismiss();
            }
        }
        let peer = Arc::<Peer>::default();
        let key = table.taken.insert(Taken { address: whose, peer: peer.clone() });
        *table.shares.entry(whose).or_default() += 1;
        count.open(table.taken.len());
        Ok(Place { places: self.clone(), key, peer })
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.table().taken.len()
    }

    pub(super) fn count(&self) -> &Count {
        &self.0.count
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Nothing in here panics half-way.
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn share(&self, whose: IpAddr) -> usize {
        self.shares.get(&whose).copied().unwrap_or_default()
    }

    fn free(&mut self, key: usize) -> Option<Arc<Peer>> {
        let Taken { address, peer } = self.taken.try_remove(key)?;
        if let Some(share) = self.shares.get_mut(&address) {
            *share -= 1;
            if *share == 0 {
                self.shares.remove(&address);
            }
        }
        Some(peer)
    }

    /// About the one that has been idle for longest, of this address if one is given. Going on where it ended the last time, so
    /// that over time all are looked at.
    fn idlest(&mut self, of: Option<IpAddr>) -> Option<usize> {
        // Whoever may only choose among their own has to look for them among everybody's.
        let (slots, most) = (self.taken.capacity(), if of.is_some() { 8 * LOOKED_AT } else { LOOKED_AT });
        let (mut idlest, mut seen) = (None, 0);
        for _ in 0..slots.min(most) {
            self.hand = (self.hand + 1) % slots;
            let Some(taken) = self.taken.get(self.hand) else { continue };
            if of.is_some_and(|whose| taken.address != whose) {
                continue;
            }
            let Some(since) = taken.peer.idle_since() else { continue };
            if idlest.is_none_or(|(longest, _)| since < longest) {
                idlest = Some((since, self.hand));
            }
            seen += 1;
            if seen == CHOSEN_OF {
                break;
            }
        }
        idlest.map(|(_, key)| key)
    }
}

impl Place {
    /// Who has it.
    pub fn peer(&self) -> &Arc<Peer> {
        &self.peer
    }

    pub(super) fn cut(&self, reason: &str) {
        self.places.count().cut(reason);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.places.table();
        // It may have been given to somebody else already.
        if table.taken.get(self.key).is_some_and(|taken| Arc::ptr_eq(&taken.peer, &self.peer)) {
            table.free(self.key);
            self.places.count().open(table.taken.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections: usize, per_address: usize) -> Places {
        let apart = Apart { loopback: true, proxies: vec!["10.9.0.0/16".parse().unwrap()] };
        Places::new(Limits { connections, per_address, apart }, Count::new("test", None).unwrap())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_a_share_and_no_more() {
        let places = places(10, 2);
        let (one, two) = (places.take(ip("10.0.0.1")).unwrap(), places.take(ip("10.0.0.1")).unwrap());
        let _working = (one.peer().begin(None), two.peer().begin(None));
        assert_eq!(places.take(ip("10.0.0.1")).unwrap_err(), Refused::Share);
        assert_eq!(places.take(ip("::ffff:10.0.0.1")).unwrap_err(), Refused::Share, "the same");
        let _another = places.take(ip("10.0.0.2")).unwrap();
        drop(two);
        let _again = places.take(ip("10.0.0.1")).unwrap();
        assert_eq!(places.taken(), 3);
    }

    #[test]
    fn who_speaks_for_many_has_none() {
        let places = places(10, 1);
        let many: Vec<_> = ["127.0.0.1", "10.9.0.1"]
            .iter()
            .flat_map(|address| (0..3).map(|_| places.take(ip(address)).unwrap()))
            .collect();
        let _works: Vec<_> = many.iter().map(|place| place.peer().begin(None)).collect();
        assert_eq!(places.taken(), 6);
    }

    #[test]
    fn over_its_share_an_address_gives_up_its_own_idle_ones() {
        let places = places(10, 2);
        let stranger = places.take(ip("10.0.0.2")).unwrap();
        let (busy, idle) = (places.take(ip("10.0.0.1")).unwrap(), places.take(ip("10.0.0.1")).unwrap());
        let _work = busy.peer().begin(None);
        let newcomer = places.take(ip("10.0.0.1")).unwrap();
        assert!(idle.peer().is_dismissed() && !busy.peer().is_dismissed());
        assert!(!stranger.peer().is_dismissed() && !newcomer.peer().is_dismissed());
        drop(idle);
        assert_eq!(places.taken(), 3, "its place was given away, not freed twice");
    }

    #[test]
    fn of_the_idle_goes_who_has_been_so_for_longest() {
        let places = places(64, 64);
        let mut held: Vec<_> = (0..64).map(|_| places.take(ip("10.0.0.1")).unwrap()).collect();
        // All were asked within a moment, the first ones last.
        for place in held.iter().rev() {
            drop(place.peer().begin(None));
        }
        while let Some(longest) = held.pop() {
            let newcomer = places.take(ip("10.0.0.2")).unwrap();
            assert!(longest.peer().is_dismissed());
            assert!(held.iter().all(|place| !place.peer().is_dismissed()));
            std::mem::forget(newcomer.peer().begin(None));
            std::mem::forget(newcomer);
        }
    }

    #[test]
    fn when_all_are_taken_the_idle_go_first_and_then_nobody() {
        let places = places(3, 3);
        let held: Vec<_> = (1..=3).map(|n| places.take(ip(&format!("10.0.0.{n}"))).unwrap()).collect();
        let _works = (held[0].peer().begin(None), held[2].peer().begin(None));
        let newcomer = places.take(ip("10.0.0.4")).unwrap();
        assert!(held[1].peer().is_dismissed());
        let _work = newcomer.peer().begin(None);
        assert_eq!(places.take(ip("127.0.0.1")).unwrap_err(), Refused::Full, "this machine, too");
        assert_eq!(places.taken(), 3);
    }
}
