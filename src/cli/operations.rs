//! `tropa operations`: what is done to many things at once.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{
    client::{Call, Client},
    output::Output,
    path::{encoded, with_query},
    table::{Column, moment},
};

/// Operations.
#[derive(Debug, Subcommand)]
pub(super) enum Operations {
    /// Newest first
    List {
        /// At most so many, 1 to 1000
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// One, and what failed
    Show {
        /// Its id
        id: String,
    },
    /// Stop it; what was done stays
    Stop {
        /// Its id
        id: String,
    },
    /// Park again the dead letters that it has discarded
    Undo {
        /// Its id
        id: String,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
}

const ROWS: [Column; 10] = [
    Column::text("ID", "/id"),
    Column::text("KIND", "/kind"),
    Column::text("STATE", "/state"),
    Column::text("MATCHED", "/matched"),
    Column::text("DONE", "/done"),
    Column::text("SKIPPED", "/skipped"),
    Column::text("FAILED", "/failed"),
    Column::shown("ASKED FOR", "/created_at", moment),
    Column::text("SUBJECT", "/subject"),
    Column::text("REASON", "/reason"),
];

const CARD: [Column; 14] = [
    Column::text("id", "/id"),
    Column::text("kind", "/kind"),
    Column::text("state", "/state"),
    Column::text("matched", "/matched"),
    Column::text("done", "/done"),
    Column::text("skipped", "/skipped"),
    Column::text("failed", "/failed"),
    Column::text("at most a second", "/rate"),
    Column::text("subject", "/subject"),
    Column::text("reason", "/reason"),
    Column::shown("asked for", "/created_at", moment),
    Column::shown("started", "/started_at", moment),
    Column::shown("ended", "/ended_at", moment),
    Column::shown("errors", "/errors", errors),
];

impl Operations {
    pub async fn run(self, client: &Client, output: Output) -> anyhow::Result<()> {
        let call = match self {
            Self::List { limit } => {
                let call = with_query("/api/v1/operations", &[("limit", Some(limit.to_string()))]);
                output.rows(&client.call(Call::get(call)).await?, "", &ROWS);
                return Ok(());
            }
            Self::Show { id } => Call::get(place(&id)),
            Self::Stop { id } => Call::post(format!("{}/stop", place(&id)), &json!({})),
            Self::Undo { id, reason } => {
                Call::post(format!("{}/undo", place(&id)), &json!({ "reason": reason }))
            }
        };
        output.one(&client.call(call).await?, &CARD);
        Ok(())
    }
}

fn place(id: &str) -> String {
    format!("/api/v1/operations/{}", encoded(id))
}

/// One a line.
fn errors(errors: &Value) -> String {
    let line = |error: &Value| {
        format!("{}: {}", error["target"].as_str().unwrap_or("?"), error["detail"].as_str().unwrap_or("?"))
    };
    errors.as_array().into_iter().flatten().map(line).collect::<Vec<_>>().join("\n")
}
