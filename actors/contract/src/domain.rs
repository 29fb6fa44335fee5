//! The domain: orders, exact money, drivers, the state machine and its events. Pure: no actor, no clock, no I/O.

mod audit;
mod charges;
mod currency;
mod dead_letter;
mod driver;
mod event;
mod fingerprint;
mod geo;
mod identifier;
mod instance;
mod item;
mod job;
mod lanes;
mod money;
mod name;
mod operation;
mod order;
mod outbox;
mod position;
mod quantity;
mod report;
mod status;
mod trace_parent;

pub use audit::{AuditEntry, AuditLine, AuditOutcome};
pub use charges::{Charges, Disagreement};
pub use currency::{Currency, CurrencyError};
pub use dead_letter::{DeadLetter, DeadLetterGroup, DeadLetterState};
pub use driver::{Driver, DriverStatus, Unassignable};
pub use event::{Cause, EventId, EventKind, EventName, OrderEvent, Topic, Work};
pub use fingerprint::Fingerprint;
pub use geo::{BoundingBox, EARTH_RADIUS_M, GeoError, GeoPoint, RIM_M};
pub use identifier::{ClaimToken, DriverId, IdentifierError, OrderId, OrderNumber};
pub use instance::{
    Boot, BreakerReport, ClockReport, FORGOTTEN_AFTER, GONE_AFTER, Holdings, Identity, InstanceReport, Phase,
    Presence, STALE_AFTER, Throughput,
};
pub use item::Item;
pub use job::{DispatchJob, EventPayload};
pub use lanes::{BreakerStep, BreakerTale, Candidate, Lane, LaneStage, OrderLanes, SearchSeen, Suppressed};
pub use money::{Money, MoneyError};
pub use name::UnknownName;
pub use operation::{ItemOutcome, Operation, OperationError, OperationItem, OperationKind, OperationState};
pub use order::{Address, NewOrder, Order, OrderDetails};
pub use outbox::{Envelope, MessageLease, MessageState, OutboxMessage, PendingMessage, WaitReason};
pub use position::{CLOCK_SLACK, Position};
pub use quantity::{Quantity, QuantityError};
pub use report::{NoFix, Report, Unusable};
pub use status::{InvalidTransition, ManualReason, Status};
pub use trace_parent::TraceParent;
