//! Every statement of the adapter, as it is called: a hundred of what there is, spread over all of it, or of what is new.

/// Statement and arguments, as `EXECUTE` takes them. One with filters stands here for each.
pub const CALLS: &[(&str, &str)] = &[
    (
        "create_orders",
        "<new>, <new>, <of text NULL>, <of text repeat('ab', 32)>, <of text 'BRL'>, <of bigint 1>, <of bigint 1>, <of text '{}'>, <of timestamptz now()>, <of timestamptz now()>, <of text 'mine'>, <new>, <new uuids>, <of text '{}'>, <of timestamptz now()>, <of text 'api'>, <of bigint 1>, <of text NULL>, <new uuids>, <of text 'orders.created'>, <of text '{}'>, <of text NULL>, <of timestamptz now()>, <of text 'api'>, false",
    ),
    ("release_keys", "<of text 'api'>, <keys>"),
    ("orders_by_key", "<of text 'api'>, <keys>"),
    ("orders_by_id", "<orders>"),
    ("taken_numbers", "<numbers>"),
    ("lock_orders", "<orders>"),
    ("claim_events", "'dispatch', <new uuids>"),
    ("release_events", "'dispatch', <events>"),
    ("busy_drivers", "<drivers>"),
    ("pending_jobs", "<waiting>"),
    (
        "step_orders",
        "<waiting seqs>, <of text 'CANCELLED'>, <of bigint 2>, <of text NULL>, <of text NULL>, <of text NULL>, <of text NULL>, <of text 'r'>, <of timestamptz now()>",
    ),
    (
        "insert_events",
        "<seqs>, <of bigint 9>, <new uuids>, <of text 'cancelled'>, <of text '{}'>, <of timestamptz now()>, <of text 'api'>, <of bigint 1>, <of text NULL>",
    ),
    ("end_assignments", "<dispatched seqs>"),
    ("start_assignments", "<waiting seqs>, <new>, <of text 't'>, <of boolean true>"),
    ("hasten_orders", "<waiting seqs>"),
    (
        "insert_messages",
        "<new uuids>, <of text 'orders.created'>, <seqs>, <of bigint 2>, <of text '{}'>, <of text NULL>, <of timestamptz now()>, <of bigint 1000>, <of text 'driver'>",
    ),
    (
        "park_letters",
        "<new uuids>, <new uuids>, <of text 'orders.created'>, <new>, <of text 'e'>, <of text 'f-8'>, <of text '{}'>, <of text '{}'>, <of bigint 5>, <of timestamptz now()>, <of timestamptz now()>",
    ),
    ("claim_messages", "'relay', 100, 12, 30000000"),
    ("set_aside", "4096"),
    ("mark_published", "<due seqs>, <of bigint 0>"),
    ("mark_failed", "<due seqs>, <of bigint 0>, <of text 'e'>, <of bigint 1000>"),
    ("abandon_claims", "'nobody'"),
    ("hasten_waiting", "'driver', 100"),
    ("hasten_given", "<waiting>"),
    ("hasten_beyond", "2592000000000, 10000"),
    ("backlog", ""),
    ("backlog_by_topic", "2000"),
    ("list_messages", "0, 101, NULL, NULL, 2000"),
    ("list_messages", "4050, 101, NULL, 'due', 2000"),
    ("list_messages", "0, 101, NULL, 'leased', 2000"),
    ("list_messages", "0, 101, 'orders.cancelled', 'postponed', 2000"),
    ("list_messages_of_order", "0, 'o-200', 101"),
    ("load_message", "4001"),
    ("list_letters", "NULL, NULL, NULL, NULL, NULL, 100, 0"),
    ("list_letters", "<events>, NULL, NULL, NULL, NULL, 100, 0"),
    ("list_letters", "NULL, 'parked', NULL, NULL, NULL, 100, 0"),
    ("list_letters", "NULL, 'discarded', NULL, NULL, NULL, 100, 0"),
    ("list_letters", "NULL, NULL, 'f-8', NULL, NULL, 100, 0"),
    ("list_letters", "NULL, NULL, 'f-rare', NULL, NULL, 100, 0"),
    ("list_letters", "NULL, NULL, 'f-none', NULL, NULL, 100, 0"),
    ("list_letters", "NULL, NULL, NULL, 'orders.cancelled', NULL, 100, 0"),
    ("list_letters", "NULL, NULL, NULL, 'orders.none', NULL, 100, 0"),
    ("list_letters", "NULL, NULL, NULL, NULL, 'o-77', 100, 0"),
    ("list_letters", "NULL, 'parked', 'f-rare', NULL, NULL, 100, 0"),
    ("list_letters", "NULL, 'parked', NULL, 'orders.cancelled', NULL, 100, 0"),
    ("list_letters", "NULL, 'discarded', 'f-rare', 'orders.cancelled', 'o-77', 100, 0"),
    ("letter_groups", ""),
    ("replay_letter", "<id 600>, 'o-600', <id 1234567890>, 'orders.created', 1, '{}', NULL, now()"),
    ("discard_letters", "<events>, 'r'"),
    ("count_parked", ""),
    ("pick_letters", "<events>, 'parked', NULL, NULL, NULL, 100"),
    ("pick_letters", "NULL, 'parked', 'f-8', NULL, NULL, 100"),
    ("pick_letters", "NULL, 'parked', NULL, 'orders.created', NULL, 100"),
    ("pick_letters", "NULL, 'parked', NULL, NULL, 'o-77', 100"),
    ("pick_letters", "NULL, 'discarded', NULL, NULL, NULL, 100"),
    ("restore_letters", "<events>"),
    ("letter_minutes", "now(), now()"),
    ("insert_operation", "<id 1234567890>, 'orders.cancel', 1, NULL, NULL, NULL, now()"),
    ("insert_operation_items", "<id 800>, <due seqs>, <new>, <of bigint 1>"),
    ("copy_done_items", "<id 1234567890>, 'dead_letters.restore', <id 800>, NULL, NULL, NULL, now(), 1"),
    ("start_operation", "<id 104>, 'orders.cancel', NULL, NULL, NULL, <id 1>, 900000000"),
    ("follow_operation", "<id 1>, 30000000"),
    ("next_items", "<id 800>, 100"),
    ("record_operation", "<id 80>, <id 0>, '{1}', '{2}', '{}', '[]'"),
    ("end_operation", "<id 80>, <id 0>, 'done'"),
    ("stop_operation", "<id 80>"),
    ("load_operation", "<id 800>"),
    ("list_operations", "100"),
    ("forgettable_operation", "900000000, 2592000000000"),
    ("forget_items", "<id 800>, 1000"),
    ("forget_operation", "<id 800>"),
    ("append_audit", "now(), 'i', 's', 'r', 'actor.kill', 'o-77', 'why', 'done', NULL, NULL"),
    ("list_audit", "9223372036854775807, 0, '-infinity', NULL, NULL, NULL, NULL, 100"),
    ("list_audit", "9223372036854775807, 0, '2026-01-01 00:00:10', NULL, NULL, NULL, NULL, 100"),
    ("list_audit", "10000, 0, '-infinity', NULL, NULL, NULL, NULL, 100"),
    ("list_audit", "9223372036854775807, 0, '-infinity', 'actor.kill', NULL, NULL, NULL, 100"),
    ("list_audit", "9223372036854775807, 0, '-infinity', 'instance.drain', NULL, NULL, NULL, 100"),
    ("list_audit", "9223372036854775807, 0, '-infinity', NULL, 'o-77', NULL, NULL, 100"),
    ("list_audit", "9223372036854775807, 0, '-infinity', NULL, NULL, 's-7', NULL, 100"),
    ("list_audit", "9223372036854775807, 0, '-infinity', NULL, NULL, NULL, 'failed', 100"),
    ("save_drivers", "<drivers>, <of text 'n'>, <of text 'available'>"),
    (
        "save_positions",
        "<drivers>, <of float8 1>, <of float8 1>, <of float8 NULL>, <of timestamptz now()>, <of timestamptz now()>, 300",
    ),
    ("delete_driver", "'d-7'"),
    ("load_drivers", "'', 100"),
    ("silent_orders", "<orders>, 60"),
    ("count_silent_orders", "60"),
    ("load_orders", "<orders>"),
    ("load_order_by_number", "'n-400'"),
    ("list_orders", "'infinity', '', NULL, NULL, NULL, NULL, 101, 0, '-infinity'"),
    ("list_orders", "'2026-01-01 00:00:10', 'o-9', NULL, NULL, NULL, NULL, 101, 0, '-infinity'"),
    ("list_orders_by_status", "'infinity', '', 'PENDING', NULL, NULL, NULL, 101, 0, '-infinity'"),
    ("list_orders_by_status", "'infinity', '', 'DISPATCHED', NULL, NULL, NULL, 101, 0, '-infinity'"),
    (
        "list_orders_by_status",
        "'2026-01-01 00:00:10', 'o-9', 'DELIVERED', NULL, NULL, NULL, 101, 0, '-infinity'",
    ),
    ("list_orders", "'infinity', '', NULL, 'c-77', NULL, NULL, 101, 0, '-infinity'"),
    ("list_orders", "'infinity', '', NULL, 'c-none', NULL, NULL, 101, 0, '-infinity'"),
    ("list_orders", "'infinity', '', NULL, NULL, 'h-77', NULL, 101, 0, '-infinity'"),
    ("list_orders", "'infinity', '', NULL, NULL, 'd-77', NULL, 101, 0, '-infinity'"),
    ("list_orders_by_reason", "'infinity', '', 'MANUAL_DISPATCH', NULL, NULL, 'no_driver', 101, 0"),
    ("list_orders_by_reason", "'infinity', '', 'MANUAL_DISPATCH', NULL, NULL, 'dead_lettered', 101, 0"),
    ("list_orders_by_reason", "'infinity', '', 'MANUAL_DISPATCH', NULL, NULL, 'fleet_unavailable', 101, 0"),
    ("list_orders", "'infinity', '', 'CANCELLED', 'c-77', NULL, NULL, 101, 0, '-infinity'"),
    ("list_orders", "'infinity', '', 'DISPATCHED', NULL, 'h-77', NULL, 101, 0, '-infinity'"),
    ("list_orders", "'infinity', '', 'DISPATCHED', 'c-7', 'd-140', NULL, 101, 0, '-infinity'"),
    (
        "list_orders_by_status",
        "'2026-01-01 00:00:10', 'o-9', 'CANCELLED', NULL, NULL, NULL, 101, 0, '-infinity'",
    ),
    ("list_orders_by_reason", "'2026-01-01 00:00:02', 'o-9', NULL, NULL, NULL, 'no_driver', 101, 0"),
    ("list_orders", "'infinity', '', NULL, NULL, NULL, NULL, 101, 0, '2026-01-01 00:00:15'"),
    ("list_orders_by_prefix", "'', 'o-77', NULL, NULL, NULL, NULL, 101, 'infinity', '-infinity', 2000, 0"),
    (
        "list_orders_by_prefix",
        "'o-1', 'o-', 'CANCELLED', NULL, NULL, NULL, 101, 'infinity', '-infinity', 2000, 0",
    ),
    ("list_silent_orders", "'infinity', '', NULL, NULL, NULL, NULL, 101, 0, '-infinity', 60"),
    ("list_silent_orders", "'infinity', '', 'DISPATCHED', 'c-7', 'd-140', NULL, 101, 0, '-infinity', 60"),
    ("stranded_orders", "now(), 10000"),
    ("timeline", "'o-77'"),
    ("order_counts", ""),
    ("fold_counts", "1000, 10000"),
    ("fold_letter_counts", "1000, 10000"),
    ("fold_acceptances", "1000, 10000"),
    ("answered", "'dispatch', <events>"),
    ("assignments", "'', 100"),
    ("assigned", "<drivers>, <orders>, <of text 't'>"),
    ("prune_messages", "0, now(), 1000, 5000"),
    ("prune_inbox", "now(), 1000"),
    ("prune_keys", "now(), 1000"),
    ("probe", ""),
    ("read_clock", ""),
    ("mark_clock", "1000000"),
    ("forget_history", ""),
    ("horizon", "604800000000"),
    ("examine", ""),
];

/// Those that relays and the fleet call, in sessions of their own.
pub const RELAXED: [&str; 11] = [
    "claim_messages",
    "set_aside",
    "mark_published",
    "mark_failed",
    "hasten_waiting",
    "hasten_given",
    "hasten_beyond",
    "save_positions",
    "read_clock",
    "mark_clock",
    "forget_history",
];

/// Items of a call.
pub const ITEMS: i64 = 100;

/// Arguments with the lists in place of their names, of tables with `orders` orders, one in `waiting` of them waiting.
pub fn arguments(text: &str, orders: i64, waiting: i64) -> String {
    let list = |item: &dyn Fn(i64) -> String| {
        let items: Vec<_> = (0..ITEMS).map(item).collect();
        format!("'{{{}}}'", items.join(","))
    };
    // Multiples of `step` in the newer half.
    let spread = |step: i64, i: i64| (orders / step - orders / step / 2 * i / ITEMS) * step;
    let uuid = |n: i64| format!("{n:032x}");
    let value = |name: &str| match name {
        "orders" => list(&|i| format!("o-{}", spread(1, i))),
        "seqs" => list(&|i| spread(1, i).to_string()),
        "numbers" => list(&|i| format!("n-{}", spread(4, i))),
        "keys" => list(&|i| format!("k-{}", spread(4, i))),
        "events" => list(&|i| uuid(spread(4, i))),
        "waiting" => list(&|i| format!("o-{}", spread(waiting, i))),
        "waiting seqs" => list(&|i| spread(waiting, i).to_string()),
        "dispatched seqs" => list(&|i| (i + 1).to_string()),
        "due seqs" => list(&|i| (4_001 + i).to_string()),
        "drivers" => list(&|i| format!("d-{}", i + 1)),
        "new" => list(&|i| format!("new-{i}")),
        "new uuids" => list(&|i| uuid(i64::MAX - i)),
        _ => match name.split_once(' ') {
            Some(("id", n)) => format!("'{}'", uuid(n.parse().unwrap())),
            Some(("of", item)) => {
                let (kind, value) = item.split_once(' ').unwrap();
                format!("array_fill({value}::{kind}, array[{ITEMS}])")
            }
            _ => panic!("no list {name}"),
        },
    };
    let mut parts = text.split('<');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |written, part| {
        let (name, rest) = part.split_once('>').unwrap();
        written + &value(name) + rest
    })
}
