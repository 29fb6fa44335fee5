//! A token bucket per peer address, in bounded memory.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{config::RateLimit, peers::shared};

/// Addresses remembered at once. Above it those with a full bucket are forgotten: a full bucket says nothing.
const MAX_ADDRESSES: usize = 65_536;

/// A sweep looks at every address: not for every request of a flood.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Not limited.
    Exempt,
    /// Passes; so many more would, now.
    Passes { remaining: u32 },
    /// Does not; the next one will after this time.
    Refused { retry_after: Duration },
}

/// All buckets.
#[derive(Debug)]
pub struct Buckets {
    limit: RateLimit,
    max_addresses: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    buckets: HashMap<IpAddr, Bucket>,
    swept: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Buckets {
    /// Full ones.
    pub fn new(limit: RateLimit) -> Self {
        Self { limit, max_addresses: MAX_ADDRESSES, state: Mutex::default() }
    }

    /// The limit, for the header that tells it.
    pub fn limit(&self) -> RateLimit {
        self.limit
    }

    /// Takes a token of this address.
    pub fn check(&self, peer: IpAddr, now: Instant) -> Verdict {
        let peer = peer.to_canonical();
        if peer.is_loopback() && !self.limit.loopback {
            return Verdict::Exempt;
        }
        // A panic while it was held leaves a map of numbers: still good.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { buckets, swept } = &mut *state;
        let mut key = shared(peer);
        if buckets.len() >= self.max_addresses && !buckets.contains_key(&key) {
            if swept.is_none_or(|at| now.saturating_duration_since(at) >= SWEEP_EVERY) {
                buckets.retain(|_, bucket| self.refilled(*bucket, now) < self.burst());
                *swept = Some(now);
            }
            if buckets.len() >= self.max_addresses {
                // More addresses than memory are all busy: that is an attack, and the newcomers share one bucket.
                key = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: self.burst(), at: now });
        let tokens = self.refilled(*bucket, now);
        if tokens < 1.0 {
            *bucket = Bucket { tokens, at: now };
            let wait = (1.0 - tokens) / f64::from(self.limit.per_second.max(1));
            return Verdict::Refused { retry_after: Duration::from_secs_f64(wait) };
        }
        *bucket = Bucket { tokens: tokens - 1.0, at: now };
        Verdict::Passes { remaining: (tokens - 1.0) as u32 }
    }

    fn burst(&self) -> f64 {
        f64::from(self.limit.burst.max(1))
    }

    fn refilled(&self, bucket: Bucket, now: Instant) -> f64 {
        let since = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.tokens + since * f64::from(self.limit.per_second)).min(self.burst())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets() -> Buckets {
        Buckets::new(RateLimit { per_second: 2, burst: 3, loopback: false })
    }

    fn passes(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Passes { .. })
    }

    #[test]
    fn a_burst_then_the_rate() {
        let (buckets, now, peer) = (buckets(), Instant::now(), "10.0.0.1".parse().unwrap());
        assert_eq!(buckets.check(peer, now), Verdict::Passes { remaining: 2 });
        assert!(passes(buckets.check(peer, now)) && passes(buckets.check(peer, now)));
        assert_eq!(buckets.check(peer, now), Verdict::Refused { retry_after: Duration::from_millis(500) });
        let later = now + Duration::from_millis(500);
        assert!(passes(buckets.check(peer, later)) && !passes(buckets.check(peer, later)));
        assert!(
            passes(buckets.check("10.0.0.2".parse().unwrap(), later)),
            "another address is not held back"
        );
    }

    #[test]
    fn a_mapped_address_and_a_network_count_as_one() {
        let (buckets, now) = (buckets(), Instant::now());
        for peer in ["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.1"] {
            assert!(passes(buckets.check(peer.parse().unwrap(), now)), "{peer}");
        }
        assert!(!passes(buckets.check("::ffff:10.0.0.1".parse().unwrap(), now)));
        for host in 1..=3 {
            assert!(passes(buckets.check(format!("2001:db8::{host}").parse().unwrap(), now)));
        }
        assert!(!passes(buckets.check("2001:db8::ffff".parse().unwrap(), now)));
        assert!(passes(buckets.check("2001:db8:0:1::1".parse().unwrap(), now)));
    }

    #[test]
    fn loopback_is_exempt_unless_asked_for() {
        let (mut buckets, now) = (buckets(), Instant::now());
        for peer in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(buckets.check(peer.parse().unwrap(), now), Verdict::Exempt);
        }
        buckets.limit.loopback = true;
        assert!(passes(buckets.check("127.0.0.1".parse().unwrap(), now)));
    }

    #[test]
    fn memory_is_bounded() {
        let (mut buckets, now) = (buckets(), Instant::now());
        buckets.max_addresses = 100;
        for i in 0..10_000_u32 {
            buckets.check(IpAddr::from((0x0a00_0000 + i).to_be_bytes()), now);
        }
        assert!(buckets.state.lock().unwrap().buckets.len() <= 101);
        let later = now + Duration::from_secs(10);
        assert!(passes(buckets.check("10.9.9.9".parse().unwrap(), later)), "full buckets make room");
        assert_eq!(buckets.state.lock().unwrap().buckets.len(), 1);
    }
}
