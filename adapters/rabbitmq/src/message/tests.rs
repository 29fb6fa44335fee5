use tropa_contract::domain::Topic;
use tropa_contract::testing::broker::message;

use super::*;

fn delivered(envelope: &Envelope) -> Delivery {
    let mut delivery = bare(envelope.topic.as_str(), envelope.payload.as_bytes());
    delivery.properties = properties(envelope);
    delivery
}

fn bare(topic: &str, body: &[u8]) -> Delivery {
    Delivery::mock(1, "orders_exchange".into(), topic.into(), false, body.to_vec())
}

fn malformed(mut delivery: Delivery) -> Malformed {
    *decode(&mut delivery).expect_err("it is no envelope")
}

fn with_header(mut delivery: Delivery, name: &str, value: AMQPValue) -> Delivery {
    let mut headers = delivery.properties.headers().clone().unwrap_or_default();
    headers.insert(name.into(), value);
    delivery.properties = delivery.properties.clone().with_headers(headers);
    delivery
}

#[test]
fn every_envelope_comes_back_as_it_was() {
    for topic in Topic::ALL {
        let mut sent = message(topic);
        sent.version = 7;
        sent.created_at = OffsetDateTime::now_utc();
        assert_eq!(*decode(&mut delivered(&sent)).unwrap(), sent);
        sent.trace = None;
        assert_eq!(*decode(&mut delivered(&sent)).unwrap(), sent);
    }
}

#[test]
fn others_can_read_it() {
    let sent = message(Topic::Created);
    let properties = properties(&sent);
    assert_eq!(properties.message_id().as_ref().map(ToString::to_string), Some(sent.event_id.to_string()));
    assert_eq!(
        properties.content_type().as_ref().map(ToString::to_string).as_deref(),
        Some("application/json")
    );
    assert_eq!(*properties.delivery_mode(), Some(2), "persistent");
}

#[test]
fn what_is_missing_is_named_and_the_rest_is_kept() {
    let sent = message(Topic::Created);
    for missing in [AGGREGATE_ID, EVENT_VERSION, CREATED_AT] {
        let mut delivery = delivered(&sent);
        let mut headers = FieldTable::default();
        for (name, value) in delivery.properties.headers().as_ref().unwrap().inner() {
            if name.as_str() != missing {
                headers.insert(name.clone(), value.clone());
            }
        }
        delivery.properties = delivery.properties.with_headers(headers);
        let malformed = malformed(delivery);
        assert_eq!(malformed.error, format!("no header {missing}"));
        assert_eq!((malformed.event_id, malformed.payload), (Some(sent.event_id), sent.payload.clone()));
        assert_eq!(malformed.topic, "orders.created");
        assert!(malformed.headers.contains_key(TRACEPARENT));
    }
}

#[test]
fn a_version_that_no_store_can_hold_is_refused() {
    let delivery = |version: &str| {
        with_header(delivered(&message(Topic::Created)), EVENT_VERSION, AMQPValue::LongString(version.into()))
    };
    assert_eq!(decode(&mut delivery("9223372036854775807")).unwrap().version, i64::MAX as u64);
    for version in ["9223372036854775808", "18446744073709551615", "-1", "two"] {
        let error = malformed(delivery(version)).error;
        assert!(error.starts_with("x-event-version: "), "{version}: {error}");
    }
}

#[test]
fn strangers_are_shown_as_they_came() {
    let stranger =
        with_header(bare("orders.created", b"hello"), "colour", AMQPValue::LongString("green".into()));
    let shown = malformed(with_header(stranger, "number", 5_i32.into()));
    assert_eq!((shown.error.as_str(), shown.event_id), ("no header x-created-at", None));
    let headers = [("colour", "green"), ("number", "5")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!((shown.payload.as_str(), shown.headers), ("hello", headers.into()));
    assert_eq!(malformed(bare("nonsense", b"")).topic, "nonsense");
}

#[test]
fn what_no_database_stores_is_replaced() {
    let mut delivery = delivered(&message(Topic::Created));
    delivery.data = vec![b'a', 0, 0xff];
    let shown = malformed(with_header(delivery, "odd", AMQPValue::LongString(vec![0xfe, 0].into())));
    assert_eq!(shown.payload, "a\u{fffd}\u{fffd}");
    assert_eq!(shown.headers["odd"], "\u{fffd}\u{fffd}");
    let mut delivery = delivered(&message(Topic::Created));
    delivery.data = b"{\"a\":\"\0\"}".to_vec();
    assert!(!malformed(delivery).payload.contains('\0'));
}

#[test]
fn a_trace_nobody_can_read_is_left_out() {
    let sent = delivered(&message(Topic::Created));
    let mut delivery = with_header(sent, TRACEPARENT, AMQPValue::LongString("scribble".into()));
    assert_eq!(decode(&mut delivery).unwrap().trace, None);
}

#[test]
fn counts_deliveries_whatever_the_number_is_made_of() {
    let first = delivered(&message(Topic::Created));
    assert_eq!(redeliveries(&first), 0);
    for count in [3_i64.into(), 3_i32.into(), AMQPValue::ShortShortUInt(3)] {
        assert_eq!(redeliveries(&with_header(delivered(&message(Topic::Created)), DELIVERY_COUNT, count)), 3);
    }
}
