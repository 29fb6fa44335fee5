//! `tropa dead-letters`: what could not be processed.

mod operation;

use clap::{Args, Subcommand};
use operation::{Discard, Replay};
use serde_json::Value;

use super::{
    client::{Answer, Call, Client},
    output::{Output, say},
    path::{encoded, with_query},
    table::{Column, moment},
};

/// Dead letters.
#[derive(Debug, Subcommand)]
pub(super) enum DeadLetters {
    /// Newest failure first
    List(Filter),
    /// Those that are parked, by kind
    Groups,
    /// One
    Show {
        /// Its id
        id: String,
        /// With what it says; that you looked is written down
        #[arg(long)]
        payload: bool,
    },
    /// Send again: one, a group, or all that match
    Replay(Replay),
    /// Give up, with a reason
    Discard(Discard),
    /// Park again what was given up
    Restore {
        /// Its id
        id: String,
    },
}

/// Which dead letters are listed.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// At most so many, 1 to 1000
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Pass over so many
    #[arg(long)]
    offset: Option<u32>,
    /// parked, replayed or discarded
    #[arg(long)]
    state: Option<String>,
    /// Only of this group
    #[arg(long)]
    fingerprint: Option<String>,
    /// Only with this routing key, such as orders.created
    #[arg(long)]
    topic: Option<String>,
    /// Only about this order
    #[arg(long, value_name = "ID")]
    order: Option<String>,
}

const ROWS: [Column; 7] = [
    Column::text("ID", "/id"),
    Column::text("STATE", "/state"),
    Column::text("TOPIC", "/topic"),
    Column::text("ORDER", "/order_id"),
    Column::text("ATTEMPTS", "/attempts"),
    Column::shown("LAST SEEN", "/last_seen", moment),
    Column::text("ERROR", "/error"),
];

const GROUPS: [Column; 6] = [
    Column::text("FINGERPRINT", "/fingerprint"),
    Column::text("COUNT", "/count"),
    Column::text("TOPIC", "/topic"),
    Column::shown("FIRST SEEN", "/first_seen", moment),
    Column::shown("LAST SEEN", "/last_seen", moment),
    Column::text("ERROR", "/error"),
];

const CARD: [Column; 13] = [
    Column::text("id", "/id"),
    Column::text("state", "/state"),
    Column::text("topic", "/topic"),
    Column::text("order", "/order_id"),
    Column::text("event", "/event_id"),
    Column::text("attempts", "/attempts"),
    Column::shown("first seen", "/first_seen", moment),
    Column::shown("last seen", "/last_seen", moment),
    Column::text("fingerprint", "/fingerprint"),
    Column::text("error", "/error"),
    Column::text("discarded because", "/discard_reason"),
    Column::text("headers", "/headers"),
    Column::text("bytes", "/payload_bytes"),
];

const PAYLOAD: [Column; 2] = [Column::text("headers", "/headers"), Column::text("payload", "/payload")];

impl DeadLetters {
    pub async fn run(self, client: &Client, output: Output) -> anyhow::Result<()> {
        match self {
            Self::List(filter) => output.rows(&client.call(filter.call()).await?, "", &ROWS),
            Self::Groups => {
                output.rows(&client.call(Call::get("/api/v1/dead-letters/groups")).await?, "", &GROUPS);
            }
            Self::Show { id, payload: false } => {
                output.one(&client.call(Call::get(place(&id))).await?, &CARD);
            }
            Self::Show { id, payload: true } => {
                let says = Call::get(format!("{}/payload", place(&id)));
                output.one(&client.call(says).await?, &PAYLOAD);
            }
            Self::Restore { id } => {
                let restore = Call::post(format!("{}/restore", place(&id)), &serde_json::json!({}));
                went(&client.call(restore).await?, "restored", output);
            }
            Self::Replay(replay) => went(&client.call(replay.call()).await?, "replayed", output),
            Self::Discard(discard) => went(&client.call(discard.call()).await?, "discarded", output),
        }
        Ok(())
    }
}

impl Filter {
    fn call(self) -> Call {
        let parameters = [
            ("limit", Some(self.limit.to_string())),
            ("offset", self.offset.map(|n| n.to_string())),
            ("state", self.state),
            ("fingerprint", self.fingerprint),
            ("topic", self.topic),
            ("order_id", self.order),
        ];
        Call::get(with_query("/api/v1/dead-letters", &parameters))
    }
}

fn place(id: &str) -> String {
    format!("/api/v1/dead-letters/{}", encoded(id))
}

fn went(answer: &Answer, done: &str, output: Output) {
    if output == Output::Json {
        return say(&answer.text);
    }
    say(&told(&answer.json, done));
}

fn told(answer: &Value, done: &str) -> String {
    let (matched, count) = (&answer["matched"], &answer["done"]);
    let operation = answer["operation"].as_str().unwrap_or_default();
    if answer["dry_run"] == true {
        return format!(
            "{matched} match; nothing was done. `--set {operation}` does it to exactly these, for 15 minutes"
        );
    }
    if answer["under_way"] == true {
        return format!(
            "{matched} match and are being {done}; `tropa operations show {operation}` tells how far it is"
        );
    }
    let others = ["skipped", "failed"].map(|name| (name, answer[name].as_u64().unwrap_or_default()));
    let others =
        others.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!(", {count} {name}"));
    format!("{matched} match, {count} {done}{}", others.collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_goes_on_is_not_said_to_have_ended() {
        let answer = |under_way| json!({ "matched": 501, "done": 0, "failed": 2, "under_way": under_way, "operation": "7" });
        assert_eq!(told(&answer(false), "replayed"), "501 match, 0 replayed, 2 failed");
        assert!(told(&answer(true), "replayed").starts_with("501 match and are being replayed;"));
    }
}
