//! What can be done to an actor on purpose.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What can be done to any supervised actor on purpose, supervisors included, by
/// [`ActorSystem::command`](crate::ActorSystem::command).
///
/// Serialised as `{"command": "block", "for_ms": 250}`; `for_ms` is there only where there is a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", content = "for_ms", rename_all = "snake_case")]
pub enum ChaosCommand {
    /// Stops it in good order, as by `ctx.stop()`.
    Stop,
    /// Drops it where it stands, without `stopping` or `stopped`.
    Kill,
    /// Makes it panic.
    Panic,
    /// Makes it handle nothing any more.
    Hang,
    /// Blocks its whole thread, and with it every actor there.
    Block(#[serde(serialize_with = "millis", deserialize_with = "of_millis")] Duration),
    /// Handles each message that much later; zero ends it. Ends with the incarnation.
    Slow(#[serde(serialize_with = "millis", deserialize_with = "of_millis")] Duration),
    /// Stops it in good order and starts it anew, whatever its restart kind; costs no budget. In back-off: starts it now.
    Restart,
    /// Makes it handle no ordinary messages. Not a hang. Ends with the incarnation.
    Suspend,
    /// Ends a suspension.
    Resume,
}

fn millis<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(time.as_millis() as u64)
}

fn of_millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

/// Why a command was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CommandError {
    /// The tree has no such path.
    #[error("no such actor")]
    NotFound,
    /// The command was meant for another incarnation.
    #[error("stale epoch: the actor is in epoch {current}")]
    StaleEpoch {
        /// The present one.
        current: u64,
    },
    /// There is no incarnation at the moment: in back-off, or closed for good.
    #[error("the actor is not running")]
    NotRunning,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_survives_its_json() {
        for command in [ChaosCommand::Kill, ChaosCommand::Block(Duration::from_millis(250))] {
            let text = serde_json::to_string(&command).unwrap();
            assert_eq!(serde_json::from_str::<ChaosCommand>(&text).unwrap(), command, "{text}");
        }
    }
}
