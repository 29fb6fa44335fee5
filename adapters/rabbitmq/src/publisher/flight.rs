//! Which of the messages in flight the broker has, and which it gave back.
//!
//! The broker returns what it cannot route and *then* confirms it. lapin keeps the returned messages in a queue and hands
//! the first of them to whichever confirmation comes next, so the return of one message arrives with the confirmation of
//! another, before or after its own. Trusting each confirmation by itself marks unroutable messages as published.
//!
//! What makes it decidable: a return is queued before its own confirmation is processed, and every confirmation takes one
//! return off that queue. So a confirmation that came *without* a return found the queue empty: if its message was
//! returned, a confirmation processed earlier has it, and is known to us as soon as we have seen all that was processed
//! earlier. One that came with *another's* return may have left its own in the queue: by the time everything now in flight
//! is confirmed, that queue is empty.

use std::collections::BTreeMap;

use tropa_contract::domain::EventId;

/// How the broker answered one publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It has it, or gave it back; with the return that came along.
    Ack(Option<Return>),
    /// It does not want it.
    Nack(Option<Return>),
    /// Nobody knows.
    Lost(String),
}

/// A message the broker gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Return {
    pub id: Option<EventId>,
    pub reason: String,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Confirmed,
    Returned(String),
    Refused(String),
}

/// The messages of one channel that have no verdict yet. `T` is what is owed to the publisher.
pub(super) struct Flight<T> {
    next: u64,
    unanswered: BTreeMap<u64, Entry<T>>,
    /// Acknowledged without a return; decided when all that was processed before is known.
    acked: Vec<Entry<T>>,
    /// Acknowledged with another's return; decided when everything up to that number is answered.
    doubtful: Vec<(u64, Entry<T>)>,
}

struct Entry<T> {
    id: EventId,
    returned: Option<String>,
    owed: T,
}

impl<T> Entry<T> {
    fn verdict(self) -> (T, Verdict) {
        (self.owed, self.returned.map_or(Verdict::Confirmed, Verdict::Returned))
    }
}

impl<T> Flight<T> {
    pub fn new() -> Self {
        Self { next: 0, unanswered: BTreeMap::new(), acked: Vec::new(), doubtful: Vec::new() }
    }

    /// A message goes out; its number.
    pub fn launch(&mut self, id: EventId, owed: T) -> u64 {
        self.next += 1;
        self.unanswered.insert(self.next, Entry { id, returned: None, owed });
        self.next
    }

    /// What is owed for the oldest message without an answer.
    pub fn oldest(&self) -> Option<&T> {
        self.unanswered.first_key_value().map(|(_, entry)| &entry.owed)
    }

    /// Whether every message has its verdict.
    pub fn is_empty(&self) -> bool {
        self.unanswered.is_empty() && self.acked.is_empty() && self.doubtful.is_empty()
    }

    /// The broker answered message `number`. Verdicts that this settles go to `verdicts`.
    pub fn answered(&mut self, number: u64, answer: Answer, verdicts: &mut Vec<(T, Verdict)>) {
        let Some(entry) = self.unanswered.remove(&number) else { return };
        match answer {
            Answer::Ack(None) => self.acked.push(entry),
            Answer::Ack(Some(returned)) => {
                let in_flight = self.unanswered.last_key_value().map_or(0, |(last, _)| *last);
                self.doubtful.push((in_flight, entry));
                self.give_back(&returned);
            }
            Answer::Nack(returned) => {
                verdicts.push((entry.owed, Verdict::Refused("refused by the broker".to_owned())));
                if let Some(returned) = returned {
                    self.give_back(&returned);
                }
            }
            Answer::Lost(error) => verdicts.push((entry.owed, Verdict::Refused(error))),
        }
    }

    /// Messages acknowledged so far without a return; pass it to [`settle`](Self::settle) once everything the broker had
    /// answered by now was told to [`answered`](Self::answered).
    pub fn acked(&self) -> usize {
        self.acked.len()
    }

    /// Decides the first `acked` messages, and what was doubtful and is so no more.
    pub fn settle(&mut self, acked: usize, verdicts: &mut Vec<(T, Verdict)>) {
        verdicts.extend(self.acked.drain(..acked).map(Entry::verdict));
        if self.doubtful.is_empty() {
            return;
        }
        let oldest = self.unanswered.first_key_value().map_or(u64::MAX, |(number, _)| *number);
        verdicts.extend(self.doubtful.extract_if(.., |(until, _)| *until < oldest).map(|(_, e)| e.verdict()));
    }

    /// What is owed for the messages without a verdict.
    pub fn into_owed(self) -> impl Iterator<Item = T> {
        let doubtful = self.doubtful.into_iter().map(|(_, entry)| entry);
        self.unanswered.into_values().chain(self.acked).chain(doubtful).map(|entry| entry.owed)
    }

    /// Marks a message as returned. The same message may be in flight twice; then both count as returned, and are sent
    /// once more than needed.
    fn give_back(&mut self, returned: &Return) {
        let doubtful = self.doubtful.iter_mut().map(|(_, entry)| entry);
        let waiting = self.unanswered.values_mut().chain(&mut self.acked).chain(doubtful);
        for entry in waiting.filter(|entry| Some(entry.id) == returned.id) {
            entry.returned = Some(returned.reason.clone());
        }
    }
}

#[cfg(test)]
mod tests;
