//! Who there is, as this instance knows it.
//!
//! Remembers whom it has seen: a registry that comes back empty, or does not answer, makes nobody disappear.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::domain::{Boot, FORGOTTEN_AFTER, InstanceReport, Presence};
use crate::port::Sighting;

/// An instance, as another one sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// What it said last.
    pub report: InstanceReport,
    /// What can be said of it now.
    pub presence: Presence,
    /// How long it was not heard of.
    pub silent_for: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Roster {
    known: HashMap<Boot, (InstanceReport, Instant)>,
    /// Whether the registry answered when it was last asked.
    reachable: bool,
}

impl Roster {
    /// The registry answered.
    pub fn saw(&mut self, sightings: Vec<Sighting>, now: Instant) {
        self.reachable = true;
        for Sighting { report, age } in sightings {
            let seen = now.checked_sub(age).unwrap_or(now);
            let before = self.known.get(&report.identity.boot).map(|(_, seen)| *seen);
            if before.is_none_or(|before| before <= seen) {
                self.known.insert(report.identity.boot, (report, seen));
            }
        }
        self.known.retain(|_, (_, seen)| now.duration_since(*seen) <= FORGOTTEN_AFTER);
    }

    /// The registry did not answer: of the others nothing is known.
    pub fn lost(&mut self) {
        self.reachable = false;
    }

    /// Everybody, `me` first among those of a name. A process that was started again under its name replaces the one
    /// before it, unless that still lives: then both are shown, because somebody has given one name twice.
    pub fn members(&self, me: &InstanceReport, now: Instant) -> Vec<Member> {
        let others = self.known.values().filter(|(report, _)| report.identity.boot != me.identity.boot);
        let mut members: Vec<Member> = others.map(|(report, seen)| self.member(report, *seen, now)).collect();
        members.push(Member { report: me.clone(), presence: Presence::Live, silent_for: Duration::ZERO });
        let newest = members.iter().fold(HashMap::<String, _>::new(), |mut newest, member| {
            let identity = &member.report.identity;
            let of_name = newest.entry(identity.id.clone()).or_insert(identity.started_at);
            *of_name = identity.started_at.max(*of_name);
            newest
        });
        members.retain(|member| {
            let identity = &member.report.identity;
            let replaced = newest.get(&identity.id).is_some_and(|newest| *newest > identity.started_at);
            !replaced || matches!(member.presence, Presence::Live | Presence::Stale)
        });
        members.sort_by(|a, b| {
            let key = |m: &Member| (m.report.identity.id.clone(), m.report.identity.boot != me.identity.boot);
            key(a).cmp(&key(b)).then(b.report.identity.started_at.cmp(&a.report.identity.started_at))
        });
        members
    }

    fn member(&self, report: &InstanceReport, seen: Instant, now: Instant) -> Member {
        let silent_for = now.saturating_duration_since(seen);
        let presence = match Presence::of(report.phase, silent_for) {
            Presence::Stopped => Presence::Stopped,
            _ if !self.reachable => Presence::Unknown,
            presence => presence,
        };
        Member { report: report.clone(), presence, silent_for }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Holdings, Identity, Phase, Throughput};

    fn report(id: &str) -> InstanceReport {
        InstanceReport {
            identity: Identity::new(id),
            phase: Phase::Running,
            holds: Holdings::default(),
            rates: Throughput::default(),
            breakers: Vec::new(),
            clock: None,
        }
    }

    fn sighting(report: &InstanceReport, seconds: u64) -> Sighting {
        Sighting { report: report.clone(), age: Duration::from_secs(seconds) }
    }

    fn shown(roster: &Roster, me: &InstanceReport, now: Instant) -> Vec<(String, &'static str)> {
        let members = roster.members(me, now).into_iter();
        members.map(|m| (m.report.identity.id, m.presence.as_str())).collect()
    }

    fn rows(rows: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
        rows.iter().map(|(id, presence)| ((*id).to_owned(), *presence)).collect()
    }

    #[test]
    fn who_falls_silent_is_shown_until_it_is_forgotten() {
        let (me, other, mut roster) = (report("a"), report("b"), Roster::default());
        let now = Instant::now();
        roster.saw(vec![sighting(&other, 1)], now);
        assert_eq!(shown(&roster, &me, now), rows(&[("a", "live"), ("b", "live")]));
        // From here on the registry says nothing of it any more, as after a start with no memory.
        for (seconds, presence) in [(6, "stale"), (11, "gone"), (3_500, "gone")] {
            let later = now + Duration::from_secs(seconds);
            roster.saw(Vec::new(), later);
            assert_eq!(shown(&roster, &me, later), rows(&[("a", "live"), ("b", presence)]));
        }
        let later = now + FORGOTTEN_AFTER;
        roster.saw(Vec::new(), later);
        assert_eq!(shown(&roster, &me, later), rows(&[("a", "live")]));
    }

    #[test]
    fn without_the_registry_it_answers_for_itself() {
        let (me, other, mut roster) = (report("a"), report("b"), Roster::default());
        let gone = InstanceReport { phase: Phase::Stopped, ..report("c") };
        let now = Instant::now();
        roster.saw(vec![sighting(&other, 0), sighting(&gone, 0)], now);
        roster.lost();
        assert_eq!(shown(&roster, &me, now), rows(&[("a", "live"), ("b", "unknown"), ("c", "stopped")]));
        roster.saw(vec![sighting(&other, 0)], now);
        assert_eq!(shown(&roster, &me, now)[1].1, "live");
    }

    #[test]
    fn a_name_that_was_started_again_is_one_instance() {
        let (me, old, mut roster) = (report("a"), report("b"), Roster::default());
        let mut new = report("b");
        new.identity.started_at = old.identity.started_at + Duration::from_secs(1);
        let now = Instant::now();
        roster.saw(vec![sighting(&old, 0), sighting(&new, 0)], now);
        assert_eq!(shown(&roster, &me, now).len(), 3, "one name, given twice");
        roster.saw(vec![sighting(&new, 0)], now + Duration::from_secs(20));
        let members = roster.members(&me, now + Duration::from_secs(20));
        assert_eq!(members.len(), 2);
        assert_eq!(members[1].report.identity.boot, new.identity.boot);
    }
}
