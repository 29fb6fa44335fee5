//! One server-sent event, as text.

use std::fmt::{self, Write as _};

use actix_web::web::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

/// One event of the stream.
#[derive(ToSchema)]
pub struct StreamEvent {
    /// What a client sends back as `Last-Event-ID`; only where it can go on from here.
    #[schema(value_type = Option<String>)]
    id: Option<Id>,
    /// What it is.
    #[schema(example = "order")]
    event: &'static str,
    /// A JSON object, as text.
    data: String,
}

impl fmt::Display for StreamEvent {
    /// JSON has no line breaks of its own, so one `data` line is enough.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, event, data } = self;
        if let Some(Id { boot, sequence }) = id {
            writeln!(f, "id: {boot}-{sequence}")?;
        }
        write!(f, "event: {event}\ndata: {data}\n\n")
    }
}

/// Events on their way into one chunk.
#[derive(Debug, Default)]
pub struct Events(String);

impl Events {
    /// Adds an event.
    pub fn push(&mut self, event: &'static str, id: Option<&Id>, data: &impl Serialize) {
        let Ok(data) = serde_json::to_string(data) else { return };
        self.push_text(event, id, data);
    }

    /// Adds an event whose data is JSON text already.
    pub fn push_text(&mut self, event: &'static str, id: Option<&Id>, data: String) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{}", StreamEvent { id: id.copied(), event, data });
    }

    /// All of them, and none in their place.
    pub fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.0).into()
    }
}

/// Where an event is in this process's feed. The feed of an earlier process had the same numbers, so `boot` tells them
/// apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id {
    /// Which process.
    pub boot: u64,
    /// Which step.
    pub sequence: u64,
}

impl Id {
    /// What a client sends back.
    pub fn parse(text: &str) -> Option<Self> {
        let (boot, sequence) = text.split_once('-')?;
        Some(Self { boot: boot.parse().ok()?, sequence: sequence.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_what_the_browser_expects() {
        let mut events = Events::default();
        let id = Id { boot: 7, sequence: 3 };
        events.push("order", Some(&id), &serde_json::json!({"text": "two\nlines"}));
        let chunk = events.take();
        let text = std::str::from_utf8(&chunk).unwrap();
        assert_eq!(text, "id: 7-3\nevent: order\ndata: {\"text\":\"two\\nlines\"}\n\n");
        assert_eq!(Id::parse("7-3"), Some(id));
        assert!(Id::parse("3").is_none() && Id::parse("a-b").is_none() && events.take().is_empty());
    }
}
