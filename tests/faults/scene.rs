//! A scene: a place of its own on the servers, instances behind their proxies, drivers that move, clients, a witness;
//! and in the end the ten checks.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use fastrand::Rng;
use tempfile::TempDir;

use crate::{
    checker::{self, Verdict},
    database::Database,
    drivers::Drivers,
    evidence,
    harness::Tropa,
    instance::{Instance, Servers},
    load::{Load, Mix},
    moment::Moment,
    owned::Set,
    witness::Witness,
};

/// A pipeline comes to a point it comes to all the time within this time, on a machine busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(45);
/// With fewer orders underway a fault has hit nothing.
pub const ENOUGH_IN_FLIGHT: usize = 4;
/// Arrivals a second.
const RATE: f64 = 15.0;
/// Leases on events, rows and drivers, in seconds: a fault that costs a lease should not cost a test half a minute.
pub const LEASE_S: u64 = 6;
pub const LEASE: Duration = Duration::from_secs(LEASE_S);

/// Everything a test of the matrix needs.
pub struct Scene {
    pub name: String,
    pub seed: u64,
    pub random: Rng,
    pub set: Set,
    pub servers: Servers,
    pub database: Database,
    pub instances: Vec<Instance>,
    pub load: Load,
    pub witness: Witness,
    pub drivers: Drivers,
    environment: Vec<(&'static str, String)>,
    folder: TempDir,
}

/// How a scene is set.
pub struct Setting {
    /// The instances' names.
    pub instances: Vec<&'static str>,
    /// Environment variables of all instances, on top of the usual ones.
    pub environment: Vec<(&'static str, String)>,
    pub drivers: usize,
}

impl Default for Setting {
    fn default() -> Self {
        Self { instances: vec!["a"], environment: Vec::new(), drivers: 300 }
    }
}

impl Setting {
    /// With this environment variable.
    #[allow(clippy::needless_pass_by_value, reason = "numbers and texts alike, as one writes them")]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.environment.push((name, value.to_string()));
        self
    }

    /// These instances.
    pub fn of(instances: &[&'static str]) -> Self {
        Self { instances: instances.to_vec(), ..Self::default() }
    }
}

/// What every run has.
fn usual() -> Vec<(&'static str, String)> {
    let lease = LEASE_S.to_string();
    let text = str::to_owned;
    vec![
        ("TROPA_EVENT_LEASE_SECONDS", lease.clone()),
        ("TROPA_OUTBOX_LEASE_SECONDS", lease.clone()),
        ("TROPA_CLAIM_LEASE_SECONDS", lease),
        ("TROPA_RETRY_INITIAL_SECONDS", text("0.1")),
        ("TROPA_RETRY_MAX_SECONDS", text("1")),
        ("TROPA_ASK_AGAIN_SECONDS", text("1")),
        // A call may be held up for seconds without anything being wrong with the fleet.
        ("TROPA_FLEET_DEADLINE_SECONDS", text("10")),
        ("TROPA_BREAKER_SLOW_AFTER_SECONDS", text("10")),
        ("TROPA_BREAKER_OPEN_SECONDS", text("1")),
        ("TROPA_FALLBACK_AFTER_SECONDS", text("600")),
        ("TROPA_DISPATCH_DEADLINE_SECONDS", text("600")),
        // A machine that is busy with other tests is slow, and nothing else is wrong with it.
        ("TROPA_REDIS_TIMEOUT_SECONDS", text("1")),
        ("TROPA_RUNTIME_THREADS", text("2")),
        ("TROPA_HTTP_WORKERS", text("1")),
    ]
}

impl Scene {
    /// On the servers everybody uses: none of them may be hurt.
    pub async fn shared(name: &str, setting: Setting) -> Self {
        Self::on(Set::Shared, name, setting).await
    }

    /// On servers that may be killed.
    pub async fn ours(name: &str, setting: Setting) -> Self {
        Self::on(Set::ours().await, name, setting).await
    }

    async fn on(set: Set, name: &str, setting: Setting) -> Self {
        let seed = std::env::var("TROPA_CHAOS_SEED").ok().map(|text| text.parse().expect("a number"));
        let seed = seed.unwrap_or_else(|| fastrand::u64(..));
        println!("{name}: TROPA_CHAOS_SEED={seed}");
        let folder = tempfile::tempdir().expect("a folder");
        let redis = set.servers().redis();
        let servers = Servers {
            database: set.servers().database().await,
            broker: set.servers().vhost().await,
            redis: redis.url,
            prefix: redis.prefix,
        };
        let mut environment = usual();
        environment.retain(|(name, _)| !setting.environment.iter().any(|(other, _)| other == name));
        environment.extend(setting.environment);
        let mut instances = Vec::new();
        for name in &setting.instances {
            let mut instance = Instance::new(name, folder.path(), &servers, &environment).await;
            instance.start().await;
            instances.push(instance);
        }
        let witness = Witness::start(&servers.broker).await;
        let drivers = Drivers::enter(instances[0].tropa(), setting.drivers).await;
        let load = Load::new(folder.path().join("ledger.jsonl"), name);
        let mut scene = Self {
            name: name.to_owned(),
            seed,
            random: Rng::with_seed(seed),
            database: Database::at(&servers.database),
            set,
            servers,
            instances,
            environment,
            load,
            witness,
            drivers,
            folder,
        };
        scene.aim();
        scene
    }

    /// The first instance.
    pub fn a(&self) -> &Instance {
        &self.instances[0]
    }

    pub fn a_mut(&mut self) -> &mut Instance {
        &mut self.instances[0]
    }

    /// Another instance, started.
    pub async fn add(&mut self, name: &str) {
        let mut instance = Instance::new(name, self.folder.path(), &self.servers, &self.environment).await;
        instance.start().await;
        self.instances.push(instance);
        self.aim();
    }

    /// Another instance with settings of its own, started.
    pub async fn add_with(&mut self, name: &str, more: Vec<(&'static str, String)>) {
        let environment: Vec<_> = self.environment.iter().cloned().chain(more).collect();
        let mut instance = Instance::new(name, self.folder.path(), &self.servers, &environment).await;
        instance.start().await;
        self.instances.push(instance);
        self.aim();
    }

    /// A new instance under a name of its own in the place of one that is dead.
    pub async fn replace(&mut self, at: usize, name: &str) {
        let mut instance = Instance::new(name, self.folder.path(), &self.servers, &self.environment).await;
        instance.start().await;
        self.instances[at] = instance;
        self.aim();
    }

    /// Somebody who runs.
    pub fn teller(&self) -> &Instance {
        self.instances.iter().find(|instance| instance.running().is_some()).expect("somebody runs")
    }

    /// Clients and drivers turn to whoever runs.
    pub fn aim(&mut self) {
        let urls: Vec<_> = self.instances.iter().filter_map(Instance::running).map(Tropa::url).collect();
        self.load.aim(urls.clone());
        self.drivers.aim(urls);
    }

    /// Orders come in, as on any day.
    pub fn under_load(&mut self) {
        self.under(RATE, Mix::USUAL);
    }

    /// Orders come in at this rate.
    pub fn under(&mut self, rate: f64, mix: Mix) {
        let random = self.random.fork();
        self.load.run(rate, mix, random);
    }

    /// Waits until enough orders have gone all the way: the pipeline is warm, and every connection is there.
    pub async fn flowing(&self) {
        let all_the_way = "SELECT count(*) FROM orders WHERE status NOT IN ('PENDING', 'MANUAL_DISPATCH')";
        let already = self.database.count(all_the_way).await;
        self.reached("orders go all the way", async || {
            self.database.count(all_the_way).await >= already + 20
        })
        .await;
    }

    /// Waits until the pipeline is where a fault is to hit it. When it never gets there, the run says nothing.
    pub async fn reached(&self, what: &str, mut there: impl AsyncFnMut() -> bool) {
        let began = Instant::now();
        while !there().await {
            let log = self.instances.iter().map(Instance::log).collect::<String>();
            assert!(began.elapsed() < PATIENCE, "inconclusive: {what}: never seen\n{log}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits for what must happen after a fault.
    pub async fn sees(&self, what: &str, within: Duration, mut seen: impl AsyncFnMut() -> bool) {
        let began = Instant::now();
        while !seen().await {
            if began.elapsed() >= within {
                self.fail(&format!("not seen within {within:?}: {what}"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A network without faults, for everybody.
    pub fn heal(&self) {
        for instance in &self.instances {
            instance.links.all().into_iter().for_each(crate::proxy::Proxy::heal);
        }
    }

    /// Where everything is now.
    pub async fn moment(&self) -> Moment {
        let committed = self.database.load().await.unwrap_or_default();
        let attempts = checker::attempts(self.load.ledger()).expect("the ledger can be read");
        let seen = self.witness.times();
        Moment { attempts, seen, committed, claims: Vec::new() }
    }

    /// Heals, waits for quiet and runs the ten checks.
    pub async fn judge(&mut self) -> Verdict {
        self.load.stop().await;
        self.heal();
        let evidence = evidence::gather(self).await;
        let verdict = checker::check(&evidence);
        println!("{}: {verdict}", self.name);
        if !verdict.findings.is_empty() {
            self.fail(&verdict.to_string());
        }
        verdict
    }

    /// Fails, and says how to repeat it and where everything still lies.
    pub fn fail(&self, why: &str) -> ! {
        let kept = std::env::temp_dir().join(format!("tropa-faults-{}-{}", std::process::id(), self.name));
        let kept = self.keep(kept).expect("the evidence can be kept");
        panic!("{}, seed {}, evidence in {}: {why}", self.name, self.seed, kept.display());
    }

    fn keep(&self, folder: PathBuf) -> std::io::Result<PathBuf> {
        std::fs::create_dir_all(&folder)?;
        std::fs::copy(self.load.ledger(), folder.join("ledger.jsonl"))?;
        for instance in &self.instances {
            std::fs::write(folder.join(format!("{}.log", instance.name)), instance.log())?;
        }
        Ok(folder)
    }
}
