//! How long an actor takes over its messages, by their type.

use std::sync::OnceLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Histogram;
use crate::picture::short_name;

/// Types an actor's messages are told apart by; those beyond share the last place.
const TYPES: usize = 16;

/// What shares the last place.
const OTHERS: &str = "others";

/// Messages of one type, of all incarnations of an actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageStatus {
    /// The type; `others` for all beyond the first fifteen.
    pub message: String,
    /// How many were replied to, or handled where nobody asked.
    pub handled: u64,
    /// Time from taking one up to its reply, median.
    pub p50_us: u64,
    /// Time from taking one up to its reply, 99th percentile.
    pub p99_us: u64,
}

/// The times, by type. Filled as the first message of a type comes; finding a type again is a comparison of addresses.
#[derive(Debug, Default)]
pub(crate) struct Handling([OnceLock<Box<(&'static str, Histogram)>>; TYPES]);

impl Handling {
    /// Where times of this type are recorded.
    pub(crate) fn place(&self, message: &'static str) -> usize {
        let is = |place: &OnceLock<Box<(&'static str, Histogram)>>| {
            let known = place.get_or_init(|| Box::new((message, Histogram::default()))).0;
            // One type's name may lie at several addresses.
            std::ptr::eq(known, message) || known == message
        };
        self.0[..TYPES - 1].iter().position(is).unwrap_or(TYPES - 1)
    }

    /// A message of the type at this place took so long.
    pub(crate) fn record(&self, place: usize, time: Duration) {
        self.0[place].get_or_init(|| Box::new((OTHERS, Histogram::default()))).1.record(time);
    }

    /// The times of all types together.
    pub(crate) fn all(&self) -> Histogram {
        let all = Histogram::default();
        self.known().for_each(|(_, times)| all.add(times));
        all
    }

    /// Each type, in the order in which they came first.
    pub(crate) fn messages(&self) -> Vec<MessageStatus> {
        let status = |(message, times): &(&'static str, Histogram)| MessageStatus {
            message: short_name(message),
            handled: times.count(),
            p50_us: times.quantile(0.5),
            p99_us: times.quantile(0.99),
        };
        self.known().map(status).collect()
    }

    fn known(&self) -> impl Iterator<Item = &(&'static str, Histogram)> {
        self.0.iter().filter_map(OnceLock::get).map(Box::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_its_times_and_together_they_are_the_actors() {
        let handling = Handling::default();
        let [work, look] = ["a::Work", "a::Look"].map(|name| handling.place(name));
        (0..3).for_each(|_| handling.record(work, Duration::from_micros(10)));
        handling.record(handling.place("a::Look"), Duration::from_millis(1));
        assert_eq!(look, handling.place("a::Look"));
        let messages = handling.messages();
        let shown = |message: &str, handled, us| MessageStatus {
            message: message.to_owned(),
            handled,
            p50_us: us,
            p99_us: us,
        };
        assert_eq!(messages, [shown("Work", 3, 15), shown("Look", 1, 1_023)]);
        assert_eq!((handling.all().quantile(0.5), handling.all().sum_us()), (15, 1_030));
    }

    #[test]
    fn more_types_than_places_are_counted_together() {
        const NAMES: [&str; 20] = [
            "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
            "t",
        ];
        let handling = Handling::default();
        for name in NAMES {
            handling.record(handling.place(name), Duration::from_micros(1));
        }
        let messages = handling.messages();
        assert_eq!((messages.len(), messages[15].message.as_str()), (TYPES, OTHERS));
        assert_eq!((messages[14].handled, messages[15].handled), (1, 5));
    }
}
