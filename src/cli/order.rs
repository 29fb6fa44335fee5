//! `tropa order`: create, look, command.

mod lanes;
mod new;

pub(super) use new::point;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{
    client::{Call, Client},
    output::{Output, say},
    path::{encoded, with_query},
    table::{Column, besides, if_so, lasting, moment},
};

/// Orders.
#[derive(Debug, Subcommand)]
pub(super) enum Order {
    /// Create one
    Create(Box<new::NewOrder>),
    /// Show one
    Get {
        /// Its id
        #[arg(required_unless_present = "number")]
        id: Option<String>,
        /// Its number instead
        #[arg(long, conflicts_with = "id")]
        number: Option<String>,
    },
    /// Newest first
    List(Filter),
    /// Call one off; its driver is released
    Cancel {
        #[command(flatten)]
        target: Target,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// Say that one arrived; its driver is free again
    Deliver {
        #[command(flatten)]
        target: Target,
    },
    /// Give one a driver by hand
    Dispatch {
        #[command(flatten)]
        target: Target,
        /// This driver; else a new search
        #[arg(long, value_name = "ID")]
        driver: Option<String>,
    },
    /// Those that are in memory
    Aggregates {
        /// What comes first: `age` or `depth`
        #[arg(long)]
        by: Option<String>,
        /// At most so many, 1 to 200
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Only those whose id begins with this
        #[arg(long)]
        id: Option<String>,
        /// Of this instance, or of `all`
        #[arg(long)]
        instance: Option<String>,
    },
    /// The way of one, stretch by stretch
    Lanes {
        /// Its id
        id: String,
    },
    /// What happened to one
    Events {
        /// Its id
        id: String,
    },
}

/// The order a command is for.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// Its id
    id: String,
    /// Only if it is at this version
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
}

/// Which orders are listed.
#[derive(Debug, Args)]
pub(super) struct Filter {
    /// At most so many, 1 to 100
    #[arg(long, default_value_t = 10)]
    limit: u32,
    /// Where the page starts: the `next_cursor` of the last one
    #[arg(long, conflicts_with = "offset")]
    cursor: Option<String>,
    /// Pass over so many
    #[arg(long)]
    offset: Option<u32>,
    /// Only in this state, such as PENDING
    #[arg(long)]
    status: Option<String>,
    /// Only of this customer
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// Only with this driver
    #[arg(long, value_name = "ID")]
    driver: Option<String>,
    /// Only whose id begins so
    #[arg(long, value_name = "BEGINNING")]
    id: Option<String>,
    /// Only accepted then or later, such as 2026-11-21T03:49:17Z
    #[arg(long, value_name = "TIME")]
    after: Option<String>,
    /// Only accepted before
    #[arg(long, value_name = "TIME")]
    before: Option<String>,
    /// Only dispatched ones whose driver is not heard of any more
    #[arg(long)]
    driver_silent: bool,
}

const CARD: [Column; 21] = [
    Column::text("id", "/id"),
    Column::text("status", "/status"),
    Column::text("version", "/version"),
    Column::text("driver", "/driver/name"),
    Column::text("driver id", "/driver/id"),
    Column::shown("driver silent since", "/driver_silent_since", moment),
    Column::text("manual because", "/manual_reason"),
    Column::text("cancelled because", "/cancel_reason"),
    Column::text("number", "/order_number"),
    Column::text("customer", "/customer_id"),
    Column::text("currency", "/currency"),
    Column::money("price", "/price"),
    Column::shown("discount", "/discount", besides),
    Column::shown("shipping", "/shipping", besides),
    Column::shown("fee", "/fee", besides),
    Column::shown("tip", "/tip", besides),
    Column::money("tax", "/tax"),
    Column::shown("tax included", "/tax_included", if_so),
    Column::money("final price", "/final_price"),
    Column::shown("created", "/created_at", moment),
    Column::shown("updated", "/updated_at", moment),
];

const ROWS: [Column; 8] = [
    Column::text("ID", "/id"),
    Column::text("STATUS", "/status"),
    Column::text("WHY", "/manual_reason"),
    Column::text("V", "/version"),
    Column::money("FINAL PRICE", "/final_price"),
    Column::text("DRIVER", "/driver/id"),
    Column::shown("SILENT SINCE", "/driver_silent_since", moment),
    Column::shown("CREATED", "/created_at", moment),
];

const EVENTS: [Column; 9] = [
    Column::text("V", "/version"),
    Column::shown("AT", "/at", moment),
    Column::text("EVENT", "/event"),
    Column::text("STATUS", "/status"),
    Column::text("CAUSE", "/cause"),
    Column::text("ATTEMPT", "/attempt"),
    Column::text("DRIVER", "/driver/id"),
    Column::text("REASON", "/reason"),
    Column::text("TRACE", "/trace_id"),
];

const AGGREGATES: [Column; 7] = [
    Column::text("ID", "/order_id"),
    Column::text("STATE", "/state"),
    Column::shown("FOR", "/age_ms", lasting),
    Column::shown("IDLE", "/idle_ms", lasting),
    Column::text("WAITING", "/mailbox_depth"),
    Column::text("SHARD", "/shard"),
    Column::text("INSTANCE", "/instance"),
];

impl Order {
    pub async fn run(self, client: &Client, output: Output) -> anyhow::Result<()> {
        match self {
            Self::Create(new) => output.one(&client.call(new.call()?).await?, &CARD),
            Self::Get { id, number } => {
                let path = match (id, number) {
                    (_, Some(number)) => format!("/api/v1/orders/number/{}", encoded(&number)),
                    (id, None) => place(&id.unwrap_or_default(), ""),
                };
                output.one(&client.call(Call::get(path)).await?, &CARD);
            }
            Self::List(filter) => output.rows(&client.call(filter.call()).await?, "/orders", &ROWS),
            Self::Cancel { target, reason } => {
                let body = given("reason", reason);
                output.one(&client.call(target.command("cancel", &body)).await?, &CARD);
            }
            Self::Deliver { target } => {
                output.one(&client.call(target.command("deliver", &json!({}))).await?, &CARD);
            }
            Self::Dispatch { target, driver } => {
                let body = given("driver_id", driver);
                output.one(&client.call(target.command("dispatch", &body)).await?, &CARD);
            }
            Self::Aggregates { by, limit, id, instance } => {
                let limit = Some(limit.to_string());
                let parameters = [("by", by), ("limit", limit), ("id", id), ("instance", instance)];
                let path = with_query("/api/v1/aggregates", &parameters);
                output.rows(&client.call(Call::get(path)).await?, "", &AGGREGATES);
            }
            Self::Lanes { id } => {
                let answer = client.call(Call::get(place(&id, "/lanes"))).await?;
                match output {
                    Output::Json => say(&answer.text),
                    Output::Table => say(&lanes::shown(&answer.json)),
                }
            }
            Self::Events { id } => {
                output.rows(&client.call(Call::get(place(&id, "/events"))).await?, "", &EVENTS);
            }
        }
        Ok(())
    }
}

impl Target {
    fn command(&self, verb: &str, body: &Value) -> Call {
        let version = self.if_match.map(|version| format!("\"{version}\""));
        Call::post(place(&self.id, &format!("/{verb}")), body).header("if-match", version)
    }
}

impl Filter {
    fn call(self) -> Call {
        let parameters = [
            ("limit", Some(self.limit.to_string())),
            ("cursor", self.cursor),
            ("offset", self.offset.map(|n| n.to_string())),
            ("status", self.status),
            ("customer_id", self.customer),
            ("driver_id", self.driver),
            ("q", self.id),
            ("created_after", self.after),
            ("created_before", self.before),
            ("driver_silent", self.driver_silent.then(|| "true".to_owned())),
        ];
        Call::get(with_query("/api/v1/orders", &parameters))
    }
}

fn place(id: &str, rest: &str) -> String {
    format!("/api/v1/orders/{}{rest}", encoded(id))
}

fn given(name: &str, value: Option<String>) -> Value {
    let mut object = Map::new();
    object.extend(value.map(|value| (name.to_owned(), value.into())));
    object.into()
}
