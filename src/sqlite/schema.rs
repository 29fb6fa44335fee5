//! The tables' versions.

use refinery::embed_migrations;
use rusqlite::Connection;

embed_migrations!("migrations/sqlite");

/// What the header of our files says of the program they belong to: "Trop".
pub const MARK: i64 = 0x5472_6f70;

/// The newest version this program knows.
pub fn newest() -> i64 {
    let runner = migrations::runner();
    runner.get_migrations().iter().map(|m| i64::from(m.version())).max().unwrap_or(0)
}

/// Why the tables are not up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error(transparent)]
    Migration(#[from] refinery::Error),
}

/// Brings the tables up to [`newest`].
pub fn migrate(connection: &mut Connection) -> Result<(), MigrateError> {
    // Before the first table: killed in between, a file of ours must not look like somebody else's.
    let mark: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if mark != MARK {
        connection.pragma_update(None, "application_id", MARK)?;
    }
    migrations::runner().run(connection)?;
    Ok(())
}
