//! A batch of creations, column by column.

use time::OffsetDateTime;
use tropa_contract::{
    domain::{OrderNumber, TraceParent},
    port::Creation,
};
use uuid::Uuid;

use crate::{failure::Failure, transaction::Param};

/// The arrays of `create_orders.sql`.
#[derive(Default)]
pub struct Columns<'b> {
    id: Vec<&'b str>,
    order_number: Vec<Option<&'b str>>,
    customer_id: Vec<Option<&'b str>>,
    fingerprint: Vec<&'b str>,
    currency: Vec<&'b str>,
    price: Vec<i64>,
    tax: Vec<i64>,
    details: Vec<String>,
    created_at: Vec<OffsetDateTime>,
    updated_at: Vec<OffsetDateTime>,
    scope: Vec<Option<&'b str>>,
    key: Vec<Option<&'b str>>,
    former: Vec<Option<&'b str>>,
    event_id: Vec<Uuid>,
    data: Vec<String>,
    at: Vec<OffsetDateTime>,
    cause: Vec<&'b str>,
    attempt: Vec<i64>,
    trace: Vec<Option<&'b str>>,
    message_id: Vec<Uuid>,
    topic: Vec<&'b str>,
    payload: Vec<&'b str>,
    message_trace: Vec<Option<&'b str>>,
    message_at: Vec<OffsetDateTime>,
}

impl<'b> Columns<'b> {
    /// Of these, in their order.
    pub fn of(batch: impl Iterator<Item = &'b Creation>) -> Result<Self, Failure> {
        let mut columns = Self::default();
        for creation in batch {
            columns.push(creation)?;
        }
        Ok(columns)
    }

    fn push(&mut self, creation: &'b Creation) -> Result<(), Failure> {
        let Creation { order, fingerprint, event, envelope, key } = creation;
        self.id.push(order.id.as_str());
        self.order_number.push(order.details.order_number.as_ref().map(OrderNumber::as_str));
        self.customer_id.push(order.details.customer_id.as_deref());
        self.fingerprint.push(fingerprint.as_str());
        self.currency.push(order.details.currency.as_str());
        self.price.push(order.details.price.hundredths());
        self.tax.push(order.details.tax.hundredths());
        self.details.push(serde_json::to_string(&order.details)?);
        self.created_at.push(order.created_at);
        self.updated_at.push(order.updated_at);
        self.scope.push(key.as_ref().map(|key| key.scope.as_str()));
        self.key.push(key.as_ref().map(|key| key.key.as_str()));
        self.former.push(key.as_ref().and_then(|key| key.former.as_deref()));
        self.event_id.push(event.event_id.0);
        self.data.push(serde_json::to_string(&event.kind)?);
        self.at.push(event.at);
        self.cause.push(event.cause.as_str());
        self.attempt.push(i64::from(event.attempt));
        self.trace.push(event.trace.as_ref().map(TraceParent::as_str));
        self.message_id.push(envelope.event_id.0);
        self.topic.push(envelope.topic.as_str());
        self.payload.push(&envelope.payload);
        self.message_trace.push(envelope.trace.as_ref().map(TraceParent::as_str));
        self.message_at.push(envelope.created_at);
        Ok(())
    }

    /// In the statement's order.
    pub fn params(&self) -> [Param<'_>; 24] {
        [
            &self.id,
            &self.order_number,
            &self.customer_id,
            &self.fingerprint,
            &self.currency,
            &self.price,
            &self.tax,
            &self.details,
            &self.created_at,
            &self.updated_at,
            &self.scope,
            &self.key,
            &self.event_id,
            &self.data,
            &self.at,
            &self.cause,
            &self.attempt,
            &self.trace,
            &self.message_id,
            &self.topic,
            &self.payload,
            &self.message_trace,
            &self.message_at,
            &self.former,
        ]
    }
}
