use crate::sqlite::{schema, statement};
use rusqlite::Connection;

#[test]
fn every_statement_prepares() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection).unwrap();
    for (name, sql) in statement::ALL {
        if let Err(e) = connection.prepare(sql) {
            panic!("{name}.sql: {e}");
        }
    }
}
