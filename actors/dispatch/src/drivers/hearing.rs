//! What is made of reports: positions, heard now. Pure, but for the counters.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::PositionsReported;
use crate::domain::{DriverId, Position, Report};
use crate::metrics::Metrics;
use crate::port::{Excluded, Reported};

/// Positions, and what became of the reports that are none.
pub(super) struct Hearing {
    pub(super) positions: Vec<(DriverId, Position)>,
    /// In whose place in the batch each of them stood.
    pub(super) places: Vec<usize>,
    /// Who reported, and does not know where they are.
    pub(super) nowhere: BTreeSet<DriverId>,
    pub(super) outcome: PositionsReported,
}

/// Hears a batch. What came at once is put in the order in which it was seen: a gateway that hands on what it has gathered
/// need not keep it.
pub(super) fn hear(reports: Vec<(DriverId, Report)>, now: OffsetDateTime) -> Hearing {
    let (mut outcome, mut nowhere) = (PositionsReported::default(), BTreeSet::new());
    let mut heard = Vec::with_capacity(reports.len());
    for (number, (driver, report)) in reports.into_iter().enumerate() {
        let seen = report.at.map_or(now, |at| at.min(now));
        if let Ok((position, unusable)) = report.position(now) {
            heard.push((seen, number, driver, position));
            if !unusable.is_empty() {
                outcome.unusable.push((number, unusable));
            }
        } else {
            outcome.no_fix.push(number);
            nowhere.insert(driver);
        }
    }
    heard.sort_by_key(|(seen, ..)| *seen);
    let places = heard.iter().map(|(_, number, ..)| *number).collect();
    let positions = heard.into_iter().map(|(.., driver, position)| (driver, position)).collect();
    Hearing { positions, places, nowhere, outcome }
}

impl PositionsReported {
    /// With what the index made of the positions that stood in these places.
    pub(super) fn with(self, reported: Reported, places: &[usize]) -> Self {
        let Reported { accepted, unknown, excluded, late } = reported;
        let at = |number: usize| places.get(number).copied();
        let unknown = unknown.into_iter().filter_map(at).collect();
        let excluded = excluded.into_iter().filter_map(|(number, why)| Some((at(number)?, why))).collect();
        let late = late.into_iter().filter_map(|(number, last)| Some((at(number)?, last))).collect();
        Self { accepted, unknown, excluded, late, ..self }
    }

    pub(super) fn count(&self, metrics: &Metrics) {
        let excluded = Excluded::count(&self.excluded).each();
        let assignable =
            self.accepted - excluded.iter().map(|(_, count)| count).sum::<u64>().min(self.accepted);
        let outcomes = excluded.map(|(why, count)| (why.as_str(), count));
        let others = [
            ("assignable", assignable),
            ("unknown", self.unknown.len() as u64),
            ("no_fix", self.no_fix.len() as u64),
        ];
        for (outcome, count) in outcomes.into_iter().chain(others).filter(|(_, count)| *count > 0) {
            metrics.drivers.positions.with_label_values(&[outcome]).inc_by(count);
        }
        metrics.drivers.late.inc_by(self.late.len() as u64);
        for left_out in self.unusable.iter().flat_map(|(_, fields)| fields) {
            let field = match left_out.field.as_str() {
                known @ ("heading" | "at") => known,
                // Names are the caller's: as many series as they like to invent.
                _ => "other",
            };
            metrics.drivers.fields_unusable.with_label_values(&[field]).inc();
        }
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::domain::{GeoPoint, Unassignable};

    #[test]
    fn a_batch_is_heard_in_the_order_in_which_it_was_seen() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let report = |lat: f64, seconds: Option<i64>| {
            let at = seconds.map(|seconds| now + Duration::seconds(seconds));
            ("d".parse().unwrap(), Report { at, ..Report::of(GeoPoint::new(lat, 0.0).unwrap()) })
        };
        let gathered = [
            (1.0, None),
            (2.0, Some(-500)),
            (0.0, None),
            (3.0, Some(-600)),
            (4.0, Some(-500)),
            (5.0, Some(9)),
        ];
        let Hearing { positions, places, nowhere, outcome } =
            hear(gathered.map(|(lat, at)| report(lat, at)).into(), now);
        let order: Vec<_> = positions.iter().map(|(_, position)| position.point.lat()).collect();
        assert_eq!(order, [3.0, 2.0, 4.0, 1.0, 5.0], "of one time in the order in which they came");
        assert_eq!((places, &outcome.no_fix), (vec![3, 1, 4, 0, 5], &vec![2]));
        assert_eq!(nowhere.len(), 1);
        let why = Unassignable::HasOrder;
        let reported = Reported {
            late: vec![(1, now)],
            unknown: vec![0],
            excluded: vec![(1, why)],
            ..Reported::default()
        };
        let outcomes = outcome.clone().with(reported, &[3, 1]);
        assert_eq!(outcomes.late, [(1, now)], "in the caller's numbers");
        assert_eq!((outcomes.unknown, outcomes.excluded), (vec![3], vec![(1, why)]));
        assert_eq!(outcome.unusable.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 3, 4]);
    }
}
