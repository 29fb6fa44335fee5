//! Statements sent one behind the other, without waiting for answers in between: a transaction costs as many round trips as
//! it has questions whose answers it needs, whatever its size.

use futures_util::future::{BoxFuture, join, join_all};
use tokio_postgres::{Row, types::ToSql};

use super::{connection::Connection, failure::Failure};

/// A value for a statement.
pub type Param<'p> = &'p (dyn ToSql + Sync);

/// Asks several questions at once; their rows in the order asked. With `first`, they begin a transaction, which stays
/// open.
pub async fn ask(
    connection: &Connection,
    questions: &[(&str, &[Param<'_>])],
    first: bool,
) -> Result<Vec<Vec<Row>>, Failure> {
    let mut prepared = Vec::with_capacity(questions.len());
    for (sql, params) in questions {
        prepared.push((connection.prepare_cached(sql).await?, *params));
    }
    let questions = join_all(prepared.iter().map(|(statement, params)| connection.query(statement, params)));
    let begun = async { if first { connection.batch_execute("BEGIN").await } else { Ok(()) } };
    // The first to be polled is the first to be sent.
    let (begun, answers) = join(begun, questions).await;
    begun?;
    answers.into_iter().map(|rows| Ok(rows?)).collect()
}

/// The rest of a transaction, collected until it is committed.
#[derive(Default)]
pub struct Rest<'p> {
    statements: Vec<(&'static str, Vec<Param<'p>>)>,
}

impl<'p> Rest<'p> {
    /// One more statement.
    pub fn then(&mut self, sql: &'static str, params: impl IntoIterator<Item = Param<'p>>) {
        self.statements.push((sql, params.into_iter().collect()));
    }

    /// Sends all of it, COMMIT included. The first that fails makes the server undo everything, and refuse what follows:
    /// the connection is then out of the transaction, as after a success.
    pub async fn commit(self, connection: &Connection) -> Result<(), Failure> {
        let mut prepared = Vec::with_capacity(self.statements.len());
        for (sql, params) in self.statements {
            prepared.push((connection.prepare_cached(sql).await?, params));
        }
        let mut sent: Vec<BoxFuture<'_, Result<(), tokio_postgres::Error>>> = Vec::new();
        for (statement, params) in &prepared {
            sent.push(Box::pin(async move { connection.execute(statement, params).await.map(|_| ()) }));
        }
        sent.push(Box::pin(connection.batch_execute("COMMIT")));
        for outcome in join_all(sent).await {
            outcome?;
        }
        Ok(())
    }
}

/// Ends a transaction that failed, if it has not ended.
pub async fn roll_back(connection: &Connection) -> Result<(), Failure> {
    Ok(connection.batch_execute("ROLLBACK").await?)
}
