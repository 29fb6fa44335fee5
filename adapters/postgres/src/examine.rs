//! A look at the server, for whoever wants to know whether it can be used: it is asked to do what it will have to do.

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::timeout;
use tokio_postgres::Client;

use super::{
    Options, PostgresStore,
    address::Address,
    failure::told,
    pooler,
    schema::{self, Tables},
    statement,
};

/// For everything.
const LOOK: Duration = Duration::from_secs(8);

/// Where there are no tables yet: what the first start does, and undone.
const TRY: &str = "BEGIN; CREATE TABLE tropa_doctor (id INT); INSERT INTO tropa_doctor VALUES (1); ROLLBACK";

/// What was seen.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The server's.
    pub version: String,
    /// Whether the connection is encrypted.
    pub encrypted: bool,
    /// How far this machine's clock is ahead of the server's, within the time of the answer.
    pub skew: time::Duration,
    /// Whether sessions start with the options we ask for: a pooler may leave them out.
    pub heeds_options: bool,
    /// How far the tables are.
    pub tables: Tables,
}

impl PostgresStore {
    /// Connects, looks, and commits a write to the row that is there for it; before the first migration it makes a table and
    /// takes it back. The error is for people.
    pub async fn examine(options: &Options) -> Result<Examined, String> {
        let address =
            Address::read(&options.url, options.ca.as_deref()).map_err(|error| error.to_string())?;
        let look = async {
            if pooler::shares_sessions(&address).await? {
                return Err(pooler::REFUSAL.to_owned());
            }
            let (client, connection) = address.connect(|_| {}).await.map_err(|error| told(&error))?;
            tokio::select! {
                seen = ask(&client) => seen.map_err(|error| told(&error)),
                ended = connection => Err(ended.err().map_or_else(|| "closed".to_owned(), |error| told(&error))),
            }
        };
        timeout(LOOK, look).await.unwrap_or_else(|_| Err(format!("no answer within {LOOK:?}")))
    }
}

async fn ask(client: &Client) -> Result<Examined, tokio_postgres::Error> {
    let row = client.query_one(statement::EXAMINE, &[]).await?;
    let skew = OffsetDateTime::now_utc() - row.try_get::<_, OffsetDateTime>(3)?;
    let (version, encrypted, heeds_options) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let tables = schema::look(client).await?;
    match tables.version {
        0 => client.batch_execute(TRY).await?,
        _ if tables.take(schema::newest()) => client.batch_execute(statement::PROBE).await?,
        // Nobody will write there.
        _ => {}
    }
    Ok(Examined { version, encrypted, skew, heeds_options, tables })
}
