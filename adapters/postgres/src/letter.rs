//! Dead letters, as they are written.

use std::borrow::Cow;

use time::OffsetDateTime;
use tropa_contract::domain::{DeadLetter, OrderId};
use uuid::Uuid;

use super::{failure::Failure, transaction::Param};

/// The arrays of `park_letters.sql`: letters, or news of the letters about the same messages.
#[derive(Default)]
pub struct Columns<'b> {
    id: Vec<Uuid>,
    event_id: Vec<Uuid>,
    topic: Vec<Cow<'b, str>>,
    order_id: Vec<Option<&'b str>>,
    error: Vec<Cow<'b, str>>,
    fingerprint: Vec<&'b str>,
    payload: Vec<Cow<'b, str>>,
    headers: Vec<String>,
    attempts: Vec<i64>,
    first_seen: Vec<OffsetDateTime>,
    last_seen: Vec<OffsetDateTime>,
}

impl<'b> Columns<'b> {
    /// Of these. PostgreSQL updates a row once a statement, so of several letters about one message the last counts, with
    /// the identity of the first.
    pub fn of(letters: impl IntoIterator<Item = &'b DeadLetter>) -> Result<Self, Failure> {
        let mut columns = Self::default();
        for letter in letters {
            columns.push(letter)?;
        }
        Ok(columns)
    }

    fn push(&mut self, letter: &'b DeadLetter) -> Result<(), Failure> {
        let event_id = letter.event_id.0;
        if let Some(i) = self.event_id.iter().position(|known| *known == event_id) {
            self.error[i] = text(&letter.error);
            self.fingerprint[i] = letter.fingerprint.as_str();
            self.attempts[i] = i64::from(letter.attempts);
            self.last_seen[i] = letter.last_seen;
            return Ok(());
        }
        self.id.push(letter.id);
        self.event_id.push(event_id);
        self.topic.push(text(&letter.topic));
        self.order_id.push(letter.order_id.as_ref().map(OrderId::as_str));
        self.error.push(text(&letter.error));
        self.fingerprint.push(letter.fingerprint.as_str());
        self.payload.push(text(&letter.payload));
        self.headers.push(serde_json::to_string(&letter.headers)?);
        self.attempts.push(i64::from(letter.attempts));
        self.first_seen.push(letter.first_seen);
        self.last_seen.push(letter.last_seen);
        Ok(())
    }

    /// In the statement's order.
    pub fn params(&self) -> [Param<'_>; 11] {
        [
            &self.id,
            &self.event_id,
            &self.topic,
            &self.order_id,
            &self.error,
            &self.fingerprint,
            &self.payload,
            &self.headers,
            &self.attempts,
            &self.first_seen,
            &self.last_seen,
        ]
    }
}

/// A text of a stranger's: PostgreSQL has none with a NUL in it.
fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
}
