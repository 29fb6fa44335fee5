//! What a process's threads have used, and how often each was woken.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use procfs::process::Process;

/// Threads named one by one; the rest are in the sum only.
const SHOWN: usize = 4;

/// Up to a moment, or between two.
pub struct Usage {
    pub cpu: Duration,
    /// By thread: its number, its name, and the times it gave up the processor to wait for something.
    woken: BTreeMap<i32, (String, u64)>,
}

impl Usage {
    /// All that its threads have used so far.
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        let process = Process::new(i32::try_from(pid)?)?;
        let (stat, mut woken) = (process.stat()?, BTreeMap::new());
        let ticks = (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64;
        for task in process.tasks()? {
            // One that ends in between has nothing more to tell.
            let Ok(status) = task.and_then(|task| task.status()) else { continue };
            woken.insert(status.pid, (status.name, status.voluntary_ctxt_switches.unwrap_or_default()));
        }
        Ok(Self { cpu: Duration::from_secs_f64(ticks), woken })
    }

    /// What was used since.
    pub fn since(mut self, before: &Self) -> Self {
        self.cpu = self.cpu.saturating_sub(before.cpu);
        for (thread, (_, times)) in &mut self.woken {
            *times -= before.woken.get(thread).map_or(0, |(_, earlier)| *earlier);
        }
        self
    }

    /// Wake-ups for one of `count`: of all, and by those who have most of them.
    pub fn wakeups(&self, count: u64) -> String {
        let mut kinds = BTreeMap::<&str, u64>::new();
        for (name, times) in self.woken.values() {
            *kinds.entry(name).or_default() += times;
        }
        let all: u64 = kinds.values().sum();
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
        let each = |times: u64| times as f64 / count as f64;
        let mut text = format!("{:.1}", each(all));
        for (name, times) in kinds.into_iter().take(SHOWN) {
            // Writing to a String cannot fail.
            let _ = write!(text, ", {name} {:.1}", each(times));
        }
        text
    }
}
