//! Writes the line, before the answer goes out.
//!
//! It is done and written in a task of its own, whether or not somebody waits for the answer. What was asked for is done by then: the
//! audit holds up nothing but the answer, and that for a second at most. A line that cannot be written refuses nobody, because who
//! heals a Tropa that has lost its database must be able to; it goes into the log, whole, and is counted.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::Next,
    rt,
    web::Data,
};
use tropa_dispatch::{
    clerk::WriteAudit,
    domain::{AuditLine, AuditOutcome},
};

use super::deed::{Deed, Whose};
use crate::http::{
    edge::{Edge, ask_for},
    problem::{Kind, Problem},
    session::{Caller, Way},
    trace::Trace,
};

/// An answer is not held up for longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Refusals of nobody in particular that get a line each in a minute; more are summed up in the next one's.
const STRANGERS: u32 = 30;
const MINUTE: Duration = Duration::from_mins(1);

/// What a handler knows of its request that the path does not say.
#[derive(Clone, Debug, Default)]
pub(in crate::http) struct Note {
    /// What it is called.
    pub action: Option<String>,
    /// What it is done to.
    pub target: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// How many, which.
    pub detail: Option<String>,
    /// Who, when they have only just become known.
    pub caller: Option<Caller>,
    /// Nothing was done, and nothing was to be.
    pub only_looked: bool,
}

impl Note {
    /// Adds to what is known of a request.
    pub fn on(request: &HttpRequest, add: impl FnOnce(&mut Self)) {
        let mut extensions = request.extensions_mut();
        let mut note = extensions.remove::<Self>().unwrap_or_default();
        add(&mut note);
        extensions.insert(note);
    }
}

/// Strangers who were refused in this minute.
#[derive(Debug, Default)]
pub(in crate::http) struct Strangers(Mutex<(Option<Instant>, u32, u64)>);

impl Strangers {
    /// Whether this one gets a line; then how many before did not.
    fn line(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, written, summed) = &mut *state;
        if since.is_none_or(|since| now.saturating_duration_since(since) >= MINUTE) {
            (*since, *written) = (Some(now), 0);
        }
        if *written < STRANGERS {
            *written += 1;
            return Some(std::mem::take(summed));
        }
        *summed += 1;
        None
    }
}

/// Keeps the audit of what is asked for.
pub(in crate::http) async fn keep(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let deed = Deed::of(request.request());
    let caller = deed.as_ref().and_then(|_| Caller::find(request.request()).ok().flatten());
    let Some(deed) = deed.filter(|deed| is_worth_a_line(request.request(), deed.of, caller.as_ref())) else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    // Whoever asked and hangs up must not keep the line from being written, nor leave what they asked for half done.
    let asked = rt::spawn(answered(request, next, deed, caller)).await;
    asked.unwrap_or_else(|_| Err(Problem::new(Kind::Internal, "the request has failed").into()))
}

/// Has it done, and writes the line.
async fn answered(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    deed: Deed,
    caller: Option<Caller>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let edge = request.app_data::<Data<Edge>>().cloned();
    let trace = request.extensions().get::<Trace>().map(|trace| trace.id().to_owned());
    let answered = next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    let Some(edge) = edge else { return answered };
    let (status, problem, note, location) = match &answered {
        Ok(answered) => {
            let problem = answered.response().error().and_then(|error| error.as_error::<Problem>());
            let location = answered.headers().get(header::LOCATION).and_then(|path| path.to_str().ok());
            let note = answered.request().extensions().get::<Note>().cloned();
            (answered.status(), problem, note.unwrap_or_default(), location)
        }
        Err(error) => {
            (error.as_response_error().status_code(), error.as_error::<Problem>(), Note::default(), None)
        }
    };
    let outcome = outcome(status);
    if note.only_looked && outcome != AuditOutcome::Refused {
        return answered;
    }
    let caller = note.caller.or(caller);
    let made = location.and_then(|path| path.rsplit('/').next()).map(str::to_owned);
    let line = AuditLine {
        at: edge.handles.clock.now(),
        instance: edge.handles.identity.id.clone(),
        role: caller.as_ref().map(|caller| caller.rank.as_str().to_owned()),
        subject: caller.as_ref().map(|caller| caller.subject.clone()),
        action: note.action.unwrap_or(deed.action),
        target: note.target.or(made).unwrap_or(deed.target),
        reason: note.reason,
        outcome,
        detail: problem.map(ToString::to_string).or(note.detail),
        trace_id: trace,
    };
    write(&edge, line).await;
    answered
}

/// Who signs out has signed in, and who sits before a console on this machine has a browser.
fn is_worth_a_line(request: &HttpRequest, of: Whose, caller: Option<&Caller>) -> bool {
    let way = caller.map(|caller| caller.way);
    let browser = || way == Some(Way::Local) && request.headers().contains_key("sec-fetch-site");
    match of {
        Whose::Anybody => true,
        Whose::Known => matches!(way, Some(Way::Session | Way::Bearer)) || browser(),
        Whose::Console => way == Some(Way::Session) || browser(),
    }
}

fn outcome(status: StatusCode) -> AuditOutcome {
    match status {
        StatusCode::ACCEPTED => AuditOutcome::Accepted,
        status if status.is_client_error() => AuditOutcome::Refused,
        status if status.is_server_error() => AuditOutcome::Failed,
        _ => AuditOutcome::Done,
    }
}

async fn write(edge: &Edge, mut line: AuditLine) {
    let lines = &edge.handles.metrics.audit_lines;
    if line.subject.is_none() && line.outcome == AuditOutcome::Refused {
        match edge.strangers.line(Instant::now()) {
            Some(0) => {}
            Some(summed) => {
                let detail = line.detail.unwrap_or_default();
                line.detail = Some(format!("{detail}; and {summed} more refused before it"));
            }
            None => return lines.with_label_values(&["summed_up"]).inc(),
        }
    }
    let why = match ask_for(&edge.handles.clerk, PATIENCE, WriteAudit(line.clone())).await {
        Ok(Ok(_)) => return lines.with_label_values(&["written"]).inc(),
        Ok(Err(error)) => error.to_string(),
        Err(problem) => problem.detail,
    };
    lines.with_label_values(&["unwritten"]).inc();
    let AuditLine { instance, subject, role, action, target, reason, outcome, detail, trace_id, .. } = line;
    tracing::error!(
        why,
        instance,
        ?subject,
        ?role,
        action,
        target,
        ?reason,
        outcome = outcome.as_str(),
        ?detail,
        ?trace_id,
        "a line of the audit could not be written, and is this one"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_summed_up() {
        let (strangers, now) = (Strangers::default(), Instant::now());
        for _ in 0..STRANGERS {
            assert_eq!(strangers.line(now), Some(0));
        }
        assert_eq!((strangers.line(now), strangers.line(now)), (None, None));
        assert_eq!(strangers.line(now + MINUTE), Some(2));
        assert_eq!(strangers.line(now + MINUTE), Some(0));
    }
}
