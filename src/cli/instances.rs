//! `tropa instances`: the running processes.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    client::{Call, Client},
    output::{Output, say},
    path::encoded,
    table::{Column, list, moment},
};

/// The processes that share the work.
#[derive(Debug, Subcommand)]
pub(super) enum Instances {
    /// All of them, also those that are gone
    List,
    /// One of them
    Show {
        /// Its id
        id: String,
    },
    /// Take one out of the work: it finishes what it has and takes nothing new
    Drain(Target),
    /// Put one back to work
    Resume(Target),
}

/// The instance a command is for.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// Its id
    id: String,
    /// Why; logged
    #[arg(long, default_value = "from the command line")]
    reason: String,
}

const LIST: [Column; 13] = [
    Column::text("INSTANCE", "/id"),
    Column::text("STATE", "/state"),
    Column::text("PHASE", "/phase"),
    Column::shown("LAST SEEN", "/last_seen", moment),
    Column::shown("ROLES", "/roles", joined),
    Column::text("VERSION", "/version"),
    Column::text("PID", "/pid"),
    Column::text("DELIVERIES", "/holds/deliveries"),
    Column::text("CLAIMS", "/holds/outbox_claims"),
    Column::text("LEASES", "/holds/leases"),
    Column::shown("IN/s", "/rates/accepted_per_second", rate),
    Column::shown("OUT/s", "/rates/dispatched_per_second", rate),
    Column::shown("SKEW", "/clock/skew_ms", skew),
];

const CARD: [Column; 17] = [
    Column::text("id", "/id"),
    Column::text("state", "/state"),
    Column::text("phase", "/phase"),
    Column::shown("last seen", "/last_seen", moment),
    Column::text("boot", "/boot"),
    Column::text("mode", "/mode"),
    Column::shown("roles", "/roles", joined),
    Column::text("version", "/version"),
    Column::text("pid", "/pid"),
    Column::shown("started", "/started_at", moment),
    Column::text("url", "/advertise_url"),
    Column::text("leases", "/holds/leases"),
    Column::text("outbox claims", "/holds/outbox_claims"),
    Column::text("deliveries", "/holds/deliveries"),
    Column::text("aggregates", "/holds/aggregates"),
    Column::shown("clock skew", "/clock/skew_ms", skew),
    Column::text("clock jumps", "/clock/jumps"),
];

impl Instances {
    pub async fn run(self, client: &Client, output: Output) -> anyhow::Result<()> {
        let (verb, Target { id, reason }) = match self {
            Self::List => {
                let answer = client.call(Call::get("/api/v1/instances")).await?;
                match output {
                    Output::Json => say(&answer.text),
                    Output::Table => {
                        say(&list(answer.json.as_array().map_or(&[], Vec::as_slice), &LIST));
                    }
                }
                return Ok(());
            }
            Self::Show { id } => {
                output.one(&client.call(Call::get(place(&id))).await?, &CARD);
                return Ok(());
            }
            Self::Drain(target) => ("drain", target),
            Self::Resume(target) => ("resume", target),
        };
        let path = format!("{}/{verb}", place(&id));
        let answer = client.call(Call::post(path, &json!({ "reason": reason }))).await?;
        match output {
            Output::Json => say(&answer.text),
            Output::Table => say(&format!("{id} is {}", answer.json["phase"].as_str().unwrap_or_default())),
        }
        Ok(())
    }
}

fn place(id: &str) -> String {
    format!("/api/v1/instances/{}", encoded(id))
}

fn joined(value: &Value) -> String {
    let words: Vec<_> = value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    words.join(",")
}

fn rate(value: &Value) -> String {
    value.as_f64().map_or_else(String::new, |rate| format!("{rate:.1}"))
}

/// How far its machine's clock is ahead.
fn skew(value: &Value) -> String {
    value.as_f64().map_or_else(String::new, |ms| format!("{:+.1}s", ms / 1_000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_a_line() {
        let rows = [json!({
            "id": "a", "state": "gone", "phase": "running", "roles": ["relay", "worker"],
            "holds": {"deliveries": 3}, "rates": {"accepted_per_second": 12.34}, "clock": {"skew_ms": -3_600_000},
        })];
        let shown = list(&rows, &LIST);
        let line: Vec<_> = shown.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(line, ["a", "gone", "running", "relay,worker", "3", "12.3", "-3600.0s"]);
        assert_eq!(place("a b"), "/api/v1/instances/a%20b");
    }
}
