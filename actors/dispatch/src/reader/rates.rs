//! Rates over the last minute, from the feed, looked at once a second.

use std::collections::VecDeque;

use crate::domain::Status;
use crate::feed::Feed;

/// Seconds a rate covers.
const WINDOW: usize = 60;

/// How many orders were accepted and dispatched by each second.
#[derive(Debug, Default)]
pub(crate) struct Rates(VecDeque<(u64, u64)>);

impl Rates {
    /// Looks; once a second.
    pub fn sample(&mut self, feed: &Feed) {
        self.add(feed.entered(Status::Pending), feed.entered(Status::Dispatched));
    }

    fn add(&mut self, accepted: u64, dispatched: u64) {
        if self.0.len() > WINDOW {
            self.0.pop_front();
        }
        self.0.push_back((accepted, dispatched));
    }

    /// Both counters' growth per second.
    pub fn per_second(&self) -> (f64, f64) {
        match (self.0.front(), self.0.back()) {
            (Some(first), Some(last)) if self.0.len() > 1 => {
                let seconds = (self.0.len() - 1) as f64;
                ((last.0 - first.0) as f64 / seconds, (last.1 - first.1) as f64 / seconds)
            }
            _ => (0.0, 0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_the_growth_over_the_last_minute() {
        let mut rates = Rates::default();
        assert_eq!(rates.per_second(), (0.0, 0.0));
        for second in 0..200 {
            rates.add(second * 10, second * 5);
        }
        assert_eq!(rates.per_second(), (10.0, 5.0));
    }
}
