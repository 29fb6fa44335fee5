//! Whether a pooler stands between us and the server that gives each transaction another session.
//!
//! `PgBouncer` in transaction mode does. Statements that were prepared are then unknown half of the time, a `LISTEN` hears nothing,
//! and the lock around a migration belongs to somebody else. One order in three would fail, at random: better to say so at
//! the start.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::{address::Address, failure::told};

/// What is said of such a database.
pub const REFUSAL: &str = "a pooler in transaction mode (PgBouncer?) stands before the database: sessions are needed, \
                           so set pool_mode=session for it, or name the server itself";

/// Rounds of the look. One is enough when nobody else uses the pooler.
const ROUNDS: usize = 3;

/// Looks, with two connections at once. Errors are for people.
pub async fn shares_sessions(address: &Address) -> Result<bool, String> {
    let connect = async || address.connect(|_| {}).await.map_err(|error| told(&error));
    let (one, one_lives) = connect().await?;
    let (other, other_lives) = connect().await?;
    let look = async { look(&one, &other).await.map_err(|error| told(&error)) };
    tokio::select! {
        seen = look => seen,
        ended = one_lives => Err(closed(ended)),
        ended = other_lives => Err(closed(ended)),
    }
}

fn closed(ended: Result<(), tokio_postgres::Error>) -> String {
    ended.err().map_or_else(|| "closed".to_owned(), |error| told(&error))
}

/// A session has one process at the server for as long as it lives. Lent by the transaction, the process that served the one
/// before serves the other next, or the one is served by somebody else when the other is in the middle of something.
async fn look(one: &Client, other: &Client) -> Result<bool, tokio_postgres::Error> {
    let first = process(one).await?;
    for _ in 0..ROUNDS {
        other.batch_execute("BEGIN").await?;
        let shared = process(other).await? == first || process(one).await? != first;
        other.batch_execute("ROLLBACK").await?;
        if shared {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Asked in the simple way: nothing is prepared.
async fn process(client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
    let told = client.simple_query("SELECT pg_backend_pid()").await?;
    Ok(told.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(ToOwned::to_owned),
        _ => None,
    }))
}
