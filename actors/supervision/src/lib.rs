//! OTP-grade supervision for actix actors.
//!
//! actix stays what it is, vocabulary and executor: `Actor`, `Handler`, `Message`, actor futures, arbiters, timers. This
//! crate gives its actors what OTP gives processes:
//!
//! - a [`Ref`] that stays valid through every restart, and owns the mailbox: bounded for all senders together, with a
//!   control lane, and what waits in it survives the death of the incarnation that had not begun it;
//! - an [`Exit`] for every death, whatever its kind: a normal end, an error, a panic (with its text and place), a hang of
//!   the actor or of its whole thread;
//! - [`Supervisor`]s with a [`Strategy`], a [`Budget`] and, per child, a [`Policy`]: when it is restarted, after which
//!   [`Backoff`], how long it may hang and how long it may take to stop;
//! - loops that are supervised by what they do: a [`Task`] says which [`Step`] it is in, [`Every`] makes rounds that never
//!   overlap, an actor runs some beside its mailbox ([`Context::task`]); one that stays in a step is hung, and replaced;
//! - children that come and go ([`DynamicSupervisor`]): started by the first message for their key, passivated when idle;
//! - fresh state at each restart, and an epoch per incarnation: what an old one still tries is refused;
//! - a live picture of it all ([`ActorSystem::picture`]), a stream of [`LifecycleEvent`]s, and [`ChaosCommand`]s for every
//!   actor, supervisors included.
//!
//! An actor opts in with its context type:
//!
//! ```
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use actix::prelude::*;
//! use tropa_supervision::{
//!     ActorSystem, AskError, Budget, Context, Exit, Policy, Ref, Root, Strategy, SupervisorSpec,
//! };
//!
//! #[derive(Message)]
//! #[rtype(result = "u64")]
//! struct Add(u64);
//!
//! struct Counter {
//!     sum: u64,
//! }
//!
//! impl Actor for Counter {
//!     type Context = Context<Self>; // the one of this crate
//! }
//!
//! impl Handler<Add> for Counter {
//!     type Result = u64;
//!
//!     fn handle(&mut self, Add(n): Add, _ctx: &mut Context<Self>) -> u64 {
//!         assert_ne!(n, 13, "unlucky");
//!         self.sum += n;
//!         self.sum
//!     }
//! }
//!
//! let runtime = Arc::new(tokio::runtime::Runtime::new()?);
//! let system = ActorSystem::new(2, runtime.clone());
//!
//! // A place in the tree: its name, how it is kept, and how its fresh state is made.
//! let counter = Ref::new("counter", Policy::new(64), |_ctx| Counter { sum: 0 });
//! let top = SupervisorSpec::new(Strategy::OneForOne, Budget::new(5, Duration::from_secs(60)))
//!     .child(&counter)
//!     .into_ref("top", Policy::new(16));
//! let root = Root::start(&system, top);
//!
//! runtime.block_on(async {
//!     assert_eq!(counter.ask(Add(40)).await, Ok(40));
//!     assert_eq!(counter.ask(Add(2)).await, Ok(42));
//!     // A panic costs the incarnation and the message it was handling, nothing else: the reference stays valid, what
//!     // waits is handled by the next incarnation, which has fresh state.
//!     assert_eq!(counter.ask(Add(13)).await, Err(AskError::Crashed));
//!     assert_eq!(counter.ask(Add(7)).await, Ok(7));
//!
//!     let status = system.status("/top/counter").unwrap();
//!     assert_eq!((status.epoch, status.restarts), (2, 1));
//!     assert!(matches!(status.last_exit, Some(Exit::Panic(text)) if text.contains("unlucky")));
//!
//!     root.shutdown();
//!     assert_eq!(root.wait().await, Exit::Shutdown);
//!     assert_eq!(counter.ask(Add(1)).await, Err(AskError::Closed));
//! });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What became of a message
//!
//! | answer | the message |
//! |---|---|
//! | `Ok(reply)` | was handled, once |
//! | [`AskError::Closed`] | was not handled and never will be |
//! | [`AskError::Crashed`] | was begun; the outcome is unknown |
//! | [`AskError::Timeout`] | if it still waited, it is cancelled; if it was begun, the outcome is unknown |
//!
//! # Rules for authors of actors
//!
//! - A loop in `ctx.spawn` is polled and no more: where one can hang, make it a [`Task`], or run it by [`Context::task`].
//! - Stay inside: `ctx.spawn`, `ctx.wait`, `ResponseActFuture` and `AtomicResponse` are supervised; `tokio::spawn`,
//!   `actix_rt::spawn`, `ResponseFuture` and the raw `Addr` are not.
//! - An await under `AtomicResponse` or `ctx.wait` (in `started`, too) holds up the mailbox, and the heartbeat with it:
//!   keep it shorter than [`Policy::hang_after`].
//! - A thread that is blocked cannot be killed, only abandoned: what its handler had begun, it finishes when it wakes. Put
//!   [`Context::epoch`] into side effects that outlive a message.
//! - An orderly stop finishes the replies in flight. Other work of an actor's own it does not know of: return
//!   `Running::Continue` from `stopping`, and call `ctx.stop()` when that is done, within [`Policy::shutdown`].
//! - Two actors that ask each other with full mailboxes wait for each other. Let questions go one way, down the tree or
//!   along the pipeline, and answer the other way by replies.

mod answering;
mod any_message;
mod arbiters;
mod ask;
mod backoff;
mod bell;
mod budget;
mod chaos;
mod child;
mod context;
mod directive;
mod dynamic;
mod effects;
mod envelope;
mod event;
mod exit;
mod feeder;
mod handling;
mod histogram;
mod history;
mod keeping;
mod mailbox;
mod pace;
mod panics;
mod picture;
mod policy;
mod poller;
mod probe;
mod promise;
mod promises;
mod pulse;
mod reference;
mod residence;
mod restart;
mod root;
mod slot;
mod strategy;
mod supervisor;
mod system;
mod task;
mod tenancy;
mod vitals;

pub use answering::Answering;
pub use ask::{AskError, Closed, Reply, TryTellError};
pub use backoff::{Backoff, Jitter, Pauses};
pub use budget::Budget;
pub use chaos::{ChaosCommand, CommandError};
pub use child::Child;
pub use context::Context;
pub use dynamic::{
    DynamicChild, DynamicPolicy, DynamicStatus, DynamicSupervisor, LivingOrder, LivingQuery, LivingStatus, To,
};
pub use effects::{Effect, Effects, Fate};
pub use event::{Lifecycle, LifecycleEvent};
pub use exit::{Exit, exit_code};
pub use handling::MessageStatus;
pub use histogram::{Bucket, Histogram};
pub use history::{ActorHistory, PastExit, Sample};
pub use pace::{LoopStatus, Step};
pub use picture::{ActorState, ActorStatus, Current};
pub use policy::Policy;
pub use pulse::{Noter, Pulse, Stop};
pub use reference::Ref;
pub use restart::Restart;
pub use root::Root;
pub use strategy::Strategy;
pub use supervisor::{Supervisor, SupervisorSpec};
pub use system::ActorSystem;
pub use task::{Every, Loop, Recurring, Schedule, Task};
