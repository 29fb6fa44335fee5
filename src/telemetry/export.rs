//! An exporter that tells of trouble once, not at every batch.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};

/// Passes spans on; logs when the receiver is lost, and when it is back.
#[derive(Debug)]
pub(super) struct Announced<E> {
    inner: E,
    endpoint: String,
    lost: AtomicBool,
}

impl<E> Announced<E> {
    pub(super) fn new(inner: E, endpoint: &str) -> Self {
        Self { inner, endpoint: endpoint.to_owned(), lost: AtomicBool::new(false) }
    }
}

impl<E: SpanExporter> SpanExporter for Announced<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.inner.export(batch).await;
        match &result {
            Err(error) if !self.lost.swap(true, Ordering::Relaxed) => {
                tracing::warn!(endpoint = %self.endpoint, %error, spans, "traces cannot be exported; they are dropped until it works again");
            }
            Ok(()) if self.lost.swap(false, Ordering::Relaxed) => {
                tracing::info!(endpoint = %self.endpoint, "traces are exported again");
            }
            _ => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
