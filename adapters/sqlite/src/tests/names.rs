//! What the schema says once more, against the domain.

use rusqlite::Connection;
use tropa_contract::{
    domain::{ManualReason, Status},
    testing::names,
};

use super::schema::migrated;

#[tokio::test]
async fn the_schema_and_the_domain_have_the_same_names() {
    let connection = migrated();
    names::lists(async |table, column| {
        let sql = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        let table: String = connection.query_row(sql, [table], |row| row.get(0)).unwrap();
        let column = format!("{column} ");
        let definition = table.split(",\n").find(|definition| definition.trim_start().starts_with(&column));
        definition.unwrap_or_else(|| panic!("no {column} in {table}")).to_owned()
    })
    .await;
    let mut counted = connection.prepare("SELECT status FROM order_counts ORDER BY status").unwrap();
    let counted: Vec<String> = counted.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut states = Status::ALL.map(Status::as_str);
    states.sort_unstable();
    assert_eq!(counted, states, "order_counts");
}

#[tokio::test]
async fn the_schema_and_the_domain_have_the_same_steps() {
    let connection = migrated();
    names::steps(async |from, to| takes(&connection, from, to)).await;
}

fn takes(connection: &Connection, from: Status, to: Status) -> bool {
    let why = |status| (status == Status::ManualDispatch).then_some(ManualReason::NoDriver.as_str());
    connection.execute("DELETE FROM orders", []).unwrap();
    let order = "INSERT INTO orders (id, fingerprint, currency, price, tax, details, status, version, driver_id, driver_name,
                     claim_token, manual_reason, created_at, updated_at)
                 VALUES ('a', zeroblob(32), 'BRL', 1, 0, '{}', ?1, iif(?1 = 'PENDING', 1, 2), 'd', 'D', 't', ?2, 0, 0)";
    connection.execute(order, (from.as_str(), why(from))).unwrap();
    let step = "UPDATE orders SET version = version + 1, status = ?1, manual_reason = ?2";
    match connection.execute(step, (to.as_str(), why(to))) {
        Ok(_) => true,
        Err(refused) => {
            let refused = refused.to_string();
            assert!(refused.starts_with("invalid state transition"), "{refused}");
            false
        }
    }
}
