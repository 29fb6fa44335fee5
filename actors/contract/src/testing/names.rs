//! What a schema says once more: the names there are, and the steps of an order. The domain says it first.

use crate::domain::{
    AuditOutcome, Cause, DeadLetterState, DriverStatus, EventName, ItemOutcome, ManualReason, OperationState,
    Status, WaitReason,
};

/// Each column that holds names, and its CHECK lists exactly those the domain has. `check` tells the expression of a table's
/// column, as the migrated database has it.
pub async fn lists(mut check: impl AsyncFnMut(&str, &str) -> String) {
    for (table, column, mut names) in [
        ("orders", "status", Status::ALL.map(Status::as_str).to_vec()),
        ("orders", "manual_reason", ManualReason::ALL.map(ManualReason::as_str).to_vec()),
        ("order_events", "kind", EventName::ALL.map(EventName::as_str).to_vec()),
        ("order_events", "cause", Cause::ALL.map(Cause::as_str).to_vec()),
        ("outbox_pending", "wait_reason", WaitReason::ALL.map(WaitReason::as_str).to_vec()),
        ("dead_letters", "state", DeadLetterState::ALL.map(DeadLetterState::as_str).to_vec()),
        ("audit", "outcome", AuditOutcome::ALL.map(AuditOutcome::as_str).to_vec()),
        ("operations", "state", OperationState::ALL.map(OperationState::as_str).to_vec()),
        ("operation_items", "outcome", ItemOutcome::ALL.map(ItemOutcome::as_str).to_vec()),
        ("drivers", "status", DriverStatus::ALL.map(DriverStatus::as_str).to_vec()),
    ] {
        let expression = check(table, column).await;
        let mut listed: Vec<_> = expression.split('\'').skip(1).step_by(2).collect();
        listed.sort_unstable();
        names.sort_unstable();
        assert_eq!(listed, names, "{table}.{column}: {expression}");
    }
}

/// Each pair of states: the database lets an order step from the one to the other exactly if the state machine does. `takes`
/// brings an order that is in the first state, all it may need filled in, into the second.
pub async fn steps(mut takes: impl AsyncFnMut(Status, Status) -> bool) {
    for from in Status::ALL {
        for to in Status::ALL {
            assert_eq!(takes(from, to).await, from.check(to).is_ok(), "{from} -> {to}");
        }
    }
}
