//! Bringing the pipeline to a stage, and holding it there: bytes are held between an instance and its servers until what
//! can be seen from outside says that enough of the load is at that very point.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use crate::{
    evidence,
    moment::Moment,
    proxy::Flow,
    scene::{ENOUGH_IN_FLIGHT, PATIENCE, Scene},
};

/// What PostgreSQL says when a transaction is committed.
pub const COMMITTED: &[u8] = b"COMMIT\0";

impl Scene {
    /// Orders are committed and their clients are not told: the database's answers are held. New orders are one statement.
    pub async fn at_accept(&self) -> Moment {
        let (began, database) = (Instant::now(), &self.a().links.database);
        loop {
            database.to_client(Flow::Hold);
            let held = Instant::now();
            while held.elapsed() < PATIENCE / 10 {
                let moment = self.moment().await;
                if self.load.in_flight() >= ENOUGH_IN_FLIGHT && !moment.stored_and_untold().is_empty() {
                    return moment;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert!(began.elapsed() < PATIENCE, "inconclusive: never was an order stored and nobody told");
            // Every connection there was waited for something else, and no new one can be made.
            database.heal();
            self.flowing().await;
        }
    }

    /// Requests have come in and nothing of them has reached the database.
    pub async fn before_accept(&self) -> Moment {
        self.a().links.database.to_server(Flow::Hold);
        self.reached("requests wait for the database", async || {
            self.moment().await.sent_and_not_stored().len() >= ENOUGH_IN_FLIGHT
        })
        .await;
        self.moment().await
    }

    /// Messages are in their queues and the relay does not know: confirms are held.
    pub async fn at_outbox(&self) -> Moment {
        self.a().links.broker.to_client(Flow::Hold);
        self.reached("messages are out and unmarked", async || {
            self.moment().await.seen_and_unmarked().len() >= ENOUGH_IN_FLIGHT
        })
        .await;
        self.moment().await
    }

    /// Deliveries are in hand: leased, their searches sent, drivers claimed, and the fleet's answers held.
    pub async fn at_fleet(&self) -> Moment {
        self.a().links.fleet.to_client(Flow::Hold);
        self.reached("drivers are claimed and nobody is told", async || {
            let in_hand = self.a().metric("tropa_consumer_in_flight").await as usize;
            in_hand >= ENOUGH_IN_FLIGHT && self.untold_claims().await.len() >= ENOUGH_IN_FLIGHT
        })
        .await;
        let mut moment = self.moment().await;
        moment.claims = self.untold_claims().await;
        moment
    }

    /// Orders are dispatched in the database, and whoever did it does not know: the answers to COMMIT are held.
    pub async fn at_commit(&self) -> Moment {
        // First drivers are found for many, then all of them are committed at once.
        self.at_fleet().await;
        let before: HashSet<String> = self.moment().await.in_state("DISPATCHED").into_iter().collect();
        let links = &self.a().links;
        links.database.to_client(Flow::HoldAt(COMMITTED));
        links.fleet.heal();
        let mut moment = self.moment().await;
        self.reached("orders are dispatched and nobody is told", async || {
            moment = self.moment().await;
            !moment.untold_dispatches(&before).is_empty()
        })
        .await;
        moment
    }

    /// Drivers held by orders that have no driver yet.
    pub async fn untold_claims(&self) -> Vec<crate::checker::HeldDriver> {
        let pending: HashSet<String> =
            self.database.texts("SELECT id FROM orders WHERE status = 'PENDING'").await.into_iter().collect();
        let holds = evidence::holds(self.teller()).await;
        holds.into_iter().filter(|hold| pending.contains(&hold.order)).collect()
    }
}
