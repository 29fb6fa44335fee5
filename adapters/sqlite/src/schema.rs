//! The tables' versions.

use refinery::embed_migrations;
use rusqlite::Connection;

embed_migrations!("../../migrations/sqlite");

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

/// How far a file's tables are.
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
pub fn look(connection: &Connection) -> rusqlite::Result<Tables> {
    let ask = |table: &str, sql: &str| -> rusqlite::Result<Option<i64>> {
        if connection.table_exists(None, table)? {
            connection.query_row(sql, [], |row| row.get(0))
        } else {
            Ok(None)
        }
    };
    let version =
        ask("refinery_schema_history", "SELECT max(version) FROM refinery_schema_history")?.unwrap_or(0);
    // Before it was written down, a program had to know exactly the version that it met.
    let minimum = ask("compatibility", "SELECT max(minimum) FROM compatibility")?.unwrap_or(version);
    Ok(Tables { version, minimum })
}

/// Brings the tables up to [`newest`], and says how far they are then: newer ones that [`take`](Tables::take) us stay as they
/// are.
pub fn migrate(connection: &mut Connection) -> Result<i64, MigrateError> {
    // Before the first table: killed in between, a file of ours must not look like somebody else's.
    let mark: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if mark != MARK {
        connection.pragma_update(None, "application_id", MARK)?;
    }
    let seen = look(connection)?;
    if seen.version > newest() {
        tracing::info!(
            version = seen.version,
            known = newest(),
            "the tables are of a newer Tropa, which takes this one"
        );
        return Ok(seen.version);
    }
    migrations::runner().run(connection)?;
    Ok(newest())
}
