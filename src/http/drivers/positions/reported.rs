//! What became of many positions.

use std::collections::BTreeMap;

use serde::Serialize;
use time::OffsetDateTime;
use tropa_dispatch::{
    domain::{DriverId, Unassignable, Unusable},
    drivers::PositionsReported,
    port::Excluded,
};
use utoipa::ToSchema;

use crate::http::{
    drivers::report::{self, ExcludedView},
    problem::FieldError,
};

/// Lines whose mistakes are told; and drivers who are named.
const MAX_ERRORS: usize = 20;

/// What became of the lines.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = PositionsReported)]
pub(in crate::http) struct ReportedView {
    /// Taken.
    accepted: u64,
    /// Of unknown drivers.
    unknown: u64,
    /// The first of these.
    #[schema(value_type = Vec<String>)]
    unknown_drivers: Vec<DriverId>,
    /// Not readable, or no fix.
    pub(super) rejected: u64,
    /// What was wrong with the first of these.
    pub(super) errors: Vec<LineError>,
    /// Taken, but for something in them that made no sense.
    incomplete: u64,
    /// Taken, but older, by the device's clock, than their driver's last position: the driver was heard of, and not moved.
    late: u64,
    /// What was left out of the first of these.
    ignored: Vec<LineError>,
    /// Of those taken: of drivers who cannot be given orders.
    unassignable: ExcludedView,
    /// The first of these drivers.
    unassignable_drivers: Vec<UnassignableView>,
}

/// A driver who cannot be given orders.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DriverUnassignable)]
struct UnassignableView {
    /// Who.
    #[schema(value_type = String)]
    driver_id: DriverId,
    /// Why, as they stood when the position was taken.
    unassignable_reason: Unassignable,
}

/// A line, and what was wrong with it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineError {
    /// Which; the first is 1.
    pub(super) line: u64,
    /// What was wrong with it.
    pub(super) errors: Vec<FieldError>,
}

impl ReportedView {
    /// This line could not be read.
    pub(super) fn reject(&mut self, line: u64, errors: Vec<FieldError>) {
        self.rejected += 1;
        tell(&mut self.errors, line, errors);
    }

    /// What became of a batch, of which each stood on this line and was of this driver.
    pub(super) fn note(&mut self, batch: PositionsReported, places: &[(u64, DriverId)]) {
        let PositionsReported { accepted, unknown, excluded, late, no_fix, unusable } = batch;
        let at = |place: usize| places.get(place);
        self.accepted += accepted;
        self.unknown += unknown.len() as u64;
        self.rejected += no_fix.len() as u64;
        self.incomplete += unusable.len() as u64;
        self.late += late.len() as u64;
        for (line, _) in no_fix.into_iter().filter_map(at) {
            tell(&mut self.errors, *line, report::no_fix());
        }
        let mut left_out: BTreeMap<usize, (Vec<Unusable>, Option<OffsetDateTime>)> = BTreeMap::new();
        for (place, fields) in unusable {
            left_out.entry(place).or_default().0 = fields;
        }
        for (place, stands) in late {
            left_out.entry(place).or_default().1 = Some(stands);
        }
        for (place, (unusable, late)) in left_out {
            let line = at(place).map_or(0, |(line, _)| *line);
            tell(&mut self.ignored, line, report::left_out(unusable, late));
        }
        let strangers = &mut self.unknown_drivers;
        for (_, driver) in unknown.into_iter().filter_map(at) {
            if strangers.len() < MAX_ERRORS && !strangers.contains(driver) {
                strangers.push(driver.clone());
            }
        }
        let named = &mut self.unassignable_drivers;
        for (place, why) in &excluded {
            let Some((_, driver)) = at(*place) else { continue };
            if named.len() < MAX_ERRORS && named.iter().all(|view| view.driver_id != *driver) {
                named.push(UnassignableView { driver_id: driver.clone(), unassignable_reason: *why });
            }
        }
        self.unassignable.add(Excluded::count(&excluded));
    }
}

fn tell(told: &mut Vec<LineError>, line: u64, errors: Vec<FieldError>) {
    if told.len() < MAX_ERRORS {
        told.push(LineError { line, errors });
    }
}
