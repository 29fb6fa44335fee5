//! Every statement of the adapter, as it is called.

use rusqlite::types::Value;

/// The transaction's time; what waits is due behind it.
pub const NOW: i64 = 1_000_000_000_000_000;

/// Statement, what it is told, and what that means where a statement stands here more than once.
pub type Call = (&'static str, Vec<Value>, &'static str);

macro_rules! call {
    ($name:literal $(as $what:literal)? $(, $given:expr)*) => {
        ($name, vec![$(Given::from($given).0),*], concat!($($what)?))
    };
}

/// What may be told: numbers, texts, sixteen bytes of an id, or nothing.
struct Given(Value);

impl From<i64> for Given {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl From<i32> for Given {
    fn from(number: i32) -> Self {
        Self(number.into())
    }
}

impl From<f64> for Given {
    fn from(number: f64) -> Self {
        Self(number.into())
    }
}

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self(text.to_owned().into())
    }
}

impl From<u128> for Given {
    fn from(id: u128) -> Self {
        Self(id.to_be_bytes().to_vec().into())
    }
}

impl From<()> for Given {
    fn from((): ()) -> Self {
        Self(Value::Null)
    }
}

/// An id that is not there.
const NEW: u128 = u128::MAX;
/// An operation without items.
const NEW_OPERATION: u128 = 1;
/// A fingerprint.
const PRINT: &str = "abababababababababababababababababababababababababababababababab";

/// Of tables with `orders` orders; `w` is one that waits for a driver, `o` any that has a number, a key, an answer.
#[allow(clippy::too_many_lines, reason = "a line a call")]
pub fn calls(w: i64, o: i64) -> Vec<Call> {
    let (order, waiting, number, key) =
        (format!("o-{o}"), format!("o-{w}"), format!("n-{o}"), format!("k-{o}"));
    let (order, waiting, number, key) = (&*order, &*waiting, &*number, &*key);
    let event: u128 = o.unsigned_abs().into();
    let ids = format!(r#"["{event:032x}"]"#);
    let deep = 10_000_000_i64;
    let mut calls = vec![
        call!("insert_order", "new", "new", (), PRINT, "BRL", 1, 1, "{}", NOW, NOW),
        call!("same_request", order, PRINT),
        call!("load_order", order),
        call!("load_order_by_number", number),
        call!("load_order_by_key", "api", key, PRINT, "former"),
        call!("stranded_orders", NOW, 10_000),
        call!("guard_order", order),
        call!("step_order", w, 1, "CANCELLED", 2, (), (), (), (), "r", NOW),
        call!("order_counts"),
        call!("add_order_count", "PENDING", 1),
        call!("insert_event", o, 9, NEW, "cancelled", "{}", NOW, "api", 1, ()),
        call!("timeline", order),
        call!("answered", "dispatch", event),
        call!("insert_answer", "dispatch", NEW, NOW),
        call!("insert_key", "api", "new", PRINT, o, NOW),
        call!("insert_former_key", "api", key, PRINT, o, NOW),
        call!("driver_taken", "d-7"),
        call!("insert_assignment", w, "new", "t", NOW),
        call!("end_assignment", 7, NOW),
        call!("assignments", "", 100),
        call!("assigned", "d-7", "o-7", "t"),
        call!("insert_message", NEW, "orders.created", o, 2, "{}", (), NOW),
        call!("insert_pending", o + 1, o + 1, NOW, ()),
        call!("has_pending", w),
        call!("has_pending_job", w, NEW),
        call!("hasten_order", w, NOW),
        call!("waiting_messages", "driver", NOW, 100),
        call!("hasten_waiting", w, NOW),
        call!("hasten_given", waiting, NOW),
        call!("hasten_beyond", NOW, 2 * NOW, 10_000),
        call!("mark_published", 4_001),
        call!("mark_failed", 4_001, NOW, "e"),
        call!("due_messages", 0, 0, NOW, 2_048),
        call!("next_due", NOW),
        call!("messages_of_order", w),
        call!("count_pending"),
        call!("backlog", NOW),
        call!("backlog_by_topic", 2_000),
        call!("list_messages", 0, 2_000),
        call!("list_messages" as "from within", 4_050, 2_000),
        call!("list_messages_of_order", 0, 100, waiting),
        call!("list_messages_by_id", "[4001,4002]"),
        call!("load_message", 4_001),
        call!("oldest_published", NOW, 1_000),
        call!("prune_message", 1_001),
        call!("prune_inbox", NOW, 1_000),
        call!("prune_keys", NOW, 1_000),
        call!("park_letter", NEW, NEW, "orders.created", order, "e", "f-8", "{}", "{}", 5, NOW, NOW),
        call!("park_letter" as "again", NEW, event, "orders.created", order, "e", "f-8", "{}", "{}", 5, NOW, NOW),
        call!("letter_groups"),
        call!("replay_letter", event),
        call!("discard_letter", event, "r"),
        call!("count_parked"),
        call!("pick_letters" as "by id", ids.as_str(), "parked", (), (), (), 100),
        call!("pick_letters" as "of an order", (), "parked", (), (), order, 100),
        call!("pick_letters" as "of a kind", (), "parked", "f-8", (), (), 100),
        call!("pick_letters" as "of a topic", (), "parked", (), "orders.created", (), 100),
        call!("pick_letters" as "parked", (), "parked", (), (), (), 100),
        call!("pick_letters" as "discarded", (), "discarded", (), (), (), 100),
        call!("restore_letter", event),
        call!("letter_minutes", NOW, NOW),
        call!("insert_operation", NEW, "orders.cancel", 1, (), (), (), NOW),
        call!("insert_operation_item", event, 1_000_000, order, 1),
        call!("copy_done_items", NEW_OPERATION, event),
        call!("match_operation", event, 1),
        call!("start_operation", event, "orders.cancel", (), (), (), event, NOW, 0),
        call!("silent_operation", 0),
        call!("operation_in_hand", event, 0),
        call!("follow_operation", event, NEW, NOW),
        call!("next_items", event, 100),
        call!("mark_item", event, 1, "done"),
        call!("record_operation", event, NEW, 1, 0, 0, "[]", NOW),
        call!("end_operation", event, NEW, "done", NOW),
        call!("stop_operation", event, NOW),
        call!("load_operation", event),
        call!("list_operations", 100),
        call!("forgettable_operation", 0, 0),
        call!("forget_items", event, 1_000),
        call!("forget_operation", NEW),
        call!("append_audit", NOW, "i", "s", "r", "actor.kill", order, "why", "done", (), ()),
        call!("list_audit", i64::MAX, 0, i64::MIN, (), (), (), (), 100),
        call!("list_audit" as "since", i64::MAX, 0, o * 1_000, (), (), (), (), 100),
        call!("list_audit" as "from within", w, 0, i64::MIN, (), (), (), (), 100),
        call!("list_audit_by_action", i64::MAX, 0, i64::MIN, "actor.kill", (), (), (), 100),
        call!("list_audit_by_action" as "rare", i64::MAX, 0, i64::MIN, "instance.drain", (), (), (), 100),
        call!("list_audit_by_target", i64::MAX, 0, i64::MIN, (), order, (), (), 100),
        call!("list_audit_by_subject", i64::MAX, 0, i64::MIN, (), (), "s-7", (), 100),
        call!("list_audit_by_outcome", i64::MAX, 0, i64::MIN, (), (), (), "failed", 100),
        call!("save_driver", "d-7", "n", "offline"),
        call!("save_position", "d-7", 1.0, 1.0, (), NOW, NOW, 30_000_000),
        call!("driver_heard", "o-7"),
        call!("count_silent_orders", NOW),
        call!("delete_driver", "d-7"),
        call!("load_drivers", "", 100),
        call!("mark_clock", NOW, 1),
        call!("mark_history", NOW),
        call!("forget_history"),
        call!("horizon", 604_800_000_000_i64, NOW),
        call!("left_off"),
        call!("probe", NOW),
        call!("list_orders", i64::MAX, "", 0, (), (), (), (), 101, 0),
        call!("list_orders" as "from within", deep, "o", 0, (), (), (), (), 101, 0),
        call!("list_orders_by_status" as "waiting", i64::MAX, "", 0, "PENDING", (), (), (), 101, 0),
        call!("list_orders_by_status" as "old", i64::MAX, "", 0, "DISPATCHED", (), (), (), 101, 0),
        call!("list_orders_by_status" as "from within", deep, "o", 0, "DELIVERED", (), (), (), 101, 0),
        call!("list_orders_by_customer", i64::MAX, "", 0, (), "c-77", (), (), 101, 0),
        call!("list_orders_by_customer" as "cancelled", i64::MAX, "", 0, "CANCELLED", "c-77", (), (), 101, 0),
        call!("list_orders_by_driver", i64::MAX, "", 0, (), (), "h-77", (), 101, 0),
        call!("list_orders_by_driver" as "dispatched", i64::MAX, "", 0, "DISPATCHED", (), "h-77", (), 101, 0),
        call!("list_orders_by_prefix", "", "o-77", 2_000, i64::MAX, 0, (), (), (), (), 101, 0),
        call!("list_orders_by_prefix" as "cancelled", "o-1", "o-", 2_000, i64::MAX, 0, "CANCELLED", (), (), (), 101, 0),
        call!("list_silent_orders", i64::MAX, "", NOW, 0, (), (), (), (), 101, 0),
    ];
    for reason in ["no_driver", "dead_lettered", "fleet_unavailable"] {
        let given =
            [Given::from(i64::MAX), "".into(), 0.into(), "MANUAL_DISPATCH".into(), ().into(), ().into()];
        let given = given.into_iter().chain([reason.into(), 101.into(), 0.into()]);
        calls.push(("list_orders_by_reason", given.map(|given| given.0).collect(), reason));
    }
    let pages = [
        ("list_letters", "", 0),
        ("list_letters_by_id", &*ids, 1),
        ("list_letters_by_state", "parked", 2),
        ("list_letters_by_state", "discarded", 2),
        ("list_letters_by_kind", "f-8", 3),
        ("list_letters_by_kind", "f-rare", 3),
        ("list_letters_by_topic", "orders.cancelled", 4),
        ("list_letters_by_topic", "orders.none", 4),
        ("list_letters_of_order", order, 5),
    ];
    for (name, value, filter) in pages {
        let mut given = vec![Value::Null; 5];
        if filter > 0 {
            given[filter - 1] = value.to_owned().into();
        }
        given.extend([100.into(), 0.into()]);
        calls.push((name, given, if value == order || value == ids { "" } else { name_of(value) }));
    }
    calls
}

/// The same text, for as long as a test runs.
fn name_of(value: &str) -> &'static str {
    ["parked", "discarded", "f-8", "f-rare", "orders.cancelled", "orders.none"]
        .into_iter()
        .find(|known| *known == value)
        .unwrap_or_default()
}
