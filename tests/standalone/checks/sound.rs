//! Evidence without a fault.

use crate::checker::{
    Announcement, AssignmentRow, Attempt, EventRow, Evidence, HeldDriver, KeyRow, OrderRow, OutboxRow,
    Outcome, Pending, Wanted,
};

/// When the evidence was read, in microseconds.
pub const NOW: i64 = 1_000_000_000;

/// Writes sound evidence, an order at a time.
#[derive(Default)]
pub struct Run(pub Evidence);

impl Run {
    /// What a client asked for, and what it was told.
    pub fn attempt(&mut self, wanted: Wanted, outcome: Outcome) {
        let number = self.0.ledger.len() as u64;
        self.0.ledger.push(Attempt { number, wanted, outcome });
    }

    /// An order with these events after the first, announced and seen.
    pub fn order(&mut self, id: &str, key: Option<&str>, steps: &[&str]) {
        let driver = format!("driver-of-{id}");
        let dispatched = steps.contains(&"dispatched");
        let last = steps.last().copied().unwrap_or("created");
        let status = match last {
            "created" => "PENDING",
            "dispatched" => "DISPATCHED",
            "manual_dispatch" => "MANUAL_DISPATCH",
            "cancelled" => "CANCELLED",
            _ => "DELIVERED",
        };
        self.0.orders.push(OrderRow {
            id: id.to_owned(),
            order_number: Some(format!("number-{id}")),
            price: 100,
            status: status.to_owned(),
            version: steps.len() as i64 + 1,
            driver_id: dispatched.then(|| driver.clone()),
            claim_token: dispatched.then(|| format!("token-{id}")),
            manual_reason: (last == "manual_dispatch").then(|| "no_driver".to_owned()),
            cancel_reason: None,
        });
        for (version, kind) in (1..).zip(std::iter::once(&"created").chain(steps)) {
            let event_id = format!("{id}-{version}");
            self.0.events.push(EventRow {
                order: id.to_owned(),
                version,
                event_id: event_id.clone(),
                kind: (*kind).to_owned(),
                driver_id: (*kind == "dispatched").then(|| driver.clone()),
                claim_token: (*kind == "dispatched").then(|| format!("token-{id}")),
                reason: (*kind == "manual_dispatch").then(|| "no_driver".to_owned()),
            });
            self.message(id, &event_id, &format!("orders.{kind}"), None);
            self.0.audit.push(Announcement { event_id: event_id.clone(), topic: format!("orders.{kind}") });
            self.0.inbox.push(event_id);
        }
        if dispatched {
            let active = last == "dispatched";
            self.0.assignments.push(AssignmentRow {
                order: id.to_owned(),
                driver_id: driver.clone(),
                active,
            });
            if active {
                self.0.claims.push(HeldDriver { driver_id: driver, order: id.to_owned() });
            }
        }
        if let Some(key) = key {
            self.0.keys.push(KeyRow { key: key.to_owned(), order: id.to_owned() });
        }
    }

    /// A row of the outbox.
    pub fn message(&mut self, order: &str, event_id: &str, topic: &str, pending: Option<Pending>) {
        let (order, event_id, topic) = (order.to_owned(), event_id.to_owned(), topic.to_owned());
        self.0.outbox.push(OutboxRow { event_id, topic, order, pending });
    }
}

pub fn create(id: &str, key: Option<&str>) -> Wanted {
    Wanted::Create { id: id.to_owned(), key: key.map(str::to_owned), price: 100 }
}

pub fn accepted(id: &str, version: i64) -> Outcome {
    Outcome::Accepted { status: if version == 1 { 201 } else { 200 }, id: id.to_owned(), version }
}

/// Evidence of a run in which everything happened, and nothing wrong.
pub fn sound() -> Evidence {
    let mut run = Run::default();
    run.0.read_at = NOW;
    run.order("dispatched", None, &["dispatched"]);
    run.attempt(create("dispatched", None), accepted("dispatched", 1));
    run.order("delivered", Some("key-1"), &["manual_dispatch", "dispatched", "delivered"]);
    run.attempt(create("delivered", Some("key-1")), accepted("delivered", 1));
    let deliver = Wanted::Command { id: "delivered".to_owned(), event: "delivered".to_owned() };
    run.attempt(deliver, accepted("delivered", 4));
    run.order("cancelled", None, &["dispatched", "cancelled"]);
    run.attempt(create("cancelled", None), accepted("cancelled", 1));
    run.order("manual", None, &["manual_dispatch"]);
    run.attempt(create("manual", None), accepted("manual", 1));
    run.order("waiting", None, &[]);
    run.attempt(create("waiting", None), accepted("waiting", 1));
    let later = Pending { due_at: NOW + 1, wait_reason: Some("driver".to_owned()) };
    run.message("waiting", "waiting-again", "orders.dispatch_requested", Some(later));
    run.order("unanswered", Some("key-2"), &["dispatched"]);
    run.attempt(create("unanswered", Some("key-2")), Outcome::Unknown { why: "reset".to_owned() });
    run.attempt(create("never-arrived", None), Outcome::Sent);
    run.attempt(create("refused", None), Outcome::Refused { status: 422 });
    // Published twice around a crash, with one effect.
    let again = run.0.audit[0].clone();
    run.0.audit.push(again);
    run.0.left.push(("deliveries in flight".to_owned(), 0));
    run.0
}
