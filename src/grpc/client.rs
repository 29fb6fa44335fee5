//! A fleet service on the other end of a network.

mod decode;
mod failure;

use std::time::Duration;

use async_trait::async_trait;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};
use tropa_dispatch::port::{Claim, Fleet, FleetError, Release, SearchRequest};
use tropa_dispatch::trace;
use tropa_proto::fleet::fleet_client::FleetClient;
use tropa_proto::fleet::{Point, ReleaseDriverRequest, SearchDriverRequest};

use super::TRACEPARENT;

/// How often a connection that carries nothing is asked whether it still stands: a cut that nobody announces is noticed
/// within ten seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// Why an endpoint cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("not an endpoint: {endpoint:?} (expected http://host:port)")]
pub struct EndpointError {
    endpoint: String,
    source: tonic::transport::Error,
}

/// The fleet service, over one HTTP/2 connection that is made when needed and made anew when lost.
#[derive(Clone, Debug)]
pub struct GrpcFleet {
    client: FleetClient<Channel>,
    deadline: Duration,
}

impl GrpcFleet {
    /// A client of the service at `endpoint`, `http://host:port`. Connects with the first call. `deadline` bounds each
    /// call, and each attempt to connect. Needs a tokio runtime around it.
    pub fn connect_lazy(endpoint: &str, deadline: Duration) -> Result<Self, EndpointError> {
        let parsed = Endpoint::from_shared(endpoint.to_owned());
        let channel = parsed
            .map_err(|source| EndpointError { endpoint: endpoint.to_owned(), source })?
            .connect_timeout(deadline)
            .timeout(deadline)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .keep_alive_while_idle(true)
            .connect_lazy();
        Ok(Self { client: FleetClient::new(channel), deadline })
    }

    /// A request with its deadline (told to the server, too) and the trace it belongs to.
    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.deadline);
        if let Some(parent) = trace::current().and_then(|parent| parent.as_str().parse().ok()) {
            request.metadata_mut().insert(TRACEPARENT, parent);
        }
        request
    }
}

#[async_trait]
impl Fleet for GrpcFleet {
    async fn search(&self, request: SearchRequest) -> Result<Option<Claim>, FleetError> {
        let SearchRequest { order_id, pickup, radius_m, excluded, driver } = request;
        let message = SearchDriverRequest {
            order_id: order_id.into(),
            pickup: Some(Point { lat: pickup.lat(), lng: pickup.lng() }),
            radius_m,
            excluded_driver_ids: excluded.into_iter().map(Into::into).collect(),
            driver_id: driver.map(Into::into).unwrap_or_default(),
        };
        match self.client.clone().search_driver(self.request(message)).await {
            Ok(found) => decode::claim(found.into_inner()).map(Some),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(failure::of(&status)),
        }
    }

    async fn release(&self, claim: Release) -> Result<bool, FleetError> {
        let message = ReleaseDriverRequest {
            order_id: claim.order_id.into(),
            driver_id: claim.driver_id.into(),
            claim_token: claim.token.into(),
        };
        let released = self.client.clone().release_driver(self.request(message)).await;
        released.map(|reply| reply.into_inner().released).map_err(|status| failure::of(&status))
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[tokio::test]
    async fn a_call_carries_its_trace_and_its_deadline() {
        let fleet = GrpcFleet::connect_lazy("http://127.0.0.1:1", Duration::from_millis(250)).unwrap();
        assert!(fleet.request(()).metadata().get(TRACEPARENT).is_none(), "outside any trace");
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _entered = tracing::info_span!("order").entered();
            let request = fleet.request(());
            let parent = request.metadata().get(TRACEPARENT).unwrap().to_str().unwrap();
            assert_eq!(parent, trace::current().unwrap().as_str());
            assert_eq!(request.metadata().get("grpc-timeout").unwrap(), "250000u");
        });
    }
}
