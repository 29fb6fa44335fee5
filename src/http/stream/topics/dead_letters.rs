//! The parked dead letters: how many, and of which kinds.

use futures_util::FutureExt;
use serde::Serialize;
use tokio::time::Duration;
use tropa_dispatch::reader::{DeadLetterGroups, GetOverview};

use crate::http::{
    dead_letters::view::GroupView,
    stream::{
        picture::{Plain, text},
        topic::Topic,
    },
};

/// All that are parked are counted.
const EVERY: Duration = Duration::from_secs(2);

/// A `dead_letters` event, and with its topic the `snapshot`.
#[derive(Serialize)]
struct DeadLetters {
    parked: u64,
    groups: Vec<GroupView>,
}

/// How many there are, and of which kinds.
pub(in crate::http::stream) fn picture() -> Plain {
    Plain::new(Topic::DeadLetters, EVERY, |edge| {
        async {
            let parked = edge.ask(&edge.handles.reader, GetOverview).await??.dead_letters;
            let groups = edge.ask(&edge.handles.reader, DeadLetterGroups).await??;
            let groups = groups.into_iter().map(GroupView::from).collect();
            Ok(text(&DeadLetters { parked, groups }))
        }
        .boxed_local()
    })
}
