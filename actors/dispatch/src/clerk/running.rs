//! Carrying an operation out, a page of its set after the other.
//!
//! After each page it is written what came of it, and whether this one is still who does it: an operation that was stopped, or is
//! followed by somebody else, takes nothing more. Who dies in the middle of a page has done some of it that is not written: whoever
//! follows finds these changed, and counts them as skipped. Nothing is done twice.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::{Instant, sleep, sleep_until};
use tropa_supervision::{Pulse, Step};
use uuid::Uuid;

use super::{ClerkPorts, choosing::version};
use crate::dead_letters::Resent;
use crate::domain::{
    DeadLetter, DeadLetterState, ItemOutcome, Operation, OperationError, OperationItem, OperationKind,
    OperationState,
};
use crate::orders::{Command, CommandError, CommandOrder};
use crate::port::{DeadLetterFilter, StoreError};

const PAGING: Step = Step::new("reading what is next");
const DOING: Step = Step::new("carrying an operation out");
const NOTING: Step = Step::new("writing what came of it");

/// Things worked on at once, as long as nobody has asked for a rate.
const ABREAST: usize = 8;

/// Things in a page: few enough that a stop is heard soon.
const PAGE: u32 = 64;

/// Between two tries, when the store is away.
const PAUSE: Duration = Duration::from_millis(500);

/// Tries of one thing that cannot be told about; then it has failed.
const TRIES: u32 = 20;

/// An order is waited for so long.
const COMMAND: Duration = Duration::from_secs(5);

/// What came of a thing, and why if it is not done.
type Came = (ItemOutcome, Option<String>);

/// Nothing came of it yet: it may be tried again.
struct Later(String);

/// One operation in the hands of one who carries it out.
pub(super) struct Running {
    pub ports: ClerkPorts,
    pub operation: Operation,
    pub runner: Uuid,
}

impl Running {
    /// Until it has ended, or is somebody else's.
    pub async fn run(mut self, pulse: &Pulse) {
        let mut tries: HashMap<u64, u32> = HashMap::new();
        let id = self.operation.id;
        loop {
            pulse.at(PAGING);
            let items = match self.ports.operations.next_items(id, self.page()).await {
                Ok(items) => items,
                Err(error) if self.give_up(&error).await => return,
                Err(_) => continue,
            };
            if items.is_empty() {
                if self.end(OperationState::Done).await {
                    tracing::info!(operation = %id, kind = self.operation.kind.as_str(), "operation done");
                } else if self.record(Vec::new(), pulse).await {
                    continue;
                }
                return;
            }
            let mut outcomes = Vec::with_capacity(items.len());
            let mut later = false;
            for (item, came) in self.carry_out(items, pulse).await {
                match came {
                    Ok((outcome, detail)) => {
                        self.note(&item, outcome, detail);
                        outcomes.push((item.n, outcome));
                    }
                    Err(Later(why)) => {
                        let count = tries.entry(item.n).or_default();
                        *count += 1;
                        if *count >= TRIES {
                            self.note(&item, ItemOutcome::Failed, Some(why));
                            outcomes.push((item.n, ItemOutcome::Failed));
                        }
                        later = true;
                    }
                }
            }
            if !self.record(outcomes, pulse).await {
                return;
            }
            pulse.round();
            if later {
                sleep(PAUSE).await;
            }
        }
    }

    /// Writes what came of these, however long the store is away: what is not written would be found changed, and be counted as
    /// skipped. False when there is nothing more to do here.
    async fn record(&mut self, outcomes: Vec<(u64, ItemOutcome)>, pulse: &Pulse) -> bool {
        let (id, runner) = (self.operation.id, self.runner);
        loop {
            pulse.at(NOTING);
            let errors = self.operation.errors.clone();
            match self.ports.operations.record(id, runner, outcomes.clone(), errors).await {
                Ok(mine) => return mine,
                Err(error) if self.give_up(&error).await => return false,
                Err(_) => {}
            }
        }
    }

    /// Half a second of the rate.
    fn page(&self) -> u32 {
        match self.operation.rate {
            Some(rate) => (rate / 2).clamp(1, PAGE),
            None if self.operation.kind.is_of_orders() => PAGE / 4,
            None => PAGE,
        }
    }

    fn note(&mut self, item: &OperationItem, outcome: ItemOutcome, detail: Option<String>) {
        let errors = &mut self.operation.errors;
        if outcome == ItemOutcome::Failed && errors.len() < Operation::ERRORS {
            let detail = detail.unwrap_or_default().chars().take(500).collect();
            errors.push(OperationError { target: item.target.clone(), detail });
        }
    }

    /// Whether the store's error is one that does not pass; waits a moment if it may.
    async fn give_up(&mut self, error: &StoreError) -> bool {
        if matches!(error, StoreError::Fault(_)) {
            tracing::error!(operation = %self.operation.id, %error, "an operation cannot go on");
            self.end(OperationState::Failed).await;
            return true;
        }
        sleep(PAUSE).await;
        false
    }

    async fn end(&self, state: OperationState) -> bool {
        // Who cannot say that it has ended is followed by somebody who finds nothing left to do.
        self.ports.operations.end(self.operation.id, self.runner, state).await.unwrap_or(false)
    }

    async fn carry_out(
        &self,
        items: Vec<OperationItem>,
        pulse: &Pulse,
    ) -> Vec<(OperationItem, Result<Came, Later>)> {
        pulse.at(DOING);
        let letters = match self.letters(&items).await {
            Ok(letters) => letters,
            Err(error) => {
                let why = error.to_string();
                return items.into_iter().map(|item| (item, Err(Later(why.clone())))).collect();
            }
        };
        let abreast = if self.operation.rate.is_some() { 1 } else { ABREAST };
        let pause = self.operation.rate.map(|rate| Duration::from_secs(1) / rate.max(1));
        let (mut left, mut under_way) = (VecDeque::from(items), FuturesUnordered::new());
        let (mut came, mut next) = (Vec::new(), Instant::now());
        loop {
            while under_way.len() < abreast
                && let Some(item) = left.pop_front()
            {
                if let Some(pause) = pause {
                    sleep_until(next).await;
                    next = Instant::now() + pause;
                }
                let letter = letters.get(item.target.as_str());
                under_way.push(async move {
                    let came = self.one(&item, letter).await;
                    (item, came)
                });
            }
            let Some(one) = under_way.next().await else {
                sleep_until(next).await;
                return came;
            };
            pulse.at(DOING);
            came.push(one);
        }
    }

    /// The letters that these are about, by id.
    async fn letters(&self, items: &[OperationItem]) -> Result<HashMap<String, DeadLetter>, StoreError> {
        if self.operation.kind.is_of_orders() {
            return Ok(HashMap::new());
        }
        let ids = items.iter().filter_map(|item| item.target.parse().ok()).collect();
        let filter = DeadLetterFilter { ids: Some(ids), limit: PAGE, ..DeadLetterFilter::default() };
        let letters = self.ports.letters.list(filter).await?;
        Ok(letters.into_iter().map(|letter| (letter.id.to_string(), letter)).collect())
    }

    async fn one(&self, item: &OperationItem, letter: Option<&DeadLetter>) -> Result<Came, Later> {
        match self.operation.kind {
            OperationKind::CancelOrders => {
                let reason = self.operation.reason.clone();
                self.order(item, Command::Cancel { reason }).await
            }
            OperationKind::DispatchOrders => self.order(item, Command::Dispatch { driver_id: None }).await,
            kind => match letter {
                Some(letter) => self.letter(kind, item, letter).await,
                None => Ok((ItemOutcome::Skipped, None)),
            },
        }
    }

    async fn letter(
        &self,
        kind: OperationKind,
        item: &OperationItem,
        letter: &DeadLetter,
    ) -> Result<Came, Later> {
        let wanted = match kind {
            OperationKind::RestoreLetters => DeadLetterState::Discarded,
            _ => DeadLetterState::Parked,
        };
        let changed = item.version.is_some_and(|seen| seen != version(letter.last_seen));
        if letter.state != wanted || changed {
            return Ok((ItemOutcome::Skipped, None));
        }
        let letters = &self.ports.letters;
        let changed = |count| if count == 0 { ItemOutcome::Skipped } else { ItemOutcome::Done };
        let came = match kind {
            OperationKind::ReplayLetters => {
                self.ports.resending().replay(letter).await.map(|resent| match resent {
                    Resent::Sent => (ItemOutcome::Done, None),
                    Resent::NotParked => (ItemOutcome::Skipped, None),
                    Resent::Unsendable => {
                        let why =
                            "there is nothing to send: it names no order, or no routing key that is known";
                        (ItemOutcome::Failed, Some(why.to_owned()))
                    }
                })
            }
            OperationKind::RestoreLetters => {
                letters.restore(vec![letter.id]).await.map(|count| (changed(count), None))
            }
            _ => {
                let reason = self.operation.reason.as_deref().unwrap_or("given up with others");
                letters.discard(vec![letter.id], reason).await.map(|count| (changed(count), None))
            }
        };
        came.or_else(|error| match error {
            StoreError::Fault(why) => Ok((ItemOutcome::Failed, Some(why))),
            other => Err(Later(other.to_string())),
        })
    }

    async fn order(&self, item: &OperationItem, command: Command) -> Result<Came, Later> {
        let failed = |why: String| Ok((ItemOutcome::Failed, Some(why)));
        let Some(orders) = &self.ports.orders else {
            return failed("no part here commands orders".to_owned());
        };
        let Ok(id) = item.target.parse() else { return failed("this is no order's id".to_owned()) };
        let trace = self.operation.trace.clone();
        let command = CommandOrder { id, command, expected_version: item.version, trace };
        match orders.command(command, COMMAND).await {
            Ok(_) => Ok((ItemOutcome::Done, None)),
            Err(
                CommandError::NotFound
                | CommandError::InvalidTransition(_)
                | CommandError::VersionMismatch { .. },
            ) => Ok((ItemOutcome::Skipped, None)),
            Err(error @ (CommandError::Overloaded | CommandError::Unavailable(_))) => {
                Err(Later(error.to_string()))
            }
            Err(error) => failed(error.to_string()),
        }
    }
}
