//! The circuit breaker around the fleet service, and nothing else.
//!
//! Owns the rolling window. Receives [`Search`] from aggregates, lets it through to the fleet client or refuses it, and
//! learns from the answer. 'No driver' is an answer. When it dies it starts closed, and the calls it had let through tell
//! their askers that the outcome is unknown; claims are idempotent by order.

mod board;
mod circuit;
mod message;

use std::sync::Arc;
use std::time::Instant;

use actix::prelude::*;
use tokio::sync::watch;
use tropa_supervision::{AskError, Context, Ref};

pub use board::{BreakerBoard, BreakerChange, BreakerRecord};
use circuit::{Circuit, Permit, Refused, Tally, Verdict};
pub use message::{BreakerSnapshot, BreakerState, GetBreaker, Search, SearchError};

use crate::fleet_client::{CallFleet, FleetClient};
use crate::kit::{Kit, PIPELINE, mailbox};
use crate::metrics::Metrics;
use crate::port::{Claim, FleetError};
use crate::settings::{BreakerSettings, Settings};

/// The breaker's name in metrics and in the API.
const NAME: &str = "fleet";

/// Guards the fleet client.
pub struct BreakerActor {
    circuit: Circuit,
    client: Ref<FleetClient>,
    metrics: Arc<Metrics>,
    closed: watch::Sender<u64>,
    board: BreakerBoard,
    shown: Option<BreakerState>,
    /// What a call that failed said last.
    error: Option<String>,
    /// How long it stays open, and how many probes it takes.
    settings: BreakerSettings,
}

impl BreakerActor {
    pub(crate) fn place(kit: &Kit, client: &Ref<FleetClient>) -> Ref<Self> {
        let client = client.clone();
        kit.place("breaker", mailbox(2_048).arbiter(PIPELINE), move |kit| {
            let (metrics, board) = (kit.metrics.clone(), kit.breakers.clone());
            Self::new(client.clone(), &kit.settings, metrics, kit.fleet_back.clone(), board)
        })
    }

    /// A closed breaker in front of `client`. `closed` counts how often it closed again, `board` shows where it stands.
    pub fn new(
        client: Ref<FleetClient>,
        settings: &Settings,
        metrics: Arc<Metrics>,
        closed: watch::Sender<u64>,
        board: BreakerBoard,
    ) -> Self {
        let settings = settings.breaker.clone();
        let circuit = Circuit::new(settings.clone());
        Self { circuit, client, metrics, closed, board, shown: None, error: None, settings }
    }

    /// What made it change from where it stood, with these calls in its window.
    fn reason(&self, state: BreakerState, Tally { calls, failed, slow }: Tally) -> String {
        let error = self.error.as_deref().map_or_else(String::new, |error| format!(": {error}"));
        match (self.shown, state) {
            (None, _) => "the breaker was started anew".to_owned(),
            (Some(BreakerState::HalfOpen), BreakerState::Open) => {
                format!("a probe failed or was slow{error}")
            }
            (_, BreakerState::Open) => {
                format!("of {calls} calls {failed} failed and {slow} were slow{error}")
            }
            (_, BreakerState::HalfOpen) => {
                format!("it was open for {} s", self.settings.open_for.as_secs_f64())
            }
            (_, BreakerState::Closed) => format!("{} probes were answered", self.settings.probes),
        }
    }

    fn show(&mut self, ctx: &mut Context<Self>, calls: Tally) {
        let state = self.circuit.state(Instant::now());
        if self.shown == Some(state) {
            return;
        }
        self.board.show(self.snapshot(), &self.reason(state, calls));
        for each in [BreakerState::Closed, BreakerState::Open, BreakerState::HalfOpen] {
            self.metrics
                .breaker_state
                .with_label_values(&[NAME, each.as_str()])
                .set(i64::from(each == state));
        }
        match (self.shown, state) {
            (Some(_), BreakerState::Closed) => {
                tracing::info!("the fleet service is back, breaker closed");
                self.closed.send_modify(|times| *times += 1);
            }
            (_, BreakerState::Open) => tracing::warn!("the fleet service fails, breaker open"),
            _ => {}
        }
        ctx.note((state != BreakerState::Closed).then(|| format!("breaker {}", state.as_str())));
        self.shown = Some(state);
    }

    fn admit(&mut self, ctx: &mut Context<Self>) -> Result<Permit, SearchError> {
        let permit = self.circuit.admit(Instant::now());
        self.show(ctx, Tally::default());
        permit.map_err(|refused| {
            self.count("rejected");
            match refused {
                Refused::Open => SearchError::Open,
                Refused::Full => SearchError::Full,
            }
        })
    }

    fn snapshot(&self) -> BreakerSnapshot {
        let now = Instant::now();
        let Tally { calls, failed, slow } = self.circuit.tally(now);
        BreakerSnapshot {
            name: NAME,
            state: self.circuit.state(now),
            generation: self.circuit.generation(),
            calls,
            failed,
            slow,
            in_flight: self.circuit.in_flight(),
            opens_for: self.circuit.opens_for(now),
        }
    }

    fn count(&self, outcome: &str) {
        self.metrics.breaker_calls.with_label_values(&[outcome]).inc();
    }

    fn learn(
        &mut self,
        answer: Result<Result<Option<Claim>, FleetError>, AskError>,
    ) -> (Verdict, SearchResult) {
        match answer {
            Ok(Ok(claim)) => {
                self.count(if claim.is_some() { "found" } else { "none" });
                (Verdict::Answered, Ok(claim))
            }
            Ok(Err(FleetError::Unfit(why))) => {
                self.count("none");
                (Verdict::Answered, Err(SearchError::Unfit(why)))
            }
            Ok(Err(error)) if error.counts() => self.failed(&error.to_string()),
            Ok(Err(error)) => {
                self.count("refused");
                (Verdict::Answered, Err(SearchError::Invalid(error.to_string())))
            }
            // The client died or is stuck: nothing is known of the service, and it did not answer.
            Err(error) => self.failed(&error.to_string()),
        }
    }

    fn failed(&mut self, error: &str) -> (Verdict, SearchResult) {
        self.count("failed");
        self.error = Some(error.to_owned());
        (Verdict::Failed, Err(SearchError::Failed(error.to_owned())))
    }
}

type SearchResult = Result<Option<Claim>, SearchError>;

impl Actor for BreakerActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.show(ctx, Tally::default());
        // An open breaker turns half-open by time alone; metrics and console should see it.
        ctx.run_interval(std::time::Duration::from_secs(1), |breaker, ctx| {
            breaker.show(ctx, Tally::default());
            breaker.board.show(breaker.snapshot(), "");
        });
    }
}

impl Handler<Search> for BreakerActor {
    type Result = ResponseActFuture<Self, SearchResult>;

    fn handle(&mut self, Search(request): Search, ctx: &mut Context<Self>) -> Self::Result {
        let permit = match self.admit(ctx) {
            Ok(permit) => permit,
            Err(refused) => return Box::pin(fut::ready(Err(refused))),
        };
        let client = self.client.clone();
        let call = async move { client.ask(CallFleet(request)).await };
        Box::pin(call.into_actor(self).map(move |answer, breaker, ctx| {
            let (verdict, result) = breaker.learn(answer);
            let calls = breaker.circuit.report(permit, verdict, Instant::now());
            breaker.show(ctx, calls);
            result
        }))
    }
}

impl Handler<GetBreaker> for BreakerActor {
    type Result = BreakerSnapshot;

    fn handle(&mut self, _: GetBreaker, _: &mut Context<Self>) -> BreakerSnapshot {
        self.snapshot()
    }
}
