//! A look at the server, for whoever wants to know whether it can be used.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::timeout;

use super::{Options, PostgresStore, address::Address, failure::told, schema, statement};

/// For everything.
const LOOK: Duration = Duration::from_secs(8);

/// What was seen.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The server's.
    pub version: String,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// Whether it only follows another server.
    pub standby: bool,
    /// Of the tables; 0 when there are none.
    pub schema: i64,
    /// How far this machine's clock is ahead of the server's, within the time of the answer.
    pub skew: time::Duration,
}

impl PostgresStore {
    /// Connects once and looks; changes nothing. The error is for people.
    pub async fn examine(options: &Options) -> Result<Examined, String> {
        let address =
            Address::read(&options.url, options.ca.as_deref()).map_err(|error| error.to_string())?;
        let look = async {
            let (client, connection) = address.connect(|_| {}).await.map_err(|error| told(&error))?;
            let ask = async {
                let row = client.query_one(statement::EXAMINE, &[]).await?;
                let skew = OffsetDateTime::now_utc() - row.try_get::<_, OffsetDateTime>(3)?;
                let (version, encrypted, standby) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
                Ok(Examined { version, encrypted, standby, schema: schema::version(&client).await?, skew })
            };
            tokio::select! {
                seen = ask => seen.map_err(|error| told(&error)),
                ended = connection => Err(ended.err().map_or_else(|| "closed".to_owned(), |error| told(&error))),
            }
        };
        timeout(LOOK, look).await.unwrap_or_else(|_| Err(format!("no answer within {LOOK:?}")))
    }
}
