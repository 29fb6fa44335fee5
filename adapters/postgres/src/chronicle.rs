//! [`Chronicle`] on PostgreSQL: the server's clock, which all instances go by.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use deadpool_postgres::{ClientWrapper, Hook, HookError};
use tokio::time::Instant;
use tropa_contract::port::{Chronicle, Clock, Horizon, Reading, StoreError};

use super::{PostgresStore, connection::bounded, failure::Failure, statement};

#[async_trait]
impl Chronicle for PostgresStore {
    async fn time(&self) -> Result<Reading, StoreError> {
        let connection = self.relaxed().await?;
        let outcome = bounded(async { Ok(read(&connection).await?) }).await;
        connection.give_back(outcome)
    }

    async fn mark(&self, ran: Duration) -> Result<(), StoreError> {
        let connection = self.relaxed().await?;
        let outcome = bounded(async {
            let mark = connection.prepare_cached(statement::MARK_CLOCK).await?;
            connection.execute(&mark, &[&length(ran)]).await?;
            let forget = connection.prepare_cached(statement::FORGET_HISTORY).await?;
            connection.execute(&forget, &[]).await?;
            Ok(())
        });
        let outcome = outcome.await;
        connection.give_back(outcome)
    }

    async fn horizon(&self, span: Duration) -> Result<Option<Horizon>, StoreError> {
        let rows = self.rows(statement::HORIZON, &[&length(span)]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let read = || Ok(Horizon { earliest: row.try_get(0)?, complete: row.try_get(1)? });
        Ok(Some(read().map_err(|error: tokio_postgres::Error| Failure::from(error))?))
    }
}

/// What the server's clock says.
async fn read(client: &ClientWrapper) -> Result<Reading, tokio_postgres::Error> {
    // Prepared before it is asked: an answer says the more the sooner it comes.
    let statement = client.prepare_cached(statement::READ_CLOCK).await?;
    let sent = Instant::now();
    let time = client.query_one(&statement, &[]).await?.try_get(0)?;
    Ok(Reading { time, sent, received: Instant::now() })
}

/// Holds `clock` against the server's on each new connection.
pub fn comparing(clock: Arc<dyn Clock>) -> Hook {
    Hook::async_fn(move |client, _| {
        let clock = clock.clone();
        Box::pin(async move {
            clock.compare(read(client).await.map_err(HookError::Backend)?);
            Ok(())
        })
    })
}

fn length(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
