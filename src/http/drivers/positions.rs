//! Many positions in one request: one JSON object a line, taken as they arrive.

use actix_web::{
    HttpRequest,
    web::{self, Data, Payload},
};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use tropa_dispatch::{
    domain::{DriverId, Report},
    drivers::{PositionsReported, ReportPositions},
    port::Excluded,
};
use utoipa::ToSchema;

use super::report::{self, ExcludedView, read, report_fields};
use crate::http::{
    body::{broken, media_type, too_large, too_slow},
    edge::Edge,
    json::parsed,
    problem::{Answer, FieldError, Kind, Problem},
};

/// Where they come in.
pub(in crate::http) const PATH: &str = "/api/v1/drivers/positions";
/// Positions in one question to the registry.
const BATCH: usize = 512;
/// Bytes of one line.
const MAX_LINE: usize = 4_096;
/// Lines whose mistakes are told.
const MAX_ERRORS: usize = 20;

/// One line: where a driver is. Further members are passed over, and named in the answer.
#[derive(Deserialize, ToSchema)]
#[schema(as = PositionLine)]
#[allow(dead_code, reason = "a description")]
pub(in crate::http) struct LineSchema {
    /// Who.
    #[schema(pattern = "^[A-Za-z0-9._:~-]{1,128}$", example = "Joao-da-Silva")]
    driver_id: String,
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90)]
    lat: f64,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180)]
    lng: f64,
    /// Degrees clockwise from north, as in `PositionReport`.
    #[schema(value_type = Option<serde_json::Value>)]
    heading: Option<serde_json::Value>,
    /// When, as in `PositionReport`; now when left out.
    #[schema(value_type = Option<serde_json::Value>)]
    at: Option<serde_json::Value>,
}

/// What became of the lines.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PositionsReported)]
pub(in crate::http) struct ReportedView {
    /// Taken.
    accepted: u64,
    /// Of unknown drivers.
    unknown: u64,
    /// Not readable, or no fix.
    rejected: u64,
    /// What was wrong with the first of these.
    errors: Vec<LineError>,
    /// Taken, but for something in them that made no sense.
    incomplete: u64,
    /// Taken, but older, by the device's clock, than their driver's last position: the driver was heard of, and not moved.
    late: u64,
    /// What was left out of the first of these.
    ignored: Vec<LineError>,
    /// Of those taken: of drivers who cannot be given orders.
    unassignable: ExcludedView,
}

/// A line, and what was wrong with it.
#[derive(Debug, Serialize, ToSchema)]
struct LineError {
    /// Which; the first is 1.
    line: u64,
    /// What was wrong with it.
    errors: Vec<FieldError>,
}

/// Says where many drivers are: one JSON object a line, taken as they arrive.
///
/// A wrong line does not spoil the others; what was taken before the request broke off stays taken.
#[utoipa::path(
    post, path = "/api/v1/drivers/positions", tag = "drivers", operation_id = "report_positions",
    request_body(content = String, content_type = "application/x-ndjson",
        description = "One `PositionLine` a line, at most 4096 bytes each; at most 16 MiB in all",
        example = "{\"driver_id\":\"Joao-da-Silva\",\"lat\":-23.55,\"lng\":-46.63}\n"),
    responses((status = 200, description = "What became of the lines", body = ReportedView))
)]
pub(in crate::http) async fn report_many(
    request: HttpRequest,
    edge: Data<Edge>,
    mut payload: Payload,
) -> Answer<web::Json<ReportedView>> {
    media_type(&request, &["application/x-ndjson", "application/jsonl"])?;
    let (limit, time) = (edge.options.limits.max_positions_body, edge.options.limits.body_timeout);
    let (mut lines, mut read, mut stopping) = (Lines::default(), 0, edge.stopping.clone());
    loop {
        let chunk = tokio::select! {
            // Each chunk has the time a whole body has elsewhere: a stream may be long, but not silent.
            chunk = timeout(time, payload.next()) => chunk.map_err(|_| too_slow(time))?,
            _ = stopping.wait_for(|stopping| *stopping) => {
                lines.hand_over(&edge).await?;
                return Err(Problem::new(Kind::Unavailable, "stopping: what came in whole lines was taken"));
            }
        };
        let Some(chunk) = chunk else { break };
        let chunk = chunk.map_err(|e| broken(&e))?;
        read += chunk.len();
        if read > limit {
            return Err(too_large(limit));
        }
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            lines.push(part);
            if lines.batch.len() >= BATCH {
                lines.hand_over(&edge).await?;
            }
        }
    }
    lines.end_line();
    lines.hand_over(&edge).await?;
    Ok(web::Json(lines.reported))
}

/// Lines on their way to the registry.
#[derive(Default)]
struct Lines {
    line: Vec<u8>,
    number: u64,
    batch: Vec<(DriverId, Report)>,
    /// On which lines they stood.
    numbers: Vec<u64>,
    excluded: Excluded,
    reported: ReportedView,
}

impl Lines {
    fn push(&mut self, part: &[u8]) {
        // Of a line that is too long no more is kept than it takes to know that.
        let room = (MAX_LINE + 1).saturating_sub(self.line.len());
        self.line.extend_from_slice(&part[..part.len().min(room)]);
        if part.last() == Some(&b'\n') {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        self.number += 1;
        if line.len() > MAX_LINE {
            return self.reject(vec![whole(format!("must have at most {MAX_LINE} bytes"))]);
        }
        let text = match str::from_utf8(&line) {
            // Editors of one system write a byte order mark before everything.
            Ok(text) => text.trim_start_matches('\u{feff}').trim(),
            Err(error) => return self.reject(vec![whole(format!("is not UTF-8: {error}"))]),
        };
        if text.is_empty() {
            return;
        }
        let read = read(text, |f, wording| {
            let driver_id = f.required("driver_id", parsed::<DriverId>);
            let report = report_fields(f, wording);
            Some((driver_id?, report?))
        });
        match read {
            Ok(report) => {
                self.batch.push(report);
                self.numbers.push(self.number);
            }
            // A line is a body of its own, and has no lines.
            Err(problem) if problem.errors.is_empty() => {
                let detail = problem.detail.replacen("the body ", "", 1).replacen("line 1 ", "", 1);
                self.reject(vec![whole(detail)]);
            }
            Err(problem) => self.reject(problem.errors),
        }
    }

    fn reject(&mut self, errors: Vec<FieldError>) {
        self.reported.rejected += 1;
        tell(&mut self.reported.errors, self.number, errors);
    }

    async fn hand_over(&mut self, edge: &Edge) -> Answer<()> {
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            let reported = edge.ask(edge.drivers()?, ReportPositions(batch)).await??;
            self.note(reported);
        }
        Ok(())
    }

    /// What became of the batch.
    fn note(
        &mut self,
        PositionsReported { accepted, unknown, excluded, late, no_fix, unusable }: PositionsReported,
    ) {
        let numbers = std::mem::take(&mut self.numbers);
        let line = |place: usize| numbers.get(place).copied().unwrap_or_default();
        let view = &mut self.reported;
        view.accepted += accepted;
        view.unknown += unknown;
        view.rejected += no_fix.len() as u64;
        view.incomplete += unusable.len() as u64;
        view.late += late.len() as u64;
        for place in no_fix {
            tell(&mut view.errors, line(place), report::no_fix());
        }
        for (place, fields) in unusable {
            tell(&mut view.ignored, line(place), fields.into_iter().map(Into::into).collect());
        }
        for (place, stands) in late {
            tell(&mut view.ignored, line(place), vec![report::late(stands)]);
        }
        self.excluded.add(excluded);
        view.unassignable = self.excluded.into();
    }
}

fn tell(told: &mut Vec<LineError>, line: u64, errors: Vec<FieldError>) {
    if told.len() < MAX_ERRORS {
        told.push(LineError { line, errors });
    }
}

fn whole(detail: String) -> FieldError {
    FieldError { field: String::new(), detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_does_not_spoil_the_others() {
        let mut lines = Lines::default();
        let long = format!("{}\n", "x".repeat(10_000));
        for part in [
            "{\"driver_id\":\"a\",\"lat\":1,",
            "\"lng\":2}\n",
            "\n",
            "{\"driver_id\":\"a/b\",\"lat\":91,\"lng\":2}\n",
            "no json\n",
            &long,
            "\u{fffd}\n",
            "{\"driver_id\":\"b\",\"lat\":1,\"lng\":2}",
        ] {
            lines.push(part.as_bytes());
        }
        lines.end_line();
        assert_eq!(lines.batch.len(), 2);
        assert_eq!(lines.reported.rejected, 4);
        let places: Vec<_> =
            lines.reported.errors.iter().map(|e| (e.line, e.errors[0].field.as_str())).collect();
        assert_eq!(places, [(3, "driver_id"), (4, ""), (5, ""), (6, "")]);
    }
}
