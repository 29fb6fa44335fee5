//! A PostgreSQL of one test's own, to be killed, stopped and set up as that test wants.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use crate::servers::{own, script_path};

/// Stopped and removed when it is dropped, or with the process.
pub struct PrivateServer {
    folder: PathBuf,
}

impl PrivateServer {
    /// A folder for a server and its files; nothing runs yet.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("tropa-test-postgres-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        own(&folder);
        Self { folder }
    }

    /// Where files for it may lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts it, with these further settings, and waits until it answers.
    pub fn start(&self, settings: &str) {
        self.start_with(settings, &[]);
    }

    /// The same, in an environment with these variables.
    pub fn start_with(&self, settings: &str, variables: &[(&'static str, String)]) {
        let file = self.folder.join("settings.conf");
        fs::write(&file, settings).unwrap();
        let mut all = vec![("TROPA_POSTGRES_CONF", file.to_str().unwrap())];
        all.extend(variables.iter().map(|(name, value)| (*name, value.as_str())));
        self.script("start", &all, &["postgres"]);
    }

    /// Its database's URL.
    pub fn url(&self) -> String {
        let told = self.script("env", &[], &[]);
        told.lines().find_map(|line| line.strip_prefix("DATABASE_URL=")).unwrap().to_owned()
    }

    /// Kills it, every process of it at once; returns when it is gone, its entry in the process table included: by that,
    /// a successor would take it for alive. Blocks.
    pub fn kill(&self) {
        let entry = PathBuf::from(format!("/proc/{}", self.pid()));
        self.signal("KILL");
        let began = Instant::now();
        while entry.exists() {
            assert!(began.elapsed() < Duration::from_secs(20), "it does not die");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A signal to every process of it.
    pub fn signal(&self, name: &str) {
        let pid = self.pid();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        let mut kill = Command::new("kill");
        kill.arg(format!("-{name}")).arg(&pid).args(children.split_whitespace());
        // A child that ended in between is none the worse.
        kill.stderr(std::process::Stdio::null()).status().unwrap();
    }

    fn pid(&self) -> String {
        fs::read_to_string(self.folder.join("postgres.pid")).unwrap().trim().to_owned()
    }

    fn script(&self, command: &str, variables: &[(&str, &str)], servers: &[&str]) -> String {
        let mut script = Command::new(script_path());
        script.arg(command).arg(&self.folder).args(servers).envs(variables.iter().copied());
        let output = script.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "scripts/servers {command}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        let _ = Command::new(script_path()).arg("stop").arg(&self.folder).arg("postgres").status();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
