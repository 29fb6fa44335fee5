//! What every [`Instances`] does.

use std::time::Duration;

use tropa_supervision::{ActorState, ActorStatus, ChaosCommand, Restart};
use uuid::Uuid;

use super::{soon, until};
use crate::domain::{Boot, Holdings, Identity, InstanceReport, Phase, Throughput};
use crate::port::{DeliveryError, Errand, Instances, Instruction, Outcome};

/// Runs the suite; `make` gives a fresh, empty adapter each time.
pub async fn conforms<I: Instances>(make: impl AsyncFn() -> I) {
    everybody_sees_everybody(&make().await).await;
    a_farewell_is_shown_and_ends_the_mail(&make().await).await;
    an_instruction_is_carried_out_once_and_answered(&make().await).await;
    what_nobody_took_in_time_is_never_taken(&make().await).await;
    what_was_taken_and_not_answered_is_said_to_be(&make().await).await;
    a_successor_gets_nothing_that_was_meant_for_another_boot(&make().await).await;
    nobody_waits_without_end(&make().await).await;
}

const LONG: Duration = Duration::from_secs(5);
const SHORT: Duration = Duration::from_millis(50);

/// What an instance of this name says of itself after its start.
pub fn report(id: &str) -> InstanceReport {
    InstanceReport {
        identity: Identity::new(id),
        phase: Phase::Running,
        holds: Holdings { leases: 1, outbox_claims: 2, deliveries: 3, aggregates: 4 },
        rates: Throughput { accepted_per_second: 0.5, dispatched_per_second: 0.25 },
        breakers: Vec::new(),
        clock: None,
    }
}

/// An actor at a path.
pub fn actor(path: &str) -> ActorStatus {
    ActorStatus {
        path: path.to_owned(),
        name: path.rsplit('/').next().unwrap_or_default().to_owned(),
        kind: "Example".to_owned(),
        supervisor: false,
        state: ActorState::Running,
        condition: None,
        restart: Restart::Permanent,
        epoch: 1,
        uptime_ms: 0,
        restarts: 0,
        budget_left: None,
        budget_max: None,
        budget_within_ms: None,
        last_exit: Some(tropa_supervision::Exit::Panic("at the example".to_owned())),
        last_exit_at: Some(1),
        mailbox_depth: 0,
        mailbox_capacity: 16,
        handled: 0,
        cancelled: 0,
        in_flight: 0,
        current: None,
        loops: Vec::new(),
        dynamic: None,
        wait_p50_us: 0,
        wait_p99_us: 0,
        wait_sum_us: 0,
        wait_buckets: Vec::new(),
        handle_p50_us: 0,
        handle_p99_us: 0,
        handle_sum_us: 0,
        handle_buckets: Vec::new(),
        arbiter: 1,
    }
}

fn instruction() -> Instruction {
    Instruction::Actor {
        path: "/tropa/intake".to_owned(),
        epoch: Some(3),
        command: ChaosCommand::Restart,
        reason: "test".to_owned(),
    }
}

async fn enters(instances: &impl Instances, id: &str) -> Boot {
    let report = report(id);
    instances.publish(&report, &[actor("/tropa"), actor("/tropa/intake")]).await.unwrap();
    report.identity.boot
}

async fn received(instances: &impl Instances, me: Boot) -> Errand {
    until("an instruction arrives", async || instances.receive(me, SHORT).await.unwrap()).await
}

async fn everybody_sees_everybody(instances: &impl Instances) {
    assert_eq!(instances.list().await, Ok(Vec::new()), "an empty registry");
    let (first, second) = (report("a"), report("b"));
    instances.publish(&first, &[actor("/tropa")]).await.unwrap();
    instances.publish(&second, &[]).await.unwrap();
    let later = InstanceReport { phase: Phase::Draining, ..second };
    instances.publish(&later, &[actor("/tropa"), actor("/tropa/intake")]).await.unwrap();
    let mut seen = instances.list().await.unwrap();
    seen.sort_by(|a, b| a.report.identity.id.cmp(&b.report.identity.id));
    let reports: Vec<_> = seen.iter().map(|sighting| sighting.report.clone()).collect();
    assert_eq!(reports, [first.clone(), later.clone()], "what was published last");
    assert!(seen.iter().all(|sighting| sighting.age < LONG), "ages of what was just published: {seen:?}");
    let boots = [later.identity.boot, Boot::fresh(), first.identity.boot];
    let trees = instances.actors(&boots).await.unwrap();
    let paths: Vec<Vec<_>> =
        trees.iter().map(|tree| tree.iter().map(|a| a.path.as_str()).collect()).collect();
    assert_eq!(
        paths,
        [vec!["/tropa", "/tropa/intake"], vec![], vec!["/tropa"]],
        "trees, as they were asked for"
    );
    let asked_for = actor("/tropa").last_exit;
    assert_eq!(trees[2][0].last_exit, asked_for, "an actor's last exit");
    let before = seen[0].age;
    until("an age grows", async || {
        let age = instances.list().await.unwrap().iter().map(|s| s.age).max().unwrap();
        (age > before).then_some(())
    })
    .await;
}

async fn a_farewell_is_shown_and_ends_the_mail(instances: &impl Instances) {
    let leaving = report("a");
    instances.publish(&leaving, &[actor("/tropa")]).await.unwrap();
    let farewell = InstanceReport { phase: Phase::Stopped, ..leaving };
    instances.publish(&farewell, &[]).await.unwrap();
    let seen = instances.list().await.unwrap();
    assert_eq!(seen.len(), 1, "who left is still listed");
    assert_eq!(seen[0].report.phase, Phase::Stopped);
    let sent = instances.send(farewell.identity.boot, instruction(), LONG).await;
    assert_eq!(sent.unwrap_err(), DeliveryError::Gone, "an instruction for who left");
    let sent = instances.send(Boot::fresh(), instruction(), LONG).await;
    assert_eq!(sent.unwrap_err(), DeliveryError::Gone, "an instruction for nobody");
}

async fn an_instruction_is_carried_out_once_and_answered(instances: &impl Instances) {
    let (first, second) = (enters(instances, "a").await, enters(instances, "b").await);
    let work = async {
        let errand = received(instances, first).await;
        assert_eq!(errand.instruction, instruction(), "what was sent");
        assert_eq!(instances.receive(first, SHORT).await, Ok(None), "the same instruction again");
        assert_eq!(instances.receive(second, SHORT).await, Ok(None), "somebody else's instruction");
        let outcome = Outcome::Sent { actor: Box::new(actor("/tropa/intake")) };
        instances.answer(errand.id, &outcome).await.unwrap();
        // Nobody waits for this one.
        instances.answer(Uuid::now_v7(), &outcome).await.unwrap();
    };
    let (sent, ()) = soon("an instruction is answered", async {
        tokio::join!(instances.send(first, instruction(), LONG), work)
    })
    .await;
    let Ok(Outcome::Sent { actor }) = sent else { panic!("the outcome: {sent:?}") };
    assert_eq!(actor.path, "/tropa/intake");
}

async fn what_nobody_took_in_time_is_never_taken(instances: &impl Instances) {
    let boot = enters(instances, "a").await;
    let sent = soon("patience ends", instances.send(boot, instruction(), SHORT)).await;
    assert_eq!(sent.unwrap_err(), DeliveryError::NotTaken);
    assert_eq!(
        instances.receive(boot, SHORT).await,
        Ok(None),
        "an instruction whose asker was told it was not taken"
    );
}

async fn what_was_taken_and_not_answered_is_said_to_be(instances: &impl Instances) {
    let boot = enters(instances, "a").await;
    let patience = Duration::from_millis(500);
    let (sent, _) = tokio::join!(instances.send(boot, instruction(), patience), received(instances, boot));
    assert_eq!(sent.unwrap_err(), DeliveryError::NoAnswer);
}

async fn a_successor_gets_nothing_that_was_meant_for_another_boot(instances: &impl Instances) {
    let old = enters(instances, "a").await;
    let waiting = instances.send(old, instruction(), Duration::from_millis(500));
    let successor = async {
        let new = enters(instances, "a").await;
        assert_ne!(old, new, "boots of two starts");
        assert_eq!(
            instances.receive(new, Duration::from_millis(300)).await,
            Ok(None),
            "its predecessor's mail"
        );
    };
    let (sent, ()) = tokio::join!(waiting, successor);
    assert_eq!(sent.unwrap_err(), DeliveryError::NotTaken);
}

async fn nobody_waits_without_end(instances: &impl Instances) {
    let boot = enters(instances, "a").await;
    assert_eq!(soon("receiving ends", instances.receive(boot, SHORT)).await, Ok(None));
    assert_eq!(soon("receiving for nobody ends", instances.receive(Boot::fresh(), SHORT)).await, Ok(None));
}
