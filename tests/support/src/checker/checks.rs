//! The ten checks, numbered as in the specification. Each returns what must not be.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Evidence, Finding, Outcome, Wanted, evidence::HeldDriver, view::View};

/// A row that is due longer than this, in microseconds, has been forgotten.
const DUE_FOR_LONG: i64 = 5_000_000;

/// All of them.
pub fn all(evidence: &Evidence) -> Vec<Finding> {
    let view = View::of(evidence);
    let checks: [fn(&View<'_>) -> Vec<String>; 10] = [
        acknowledged_but_gone,
        stuck,
        timeline_broken,
        not_the_fold,
        outbox_and_audit_differ,
        driver_on_two_orders,
        claims_are_not_assignments,
        something_left,
        half_an_order,
        two_orders_for_one,
    ];
    let numbered = (1..).zip(checks);
    numbered
        .flat_map(|(check, run)| run(&view).into_iter().map(move |what| Finding { check, what }))
        .collect()
}

/// 1. Acknowledged, but no order; or an order other than the one that was sent; or a command without its event.
fn acknowledged_but_gone(view: &View<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for attempt in &view.all.ledger {
        let Outcome::Accepted { id, version, .. } = &attempt.outcome else { continue };
        match (&attempt.wanted, view.orders.get(id.as_str())) {
            (_, None) => found.push(format!("attempt {}: {id} was acknowledged and is gone", attempt.number)),
            (Wanted::Create { price, .. }, Some(order)) if order.price != *price => {
                found.push(format!("{id}: sent price {price}, stored {}", order.price));
            }
            (Wanted::Command { event, .. }, Some(_)) => {
                let made = view.timeline(id).iter().any(|e| e.version == *version && e.kind == *event);
                if !made {
                    found.push(format!(
                        "{id}: {event} was acknowledged at version {version}, its event is gone"
                    ));
                }
            }
            _ => {}
        }
    }
    found
}

/// 2. An order that neither has a visible end nor waits for a reason.
fn stuck(view: &View<'_>) -> Vec<String> {
    let waiting: HashSet<&str> = view
        .all
        .outbox
        .iter()
        .filter(|row| row.pending.as_ref().is_some_and(|pending| pending.wait_reason.is_some()))
        .map(|row| row.order.as_str())
        .collect();
    let stuck = view.all.orders.iter().filter(|order| match order.status.as_str() {
        "PENDING" => !waiting.contains(order.id.as_str()),
        "MANUAL_DISPATCH" => order.manual_reason.is_none(),
        _ => false,
    });
    stuck.map(|order| format!("{} is {} and waits for nothing", order.id, order.status)).collect()
}

/// The only steps there are, by event kinds.
const STEPS: [(&str, &str); 7] = [
    ("created", "dispatched"),
    ("created", "manual_dispatch"),
    ("created", "cancelled"),
    ("manual_dispatch", "dispatched"),
    ("manual_dispatch", "cancelled"),
    ("dispatched", "delivered"),
    ("dispatched", "cancelled"),
];

/// 3. As many events as versions, numbered through, each id once, each step legal.
fn timeline_broken(view: &View<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids = HashSet::new();
    for event in &view.all.events {
        if !ids.insert(&event.event_id) {
            found.push(format!("{}: event {} happened twice", event.order, event.event_id));
        }
    }
    for order in &view.all.orders {
        let timeline = view.timeline(&order.id);
        let versions: Vec<i64> = timeline.iter().map(|event| event.version).collect();
        if !versions.iter().copied().eq(1..=timeline.len() as i64) || timeline.is_empty() {
            found.push(format!("{}: versions {versions:?}", order.id));
        }
        if timeline.first().is_some_and(|first| first.kind != "created") {
            found.push(format!("{}: begins with {}", order.id, timeline[0].kind));
        }
        for step in timeline.windows(2) {
            if !STEPS.contains(&(&step[0].kind, &step[1].kind)) {
                found.push(format!("{}: {} -> {}", order.id, step[0].kind, step[1].kind));
            }
        }
    }
    found
}

/// 4. The order row is what its events make of it.
fn not_the_fold(view: &View<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for order in &view.all.orders {
        let timeline = view.timeline(&order.id);
        let Some(last) = timeline.last() else { continue };
        let status = match last.kind.as_str() {
            "created" => "PENDING",
            "dispatched" => "DISPATCHED",
            "manual_dispatch" => "MANUAL_DISPATCH",
            "cancelled" => "CANCELLED",
            _ => "DELIVERED",
        };
        let dispatched = timeline.iter().rev().find(|event| event.kind == "dispatched");
        let reason = |kind: &str| (last.kind == kind).then(|| last.reason.clone()).flatten();
        let same = order.status == status
            && order.version == last.version
            && order.driver_id == dispatched.and_then(|event| event.driver_id.clone())
            && order.claim_token == dispatched.and_then(|event| event.claim_token.clone())
            && order.manual_reason == reason("manual_dispatch")
            && order.cancel_reason == reason("cancelled");
        if !same {
            found.push(format!("{}: the row says {order:?}, its last event {last:?}", order.id));
        }
    }
    found
}

/// 5. What was published was seen, what was seen is known, and every event is announced.
fn outbox_and_audit_differ(view: &View<'_>) -> Vec<String> {
    let seen: HashSet<&str> = view.all.audit.iter().map(|line| line.event_id.as_str()).collect();
    let known: HashSet<&str> = view.all.outbox.iter().map(|row| row.event_id.as_str()).collect();
    let unseen =
        view.all.outbox.iter().filter(|row| row.pending.is_none() && !seen.contains(row.event_id.as_str()));
    let unknown = view.all.audit.iter().filter(|line| !known.contains(line.event_id.as_str()));
    let silent = view.all.events.iter().filter(|event| {
        // Whether a request that nobody answered left its first message is check 9.
        let ours = event.version > 1 || view.accepted.contains(event.order.as_str());
        ours && !known.contains(event.event_id.as_str()) && !seen.contains(event.event_id.as_str())
    });
    let unseen = unseen.map(|row| format!("{} {}: published, and nobody saw it", row.order, row.event_id));
    let unknown =
        unknown.map(|line| format!("{} {}: seen, and not in the outbox", line.topic, line.event_id));
    let silent =
        silent.map(|event| format!("{}: version {} was never announced", event.order, event.version));
    unseen.chain(unknown).chain(silent).collect()
}

/// 6. One driver active on two orders at once.
fn driver_on_two_orders(view: &View<'_>) -> Vec<String> {
    let mut orders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for assignment in view.all.assignments.iter().filter(|assignment| assignment.active) {
        orders.entry(&assignment.driver_id).or_default().push(&assignment.order);
    }
    let twice = orders.into_iter().filter(|(_, orders)| orders.len() > 1);
    twice.map(|(driver, orders)| format!("{driver} drives {}", orders.join(" and "))).collect()
}

/// 7. The fleet's holds, the active assignments and the dispatched orders are one set.
fn claims_are_not_assignments(view: &View<'_>) -> Vec<String> {
    let hold =
        |driver: &str, order: &str| HeldDriver { driver_id: driver.to_owned(), order: order.to_owned() };
    let claims: BTreeSet<HeldDriver> = view.all.claims.iter().cloned().collect();
    let active = view.all.assignments.iter().filter(|assignment| assignment.active);
    let assigned: BTreeSet<HeldDriver> = active.map(|a| hold(&a.driver_id, &a.order)).collect();
    let mut found = Vec::new();
    for (one, other, what) in [
        (&claims, &assigned, "is held by the fleet without an assignment"),
        (&assigned, &claims, "is assigned and not held by the fleet"),
    ] {
        found.extend(one.difference(other).map(|h| format!("{} for {} {what}", h.driver_id, h.order)));
    }
    for order in view.all.orders.iter().filter(|order| order.status == "DISPATCHED") {
        let driver = order.driver_id.as_deref().unwrap_or("nobody");
        if !assigned.contains(&hold(driver, &order.id)) {
            found.push(format!("{} is dispatched to {driver} without an assignment", order.id));
        }
    }
    for held in &assigned {
        if view.orders.get(held.order.as_str()).is_some_and(|order| order.status != "DISPATCHED") {
            found.push(format!("{} is still assigned to {}, which has ended", held.driver_id, held.order));
        }
    }
    found
}

/// 8. Nothing is due, ready, unacked or leased any more.
fn something_left(view: &View<'_>) -> Vec<String> {
    let due = view.all.outbox.iter().filter(|row| {
        row.pending.as_ref().is_some_and(|pending| {
            pending.wait_reason.is_none() || pending.due_at < view.all.read_at - DUE_FOR_LONG
        })
    });
    let due = due.map(|row| format!("{} of {} is due and unpublished", row.topic, row.order));
    let left = view.all.left.iter().filter(|(_, count)| *count > 0);
    due.chain(left.map(|(what, count)| format!("{count} {what}"))).collect()
}

/// 9. A request without an answer left a whole order or none; one that was refused left none.
fn half_an_order(view: &View<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    let pieces = (view.all.events.iter().map(|event| ("an event", &event.order)))
        .chain(view.all.outbox.iter().map(|row| ("a message", &row.order)))
        .chain(view.all.assignments.iter().map(|row| ("an assignment", &row.order)))
        .chain(view.all.keys.iter().map(|row| ("a key", &row.order)));
    for (piece, order) in pieces {
        // The pieces of an order that was acknowledged and is gone are check 1.
        if !view.orders.contains_key(order.as_str()) && !view.accepted.contains(order.as_str()) {
            found.insert(format!("{order}: {piece} without an order"));
        }
    }
    let created = view.all.outbox.iter().filter(|row| row.topic == "orders.created");
    let announced: HashSet<&str> = created.map(|row| row.order.as_str()).collect();
    let mut asked: HashMap<&str, (bool, Option<&str>)> = HashMap::new();
    for attempt in &view.all.ledger {
        if let Wanted::Create { id, key, .. } = &attempt.wanted {
            let (possible, keyed) = asked.entry(id).or_default();
            *possible |= !matches!(attempt.outcome, Outcome::Refused { .. });
            *keyed = keyed.or(key.as_deref());
        }
    }
    for (id, (possible, key)) in asked {
        let Some(order) = view.orders.get(id) else { continue };
        if !possible {
            found.insert(format!("{}: refused, and there it is", order.id));
        }
        if view.accepted.contains(id) {
            continue;
        }
        if !announced.contains(id) {
            found.insert(format!("{id}: an unanswered request left an order without its message"));
        }
        if key.is_some_and(|key| !view.all.keys.iter().any(|row| row.key == key && row.order == id)) {
            found.insert(format!("{id}: an unanswered request left an order without its key"));
        }
    }
    found.into_iter().collect()
}

/// 10. One key, id or number, two orders.
fn two_orders_for_one(view: &View<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut rows = HashSet::new();
    for order in &view.all.orders {
        let number = order.order_number.as_deref().map(|number| ("number", number));
        for name in [Some(("id", order.id.as_str())), number].into_iter().flatten() {
            if !rows.insert(name) {
                found.push(format!("two orders with the {} {}", name.0, name.1));
            }
        }
    }
    let stored = view.all.keys.iter().map(|row| (row.key.as_str(), row.order.as_str()));
    let mut created = HashSet::new();
    let mut answered = Vec::new();
    for attempt in &view.all.ledger {
        let (Wanted::Create { key, .. }, Outcome::Accepted { status, id, .. }) =
            (&attempt.wanted, &attempt.outcome)
        else {
            continue;
        };
        match key {
            Some(key) => answered.push((key.as_str(), id.as_str())),
            // Without a key the answer is never a replayed one: 201 means made now.
            None if *status == 201 && !created.insert(id) => found.push(format!("{id} was created twice")),
            None => {}
        }
    }
    let mut by_key: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (key, order) in stored.chain(answered) {
        by_key.entry(key).or_default().insert(order);
    }
    let twice = by_key.into_iter().filter(|(_, orders)| orders.len() > 1);
    found.extend(twice.map(|(key, orders)| format!("key {key} made {orders:?}")));
    found
}
