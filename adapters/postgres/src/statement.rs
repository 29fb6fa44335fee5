//! Every statement, one a file. `tests/distributed/postgres/schema.rs` prepares each against the migrated schema.

macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(pub const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)*
    };
}

statements! {
    CREATE_ORDERS = "create_orders";
    RELEASE_KEYS = "release_keys";
    ORDERS_BY_KEY = "orders_by_key";
    ORDERS_BY_ID = "orders_by_id";
    TAKEN_NUMBERS = "taken_numbers";

    LOCK_ORDERS = "lock_orders";
    CLAIM_EVENTS = "claim_events";
    RELEASE_EVENTS = "release_events";
    BUSY_DRIVERS = "busy_drivers";
    PENDING_JOBS = "pending_jobs";
    STEP_ORDERS = "step_orders";
    INSERT_EVENTS = "insert_events";
    END_ASSIGNMENTS = "end_assignments";
    START_ASSIGNMENTS = "start_assignments";
    HASTEN_ORDERS = "hasten_orders";
    INSERT_MESSAGES = "insert_messages";
    PARK_LETTERS = "park_letters";

    CLAIM_MESSAGES = "claim_messages";
    SET_ASIDE = "set_aside";
    MARK_PUBLISHED = "mark_published";
    MARK_FAILED = "mark_failed";
    ABANDON_CLAIMS = "abandon_claims";
    HASTEN_WAITING = "hasten_waiting";
    HASTEN_GIVEN = "hasten_given";
    HASTEN_BEYOND = "hasten_beyond";
    BACKLOG = "backlog";
    BACKLOG_BY_TOPIC = "backlog_by_topic";
    LIST_MESSAGES = "list_messages";
    LIST_MESSAGES_OF_ORDER = "list_messages_of_order";
    LOAD_MESSAGE = "load_message";

    LIST_LETTERS = "list_letters";
    LETTER_GROUPS = "letter_groups";
    REPLAY_LETTER = "replay_letter";
    DISCARD_LETTERS = "discard_letters";
    COUNT_PARKED = "count_parked";
    PICK_LETTERS = "pick_letters";
    RESTORE_LETTERS = "restore_letters";
    LETTER_MINUTES = "letter_minutes";

    APPEND_AUDIT = "append_audit";
    LIST_AUDIT = "list_audit";

    INSERT_OPERATION = "insert_operation";
    INSERT_OPERATION_ITEMS = "insert_operation_items";
    COPY_DONE_ITEMS = "copy_done_items";
    START_OPERATION = "start_operation";
    FOLLOW_OPERATION = "follow_operation";
    NEXT_ITEMS = "next_items";
    RECORD_OPERATION = "record_operation";
    END_OPERATION = "end_operation";
    STOP_OPERATION = "stop_operation";
    LOAD_OPERATION = "load_operation";
    LIST_OPERATIONS = "list_operations";
    FORGETTABLE_OPERATION = "forgettable_operation";
    FORGET_ITEMS = "forget_items";
    FORGET_OPERATION = "forget_operation";

    SAVE_DRIVERS = "save_drivers";
    SAVE_POSITIONS = "save_positions";
    DELETE_DRIVER = "delete_driver";
    LOAD_DRIVERS = "load_drivers";
    SILENT_ORDERS = "silent_orders";
    COUNT_SILENT_ORDERS = "count_silent_orders";

    LOAD_ORDERS = "load_orders";
    LOAD_ORDER_BY_NUMBER = "load_order_by_number";
    LIST_ORDERS = "list_orders";
    LIST_ORDERS_BY_STATUS = "list_orders_by_status";
    LIST_ORDERS_BY_REASON = "list_orders_by_reason";
    LIST_ORDERS_BY_PREFIX = "list_orders_by_prefix";
    LIST_SILENT_ORDERS = "list_silent_orders";
    STRANDED_ORDERS = "stranded_orders";
    TIMELINE = "timeline";
    ORDER_COUNTS = "order_counts";
    FOLD_COUNTS = "fold_counts";
    FOLD_LETTER_COUNTS = "fold_letter_counts";
    FOLD_ACCEPTANCES = "fold_acceptances";
    ANSWERED = "answered";
    ASSIGNMENTS = "assignments";
    ASSIGNED = "assigned";

    PRUNE_MESSAGES = "prune_messages";
    PRUNE_INBOX = "prune_inbox";
    PRUNE_KEYS = "prune_keys";
    PROBE = "probe";

    READ_CLOCK = "read_clock";
    MARK_CLOCK = "mark_clock";
    FORGET_HISTORY = "forget_history";
    HORIZON = "horizon";

    EXAMINE = "examine";
}
