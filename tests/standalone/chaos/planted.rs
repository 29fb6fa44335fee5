//! The checks against a real run: sound as it is, red in the right place once a fault is written into a copy of its
//! database with the constraints taken off.

use std::path::Path;

use rusqlite::Connection;

use super::campaign::Campaign;
use crate::checker::{self, Announcement, Attempt, Evidence, Outcome, Wanted};

/// A run that went well, and the file it left.
struct Copy {
    evidence: Evidence,
    database: std::path::PathBuf,
    folder: tempfile::TempDir,
}

impl Copy {
    async fn of_a_run() -> Self {
        let mut campaign = Campaign::start("planted").await;
        let url = campaign.tropa.url();
        campaign.load.run(url, &mut campaign.random);
        campaign.load.begun(120).await;
        campaign.load.stop().await;
        let evidence = campaign.evidence().await;
        let verdict = checker::check(&evidence);
        assert_eq!(verdict.findings, [], "{verdict}");
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("sound.db");
        let db = Connection::open(campaign.tropa.database()).unwrap();
        db.execute("VACUUM INTO ?1", [database.to_str().unwrap()]).unwrap();
        Self { evidence, database, folder }
    }

    /// Which checks are red after this.
    fn found(&self, plant: impl FnOnce(&Connection, &mut Evidence)) -> Vec<u8> {
        let database = self.folder.path().join("planted.db");
        std::fs::copy(&self.database, &database).unwrap();
        let mut evidence = self.evidence.clone();
        let db = Connection::open(&database).unwrap();
        bare(&db);
        plant(&db, &mut evidence);
        db.close().unwrap();
        checker::check(&reread(&database, evidence)).failed()
    }
}

/// Takes away what the schema itself would refuse.
fn bare(db: &Connection) {
    db.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;").unwrap();
    let guards = "SELECT 'DROP ' || type || ' ' || name FROM sqlite_schema
                  WHERE sql IS NOT NULL AND (type = 'trigger' OR type = 'index')";
    let mut drops = db.prepare(guards).unwrap();
    let drops: Vec<String> = drops.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    db.execute_batch(&drops.join(";")).unwrap();
}

/// The same evidence, its database part read anew.
fn reread(database: &Path, rest: Evidence) -> Evidence {
    let read = super::database::load(database).unwrap();
    Evidence { ledger: rest.ledger, claims: rest.claims, left: rest.left, audit: rest.audit, ..read }
}

fn change(db: &Connection, sql: &str) {
    assert!(db.execute(sql, []).unwrap() > 0, "{sql}");
}

fn text(db: &Connection, sql: &str) -> String {
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// An order a driver has.
const DISPATCHED: &str = "(SELECT MIN(seq) FROM orders WHERE status = 'DISPATCHED')";
/// Another.
const ANOTHER: &str = "(SELECT MAX(seq) FROM orders WHERE status = 'DISPATCHED')";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_turns_a_real_run_red_in_its_own_check() {
    let run = Copy::of_a_run().await;
    assert_eq!(run.found(|_, _| ()), [] as [u8; 0]);

    let lost = run.found(|db, _| change(db, &format!("DELETE FROM orders WHERE seq = {DISPATCHED}")));
    assert_eq!(lost, [1]);
    let edited = run.found(|_, evidence| {
        let wanted = Wanted::Create { id: "never-was".to_owned(), key: None, price: 1 };
        let outcome = Outcome::Accepted { status: 201, id: "never-was".to_owned(), version: 1 };
        evidence.ledger.push(Attempt { number: 1 << 40, wanted, outcome });
    });
    assert_eq!(edited, [1]);

    let stuck = run.found(|db, evidence| {
        let id = uuid::Uuid::now_v7();
        let hex = id.simple();
        db.execute_batch(&format!(
            "INSERT INTO orders (id, fingerprint, currency, price, tax, details, status, version, created_at, updated_at)
                VALUES ('stuck', zeroblob(32), 'BRL', 1, 1, '{{}}', 'PENDING', 1, 0, 0);
             INSERT INTO order_events (order_seq, version, event_id, kind, data, at, cause, attempt)
                SELECT seq, 1, x'{hex}', 'created', '{{}}', 0, 'api', 1 FROM orders WHERE id = 'stuck';
             INSERT INTO outbox (event_id, topic, order_seq, version, payload, created_at)
                SELECT x'{hex}', 'orders.created', seq, 1, '{{}}', 0 FROM orders WHERE id = 'stuck';"
        ))
        .unwrap();
        evidence.audit.push(Announcement { event_id: id.to_string(), topic: "orders.created".to_owned() });
    });
    assert_eq!(stuck, [2]);

    let repeated = run.found(|db, _| {
        change(
            db,
            &format!(
                "INSERT INTO order_events SELECT order_seq, version + 1, event_id, kind, data, at, cause, attempt, trace
                 FROM order_events WHERE order_seq = {DISPATCHED} AND kind = 'dispatched'"
            ),
        );
        change(db, &format!("UPDATE orders SET version = version + 1 WHERE seq = {DISPATCHED}"));
    });
    assert_eq!(repeated, [3]);

    let no_fold = run
        .found(|db, _| change(db, &format!("UPDATE orders SET claim_token = 'x' WHERE seq = {DISPATCHED}")));
    assert_eq!(no_fold, [4]);

    let dropped = run.found(|db, _| {
        change(db, &format!("DELETE FROM outbox WHERE order_seq = {DISPATCHED} AND version > 1"));
    });
    assert_eq!(dropped, [5]);
    let unseen = run.found(|_, evidence| drop(evidence.audit.pop()));
    assert_eq!(unseen, [5]);

    let shared = run.found(|db, evidence| {
        let driver = text(db, &format!("SELECT driver_id FROM orders WHERE seq = {DISPATCHED}"));
        let other = text(db, &format!("SELECT id FROM orders WHERE seq = {ANOTHER}"));
        change(db, &format!("UPDATE assignments SET driver_id = '{driver}' WHERE order_seq = {ANOTHER}"));
        change(db, &format!("UPDATE orders SET driver_id = '{driver}' WHERE seq = {ANOTHER}"));
        change(
            db,
            &format!(
                "UPDATE order_events SET data = json_set(data, '$.driver_id', '{driver}')
                 WHERE order_seq = {ANOTHER} AND kind = 'dispatched'"
            ),
        );
        evidence
            .claims
            .iter_mut()
            .filter(|hold| hold.order == other)
            .for_each(|hold| hold.driver_id.clone_from(&driver));
    });
    assert_eq!(shared, [6]);

    let unassigned = run.found(|db, _| {
        change(db, &format!("UPDATE assignments SET active = 0 WHERE order_seq = {DISPATCHED}"));
    });
    assert_eq!(unassigned, [7]);

    let forgotten = run.found(|db, _| {
        change(
            db,
            &format!(
                "INSERT INTO outbox_pending (id, order_seq, due_at, attempts)
                 SELECT MAX(id), order_seq, 0, 0 FROM outbox WHERE order_seq = {DISPATCHED}"
            ),
        );
    });
    assert_eq!(forgotten, [8]);

    let half = run.found(|db, evidence| {
        let keyed = "SELECT MIN(k.order_seq) FROM idempotency_keys k JOIN orders ON seq = k.order_seq
                     WHERE status = 'DISPATCHED'";
        let id = text(db, &format!("SELECT id FROM orders WHERE seq = ({keyed})"));
        change(db, &format!("DELETE FROM idempotency_keys WHERE order_seq = ({keyed})"));
        for attempt in evidence.ledger.iter_mut().filter(|attempt| attempt.wanted.id() == id) {
            attempt.outcome = Outcome::Unknown { why: "edited".to_owned() };
        }
    });
    assert_eq!(half, [9]);

    let two_for_one = run.found(|db, _| {
        change(
            db,
            &format!(
                "INSERT INTO idempotency_keys SELECT 'another scope', key, fingerprint, {DISPATCHED}, created_at
                 FROM idempotency_keys WHERE order_seq <> {DISPATCHED} LIMIT 1"
            ),
        );
    });
    assert_eq!(two_for_one, [10]);
}
