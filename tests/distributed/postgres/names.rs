//! What the schema says once more, against the domain.

use tropa_dispatch::{
    domain::{ManualReason, Status},
    port::{OrderStore, StatusCounts, SystemClock},
    testing::names,
};
use tropa_postgres::PostgresStore;

use super::{Options, client, store_on};
use crate::servers::servers;

const FOLD_COUNTS: &str = include_str!("../../../adapters/postgres/src/sql/fold_counts.sql");

#[tokio::test]
async fn the_schema_and_the_domain_have_the_same_names() {
    let url = servers().database().await;
    PostgresStore::migrate(&Options::new(&url, std::sync::Arc::new(SystemClock))).await.unwrap();
    let client = client(&url).await;
    names::lists(async |table, column| {
        let check = "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c
                     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ALL (c.conkey)
                     WHERE c.contype = 'c' AND c.conrelid = $1::text::regclass AND a.attname = $2";
        client.query_one(check, &[&table, &column]).await.unwrap().get(0)
    })
    .await;
}

#[tokio::test]
async fn the_schema_and_the_domain_have_the_same_steps_and_each_state_is_counted() {
    let url = servers().database().await;
    let store = store_on(&url);
    store.check().await.unwrap();
    let client = client(&url).await;
    let order = "INSERT INTO orders (id, fingerprint, currency, price, tax, details, status, version, driver_id,
                     driver_name, claim_token, manual_reason, created_at, updated_at)
                 VALUES ('a', decode(repeat('00', 32), 'hex'), 'BRL', 1, 0, '{}', $1, CASE $1 WHEN 'PENDING' THEN 1 ELSE 2 END,
                     'd', 'D', 't', $2, now(), now())";
    names::steps(async |from, to| {
        let why = |status| (status == Status::ManualDispatch).then_some(ManualReason::NoDriver.as_str());
        client.execute("DELETE FROM orders", &[]).await.unwrap();
        client.execute(order, &[&from.as_str(), &why(from)]).await.unwrap();
        for folded in [false, true] {
            if folded {
                client.query_one(FOLD_COUNTS, &[&1_i64, &1_000_i64]).await.unwrap();
            }
            let counts = StatusCounts::from_iter([(from, 1)]);
            assert_eq!(store.counts().await, Ok(counts), "{from}, folded: {folded}");
        }
        let step = "UPDATE orders SET version = version + 1, status = $1, manual_reason = $2";
        match client.execute(step, &[&to.as_str(), &why(to)]).await {
            Ok(_) => true,
            Err(refused) => {
                let refused = refused.as_db_error().unwrap();
                assert!(refused.message().starts_with("invalid state transition"), "{refused}");
                false
            }
        }
    })
    .await;
}
