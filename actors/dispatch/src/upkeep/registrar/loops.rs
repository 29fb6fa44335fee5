//! The registrar's loops.

use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tropa_supervision::{Pulse, Step};

use super::book::Book;
use super::execution::living;
use super::{ANSWERS, CONDUCT, HURRY, LISTEN, PAUSE, PUBLISH, WORKING};
use crate::domain::Phase;
use crate::duty::Stage;
use crate::hands::Hands;
use crate::port::{Errand, Outcome};

const CHANGE: Step = Step::idle("waiting for its next round or a change");
const PUBLISHING: Step = Step::new("publishing");
const FAREWELL: Step = Step::new("saying farewell");
const CONDUCTING: Step = Step::new("conducting");
const LISTENING: Step = Step::new("listening");
const ANSWERING: Step = Step::new("answering");

impl Book {
    /// Shows this instance now and then, and whenever something has changed. The last of the tree to leave, it says farewell:
    /// nothing is in hand then.
    pub async fn publishing(&self, pulse: Pulse) {
        let (mut clock, mut stop) = (interval(PUBLISH), pulse.stop());
        clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            pulse.at(CHANGE);
            tokio::select! {
                biased;
                () = stop.told() => break,
                _ = clock.tick() => {}
                () = self.changed.notified() => {}
            }
            pulse.at(PUBLISHING);
            tokio::select! {
                biased;
                () = stop.told() => break,
                () = self.publish() => {}
            }
            pulse.round();
        }
        if pulse.draining() {
            pulse.at(FAREWELL);
            // Who does not hear it sees it silent.
            let _ = self.ports.instances.publish(&self.report(Phase::Stopped), &[]).await;
        }
    }

    /// Goes on with a drain, and sees what is to be shown.
    pub async fn conducting(&self, pulse: Pulse) {
        let conducting = async {
            let mut draining = None;
            loop {
                pulse.at(CONDUCTING);
                draining = self.conduct(draining);
                self.compare();
                pulse.round();
                sleep(if draining.is_some() { CONDUCT } else { WORKING }).await;
            }
        };
        pulse.until_stopped(conducting).await;
    }

    /// Returns since when there is a drain.
    fn conduct(&self, since: Option<Instant>) -> Option<Instant> {
        let duty = &self.ports.duty;
        if duty.stage() == Stage::Working {
            return None;
        }
        let since = since.unwrap_or_else(Instant::now);
        let before = duty.phase();
        duty.advance(since.elapsed() > HURRY);
        if before != Phase::Drained && duty.phase() == Phase::Drained {
            tracing::info!(took_ms = since.elapsed().as_millis() as u64, "drained");
        }
        Some(since)
    }

    /// Takes what others want done here, one after the other.
    pub async fn listening(&self, pulse: Pulse) {
        let listening = async {
            let mut answers = Hands::new(ANSWERING);
            loop {
                if answers.is_empty() {
                    pulse.at(LISTENING);
                }
                // An errand that is taken must not be dropped for an answer that goes out.
                let heard = self.hear();
                tokio::pin!(heard);
                let errand = loop {
                    tokio::select! {
                        errand = &mut heard => break errand,
                        Some(()) = answers.next(&pulse) => {}
                    }
                };
                if let Some(Errand { id, instruction }) = errand {
                    match self.execute(instruction) {
                        Ok(outcome) => answers.take(&pulse, |_| self.answer(id, outcome)),
                        // What comes behind does not wait for those who are asked.
                        Err(query) => answers.take(&pulse, |_| async move {
                            self.answer(id, living(query, &self.ports.system).await).await;
                        }),
                    }
                }
            }
        };
        pulse.until_stopped(listening).await;
    }

    async fn hear(&self) -> Option<Errand> {
        let heard = self.ports.instances.receive(self.ports.identity.boot, LISTEN).await;
        if heard.is_err() {
            sleep(LISTEN).await;
        }
        heard.ok().flatten()
    }

    async fn answer(&self, id: uuid::Uuid, outcome: Outcome) {
        for _ in 0..ANSWERS {
            let Err(error) = self.ports.instances.answer(id, &outcome).await else { return };
            tracing::debug!(%error, "cannot answer a command");
            sleep(PAUSE).await;
        }
        // Its asker will say that nothing is known of it.
    }
}
