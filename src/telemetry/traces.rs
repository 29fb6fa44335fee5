//! The tracer provider, for when somebody takes what it records.

use opentelemetry::KeyValue;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider},
};
use uuid::Uuid;

use super::{TelemetryError, TelemetrySettings, export::Announced};

/// Spans that may wait for the exporter; a burst of some thousand orders.
const QUEUE: usize = 65_536;
/// Spans in one export.
const BATCH: usize = 4_096;

/// `None` when nothing is exported: then there is no OpenTelemetry in the process.
pub(super) fn provider(settings: &TelemetrySettings) -> Result<Option<SdkTracerProvider>, TelemetryError> {
    let Some(endpoint) = &settings.otlp_endpoint else { return Ok(None) };
    let resource = Resource::builder()
        .with_service_name(settings.service_name.clone())
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", Uuid::now_v7().to_string()),
        ])
        .build();
    let unusable = |reason: String| TelemetryError::Endpoint { endpoint: endpoint.clone(), reason };
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(unusable("no tokio runtime to carry its connection".to_owned()));
    }
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(|error| unusable(error.to_string()))?;
    let batches = BatchSpanProcessor::builder(Announced::new(exporter, endpoint))
        .with_batch_config(
            BatchConfigBuilder::default()
                .with_max_queue_size(QUEUE)
                .with_max_export_batch_size(BATCH)
                .build(),
        )
        .build();
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_span_processor(batches)
        .build();
    Ok(Some(provider))
}
