//! The tables' versions.

use std::time::Duration;

use refinery::{Runner, embed_migrations};
use tokio::time::timeout;
use tokio_postgres::Client;

use super::{AddressError, address::Address};

embed_migrations!("migrations/postgres");

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
    /// A newer Tropa was here.
    #[error("the database has schema version {found}, this program knows versions up to {known}")]
    Newer {
        /// Its version.
        found: i64,
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

/// Brings the tables up to [`newest`].
pub async fn migrate(address: &Address) -> Result<(), MigrateError> {
    let unreachable = |reason: &dyn ToString| MigrateError::Unreachable(reason.to_string());
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

async fn run(client: &mut Client) -> Result<(), MigrateError> {
    let sql = |e: tokio_postgres::Error| MigrateError::Unreachable(super::failure::told(&e));
    // Nobody waits for a lock who has nothing to do: an instance that vanished may still hold it.
    if is_current(client).await? {
        return Ok(());
    }
    client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await.map_err(sql)?;
    if !is_current(client).await? {
        let runner = migrations::runner();
        recognize(client, &runner).await.map_err(sql)?;
        runner.run_async(client).await?;
    }
    Ok(())
}

/// Lets a database that ran the other version 3 pass for one that ran ours: see [`REPUBLISHED`].
async fn recognize(client: &Client, runner: &Runner) -> Result<(), tokio_postgres::Error> {
    let (version, checksum) = REPUBLISHED;
    let ours = runner.get_migrations().iter().find(|step| step.version() == version);
    if let Some(ours) = ours
        && self::version(client).await? >= i64::from(version)
    {
        let sql = "UPDATE refinery_schema_history SET name = $3, checksum = $4 WHERE version = $1 AND checksum = $2";
        client.execute(sql, &[&version, &checksum, &ours.name(), &ours.checksum().to_string()]).await?;
    }
    Ok(())
}

/// Whether there is nothing to do; an error when a newer program has been here.
async fn is_current(client: &Client) -> Result<bool, MigrateError> {
    let found = version(client).await.map_err(|e| MigrateError::Unreachable(super::failure::told(&e)))?;
    let known = newest();
    if found > known { Err(MigrateError::Newer { found, known }) } else { Ok(found == known) }
}

pub async fn version(client: &Client) -> Result<i64, tokio_postgres::Error> {
    let history: Option<String> =
        client.query_one("SELECT to_regclass('refinery_schema_history')::text", &[]).await?.try_get(0)?;
    if history.is_none() {
        return Ok(0);
    }
    let version = client.query_one("SELECT max(version)::bigint FROM refinery_schema_history", &[]).await?;
    Ok(version.try_get::<_, Option<i64>>(0)?.unwrap_or(0))
}
