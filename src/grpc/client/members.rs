//! The servers of a fleet service: whose turn it is, and which of them are well.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tropa_proto::fleet::fleet_client::FleetClient;

use super::tls::Tls;
use super::{EndpointError, Options};

/// How often a server is asked how it is, and how long it may take to answer.
const LOOK: Duration = Duration::from_secs(1);

/// How often a connection that carries nothing is asked whether it still stands: a cut that nobody announces is noticed
/// within ten seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The service whose health counts.
const SERVICE: &str = "tropa.fleet.v1.Fleet";

/// All servers. The last clone takes the health checks along.
#[derive(Clone, Debug)]
pub(super) struct Members(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    all: Vec<Arc<Member>>,
    turn: AtomicUsize,
    checks: Vec<JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.checks.iter().for_each(JoinHandle::abort);
    }
}

impl Members {
    pub fn new(options: &Options) -> Result<Self, EndpointError> {
        if options.endpoints.is_empty() {
            return Err(EndpointError::None);
        }
        let tls = Tls::new(options)?;
        let member = |endpoint: &String| Member::new(endpoint, options.deadline, &tls).map(Arc::new);
        let all: Vec<_> = options.endpoints.iter().map(member).collect::<Result<_, _>>()?;
        let checks = all.iter().map(|member| tokio::spawn(watch(member.clone()))).collect();
        Ok(Self(Arc::new(Inner { all, turn: AtomicUsize::default(), checks })))
    }

    /// Whose turn it is: the next one that is well; the next one when none is.
    pub fn next(&self) -> &Member {
        let Inner { all, turn, .. } = &*self.0;
        let first = turn.fetch_add(1, Relaxed) % all.len();
        let in_turn = (first..all.len()).chain(0..first);
        let well = in_turn.map(|at| &*all[at]).find(|member| member.well.load(Relaxed));
        well.unwrap_or(&all[first])
    }

    /// All of them, in the order they were named.
    pub fn all(&self) -> &[Arc<Member>] {
        &self.0.all
    }
}

/// One server.
pub(super) struct Member {
    endpoint: String,
    channel: Channel,
    well: AtomicBool,
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member")
            .field("endpoint", &self.endpoint)
            .field("well", &self.well)
            .finish_non_exhaustive()
    }
}

impl Member {
    fn new(endpoint: &str, deadline: Duration, tls: &Tls) -> Result<Self, EndpointError> {
        let address = |error: &dyn std::error::Error| {
            // tonic's own text is only 'transport error'.
            let reason = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            EndpointError::Address { endpoint: endpoint.to_owned(), reason }
        };
        let mut parsed = Endpoint::from_shared(endpoint.to_owned())
            .map_err(|error| address(&error))?
            .connect_timeout(deadline)
            .timeout(deadline)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEP_ALIVE)
            .keep_alive_timeout(KEEP_ALIVE)
            .keep_alive_while_idle(true);
        if parsed.uri().scheme_str() == Some("https") {
            parsed = parsed.tls_config(tls.client()).map_err(|error| address(&error))?;
        }
        let channel = parsed.connect_lazy();
        Ok(Self { endpoint: endpoint.to_owned(), channel, well: AtomicBool::new(true) })
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn fleet(&self) -> FleetClient<Channel> {
        FleetClient::new(self.channel.clone())
    }

    /// Leaves it out until it says that it is well.
    pub fn lost(&self, why: &str) {
        if self.well.swap(false, Relaxed) {
            tracing::warn!(endpoint = self.endpoint, why, "a fleet service is left out");
        }
    }

    fn found(&self) {
        if !self.well.swap(true, Relaxed) {
            tracing::info!(endpoint = self.endpoint, "a fleet service is back");
        }
    }

    /// Asks it how it is.
    pub async fn look(&self) -> Result<(), String> {
        let request = HealthCheckRequest { service: SERVICE.to_owned() };
        let mut health = HealthClient::new(self.channel.clone());
        match timeout(LOOK, health.check(request)).await {
            Err(_) => Err("no answer to a health check".to_owned()),
            Ok(Ok(answer)) => match answer.into_inner().status() {
                ServingStatus::Serving => Ok(()),
                other => Err(format!("its health is {}", other.as_str_name())),
            },
            Ok(Err(status)) => judge(&status),
        }
    }
}

/// A server that does not speak of its health answers, and that is well enough.
fn judge(status: &Status) -> Result<(), String> {
    match status.code() {
        Code::Unimplemented => Ok(()),
        code => Err(format!("{code:?}: {}", reason(status))),
    }
}

/// The innermost cause: 'invalid peer certificate: `UnknownIssuer`' helps, 'tcp connect error' does not.
fn reason(status: &Status) -> String {
    let outermost: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(status);
    let causes = std::iter::successors(outermost, |error| error.source());
    causes.last().map_or_else(|| status.message().to_owned(), ToString::to_string)
}

async fn watch(member: Arc<Member>) {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        match member.look().await {
            Ok(()) => member.found(),
            Err(why) => member.lost(&why),
        }
    }
}
