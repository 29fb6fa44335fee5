//! Carrying out what somebody wants done to this instance.

use tropa_supervision::{ActorStatus, ActorSystem, CommandError, LivingQuery};

use crate::duty::Duty;
use crate::port::{Instruction, Outcome};

/// Carries out an instruction here and now.
pub async fn carry_out(instruction: Instruction, system: &ActorSystem, duty: &Duty) -> Outcome {
    match at_once(instruction, system, duty) {
        Ok(outcome) => outcome,
        Err(query) => living(query, system).await,
    }
}

/// Which aggregates there are: the shards have to be asked.
pub(super) async fn living(query: LivingQuery, system: &ActorSystem) -> Outcome {
    Outcome::Living { children: system.living(query).await }
}

/// Carries out an instruction, unless others have to be asked for it.
pub(super) fn at_once(
    instruction: Instruction,
    system: &ActorSystem,
    duty: &Duty,
) -> Result<Outcome, LivingQuery> {
    let refused = |error| Outcome::Refused { error };
    let missing = refused(CommandError::NotFound);
    Ok(match instruction {
        Instruction::Living { query } => return Err(query),
        Instruction::Actor { path, epoch, command, reason } => match system.status(&path) {
            None => missing,
            Some(actor) => match system.command(&path, epoch, command, &reason) {
                Ok(()) => Outcome::Sent { actor: Box::new(slim(actor)) },
                Err(error) => refused(error),
            },
        },
        Instruction::History { path } => {
            system.history(&path).map_or(missing, |history| Outcome::History { history: Box::new(history) })
        }
        Instruction::Effects { path } => {
            system.effects(&path).map_or(missing, |effects| Outcome::Effects { effects: Box::new(effects) })
        }
        Instruction::Drain { reason } => {
            tracing::info!(reason, "draining");
            duty.drain();
            Outcome::Entered { phase: duty.phase() }
        }
        Instruction::Resume { reason } => {
            tracing::info!(reason, "resuming");
            duty.resume();
            Outcome::Entered { phase: duty.phase() }
        }
        // Questions are the registrar's: see `telling`.
        Instruction::Tell { .. } | Instruction::Unknown => Outcome::Unknown,
    })
}

/// Without its histograms, which are this process's metrics and nobody else's.
pub(super) fn slim(actor: ActorStatus) -> ActorStatus {
    ActorStatus { wait_buckets: Vec::new(), handle_buckets: Vec::new(), ..actor }
}
