//! Fleet services on the other end of a network: one, or several that are asked in turn.
//!
//! Each is asked every second how it is, by the standard health service. One that does not answer or says `NOT_SERVING` is
//! left out until it is well again, and so is one that a call did not reach; when none is well they are all asked in turn,
//! because a call then tells more than a guess.

mod decode;
mod failure;
mod members;
mod tls;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::{Code, Request};
use tropa_dispatch::port::{self, Claim, Fleet, FleetError, Release, SearchRequest};
use tropa_dispatch::trace;
use tropa_proto::fleet::{ListDriversRequest, Point, ReleaseDriverRequest, SearchDriverRequest, Wait};

use super::TRACEPARENT;
use crate::config::Secret;
use members::{Member, Members};
pub use tls::PemError;

/// Where the fleet services are, and how they are called.
#[derive(Clone, Debug)]
pub struct Options {
    /// `http://host:port` or `https://host:port`, at least one.
    pub endpoints: Vec<String>,
    /// A PEM file of authorities to trust besides the system's own, for `https`.
    pub ca: Option<PathBuf>,
    /// Shown to them as `authorization: Bearer …`.
    pub token: Option<Secret>,
    /// PEM files of a certificate chain and its key, shown to them over `https`.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Bounds each call, and each attempt to connect.
    pub deadline: Duration,
}

/// Why fleet services cannot be called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// There is none.
    #[error("no endpoint of a fleet service")]
    None,
    /// It is no address.
    #[error("not an endpoint: {endpoint:?} (expected http://host:port or https://host:port): {reason}")]
    Address {
        /// As it was given.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody can vouch for a server, or for us.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// It cannot be sent.
    #[error("the token for fleet services must consist of visible ASCII characters")]
    Token,
}

/// The fleet service, over an HTTP/2 connection to each of its servers, made when needed and made anew when lost. Clones
/// share them.
#[derive(Clone, Debug)]
pub struct GrpcFleet {
    members: Members,
    credential: Option<MetadataValue<Ascii>>,
    deadline: Duration,
}

impl GrpcFleet {
    /// A client that connects when it is used. Needs a tokio runtime around it.
    pub fn connect_lazy(options: &Options) -> Result<Self, EndpointError> {
        let credential = options.token.as_ref().map(credential).transpose()?;
        Ok(Self { members: Members::new(options)?, credential, deadline: options.deadline })
    }

    /// Asks each how it is, and whether it takes calls of ours, now; the errors are for people.
    pub async fn examine(&self) -> Vec<(String, Result<(), String>)> {
        let look = |member: &Arc<Member>| {
            let member = member.clone();
            async move { (member.endpoint().to_owned(), self.try_out(&member).await) }
        };
        join_all(self.members.all().iter().map(look)).await
    }

    /// Health is told to everybody; a list of one driver to those it knows.
    async fn try_out(&self, member: &Member) -> Result<(), String> {
        member.look().await?;
        let page = self.request(ListDriversRequest { limit: 1, ..ListDriversRequest::default() });
        match member.fleet().list_drivers(page).await {
            Err(status) if refuses_us(status.code()) => Err(format!("it refuses us: {}", status.message())),
            _ => Ok(()),
        }
    }

    /// A request with its deadline (told to the server, too), the trace it belongs to, and who asks.
    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.deadline);
        if let Some(credential) = &self.credential {
            request.metadata_mut().insert("authorization", credential.clone());
        }
        if let Some(parent) = trace::current().and_then(|parent| parent.as_str().parse().ok()) {
            request.metadata_mut().insert(TRACEPARENT, parent);
        }
        request
    }

    /// What a failed call says about the server that was asked.
    fn failed(member: &Member, status: &tonic::Status) -> FleetError {
        if status.code() == Code::Unavailable || refuses_us(status.code()) {
            member.lost(status.message());
        }
        failure::of(status)
    }
}

/// Not this call, but whoever makes it.
fn refuses_us(code: Code) -> bool {
    matches!(code, Code::Unauthenticated | Code::PermissionDenied)
}

fn credential(token: &Secret) -> Result<MetadataValue<Ascii>, EndpointError> {
    // What the other side would not read as a text is not sent as one.
    if !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(EndpointError::Token);
    }
    let mut value: MetadataValue<Ascii> =
        format!("Bearer {}", token.expose()).parse().map_err(|_| EndpointError::Token)?;
    value.set_sensitive(true);
    Ok(value)
}

#[async_trait]
impl Fleet for GrpcFleet {
    async fn search(&self, request: SearchRequest) -> Result<Option<Claim>, FleetError> {
        let SearchRequest { order_id, pickup, radius_m, excluded, driver, wait } = request;
        let message = SearchDriverRequest {
            order_id: order_id.into(),
            pickup: Some(Point { lat: pickup.lat(), lng: pickup.lng() }),
            radius_m,
            excluded_driver_ids: excluded.into_iter().map(Into::into).collect(),
            driver_id: driver.map(Into::into).unwrap_or_default(),
            wait: wait.map(encode_wait),
        };
        let named = message.driver_id.clone();
        let member = self.members.next();
        match member.fleet().search_driver(self.request(message)).await {
            Ok(found) => decode::claim(found.into_inner()).map(Some),
            Err(status) if status.code() == Code::NotFound => {
                decode::unfit(&named, &status).map_or(Ok(None), |why| Err(why.into()))
            }
            Err(status) => Err(Self::failed(member, &status)),
        }
    }

    async fn release(&self, claim: Release) -> Result<bool, FleetError> {
        let message = ReleaseDriverRequest {
            order_id: claim.order_id.into(),
            driver_id: claim.driver_id.into(),
            claim_token: claim.token.into(),
        };
        let member = self.members.next();
        let released = member.fleet().release_driver(self.request(message)).await;
        released.map(|reply| reply.into_inner().released).map_err(|status| Self::failed(member, &status))
    }
}

fn encode_wait(port::Wait { since, patience }: port::Wait) -> Wait {
    Wait {
        since_us: (since.unix_timestamp_nanos() / 1_000) as i64,
        patience_us: u64::try_from(patience.as_micros()).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    fn at(endpoints: &[&str]) -> Result<GrpcFleet, EndpointError> {
        let endpoints = endpoints.iter().map(|endpoint| (*endpoint).to_owned()).collect();
        let token = Some(Secret::new("only-for-tests"));
        let deadline = Duration::from_millis(250);
        GrpcFleet::connect_lazy(&Options { endpoints, ca: None, token, identity: None, deadline })
    }

    #[tokio::test]
    async fn a_call_says_who_asks_and_does_not_print_it() {
        let request = at(&["http://127.0.0.1:1"]).unwrap().request(());
        assert_eq!(request.metadata().get("authorization").unwrap(), "Bearer only-for-tests");
        assert!(!format!("{request:?}").contains("only-for-tests"), "{request:?}");
        assert!(matches!(credential(&Secret::new("não")), Err(EndpointError::Token)));
    }

    #[tokio::test]
    async fn a_call_carries_its_trace_and_its_deadline() {
        let fleet = at(&["http://127.0.0.1:1"]).unwrap();
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

    #[tokio::test]
    async fn nonsense_is_no_endpoint() {
        assert!(matches!(at(&[]), Err(EndpointError::None)));
        assert!(matches!(at(&["http://127.0.0.1:1", "a b"]), Err(EndpointError::Address { .. })));
    }
}
