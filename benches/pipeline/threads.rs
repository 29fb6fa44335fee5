//! What the arbiters' threads have used.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use procfs::process::{Process, Task};

/// As the kernel cuts the name that actix gives them.
const NAME: &str = "actix-rt|system";

/// The threads of one actor system, in the order of its arbiters.
pub struct Threads(Vec<i32>);

fn tasks() -> anyhow::Result<impl Iterator<Item = Task>> {
    // One that ends in between is not there any more.
    Ok(Process::myself()?.tasks()?.filter_map(Result::ok))
}

/// All threads of arbiters that there are, by number: the later one is started, the larger.
pub fn present() -> anyhow::Result<BTreeSet<i32>> {
    let arbiters = tasks()?.filter(|task| task.status().is_ok_and(|status| status.name == NAME));
    Ok(arbiters.map(|task| task.tid).collect())
}

impl Threads {
    /// Those that have been started since.
    pub fn since(before: &BTreeSet<i32>) -> anyhow::Result<Self> {
        Ok(Self(present()?.difference(before).copied().collect()))
    }

    /// How busy each was during this time, in which none of them ended.
    pub fn shares(&self, time: Duration) -> anyhow::Result<String> {
        let mut text = String::new();
        for (arbiter, thread) in self.0.iter().enumerate() {
            let stat = Process::myself()?.task_from_tid(*thread)?.stat()?;
            let used = (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64;
            // Writing to a String cannot fail.
            let _ = write!(text, "  {arbiter}: {:.0} %", used / time.as_secs_f64() * 100.0);
        }
        Ok(text)
    }
}
