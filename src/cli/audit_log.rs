//! `tropa audit-log`: who did what.

use clap::{Args, Subcommand};

use super::{
    client::{Call, Client},
    output::Output,
    path::with_query,
    table::{Column, moment},
};

/// The audit.
#[derive(Debug, Subcommand)]
pub(super) enum AuditLog {
    /// Newest first
    List(Filter),
}

/// Which lines are listed.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// At most so many, 1 to 1000
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Only older than the line with this id
    #[arg(long, value_name = "ID")]
    before: Option<u64>,
    /// Only of this kind, such as actor.kill
    #[arg(long)]
    action: Option<String>,
    /// Only about this: an actor's path, an order's id
    #[arg(long)]
    target: Option<String>,
    /// Only by this person
    #[arg(long)]
    subject: Option<String>,
    /// done, accepted, refused or failed
    #[arg(long)]
    outcome: Option<String>,
    /// Not from before this time, such as 2026-11-21T02:14:09Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
}

const ROWS: [Column; 10] = [
    Column::text("ID", "/id"),
    Column::shown("AT", "/at", moment),
    Column::text("SUBJECT", "/subject"),
    Column::text("ROLE", "/role"),
    Column::text("ACTION", "/action"),
    Column::text("TARGET", "/target"),
    Column::text("OUTCOME", "/outcome"),
    Column::text("REASON", "/reason"),
    Column::text("DETAIL", "/detail"),
    Column::text("INSTANCE", "/instance"),
];

impl AuditLog {
    pub async fn run(self, client: &Client, output: Output) -> anyhow::Result<()> {
        let Self::List(filter) = self;
        output.rows(&client.call(filter.call()).await?, "/entries", &ROWS);
        Ok(())
    }
}

impl Filter {
    fn call(self) -> Call {
        let parameters = [
            ("limit", Some(self.limit.to_string())),
            ("before", self.before.map(|id| id.to_string())),
            ("action", self.action),
            ("target", self.target),
            ("subject", self.subject),
            ("outcome", self.outcome),
            ("since", self.since),
        ];
        Call::get(with_query("/api/v1/audit", &parameters))
    }
}
