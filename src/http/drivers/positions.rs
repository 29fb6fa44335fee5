//! Many positions in one request: one JSON object a line, taken as they arrive.

pub(in crate::http) mod reported;

use actix_web::{
    HttpRequest,
    web::{self, Data, Payload},
};
use futures_util::StreamExt;
use tokio::time::timeout;
use tropa_dispatch::{
    domain::{DriverId, Report},
    drivers::ReportPositions,
};
use utoipa::ToSchema;

use super::report::{read, report_fields};
use crate::http::{
    body::{broken, media_type, too_large, too_slow},
    edge::Edge,
    json::parsed,
    problem::{Answer, FieldError, Kind, Problem},
};
use reported::ReportedView;

/// Where they come in.
pub(in crate::http) const PATH: &str = "/api/v1/drivers/positions";
/// Positions in one question to the registry.
const BATCH: usize = 512;
/// Bytes of one line.
const MAX_LINE: usize = 4_096;

/// One line: where a driver is. Further members are passed over, and named in the answer.
#[derive(ToSchema)]
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
    /// On which lines they stood, and of whom.
    places: Vec<(u64, DriverId)>,
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
                self.places.push((self.number, report.0.clone()));
                self.batch.push(report);
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
        self.reported.reject(self.number, errors);
    }

    async fn hand_over(&mut self, edge: &Edge) -> Answer<()> {
        let batch = std::mem::take(&mut self.batch);
        if !batch.is_empty() {
            let reported = edge.ask(edge.drivers()?, ReportPositions(batch)).await??;
            let places = std::mem::take(&mut self.places);
            self.reported.note(reported, &places);
        }
        Ok(())
    }
}

fn whole(detail: String) -> FieldError {
    FieldError { field: String::new(), detail }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use utoipa::PartialSchema;

    use super::{
        super::report::{PositionSchema, report},
        *,
    };
    use crate::http::json::TAKEN;

    fn described<T: PartialSchema>() -> BTreeSet<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn what_is_described_is_what_is_read() {
        let point = r#""lat":1,"lng":2}"#;
        TAKEN.take();
        report(&format!("{{{point}")).unwrap();
        assert_eq!(TAKEN.take(), described::<PositionSchema>());
        Lines::default().push(format!("{{\"driver_id\":\"a\",{point}\n").as_bytes());
        assert_eq!(TAKEN.take(), described::<LineSchema>());
    }

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
