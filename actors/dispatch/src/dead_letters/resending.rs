//! Sending a letter again.

use std::sync::Arc;

use uuid::Uuid;

use crate::domain::{DeadLetter, DispatchJob, Envelope, EventId, Topic, Work};
use crate::port::{Clock, DeadLetterFilter, DeadLetters, OrderStore, StoreError};

/// What it takes to send letters again.
#[derive(Clone)]
pub struct Resending {
    /// The rows.
    pub letters: Arc<dyn DeadLetters>,
    /// Orders as they stand.
    pub store: Arc<dyn OrderStore>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Resending {
    /// One letter.
    pub async fn letter(&self, id: Uuid) -> Result<Option<DeadLetter>, StoreError> {
        let filter = DeadLetterFilter { ids: Some(vec![id]), limit: 1, ..DeadLetterFilter::default() };
        Ok(self.letters.list(filter).await?.pop())
    }

    /// Sends it, if it is parked and can be. What is told apart is for people.
    pub async fn replay(&self, letter: &DeadLetter) -> Result<Resent, StoreError> {
        let Some(envelope) = self.envelope(letter).await? else { return Ok(Resent::Unsendable) };
        let sent = self.letters.replay(letter.id, envelope).await?;
        Ok(if sent { Resent::Sent } else { Resent::NotParked })
    }

    /// The message that tries again: for a dispatch, a new round of the order as it stands now.
    async fn envelope(&self, letter: &DeadLetter) -> Result<Option<Envelope>, StoreError> {
        let (Ok(topic), Some(order_id)) = (letter.topic.parse::<Topic>(), letter.order_id.clone()) else {
            return Ok(None);
        };
        let now = self.clock.now();
        // A message about an order that nobody has accepted can be sent to nobody.
        let Some(order) = self.store.load(vec![order_id.clone()]).await?.pop().flatten() else {
            return Ok(None);
        };
        let trace = letter.headers.get("traceparent").and_then(|text| text.parse().ok());
        if let Some(Work::Dispatch) = topic.work() {
            let envelope = DispatchJob::again(order, now).envelope(trace, now);
            return envelope.map(Some).map_err(|e| StoreError::Fault(e.to_string()));
        }
        let version = letter.headers.get("x-event-version");
        let version = version.and_then(|text| Envelope::read_version(text).ok()).unwrap_or(1);
        Ok(Some(Envelope {
            event_id: EventId::fresh(),
            topic,
            order_id,
            version,
            payload: letter.payload.clone(),
            trace,
            created_at: now,
        }))
    }
}

/// What came of a letter that was to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resent {
    /// It is on its way.
    Sent,
    /// It names no order that there is, or has a routing key that nobody knows: there is nothing to send.
    Unsendable,
    /// It was sent or given up meanwhile.
    NotParked,
}
