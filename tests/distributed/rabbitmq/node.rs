//! What an operator can have a broker do, on a set of servers that is ours alone.

use std::path::PathBuf;
use std::process::Command;

use crate::owned::Set;

/// The broker of a set that may be hurt.
pub struct Node {
    folder: PathBuf,
    ports: String,
}

impl Node {
    pub fn of(set: &Set) -> Self {
        assert!(matches!(set, Set::Ours(_)), "others use these servers too");
        let folder = set.servers().folder().to_owned();
        let ports = std::fs::read_to_string(folder.join("ports")).unwrap();
        Self { folder, ports }
    }

    pub fn port(&self, name: &str) -> u16 {
        let of = |line: &str| line.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
        self.ports.lines().find_map(of).unwrap_or_else(|| panic!("no {name} in {}", self.ports))
    }

    /// Runs an Erlang expression in the broker; what it returned. That takes seconds: on a runtime with one thread no
    /// connection would send its heartbeats meanwhile.
    pub fn eval(&self, expression: &str) -> String {
        // Servers refuse to be root, and their cookie is readable for their user alone.
        let root =
            std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0);
        let ctl = "/usr/lib/rabbitmq/bin/rabbitmqctl";
        let mut command = if root { Command::new("setpriv") } else { Command::new(ctl) };
        if root {
            command.args(["--reuid", "rabbitmq", "--regid", "rabbitmq", "--init-groups", "--", ctl]);
        }
        command.args(["eval", expression]).env("HOME", self.folder.join("rabbitmq"));
        command.env("ERL_EPMD_PORT", self.port("EPMD_PORT").to_string());
        command.env("RABBITMQ_NODENAME", format!("tropa-{}@localhost", self.port("RABBITMQ_PORT")));
        let output = tokio::task::block_in_place(|| command.output()).unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{expression}: {told}{}", String::from_utf8_lossy(&output.stderr));
        told
    }

    /// Changes something, and changes it back in the end, however the test ends.
    pub fn change(&self, to: &str, back: &'static str) -> Changed<'_> {
        self.eval(to);
        Changed { node: self, back }
    }
}

/// See [`Node::change`].
pub struct Changed<'a> {
    node: &'a Node,
    back: &'static str,
}

impl Drop for Changed<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.node.eval(self.back)));
        } else {
            self.node.eval(self.back);
        }
    }
}
