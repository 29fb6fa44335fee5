//! The service's handlers.

use std::time::Duration;

use actix::{Handler, Message};
use futures_util::StreamExt;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tonic::{Request, Response, Status, Streaming};
use tracing::Span;
use tropa_dispatch::drivers::{
    DriverError, DriverRegistry, ListDrivers, ReleaseDriver, ReportPositions, SearchDriver,
};
use tropa_dispatch::trace;
use tropa_proto::fleet::fleet_server::Fleet;
use tropa_proto::fleet::{
    ListDriversRequest, ListDriversResponse, Position, ReleaseDriverRequest, ReleaseDriverResponse,
    ReportPositionsResponse, SearchDriverRequest, SearchDriverResponse,
};
use tropa_supervision::Ref;

use super::connection::Caller;
use super::connections::Limits;
use super::{decode, encode, status, wait_for};
use crate::grpc::TRACEPARENT;

/// How long the registry may take when the caller sets no deadline.
const DEADLINE: Duration = Duration::from_secs(10);
/// Positions that are already there are taken together, up to this many.
const BATCH: usize = 256;

/// The service's handlers. Everything they know, they ask.
pub(super) struct FleetService {
    registry: Option<Ref<DriverRegistry>>,
    position_streams: Semaphore,
    position_silence: Duration,
    stopped: watch::Receiver<bool>,
}

impl FleetService {
    pub(super) fn new(
        registry: Option<Ref<DriverRegistry>>,
        limits: &Limits,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let position_streams = Semaphore::new(limits.position_streams);
        Self { registry, position_streams, position_silence: limits.position_silence, stopped }
    }

    async fn ask<M, T>(&self, message: M) -> Result<T, Status>
    where
        DriverRegistry: Handler<M>,
        M: Message<Result = Result<T, DriverError>> + Send + 'static,
        T: Send + 'static,
    {
        let Some(registry) = &self.registry else {
            return Err(Status::unavailable("this instance does not run the role fleet: ask one that does"));
        };
        let answer = registry.ask_for(DEADLINE, message).await;
        answer.map_err(status::unanswered)?.map_err(|error| status::refused(&error))
    }

    /// Reports a batch; what of it makes no sense is counted, not told apart. What came before a stream broke counts.
    async fn report(&self, batch: Vec<Result<Position, Status>>) -> Result<ReportPositionsResponse, Status> {
        let broken = batch.iter().position(Result::is_err).unwrap_or(batch.len());
        let mut batch = batch.into_iter();
        let came = batch.by_ref().take(broken).flatten();
        let reports: Vec<_> = came.filter_map(|position| decode::report(&position)).collect();
        let reported = self.ask(ReportPositions(reports)).await?;
        match batch.next() {
            Some(Err(status)) => Err(status),
            _ => Ok(encode::reported(&reported, broken as u64)),
        }
    }
}

#[tonic::async_trait]
impl Fleet for FleetService {
    async fn search_driver(
        &self,
        request: Request<SearchDriverRequest>,
    ) -> Result<Response<SearchDriverResponse>, Status> {
        let _work = Caller::work(request.extensions());
        let search = decode::search(request.into_inner())?;
        let claim = self.ask(SearchDriver(search)).await?;
        let claim = claim.ok_or_else(|| Status::not_found("no free driver within reach"))?;
        Ok(Response::new(encode::claim(claim)))
    }

    async fn release_driver(
        &self,
        request: Request<ReleaseDriverRequest>,
    ) -> Result<Response<ReleaseDriverResponse>, Status> {
        let _work = Caller::work(request.extensions());
        let release = decode::release(request.into_inner())?;
        Ok(Response::new(ReleaseDriverResponse { released: self.ask(ReleaseDriver(release)).await? }))
    }

    async fn report_positions(
        &self,
        request: Request<Streaming<Position>>,
    ) -> Result<Response<ReportPositionsResponse>, Status> {
        let _work = Caller::work(request.extensions());
        let full = |_| Status::resource_exhausted("too many streams of positions");
        let _place = self.position_streams.try_acquire().map_err(full)?;
        let mut batches = request.into_inner().ready_chunks(BATCH);
        let mut stopped = std::pin::pin!(wait_for(self.stopped.clone()));
        let mut sum = ReportPositionsResponse::default();
        loop {
            let batch = tokio::select! {
                batch = timeout(self.position_silence, batches.next()) => batch,
                // A stream of positions has no end of its own: it must not hold the server back.
                () = &mut stopped => return Err(Status::unavailable("the server is stopping")),
            };
            let silent = |_| Status::deadline_exceeded("no position for too long: open another stream");
            let Some(batch) = batch.map_err(silent)? else { return Ok(Response::new(sum)) };
            encode::add(&mut sum, self.report(batch).await?);
        }
    }

    async fn list_drivers(
        &self,
        request: Request<ListDriversRequest>,
    ) -> Result<Response<ListDriversResponse>, Status> {
        let _work = Caller::work(request.extensions());
        let filter = decode::filter(request.into_inner())?;
        let drivers = self.ask(ListDrivers(filter)).await?;
        let drivers = drivers.into_iter().map(encode::driver).collect();
        Ok(Response::new(ListDriversResponse { drivers }))
    }
}

/// A span for each call, in the caller's trace when it names one.
pub(super) fn span(request: &http::Request<()>) -> Span {
    let span = tracing::info_span!("grpc", method = request.uri().path());
    let parent = request.headers().get(TRACEPARENT).and_then(|value| value.to_str().ok()?.parse().ok());
    trace::begin(&span, parent.as_ref());
    span
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn a_call_belongs_to_the_trace_its_caller_names() {
        let tracer = SdkTracerProvider::builder().build().tracer("test");
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let named = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
            let call = |parent: &str| http::Request::builder().header(TRACEPARENT, parent).body(()).unwrap();
            let trace_of =
                |parent| span(&call(parent)).in_scope(trace::current).unwrap().trace_id().to_owned();
            assert_eq!(trace_of(named), "4bf92f3577b34da6a3ce929d0e0e4736");
            assert_ne!(trace_of("nonsense"), "4bf92f3577b34da6a3ce929d0e0e4736", "a trace of its own");
        });
    }
}
