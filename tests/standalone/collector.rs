//! An OTLP receiver on a port of its own: what exports spans sends them here, over real gRPC.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value::Value,
    resource::v1::Resource,
    trace::v1::Span,
};
use tokio::sync::Notify;
use tonic::{Request, Response, Status};

/// What arrived so far.
#[derive(Default)]
struct Arrived {
    spans: Mutex<Vec<Span>>,
    resources: Mutex<Vec<Resource>>,
    more: Notify,
}

/// The receiver; it stops when it is dropped.
pub struct Collector {
    arrived: Arc<Arrived>,
    address: SocketAddr,
    server: tokio::task::JoinHandle<()>,
}

struct Service(Arc<Arrived>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for batch in request.into_inner().resource_spans {
            self.0.resources.lock().unwrap().extend(batch.resource);
            let spans = batch.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.0.spans.lock().unwrap().extend(spans);
        }
        self.0.more.notify_waiters();
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// Listens.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let arrived = Arc::new(Arrived::default());
        let service = TraceServiceServer::new(Service(arrived.clone()));
        let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
        let server = tokio::spawn(async move {
            let _ =
                tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming).await;
        });
        Self { arrived, address, server }
    }

    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every span so far.
    pub fn spans(&self) -> Vec<Span> {
        self.arrived.spans.lock().unwrap().clone()
    }

    /// The value of a resource attribute of the exporter.
    pub fn resource(&self, name: &str) -> Option<String> {
        let resources = self.arrived.resources.lock().unwrap();
        let attribute = resources.iter().flat_map(|r| &r.attributes).find(|a| a.key == name)?;
        match attribute.value.clone()?.value? {
            Value::StringValue(text) => Some(text),
            other => Some(format!("{other:?}")),
        }
    }

    /// Waits until the spans so far satisfy `enough`; the caller bounds it.
    pub async fn until(&self, enough: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        loop {
            let more = self.arrived.more.notified();
            tokio::pin!(more);
            // Registered before the look, so that nothing arrives unseen in between.
            more.as_mut().enable();
            let spans = self.spans();
            if enough(&spans) {
                return spans;
            }
            more.await;
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.server.abort();
    }
}
