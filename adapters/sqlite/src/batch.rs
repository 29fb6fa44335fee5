//! A transaction in the making: what jobs write into, and what memory must learn once it is committed.

use rusqlite::{Connection, Params, Row};
use tropa_contract::{domain::Status, port::StoreError};

use super::{failure::Failure, pending::Effect, statement};

/// An open transaction.
pub struct Batch<'c> {
    connection: &'c Connection,
    /// The transaction's time, in microseconds: when what it writes became due, ended, was answered.
    pub now: i64,
    effects: Vec<Effect>,
    counts: [i64; Status::ALL.len()],
}

impl<'c> Batch<'c> {
    /// Starts it. `IMMEDIATE`: a lock that cannot be had is known at once, not at the first write.
    pub fn begin(connection: &'c Connection, now: i64) -> Result<Self, Failure> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Self { connection, now, effects: Vec::new(), counts: [0; Status::ALL.len()] })
    }

    /// Runs one job so that its failure undoes it alone. The outer error is the transaction's own.
    pub fn guard(
        &mut self,
        job: impl FnOnce(&mut Self) -> Result<(), StoreError>,
    ) -> Result<Result<(), StoreError>, StoreError> {
        self.execute("SAVEPOINT job", [])?;
        let (effects, counts) = (self.effects.len(), self.counts);
        let outcome = job(self);
        match &outcome {
            Ok(()) => {}
            Err(StoreError::Fault(_)) => {
                self.execute("ROLLBACK TO job", [])?;
                self.effects.truncate(effects);
                self.counts = counts;
            }
            Err(error) => return Err(error.clone()),
        }
        self.execute("RELEASE job", [])?;
        Ok(outcome)
    }

    /// Commits.
    pub fn finish(&mut self) -> Result<(), Failure> {
        for (status, change) in Status::ALL.into_iter().zip(self.counts) {
            if change != 0 {
                self.execute(statement::ADD_ORDER_COUNT, (status.as_str(), change))?;
            }
        }
        self.execute("COMMIT", [])?;
        Ok(())
    }

    /// What memory must learn, in the order of writing.
    pub fn into_effects(self) -> Vec<Effect> {
        self.effects
    }

    /// Remembers an effect for after the commit.
    pub fn tell(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Counts an order out of one state and into another.
    pub fn count(&mut self, from: Option<Status>, to: Status) {
        for (i, status) in Status::ALL.into_iter().enumerate() {
            self.counts[i] += i64::from(status == to) - i64::from(Some(status) == from);
        }
    }

    /// Runs a statement; returns how many rows it changed.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize, Failure> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }

    /// Runs an INSERT; returns the new row's id.
    pub fn insert(&self, sql: &str, params: impl Params) -> Result<i64, Failure> {
        Ok(self.connection.prepare_cached(sql)?.insert(params)?)
    }

    /// The id of the row that was inserted last.
    pub fn last_row(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// The first row, if any.
    pub fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        first(self.connection, sql, params, read)
    }

    /// All rows.
    pub fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        all(self.connection, sql, params, read)
    }

    /// The answer to a `SELECT EXISTS`.
    pub fn holds(&self, sql: &str, params: impl Params) -> Result<bool, Failure> {
        Ok(self.connection.prepare_cached(sql)?.query_row(params, |row| row.get(0))?)
    }
}

/// The first row of a query, if any.
pub fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// All rows of a query.
pub fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    connection.prepare_cached(sql)?.query_and_then(params, read)?.collect()
}
