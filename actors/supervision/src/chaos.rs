//! What can be done to an actor on purpose.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What can be done to any supervised actor on purpose, supervisors included, by
/// [`ActorSystem::command`](crate::ActorSystem::command).
///
/// Serialised as `{"command": "block", "for_ms": 250}`; times are there only where there are some.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
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
    Block {
        /// For how long.
        #[serde(rename = "for_ms", with = "millis")]
        lasting: Duration,
    },
    /// Handles each message that much later, for a while; a delay of zero ends it. Ends with the incarnation.
    Slow {
        /// How much later.
        #[serde(rename = "delay_ms", with = "millis")]
        delay: Duration,
        /// For how long.
        #[serde(rename = "for_ms", with = "millis")]
        lasting: Duration,
    },
    /// Stops it in good order and starts it anew, whatever its restart kind; costs no budget. In back-off: starts it now.
    Restart,
    /// Makes it handle no ordinary messages. Not a hang. Ends with the incarnation.
    Suspend,
    /// Ends a suspension.
    Resume,
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(time.as_millis() as u64)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
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
        let lasting = Duration::from_millis(250);
        let slow = ChaosCommand::Slow { delay: Duration::from_millis(7), lasting };
        for (command, text) in [
            (ChaosCommand::Kill, r#"{"command":"kill"}"#),
            (ChaosCommand::Block { lasting }, r#"{"command":"block","for_ms":250}"#),
            (slow, r#"{"command":"slow","delay_ms":7,"for_ms":250}"#),
        ] {
            assert_eq!(serde_json::to_string(&command).unwrap(), text);
            assert_eq!(serde_json::from_str::<ChaosCommand>(text).unwrap(), command, "{text}");
        }
    }
}
