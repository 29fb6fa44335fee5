//! The tables' versions.

use std::time::Duration;

use refinery::{Runner, embed_migrations};
use tokio::time::timeout;
use tokio_postgres::Client;

use super::{AddressError, address::Address, pooler};

embed_migrations!("../../migrations/postgres");

/// Held while the tables are looked at and changed, so that instances that start together do it one after the other:
/// "Trop", and once more.
const LOCK: i64 = 0x5472_6f70_5472_6f70;
/// To connect.
const CONNECT: Duration = Duration::from_secs(5);
/// What a migration asks for behind the session's options: rewriting a large table takes its time, which is bounded below; whoever
/// vanishes with the lock is noticed within half a minute.
const PATIENT: &str = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=60s \
                       -c enable_seqscan=on -c enable_nestloop=on \
                       -c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";
/// What a migration may take, waiting for another instance's included.
const MIGRATION: Duration = Duration::from_mins(10);

/// Version 3 was published twice; this is the checksum of the one that is gone. It did what 3 and 4 do now, and 4 does no harm
/// a second time, but refinery refuses a database whose history it does not know.
const REPUBLISHED: (i32, &str) = (3, "7346792286484442548");

/// Why the tables are not up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The address does not read.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The database cannot be reached, or went away.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// What is reached are not sessions.
    #[error("{}", pooler::REFUSAL)]
    Pooled,
    /// A newer Tropa was here, with which ours does not go together.
    #[error(
        "the database has schema version {found}, which takes programs that know version {minimum} or later; this one knows \
         versions up to {known}"
    )]
    Newer {
        /// Its version.
        found: i64,
        /// The oldest that goes together with it.
        minimum: i64,
        /// Ours.
        known: i64,
    },
    /// A step failed; it left nothing behind.
    #[error("the database cannot be migrated: {0}")]
    Migration(#[from] refinery::Error),
}

/// The newest version this program knows.
pub fn newest() -> i64 {
    let runner = migrations::runner();
    runner.get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0)
}

/// How far a database's tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tables {
    /// 0 when there are none.
    pub version: i64,
    /// What a program must know at least to work with them.
    pub minimum: i64,
}

impl Tables {
    /// Whether a program that knows versions up to `known` may work with them. Newer tables are no reason not to: a migration
    /// adds what older programs do not look at, and one that does more raises the minimum.
    pub fn take(self, known: i64) -> bool {
        self.version <= known || self.minimum <= known
    }
}

/// Looks, and changes nothing.
pub async fn look(client: &Client) -> Result<Tables, tokio_postgres::Error> {
    let version = number(client, "refinery_schema_history", "max(version)::bigint").await?.unwrap_or(0);
    // Before it was written down, a program had to know exactly the version that it met.
    let minimum = number(client, "compatibility", "max(minimum)").await?.unwrap_or(version);
    Ok(Tables { version, minimum })
}

/// Brings the tables up to [`newest`], and says how far they are then: newer ones that [`take`](Tables::take) us stay as they
/// are.
pub async fn migrate(address: &Address) -> Result<i64, MigrateError> {
    let unreachable = |reason: &dyn ToString| MigrateError::Unreachable(reason.to_string());
    let pooled = timeout(CONNECT, pooler::shares_sessions(address)).await;
    if pooled.map_err(|_| unreachable(&"no answer in time"))?.map_err(MigrateError::Unreachable)? {
        return Err(MigrateError::Pooled);
    }
    let connect = address.connect(|config| {
        let options = format!("{} {PATIENT}", config.get_options().unwrap_or_default());
        config.options(options).application_name("tropa migration");
    });
    let (mut client, connection) = timeout(CONNECT, connect)
        .await
        .map_err(|_| unreachable(&"no connection in time"))?
        .map_err(|e| unreachable(&super::failure::told(&e)))?;
    // Polled here, not by a task: whoever gives up takes the connection, and with it the lock, along.
    tokio::select! {
        migrated = timeout(MIGRATION, run(&mut client)) => {
            migrated.map_err(|_| unreachable(&"the migration took too long"))?
        }
        ended = connection => {
            let reason = ended.err().map_or_else(|| "closed".to_owned(), |e| super::failure::told(&e));
            Err(MigrateError::Unreachable(reason))
        }
    }
}

async fn run(client: &mut Client) -> Result<i64, MigrateError> {
    let sql = |e: tokio_postgres::Error| MigrateError::Unreachable(super::failure::told(&e));
    // Nobody waits for a lock who has nothing to do: an instance that vanished may still hold it.
    if let Some(version) = usable(client).await? {
        return Ok(version);
    }
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.map_err(sql)?;
    if let Some(version) = usable(client).await? {
        return Ok(version);
    }
    let runner = migrations::runner();
    recognize(client, &runner).await.map_err(sql)?;
    runner.run_async(client).await?;
    Ok(newest())
}

/// Lets a database that ran the other version 3 pass for one that ran ours: see [`REPUBLISHED`].
async fn recognize(client: &Client, runner: &Runner) -> Result<(), tokio_postgres::Error> {
    let (version, checksum) = REPUBLISHED;
    let ours = runner.get_migrations().iter().find(|step| step.version() == version);
    if let Some(ours) = ours
        && look(client).await?.version >= i64::from(version)
    {
        let sql = "UPDATE refinery_schema_history SET name = $3, checksum = $4 WHERE version = $1 AND checksum = $2";
        client.execute(sql, &[&version, &checksum, &ours.name(), &ours.checksum().to_string()]).await?;
    }
    Ok(())
}

/// The tables' version when there is nothing to do; an error when a newer program has been here that does not take us along.
async fn usable(client: &Client) -> Result<Option<i64>, MigrateError> {
    let seen = look(client).await.map_err(|e| MigrateError::Unreachable(super::failure::told(&e)))?;
    let known = newest();
    let Tables { version: found, minimum } = seen;
    if !seen.take(known) {
        return Err(MigrateError::Newer { found, minimum, known });
    }
    if found > known {
        tracing::info!(version = found, known, "the tables are of a newer Tropa, which takes this one");
    }
    Ok((found >= known).then_some(found))
}

/// A number from a table, if that exists where the session looks for tables.
async fn number(client: &Client, table: &str, what: &str) -> Result<Option<i64>, tokio_postgres::Error> {
    let there: Option<String> =
        client.query_one("SELECT to_regclass($1)::text", &[&table]).await?.try_get(0)?;
    if there.is_none() {
        return Ok(None);
    }
    client.query_one(&format!("SELECT {what} FROM {table}"), &[]).await?.try_get(0)
}
