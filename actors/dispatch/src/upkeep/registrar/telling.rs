//! What only an instance itself knows, told to whichever is asked.

use std::rc::Rc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use futures_util::future::join_all;
use time::OffsetDateTime;
use tropa_supervision::{Answering, Context, LivingQuery};

use super::book::Book;
use super::execution::at_once;
use super::{Ask, Member, Registrar, RouteError};
use crate::breaker::{BreakerChange, BreakerRecord, BreakerSnapshot};
use crate::domain::{BreakerStep, BreakerTale, Presence};
use crate::port::{DeliveryError, Instruction, Outcome, Question, Told};

/// What each said, or why it did not.
pub type Answers = Vec<(Member, Result<Told, RouteError>)>;

impl Book {
    /// Carries out what somebody wants done here, unless others have to be asked for it.
    pub fn execute(&self, instruction: Instruction) -> Result<Outcome, LivingQuery> {
        match instruction {
            Instruction::Tell { question } => Ok(Outcome::Told { told: self.tell(&question) }),
            other => at_once(other, &self.ports.system, &self.ports.duty),
        }
    }

    fn tell(&self, question: &Question) -> Told {
        let now = (Instant::now(), self.ports.clock.now());
        match question {
            Question::Breakers => {
                let records = self.ports.breakers.records().into_iter();
                Told::Breakers { breakers: records.map(|record| tale(record, now)).collect() }
            }
            Question::Lanes { order } => {
                let lanes = self.ports.recorder.lanes(order, &self.ports.identity.id, now);
                Told::Lanes { lanes: Box::new(lanes) }
            }
            Question::Unknown => Told::Nothing,
        }
    }

    async fn ask(self: Rc<Self>, Ask { of, question, patience }: Ask) -> Result<Answers, RouteError> {
        self.look().await;
        let members = match of {
            Some(instance) => vec![self.target(&instance)?],
            None => self.members(),
        };
        let here = |m: &Member| !matches!(m.presence, Presence::Gone | Presence::Stopped);
        let asking = members.into_iter().filter(here).map(|member| {
            let (book, question) = (self.clone(), question.clone());
            async move {
                let told = book.told(&member, question, patience).await;
                (member, told)
            }
        });
        Ok(join_all(asking).await)
    }

    async fn told(&self, of: &Member, question: Question, patience: Duration) -> Result<Told, RouteError> {
        if self.is_me(of) {
            return Ok(self.tell(&question));
        }
        let (boot, instruction) = (of.report.identity.boot, Instruction::Tell { question });
        match self.ports.instances.send(boot, instruction, patience).await? {
            Outcome::Told { told } => Ok(told),
            _ => Err(DeliveryError::NoAnswer.into()),
        }
    }
}

/// As of these two moments, which are one.
fn tale(record: BreakerRecord, (instant, now): (Instant, OffsetDateTime)) -> BreakerTale {
    let when = |at: Instant| now - instant.saturating_duration_since(at);
    let step = |BreakerChange { at, from, to, why }: BreakerChange| BreakerStep {
        at: when(at),
        from: from.as_str().to_owned(),
        to: to.as_str().to_owned(),
        why,
    };
    let BreakerSnapshot { name, state, generation, calls, failed, slow, in_flight, opens_for } =
        record.snapshot;
    BreakerTale {
        name: name.to_owned(),
        state: state.as_str().to_owned(),
        generation,
        calls,
        failed,
        slow,
        in_flight,
        next_probe_at: opens_for.map(|time| when(record.at) + time),
        history: record.changes.into_iter().map(step).collect(),
    }
}

impl Handler<Ask> for Registrar {
    type Result = Answering<Result<Answers, RouteError>>;

    fn handle(&mut self, ask: Ask, _: &mut Context<Self>) -> Self::Result {
        Answering::by(self.book.clone().ask(ask))
    }
}
