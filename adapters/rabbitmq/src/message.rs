//! An envelope as an AMQP message, and back.

use std::collections::BTreeMap;

use lapin::BasicProperties;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tropa_contract::domain::{Envelope, EventId};
use tropa_contract::port::Malformed;

const EVENT_ID: &str = "x-event-id";
const AGGREGATE_ID: &str = "x-aggregate-id";
const EVENT_VERSION: &str = "x-event-version";
/// The property `timestamp` has seconds only.
const CREATED_AT: &str = "x-created-at";
const TRACEPARENT: &str = "traceparent";
/// Set by quorum queues on every delivery after the first.
const DELIVERY_COUNT: &str = "x-delivery-count";

const PERSISTENT: u8 = 2;

/// The properties an envelope is published with; its payload is the body, its topic the routing key.
pub(super) fn properties(envelope: &Envelope) -> BasicProperties {
    let mut headers = FieldTable::default();
    let mut header = |name: &str, value: AMQPValue| {
        headers.insert(name.into(), value);
    };
    header(EVENT_ID, text(envelope.event_id.to_string()));
    header(AGGREGATE_ID, text(envelope.order_id.to_string()));
    header(EVENT_VERSION, i64::try_from(envelope.version).unwrap_or(i64::MAX).into());
    if let Ok(at) = envelope.created_at.format(&Rfc3339) {
        header(CREATED_AT, text(at));
    }
    if let Some(trace) = &envelope.trace {
        header(TRACEPARENT, text(trace.as_str().to_owned()));
    }
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(envelope.event_id.to_string().into())
        .with_timestamp(u64::try_from(envelope.created_at.unix_timestamp()).unwrap_or(0))
        .with_headers(headers)
}

/// The event a message id names.
pub(super) fn event_id(message_id: &str) -> Option<EventId> {
    message_id.parse().ok().map(EventId)
}

/// How often the message was delivered before.
pub(super) fn redeliveries(delivery: &Delivery) -> u32 {
    let count =
        delivery.properties.headers().as_ref().and_then(|headers| headers.inner().get(DELIVERY_COUNT));
    count.and_then(whole).and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

/// What the message says. What is no envelope keeps everything a person needs to see what it was.
pub(super) fn decode(delivery: &mut Delivery) -> Result<Box<Envelope>, Box<Malformed>> {
    let headers = readable(delivery.properties.headers().as_ref());
    let message_id = delivery.properties.message_id().as_ref().map(ToString::to_string);
    let event_id = message_id.as_ref().or_else(|| headers.get(EVENT_ID));
    let event_id = event_id.map(String::as_str).and_then(self::event_id);
    let body = std::mem::take(&mut delivery.data);
    let topic = delivery.routing_key.as_str();
    read(event_id, topic, body, &headers).map(Box::new).map_err(|(error, payload)| {
        let topic = storable(topic);
        Box::new(Malformed { error, event_id, topic, payload, headers })
    })
}

fn read(
    event_id: Option<EventId>,
    topic: &str,
    body: Vec<u8>,
    headers: &BTreeMap<String, String>,
) -> Result<Envelope, (String, String)> {
    let payload = String::from_utf8(body).map_err(|error| {
        ("body is not UTF-8".to_owned(), storable(&String::from_utf8_lossy(error.as_bytes())))
    })?;
    if payload.contains('\0') {
        return Err(("body holds a NUL".to_owned(), storable(&payload)));
    }
    let header = |name: &str| headers.get(name).ok_or_else(|| format!("no header {name}"));
    let parts = || {
        let created_at = OffsetDateTime::parse(header(CREATED_AT)?, &Rfc3339);
        Ok((
            event_id.ok_or("no message id")?,
            topic.parse().map_err(|error| format!("the topic {error}"))?,
            header(AGGREGATE_ID)?.parse().map_err(|error| format!("{AGGREGATE_ID}: {error}"))?,
            Envelope::read_version(header(EVENT_VERSION)?)
                .map_err(|error| format!("{EVENT_VERSION}: {error}"))?,
            created_at.map_err(|error| format!("{CREATED_AT}: {error}"))?,
        ))
    };
    match parts() {
        Ok((event_id, topic, order_id, version, created_at)) => {
            // A trace that cannot be read is cut here; the message is none the worse.
            let trace = headers.get(TRACEPARENT).and_then(|text| text.parse().ok());
            Ok(Envelope { event_id, topic, order_id, version, payload, trace, created_at })
        }
        Err::<_, String>(error) => Err((error, payload)),
    }
}

fn text(value: String) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

/// Headers as text. What is neither text nor number (`x-death` is a list of tables) is left out.
fn readable(headers: Option<&FieldTable>) -> BTreeMap<String, String> {
    let pairs = headers.into_iter().flat_map(FieldTable::inner);
    pairs.filter_map(|(name, value)| Some((storable(name.as_str()), shown(value)?))).collect()
}

fn shown(value: &AMQPValue) -> Option<String> {
    match value {
        AMQPValue::LongString(text) => Some(storable(&String::from_utf8_lossy(text.as_bytes()))),
        AMQPValue::ShortString(text) => Some(storable(text.as_str())),
        AMQPValue::Boolean(flag) => Some(flag.to_string()),
        number => whole(number).map(|number| number.to_string()),
    }
}

fn whole(value: &AMQPValue) -> Option<i64> {
    match *value {
        AMQPValue::ShortShortInt(n) => Some(n.into()),
        AMQPValue::ShortShortUInt(n) => Some(n.into()),
        AMQPValue::ShortInt(n) => Some(n.into()),
        AMQPValue::ShortUInt(n) => Some(n.into()),
        AMQPValue::LongInt(n) => Some(n.into()),
        AMQPValue::LongUInt(n) => Some(n.into()),
        AMQPValue::LongLongInt(n) => Some(n),
        _ => None,
    }
}

/// PostgreSQL stores no NUL in a text: with one in it, a poison message could not even be parked.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests;
