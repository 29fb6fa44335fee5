//! Carrying out what somebody wants done to this instance.

use tropa_supervision::{ActorStatus, ActorSystem, CommandError};

use crate::duty::Duty;
use crate::port::{Instruction, Outcome};

/// Carries out an instruction here and now.
pub fn carry_out(instruction: &Instruction, system: &ActorSystem, duty: &Duty) -> Outcome {
    match instruction {
        Instruction::Actor { path, epoch, command, reason } => {
            let Some(actor) = system.status(path) else {
                return Outcome::Refused { error: CommandError::NotFound };
            };
            match system.command(path, *epoch, *command, reason) {
                Ok(()) => Outcome::Sent { actor: Box::new(slim(actor)) },
                Err(error) => Outcome::Refused { error },
            }
        }
        Instruction::History { path } => match system.history(path) {
            Some(history) => Outcome::History { history: Box::new(history) },
            None => Outcome::Refused { error: CommandError::NotFound },
        },
        Instruction::Effects { path } => match system.effects(path) {
            Some(effects) => Outcome::Effects { effects: Box::new(effects) },
            None => Outcome::Refused { error: CommandError::NotFound },
        },
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
    }
}

/// Without its histograms, which are this process's metrics and nobody else's.
pub(super) fn slim(actor: ActorStatus) -> ActorStatus {
    ActorStatus { wait_buckets: Vec::new(), handle_buckets: Vec::new(), ..actor }
}
