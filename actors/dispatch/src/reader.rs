//! The Reader actor: everything that only looks.

mod message;

pub use message::{
    DeadLetterGroups, GetDeadLetter, GetOrder, GetOrderByNumber, GetOverview, ListDeadLetters, ListOrders,
    OutboxState, Overview, ReadError, ReadTimeline, Readiness,
};
