//! Orders and their steps, as suites need them.

use time::{Duration, OffsetDateTime};

use crate::{
    domain::{
        Address, Cause, Charges, ClaimToken, Currency, DeadLetter, DeadLetterState, DispatchJob, DriverId,
        Envelope, EventId, EventKind, EventPayload, Fingerprint, GeoPoint, Item, ManualReason, Money,
        NewOrder, Order, OrderDetails, OrderEvent,
    },
    port::{Change, Clock as _, Creation, Postponement, SystemClock, Transition, Write},
};

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Now, as the system's clock tells it.
pub fn now() -> OffsetDateTime {
    SystemClock.now()
}

/// Within a suite this does not come.
pub fn far_away() -> OffsetDateTime {
    now() + Duration::hours(1)
}

/// A small order.
pub fn new_order(id: &str) -> NewOrder {
    NewOrder {
        id: Some(id.parse().unwrap()),
        details: OrderDetails {
            order_number: None,
            customer_id: None,
            currency: Currency::BRL,
            price: "100".parse().unwrap(),
            tax: "10".parse().unwrap(),
            items: vec![],
            shipping_address: None,
            billing_address: None,
            pickup: None,
            dropoff: None,
            charges: Charges::default(),
        },
    }
}

/// An order that says all that can be said.
pub fn full_order(id: &str) -> NewOrder {
    let mut new = new_order(id);
    let address = Address {
        street: "Rua Augusta".to_owned(),
        number: "1508".to_owned(),
        complement: Some("apto 7, \"fundos\"".to_owned()),
        city: "São Paulo".to_owned(),
        state: "SP".to_owned(),
        zip_code: "01304-001".to_owned(),
        country: "BR".to_owned(),
    };
    new.details.order_number = Some(format!("n-{id}").parse().unwrap());
    new.details.customer_id = Some("customer 7".to_owned());
    new.details.items = vec![Item {
        product_id: "p-1".to_owned(),
        product_name: "Pão de queijo".to_owned(),
        quantity: "4".parse().unwrap(),
        unit_price: Some("25".parse().unwrap()),
        unit: None,
        discount: Money::ZERO,
        total_price: None,
    }];
    new.details.shipping_address = Some(address.clone());
    new.details.billing_address = Some(Address { complement: None, ..address });
    new.details.pickup = Some(GeoPoint::new(-23.55, -46.63).unwrap());
    new.details.dropoff = Some(GeoPoint::new(-23.56, -46.64).unwrap());
    new
}

/// What Intake makes of a request.
pub fn creation_of(new: NewOrder) -> Creation {
    let fingerprint = Fingerprint::of_order(&new);
    let pickup = GeoPoint::new(-23.5505, -46.6333).unwrap();
    let order = Order::accept(new, pickup, now());
    let event = event(&order, 1, EventKind::Created);
    let envelope = EventPayload { event: event.clone(), order: order.clone() }.envelope().unwrap();
    Creation { order, fingerprint, event, envelope, key: None }
}

/// A small order, ready to be accepted.
pub fn creation(id: &str) -> Creation {
    creation_of(new_order(id))
}

fn event(order: &Order, version: u64, kind: EventKind) -> OrderEvent {
    OrderEvent {
        event_id: EventId::fresh(),
        order_id: order.id.clone(),
        version,
        kind,
        at: now(),
        cause: Cause::Dispatcher,
        attempt: 1,
        trace: Some(TRACE.parse().unwrap()),
    }
}

/// The order's next step.
pub fn step(order: &Order, kind: EventKind) -> Transition {
    let event = event(order, order.version + 1, kind);
    let order = order.after(&event).unwrap();
    let envelope = EventPayload { event: event.clone(), order: order.clone() }.envelope().unwrap();
    Transition { event, order, envelope }
}

/// The order goes to `driver`.
pub fn dispatched(order: &Order, driver: &str) -> Transition {
    let kind = EventKind::Dispatched {
        driver_id: driver.parse().unwrap(),
        driver_name: format!("{driver} da Silva"),
        distance_m: 123.25,
        claim_token: ClaimToken::fresh(),
    };
    step(order, kind)
}

/// A person has to look at it.
pub fn manual(order: &Order) -> Transition {
    step(order, EventKind::ManualDispatch { reason: ManualReason::NoDriver })
}

fn held(order: &Order) -> Option<(DriverId, ClaimToken)> {
    order.driver_id.clone().zip(order.claim_token.clone())
}

/// It arrived.
pub fn delivered(order: &Order) -> Transition {
    let (driver_id, claim_token) = held(order).unwrap();
    step(order, EventKind::Delivered { driver_id, claim_token })
}

/// It was called off.
pub fn cancelled(order: &Order) -> Transition {
    let (driver_id, claim_token) = held(order).unzip();
    step(order, EventKind::Cancelled { reason: Some("changed my mind".to_owned()), driver_id, claim_token })
}

/// A job to dispatch it.
pub fn job(order: &Order) -> Envelope {
    DispatchJob::first(order.clone()).envelope(None, now()).unwrap()
}

/// That job, later.
pub fn postponed(order: &Order, due_at: OffsetDateTime) -> Postponement {
    Postponement { envelope: job(order), due_at, reason: None, unless_pending: false }
}

/// A step that a caller asked for.
pub fn command(transition: Transition) -> Write {
    Write { inbox: None, change: Change::Transition(Box::new(transition)) }
}

/// A step that answers an event.
pub fn answer(event: EventId, transition: Transition) -> Write {
    Write { inbox: Some(event), change: Change::Transition(Box::new(transition)) }
}

/// A job for later, of no event.
pub fn postpone(postponement: Postponement) -> Write {
    Write { inbox: None, change: Change::Postpone(Box::new(postponement)) }
}

/// A parked message about `order`.
pub fn letter(order: &Order, error: &str) -> DeadLetter {
    DeadLetter {
        id: EventId::fresh().0,
        event_id: EventId::fresh(),
        topic: "orders.created".to_owned(),
        order_id: Some(order.id.clone()),
        error: error.to_owned(),
        fingerprint: Fingerprint::of_error(error),
        payload: "{\"order\":".to_owned(),
        headers: [("traceparent".to_owned(), TRACE.to_owned())].into(),
        attempts: 5,
        first_seen: now(),
        last_seen: now(),
        state: DeadLetterState::Parked,
        discard_reason: None,
    }
}
