//! What stands behind a topic: it is looked at now and then, for all who look at it together.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;

use super::{HALF_A_SECOND, event::Events, topic::Topic};
use crate::http::{edge::Edge, problem::Answer};

/// How a topic stands, and what has changed. It lives as long as somebody looks.
#[async_trait(?Send)]
pub(super) trait Picture: Send {
    /// How often it is looked at, at most.
    fn every(&self) -> Duration {
        HALF_A_SECOND
    }

    /// Looks, and tells what has changed since it was looked at last; whoever hears it has seen how it stood before.
    async fn look(&mut self, edge: &Edge, news: &mut Events) -> Answer<()>;

    /// Tells how it stands, to whoever has just come.
    async fn whole(&mut self, edge: &Edge, events: &mut Events) -> Answer<()>;

    /// Tells who comes back, and has missed nothing else, what stands since before it came.
    fn standing(&self, _: &mut Events) {}

    /// Up to which step of the feed it has told.
    fn sequence(&self) -> u64 {
        0
    }
}

/// A topic that is small enough to be told whole whenever it differs.
pub(super) struct Plain {
    topic: Topic,
    every: Duration,
    read: Read,
    told: String,
}

/// Reads it, as the text of a JSON object.
pub(super) type Read = for<'a> fn(&'a Edge) -> LocalBoxFuture<'a, Answer<String>>;

impl Plain {
    pub fn new(topic: Topic, every: Duration, read: Read) -> Self {
        Self { topic, every, read, told: String::new() }
    }
}

/// An object as text. What is told consists of names, texts and numbers, and always has one.
pub(super) fn text(view: &impl Serialize) -> String {
    serde_json::to_string(view).unwrap_or_default()
}

#[async_trait(?Send)]
impl Picture for Plain {
    fn every(&self) -> Duration {
        self.every
    }

    async fn look(&mut self, edge: &Edge, news: &mut Events) -> Answer<()> {
        let text = (self.read)(edge).await?;
        if text != self.told {
            news.push_text(self.topic.name(), None, text.clone());
            self.told = text;
        }
        Ok(())
    }

    async fn whole(&mut self, _: &Edge, events: &mut Events) -> Answer<()> {
        events.push_text("snapshot", None, named(self.topic, &self.told));
        Ok(())
    }
}

/// The object, with the topic's name as its first member.
fn named(topic: Topic, object: &str) -> String {
    match object.strip_prefix('{') {
        Some("}") | None => format!(r#"{{"topic":"{}"}}"#, topic.name()),
        Some(members) => format!(r#"{{"topic":"{}",{members}"#, topic.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_the_object_with_its_topic() {
        assert_eq!(named(Topic::Outbox, r#"{"pending":1}"#), r#"{"topic":"outbox","pending":1}"#);
        assert_eq!(named(Topic::Breakers, "{}"), r#"{"topic":"breakers"}"#);
    }
}
