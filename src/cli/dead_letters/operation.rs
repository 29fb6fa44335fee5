//! Replays and discards.

use clap::Args;
use serde_json::{Map, Value, json};

use super::place;
use crate::cli::client::Call;

/// Which parked letters: one, or all that match.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(in crate::cli) struct Selection {
    /// This one
    #[arg(conflicts_with_all = ["group", "topic", "all"])]
    id: Option<String>,
    /// All with this fingerprint
    #[arg(long, value_name = "FINGERPRINT", conflicts_with = "all")]
    group: Option<String>,
    /// All with this routing key, such as orders.created
    #[arg(long, conflicts_with = "all")]
    topic: Option<String>,
    /// All
    #[arg(long)]
    all: bool,
    /// Exactly those that a dry run of the same has frozen
    #[arg(long, value_name = "ID", conflicts_with_all = ["id", "group", "topic", "all", "dry_run"])]
    set: Option<String>,
}

/// Send again.
#[derive(Debug, Args)]
pub(in crate::cli) struct Replay {
    #[command(flatten)]
    selection: Selection,
    /// Only count what matches
    #[arg(long, conflicts_with = "id")]
    dry_run: bool,
    /// At most this many a second
    #[arg(long, value_name = "PER_SECOND", conflicts_with = "id")]
    rate: Option<u32>,
}

/// Give up.
#[derive(Debug, Args)]
pub(in crate::cli) struct Discard {
    #[command(flatten)]
    selection: Selection,
    /// Why; kept with the letter
    #[arg(long)]
    reason: String,
    /// Only count what matches
    #[arg(long, conflicts_with = "id")]
    dry_run: bool,
}

impl Replay {
    pub(super) fn call(self) -> Call {
        let Self { selection, dry_run, rate } = self;
        selection.call("replay", &json!({}), |body| {
            body.extend(rate.map(|rate| ("rate".to_owned(), rate.into())));
            body.insert("dry_run".to_owned(), dry_run.into());
        })
    }
}

impl Discard {
    pub(super) fn call(self) -> Call {
        let Self { selection, reason, dry_run } = self;
        selection.call("discard", &json!({ "reason": reason }), |body| {
            body.insert("reason".to_owned(), reason.clone().into());
            body.insert("dry_run".to_owned(), dry_run.into());
        })
    }
}

impl Selection {
    /// The request for one letter, or for many.
    fn call(self, action: &str, one: &Value, many: impl FnOnce(&mut Map<String, Value>)) -> Call {
        if let Some(id) = self.id {
            return Call::post(format!("{}/{action}", place(&id)), one);
        }
        if let Some(set) = self.set {
            let mut body = Map::new();
            body.insert("action".to_owned(), action.into());
            body.insert("set".to_owned(), set.into());
            many(&mut body);
            return Call::post("/api/v1/dead-letters/operations", &body.into());
        }
        let mut filter = Map::new();
        filter.extend(self.group.map(|group| ("fingerprint".to_owned(), group.into())));
        filter.extend(self.topic.map(|topic| ("topic".to_owned(), topic.into())));
        let mut body = Map::new();
        body.insert("action".to_owned(), action.into());
        body.insert("filter".to_owned(), filter.into());
        many(&mut body);
        Call::post("/api/v1/dead-letters/operations", &body.into())
    }
}
