//! Every statement, one a file. The test below prepares each against the migrated schema.

macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(pub const $name: &str = include_str!(concat!("sql/", $file, ".sql"));)*

        /// All of them, by file name.
        #[cfg(test)]
        pub const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}

statements! {
    INSERT_ORDER = "insert_order";
    SAME_REQUEST = "same_request";
    LOAD_ORDER = "load_order";
    LOAD_ORDER_BY_NUMBER = "load_order_by_number";
    LOAD_ORDER_BY_KEY = "load_order_by_key";
    LIST_ORDERS = "list_orders";
    LIST_ORDERS_BY_STATUS = "list_orders_by_status";
    LIST_ORDERS_BY_REASON = "list_orders_by_reason";
    LIST_ORDERS_BY_CUSTOMER = "list_orders_by_customer";
    LIST_ORDERS_BY_DRIVER = "list_orders_by_driver";
    LIST_ORDERS_BY_PREFIX = "list_orders_by_prefix";
    STRANDED_ORDERS = "stranded_orders";
    GUARD_ORDER = "guard_order";
    STEP_ORDER = "step_order";
    ORDER_COUNTS = "order_counts";
    ADD_ORDER_COUNT = "add_order_count";

    INSERT_EVENT = "insert_event";
    TIMELINE = "timeline";
    ANSWERED = "answered";
    INSERT_ANSWER = "insert_answer";
    INSERT_KEY = "insert_key";
    INSERT_FORMER_KEY = "insert_former_key";

    DRIVER_TAKEN = "driver_taken";
    INSERT_ASSIGNMENT = "insert_assignment";
    END_ASSIGNMENT = "end_assignment";
    ASSIGNMENTS = "assignments";
    ASSIGNED = "assigned";

    INSERT_MESSAGE = "insert_message";
    INSERT_PENDING = "insert_pending";
    HAS_PENDING = "has_pending";
    HAS_PENDING_JOB = "has_pending_job";
    HASTEN_ORDER = "hasten_order";
    WAITING_MESSAGES = "waiting_messages";
    HASTEN_WAITING = "hasten_waiting";
    HASTEN_GIVEN = "hasten_given";
    HASTEN_BEYOND = "hasten_beyond";
    MARK_PUBLISHED = "mark_published";
    MARK_FAILED = "mark_failed";
    DUE_MESSAGES = "due_messages";
    NEXT_DUE = "next_due";
    MESSAGES_OF_ORDER = "messages_of_order";
    COUNT_PENDING = "count_pending";
    BACKLOG = "backlog";
    BACKLOG_BY_TOPIC = "backlog_by_topic";
    LIST_MESSAGES = "list_messages";
    LIST_MESSAGES_OF_ORDER = "list_messages_of_order";
    LIST_MESSAGES_BY_ID = "list_messages_by_id";
    LOAD_MESSAGE = "load_message";

    OLDEST_PUBLISHED = "oldest_published";
    PRUNE_MESSAGE = "prune_message";
    PRUNE_INBOX = "prune_inbox";
    PRUNE_KEYS = "prune_keys";

    PARK_LETTER = "park_letter";
    LIST_LETTERS = "list_letters";
    LIST_LETTERS_BY_ID = "list_letters_by_id";
    LIST_LETTERS_BY_STATE = "list_letters_by_state";
    LIST_LETTERS_BY_KIND = "list_letters_by_kind";
    LIST_LETTERS_BY_TOPIC = "list_letters_by_topic";
    LIST_LETTERS_OF_ORDER = "list_letters_of_order";
    LETTER_GROUPS = "letter_groups";
    REPLAY_LETTER = "replay_letter";
    DISCARD_LETTER = "discard_letter";
    COUNT_PARKED = "count_parked";
    PICK_LETTERS = "pick_letters";
    RESTORE_LETTER = "restore_letter";
    LETTER_MINUTES = "letter_minutes";

    APPEND_AUDIT = "append_audit";
    LIST_AUDIT = "list_audit";
    LIST_AUDIT_BY_ACTION = "list_audit_by_action";
    LIST_AUDIT_BY_TARGET = "list_audit_by_target";
    LIST_AUDIT_BY_SUBJECT = "list_audit_by_subject";
    LIST_AUDIT_BY_OUTCOME = "list_audit_by_outcome";

    INSERT_OPERATION = "insert_operation";
    INSERT_OPERATION_ITEM = "insert_operation_item";
    COPY_DONE_ITEMS = "copy_done_items";
    MATCH_OPERATION = "match_operation";
    START_OPERATION = "start_operation";
    SILENT_OPERATION = "silent_operation";
    FOLLOW_OPERATION = "follow_operation";
    NEXT_ITEMS = "next_items";
    MARK_ITEM = "mark_item";
    RECORD_OPERATION = "record_operation";
    OPERATION_IN_HAND = "operation_in_hand";
    END_OPERATION = "end_operation";
    STOP_OPERATION = "stop_operation";
    LOAD_OPERATION = "load_operation";
    LIST_OPERATIONS = "list_operations";
    FORGETTABLE_OPERATION = "forgettable_operation";
    FORGET_ITEMS = "forget_items";
    FORGET_OPERATION = "forget_operation";

    SAVE_DRIVER = "save_driver";
    SAVE_POSITION = "save_position";
    DRIVER_HEARD = "driver_heard";
    COUNT_SILENT_ORDERS = "count_silent_orders";
    LIST_SILENT_ORDERS = "list_silent_orders";
    DELETE_DRIVER = "delete_driver";
    LOAD_DRIVERS = "load_drivers";

    MARK_CLOCK = "mark_clock";
    MARK_HISTORY = "mark_history";
    FORGET_HISTORY = "forget_history";
    HORIZON = "horizon";
    LEFT_OFF = "left_off";

    PROBE = "probe";
}
