//! Who used the processors during a measurement: on one machine for everything that is what limits it.

use std::collections::HashMap;
use std::fmt::Write as _;

use procfs::process::all_processes;

/// The servers' programs, and what people call them.
const NAMES: [(&str, &str); 5] = [
    ("beam.smp", "RabbitMQ"),
    ("postgres", "PostgreSQL"),
    ("redis-server", "Redis"),
    ("tropa", "Tropa"),
    ("distributed", "the bench"),
];

/// CPU time up to a moment, by program.
pub struct Usage(HashMap<&'static str, f64>);

impl Usage {
    /// All that was used by processes that run now.
    pub fn now() -> anyhow::Result<Self> {
        let mut used = HashMap::new();
        let ticks = procfs::ticks_per_second() as f64;
        for process in all_processes()? {
            // One that ends in between is none of ours.
            let Ok(stat) = process.and_then(|process| process.stat()) else { continue };
            if let Some((_, name)) = NAMES.iter().find(|(program, _)| stat.comm.starts_with(program)) {
                *used.entry(*name).or_default() += (stat.utime + stat.stime) as f64 / ticks;
            }
        }
        Ok(Self(used))
    }

    /// What each used since, in microseconds for one of `count`, the largest share first.
    pub fn since(&self, count: f64) -> anyhow::Result<String> {
        let now = Self::now()?;
        let spent = |name| now.0.get(name).unwrap_or(&0.0) - self.0.get(name).unwrap_or(&0.0);
        let mut shares: Vec<_> =
            NAMES.iter().map(|(_, name)| (*name, spent(name) * 1e6 / count)).filter(|s| s.1 >= 0.5).collect();
        shares.sort_by(|one, other| other.1.total_cmp(&one.1));
        let mut text = String::new();
        for (name, share) in &shares {
            write!(text, "{name} {share:.0} µs, ")?;
        }
        write!(text, "of {} cores", std::thread::available_parallelism().map_or(1, std::num::NonZero::get))?;
        Ok(text)
    }
}
