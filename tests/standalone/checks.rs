//! The checker, checked: each fault planted in sound evidence is reported by its check and by no other.

mod sound;

use crate::{
    chaos::{audit_lines, load},
    checker::{
        Attempt, EventRow, Evidence, HeldDriver, KeyRow, Ledger, OrderRow, Outcome, Pending, Wanted,
        attempts, check,
    },
};
use sound::{NOW, accepted, create, sound};

#[test]
fn a_sound_run_passes_and_is_counted() {
    let verdict = check(&sound());
    assert_eq!(verdict.findings, [], "{verdict}");
    assert_eq!((verdict.accepted, verdict.refused, verdict.unknown), (6, 1, 2));
    assert_eq!((verdict.redelivered, verdict.suppressed), (1, 1));
    assert_eq!(verdict.orders["DISPATCHED"], 2);
}

/// Applies a fault to sound evidence; which checks report it.
fn found(plant: impl FnOnce(&mut Evidence)) -> Vec<u8> {
    let mut evidence = sound();
    plant(&mut evidence);
    check(&evidence).failed()
}

/// Takes an order away with everything that belongs to it.
fn erase(evidence: &mut Evidence, id: &str) {
    let messages: Vec<_> =
        evidence.outbox.iter().filter(|row| row.order == id).map(|row| row.event_id.clone()).collect();
    evidence.orders.retain(|row| row.id != id);
    evidence.events.retain(|row| row.order != id);
    evidence.outbox.retain(|row| row.order != id);
    evidence.assignments.retain(|row| row.order != id);
    evidence.claims.retain(|row| row.order != id);
    evidence.keys.retain(|row| row.order != id);
    evidence.audit.retain(|line| !messages.contains(&line.event_id));
}

fn order<'a>(evidence: &'a mut Evidence, id: &str) -> &'a mut OrderRow {
    evidence.orders.iter_mut().find(|row| row.id == id).unwrap()
}

fn event<'a>(evidence: &'a mut Evidence, event_id: &str) -> &'a mut EventRow {
    evidence.events.iter_mut().find(|row| row.event_id == event_id).unwrap()
}

#[test]
fn check_1_an_acknowledged_order_or_command_is_gone() {
    assert_eq!(found(|e| erase(e, "dispatched")), [1]);
    assert_eq!(found(|e| e.orders.retain(|row| row.id != "manual")), [1]);
    assert_eq!(found(|e| order(e, "manual").price = 99), [1]);
    let lied = Wanted::Command { id: "dispatched".to_owned(), event: "cancelled".to_owned() };
    assert_eq!(
        found(|e| e.ledger.push(Attempt { number: 99, wanted: lied, outcome: accepted("dispatched", 3) })),
        [1]
    );
}

#[test]
fn check_2_an_order_waits_for_nothing() {
    assert_eq!(found(|e| e.outbox.retain(|row| row.pending.is_none())), [2]);
}

#[test]
fn check_3_the_timeline_is_broken() {
    // The same event twice, under the next version, with the row agreeing: no other check can see it.
    let twice = |e: &mut Evidence| {
        let mut again = event(e, "manual-2").clone();
        again.version = 3;
        e.events.push(again);
        order(e, "manual").version = 3;
    };
    assert_eq!(found(twice), [3]);
    let skipped = |e: &mut Evidence| {
        event(e, "manual-2").version = 3;
        order(e, "manual").version = 3;
    };
    assert_eq!(found(skipped), [3]);
    let illegal = |e: &mut Evidence| {
        event(e, "cancelled-2").kind = "manual_dispatch".to_owned();
        event(e, "delivered-2").kind = "dispatched".to_owned();
        let row = order(e, "cancelled");
        (row.driver_id, row.claim_token) = (None, None);
    };
    assert_eq!(found(illegal), [3]);
}

#[test]
fn check_4_the_row_is_not_the_fold() {
    assert_eq!(found(|e| order(e, "delivered").version = 9), [4]);
    assert_eq!(found(|e| order(e, "cancelled").driver_id = Some("another".to_owned())), [4]);
    assert_eq!(found(|e| order(e, "manual").manual_reason = Some("dead_lettered".to_owned())), [4]);
}

#[test]
fn check_5_outbox_and_audit_differ() {
    assert_eq!(found(|e| e.audit.retain(|line| line.event_id != "delivered-3")), [5]);
    assert_eq!(found(|e| e.outbox.retain(|row| row.event_id != "delivered-3")), [5]);
    let silent = |e: &mut Evidence| {
        e.outbox.retain(|row| row.event_id != "delivered-3");
        e.audit.retain(|line| line.event_id != "delivered-3");
    };
    assert_eq!(found(silent), [5]);
}

#[test]
fn check_6_a_driver_has_two_orders() {
    // Rows, events and the fleet agree with each other: only the rule is broken.
    let shared = |e: &mut Evidence| {
        let driver = "driver-of-dispatched".to_owned();
        for row in e.assignments.iter_mut().filter(|row| row.order == "unanswered") {
            row.driver_id.clone_from(&driver);
        }
        for hold in e.claims.iter_mut().filter(|hold| hold.order == "unanswered") {
            hold.driver_id.clone_from(&driver);
        }
        event(e, "unanswered-2").driver_id = Some(driver.clone());
        order(e, "unanswered").driver_id = Some(driver);
    };
    assert_eq!(found(shared), [6]);
}

#[test]
fn check_7_claims_and_assignments_differ() {
    assert_eq!(found(|e| e.claims.clear()), [7]);
    let held = || HeldDriver { driver_id: "driver-of-cancelled".to_owned(), order: "cancelled".to_owned() };
    assert_eq!(found(|e| e.claims.push(held())), [7]);
    assert_eq!(found(|e| e.assignments.retain(|row| row.order != "dispatched")), [7]);
    let not_released = |e: &mut Evidence| {
        e.claims.push(held());
        e.assignments.iter_mut().filter(|row| row.order == "cancelled").for_each(|row| row.active = true);
    };
    assert_eq!(found(not_released), [7]);
}

#[test]
fn check_8_something_is_left() {
    assert_eq!(found(|e| e.left[0].1 = 3), [8]);
    let due = Pending { due_at: NOW, wait_reason: None };
    let forgotten = |e: &mut Evidence| e.outbox[0].pending = Some(due);
    assert_eq!(found(forgotten), [8]);
    let long_ago = |e: &mut Evidence| {
        let waiting = e.outbox.iter_mut().find_map(|row| row.pending.as_mut()).unwrap();
        waiting.due_at = 0;
    };
    assert_eq!(found(long_ago), [8]);
}

#[test]
fn check_9_half_an_order() {
    assert_eq!(found(|e| e.keys.retain(|row| row.key != "key-2")), [9]);
    let unannounced = |e: &mut Evidence| {
        e.outbox.retain(|row| row.event_id != "unanswered-1");
        e.audit.retain(|line| line.event_id != "unanswered-1");
    };
    assert_eq!(found(unannounced), [9]);
    let orphaned = |e: &mut Evidence| {
        let key = e.keys[1].clone();
        erase(e, "unanswered");
        e.keys.push(key);
    };
    assert_eq!(found(orphaned), [9]);
    let refused = |e: &mut Evidence| e.ledger[7].outcome = Outcome::Refused { status: 422 };
    assert_eq!(sound().ledger[7].wanted.id(), "never-arrived");
    assert_eq!(found(refused), [] as [u8; 0]);
    let made_anyway = |e: &mut Evidence| e.ledger[6].outcome = Outcome::Refused { status: 422 };
    assert_eq!(sound().ledger[6].wanted.id(), "unanswered");
    assert_eq!(found(made_anyway), [9]);
}

#[test]
fn check_10_two_orders_for_one() {
    let same_number =
        |e: &mut Evidence| order(e, "manual").order_number = Some("number-delivered".to_owned());
    assert_eq!(found(same_number), [10]);
    let same_id = |e: &mut Evidence| {
        let again = order(e, "manual").clone();
        e.orders.push(again);
    };
    assert_eq!(found(same_id), [10]);
    assert_eq!(found(|e| e.keys.push(KeyRow { key: "key-1".to_owned(), order: "manual".to_owned() })), [10]);
    let created_again = |e: &mut Evidence| {
        e.ledger.push(Attempt { number: 99, wanted: create("manual", None), outcome: accepted("manual", 1) });
    };
    assert_eq!(found(created_again), [10]);
}

#[test]
fn the_ledger_survives_as_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.jsonl");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let ledger = Ledger::open(&file).unwrap();
        for outcome in [Outcome::Sent, accepted("a", 1)] {
            ledger.put(&Attempt { number: 1, wanted: create("a", Some("k")), outcome }).await;
        }
        ledger.put(&Attempt { number: 2, wanted: create("b", None), outcome: Outcome::Sent }).await;
    });
    let attempts = attempts(&file).unwrap();
    assert_eq!(attempts.len(), 2);
    assert!(matches!(&attempts[0].outcome, Outcome::Accepted { status: 201, id, version: 1 } if id == "a"));
    assert!(matches!(attempts[1].outcome, Outcome::Sent));
}

#[test]
fn a_torn_audit_line_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let text = "{\"event_id\":\"a\",\"topic\":\"orders.created\",\"more\":1}\n{\"event_id\":\"b\",\"to";
    std::fs::write(&file, text).unwrap();
    let lines = audit_lines(&file).unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!((lines[0].event_id.as_str(), lines[0].topic.as_str()), ("a", "orders.created"));
}

#[test]
fn the_loader_reads_the_schema_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tropa.db");
    let clock = std::sync::Arc::new(tropa_dispatch::port::SystemClock);
    let store = tropa_sqlite::SqliteStore::open(tropa_sqlite::Options::new(&file, clock)).unwrap();
    let evidence = load(&file).unwrap();
    assert_eq!(evidence.orders.len() + evidence.events.len() + evidence.outbox.len(), 0);
    drop(store);
}
