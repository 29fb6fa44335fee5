//! Wrong tokens at the sign-in, by address: after a few of them in a minute nobody at that address is asked any more.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::peers::shared;

/// Wrong ones in a minute.
const MOST: u32 = 10;
const WINDOW: Duration = Duration::from_mins(1);

/// Addresses remembered at once; with more of them all guess, and nobody new is asked until the minute is over.
const MAX_ADDRESSES: usize = 65_536;

/// Who has guessed how often, and since when.
#[derive(Debug, Default)]
pub(in crate::http) struct Guesses(Mutex<HashMap<IpAddr, (u32, Instant)>>);

impl Guesses {
    /// Whether this address may try; else how long it has to wait.
    pub fn may(&self, peer: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        guesses.retain(|_, (_, since)| now.saturating_duration_since(*since) < WINDOW);
        match guesses.get(&shared(peer)) {
            Some((MOST.., since)) => Err(WINDOW.saturating_sub(now.saturating_duration_since(*since))),
            None if guesses.len() >= MAX_ADDRESSES => Err(WINDOW),
            Some(_) | None => Ok(()),
        }
    }

    /// Notes that it was wrong.
    pub fn note(&self, peer: IpAddr, now: Instant) {
        let mut guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        guesses.entry(shared(peer)).or_insert((0, now)).0 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_guesses_waits_and_others_do_not() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        let [one, other]: [IpAddr; 2] = ["10.0.0.1", "10.0.0.2"].map(|text| text.parse().unwrap());
        for _ in 0..MOST {
            assert_eq!(guesses.may(one, now), Ok(()));
            guesses.note(one, now);
        }
        let later = now + Duration::from_secs(20);
        assert_eq!(guesses.may(one, later), Err(Duration::from_secs(40)));
        assert_eq!(guesses.may(other, later), Ok(()));
        assert_eq!(guesses.may(one, now + WINDOW), Ok(()), "a new minute");
    }
}
