//! `tropa driver`: who drives, and where they are.

use clap::{
    Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use serde_json::{Value, json};
use tropa_dispatch::domain::DriverStatus;

use super::{
    client::{Call, Client},
    order::point,
    output::Output,
    path::{encoded, with_query},
    table::{Column, moment},
};

/// Drivers.
#[derive(Debug, Subcommand)]
pub(super) enum Driver {
    /// Add one, or rename one and change whether they take orders
    Add {
        /// Their id
        id: String,
        /// Their name; their id if left out
        #[arg(long)]
        name: Option<String>,
        /// Whether they take orders
        #[arg(long, value_parser = status(), default_value = DriverStatus::Available.as_str())]
        status: DriverStatus,
        /// Where they are
        #[arg(long, value_name = "LAT,LNG", value_parser = point, allow_hyphen_values = true)]
        position: Option<Value>,
    },
    /// Say where one is
    Move {
        /// Their id
        id: String,
        /// Where they are
        #[arg(value_name = "LAT,LNG", value_parser = point, allow_hyphen_values = true)]
        position: Value,
        /// Degrees clockwise from north
        #[arg(long, value_name = "DEGREES", value_parser = degrees, allow_hyphen_values = true)]
        heading: Option<f64>,
    },
    /// In the order of their ids
    List {
        /// At most so many, 1 to 1000
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Only behind this one
        #[arg(long, value_name = "ID")]
        after: Option<String>,
        /// Only those who do, or do not, take orders
        #[arg(long, value_parser = status())]
        status: Option<DriverStatus>,
        /// Only inside this box
        #[arg(long, value_name = "WEST,SOUTH,EAST,NORTH", allow_hyphen_values = true)]
        bbox: Option<String>,
    },
}

fn degrees(text: &str) -> Result<f64, String> {
    let number = text.trim().parse::<f64>().ok().filter(|degrees| (0.0..=360.0).contains(degrees));
    number.ok_or_else(|| "must be a number of degrees from 0 to 360".to_owned())
}

/// One of the names there are.
fn status() -> impl TypedValueParser<Value = DriverStatus> {
    PossibleValuesParser::new(DriverStatus::ALL.map(DriverStatus::as_str)).try_map(|name| name.parse())
}

const NOTED: [Column; 5] = [
    Column::text("assignable", "/assignable"),
    Column::text("why not", "/unassignable_reason"),
    Column::text("moved", "/moved"),
    Column::text("ignored", "/ignored/0/field"),
    Column::text("because it", "/ignored/0/detail"),
];

const COLUMNS: [Column; 8] = [
    Column::text("ID", "/id"),
    Column::text("NAME", "/name"),
    Column::text("STATUS", "/status"),
    Column::text("NO ORDERS BECAUSE", "/unassignable_reason"),
    Column::text("ORDER", "/order_id"),
    Column::text("LAT", "/position/lat"),
    Column::text("LNG", "/position/lng"),
    Column::shown("HEARD", "/position/heard_at", moment),
];

impl Driver {
    pub async fn run(self, client: &Client, output: Output) -> anyhow::Result<()> {
        match self {
            Self::Add { id, name, status, position } => {
                let body = json!({ "name": name.as_deref().unwrap_or(&id), "status": status.as_str() });
                let mut answer = client.call(Call::put(place(&id), &body)).await?;
                if let Some(position) = position {
                    client.call(Call::post(place(&id) + "/position", &position)).await?;
                    answer = client.call(Call::get(place(&id))).await?;
                }
                output.one(&answer, &COLUMNS);
            }
            Self::Move { id, mut position, heading } => {
                if let Some(heading) = heading {
                    position["heading"] = heading.into();
                }
                let answer = client.call(Call::post(place(&id) + "/position", &position)).await?;
                output.one(&answer, &NOTED);
            }
            Self::List { limit, after, status, bbox } => {
                let parameters = [
                    ("limit", Some(limit.to_string())),
                    ("after", after),
                    ("status", status.map(|status| status.as_str().to_owned())),
                    ("bbox", bbox),
                ];
                let answer = client.call(Call::get(with_query("/api/v1/drivers", &parameters))).await?;
                output.rows(&answer, "/drivers", &COLUMNS);
            }
        }
        Ok(())
    }
}

fn place(id: &str) -> String {
    format!("/api/v1/drivers/{}", encoded(id))
}
