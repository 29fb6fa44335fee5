//! The seams: what the actors need from the outside, one trait per concern.
//!
//! Batch-first where a database stands behind, because both SQLite and PostgreSQL are fastest that way. Adapters of
//! one port differ in speed, never in meaning: each passes the port's conformance suite in `testing`.

mod audit;
mod broker;
mod census;
mod chronicle;
mod clock;
mod dead_letters;
mod driver_index;
mod driver_store;
mod fleet;
mod handovers;
mod instances;
mod leases;
mod operations;
mod order_store;
mod outbox;

pub use audit::{Audit, AuditFilter};
pub use broker::{
    Broker, BrokerError, Confirm, Delivery, Malformed, PublishOutcome, Queue, Settle, Subscription,
};
pub use census::{Census, StatusCounts};
pub use chronicle::{Chronicle, Horizon};
pub use clock::{Clock, ClockState, DisciplinedClock, Drifted, Reading, SystemClock};
pub use dead_letters::{DeadLetterFilter, DeadLetters};
pub use driver_index::{
    Claim, ClaimRequest, DriverFilter, DriverIndex, Excluded, Filling, IndexError, Lasting, Reported,
};
pub use driver_store::DriverStore;
pub use fleet::{Fleet, FleetError, RADIUS_M, Release, SearchRequest, Unfit, Wait};
pub use handovers::{Handovers, News};
/// Named here for the adapters, who see nothing else of supervision.
pub use tropa_supervision::{ActorStatus, Backoff, Jitter, Pauses};

pub use instances::{
    DeliveryError, Errand, Instances, InstancesError, Instruction, Outcome, Question, Sighting, Told,
};
pub use leases::{Lease, LeaseError, LeaseToken, Leases};
pub use operations::{Operations, Terms};
pub use order_store::{
    Applied, Assignment, Change, Created, Creation, IdempotencyKey, OrderPage, OrderQuery, OrderStore,
    PageStart, Postponement, PruneBefore, StoreError, Transition, Write,
};
pub use outbox::{
    Backlog, Claimed, LOOKED_AT, MessageFilter, MessagePage, Outbox, Relayed, Settlement, TopicBacklog,
};
