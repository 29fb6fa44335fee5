//! `tropa outbox`: messages on their way to the broker.

use clap::{Args, Subcommand};

use super::{
    client::{Call, Client},
    output::Output,
    path::{encoded, with_query},
    table::{Column, moment},
};

/// What waits to be published.
#[derive(Debug, Subcommand)]
pub(super) enum Outbox {
    /// Unpublished messages, as they were written
    List(Filter),
    /// One, with what it says
    Show {
        /// Its place in the outbox
        id: u64,
    },
}

/// Which messages are listed.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// At most so many, 1 to 1000
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Behind this one: the `next_after` of the last page
    #[arg(long, value_name = "ID")]
    after: Option<u64>,
    /// Only with this routing key, such as orders.created
    #[arg(long)]
    topic: Option<String>,
    /// due, postponed or leased
    #[arg(long)]
    state: Option<String>,
    /// Only about this order
    #[arg(long, value_name = "ID")]
    order: Option<String>,
}

const ROWS: [Column; 10] = [
    Column::text("ID", "/id"),
    Column::text("STATE", "/state"),
    Column::text("TOPIC", "/topic"),
    Column::text("ORDER", "/order_id"),
    Column::shown("CREATED", "/created_at", moment),
    Column::shown("DUE", "/due_at", moment),
    Column::text("WAITS FOR", "/waits_for"),
    Column::text("ATTEMPTS", "/attempts"),
    Column::text("LEASED BY", "/leased_by"),
    Column::text("LAST ERROR", "/last_error"),
];

const CARD: [Column; 15] = [
    Column::text("id", "/id"),
    Column::text("state", "/state"),
    Column::text("topic", "/topic"),
    Column::text("order", "/order_id"),
    Column::text("version", "/version"),
    Column::text("event", "/event_id"),
    Column::shown("created", "/created_at", moment),
    Column::shown("due", "/due_at", moment),
    Column::text("waits for", "/waits_for"),
    Column::text("attempts", "/attempts"),
    Column::text("last error", "/last_error"),
    Column::text("leased by", "/leased_by"),
    Column::shown("leased until", "/leased_until", moment),
    Column::text("headers", "/headers"),
    Column::text("payload", "/payload"),
];

impl Outbox {
    pub async fn run(self, client: &Client, output: Output) -> anyhow::Result<()> {
        match self {
            Self::List(filter) => output.rows(&client.call(filter.call()).await?, "/messages", &ROWS),
            Self::Show { id } => {
                let path = format!("/api/v1/outbox/messages/{}", encoded(&id.to_string()));
                output.one(&client.call(Call::get(path)).await?, &CARD);
            }
        }
        Ok(())
    }
}

impl Filter {
    fn call(self) -> Call {
        let parameters = [
            ("limit", Some(self.limit.to_string())),
            ("after", self.after.map(|id| id.to_string())),
            ("topic", self.topic),
            ("state", self.state),
            ("order_id", self.order),
        ];
        Call::get(with_query("/api/v1/outbox/messages", &parameters))
    }
}
