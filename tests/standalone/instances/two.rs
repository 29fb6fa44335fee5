//! Two instances that know each other.

use std::time::Duration;

use tropa_dispatch::domain::{LaneStage, OrderLanes, Phase, Presence, Status};
use tropa_dispatch::intake::SubmitError;
use tropa_dispatch::port::{Instruction, Outcome, Question, Told};
use tropa_dispatch::upkeep::{Ask, ListActors, ListInstances, Member, Route, RouteError};
use tropa_supervision::{ActorStatus, ChaosCommand, CommandError, LivingQuery};

use crate::rig::{Rig, quick, until, with_two};

const CONSUMER: &str = "/tropa/dispatch/consumer-pool/consumer-0";

async fn seen(by: &Rig, id: &str) -> Option<Member> {
    let members = by.handles.registrar.ask(ListInstances).await.unwrap();
    members.into_iter().find(|member| member.report.identity.id == id)
}

async fn both_are_seen(a: &Rig, b: &Rig) {
    until("each sees the other", async || seen(a, "b").await.is_some() && seen(b, "a").await.is_some()).await;
}

async fn route(from: &Rig, to: &str, instruction: Instruction) -> Result<Outcome, RouteError> {
    let route = Route { instance: to.to_owned(), instruction, patience: Duration::from_secs(10) };
    from.handles.registrar.ask(route).await.unwrap()
}

fn restart(epoch: Option<u64>) -> Instruction {
    Instruction::Actor {
        path: CONSUMER.to_owned(),
        epoch,
        command: ChaosCommand::Restart,
        reason: "test".to_owned(),
    }
}

fn epochs(of: &Rig) -> Vec<(String, u64)> {
    of.handles.system.picture().into_iter().map(|ActorStatus { path, epoch, .. }| (path, epoch)).collect()
}

#[test]
fn a_command_does_what_it_says_in_the_other_one_and_nothing_else() {
    with_two(quick(), async |a, b| {
        both_are_seen(&a, &b).await;
        let before = (epochs(&a), epochs(&b));
        let Ok(Outcome::Sent { actor }) = route(&a, "b", restart(Some(1))).await else {
            panic!("it is sent");
        };
        assert_eq!((actor.path.as_str(), actor.epoch), (CONSUMER, 1));
        until("it is restarted", async || {
            let consumer = b.handles.system.status(CONSUMER).unwrap();
            consumer.epoch == 2 && consumer.uptime_ms > 0
        })
        .await;
        let restarted = |(path, epoch): (String, u64)| {
            let again = u64::from(path == CONSUMER);
            (path, epoch + again)
        };
        let expected: Vec<_> = before.1.into_iter().map(restarted).collect();
        assert_eq!(epochs(&b), expected);
        assert_eq!(epochs(&a), before.0, "the one that was asked is left alone");
        let late = route(&a, "b", restart(Some(1))).await;
        assert!(
            matches!(late, Ok(Outcome::Refused { error: CommandError::StaleEpoch { current: 2 } })),
            "{late:?}"
        );
        assert!(matches!(route(&a, "c", restart(None)).await, Err(RouteError::Unknown(_))));
        b.stop().await;
    });
}

#[test]
fn the_actors_of_both_are_shown() {
    with_two(quick(), async |a, b| {
        both_are_seen(&a, &b).await;
        let trees = a.handles.registrar.ask(ListActors(None)).await.unwrap().unwrap();
        let names: Vec<_> = trees.iter().map(|(member, _)| member.report.identity.id.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        for (_, actors) in &trees {
            assert!(actors.iter().any(|actor| actor.path == CONSUMER), "{actors:?}");
        }
        let of_b = a.handles.registrar.ask(ListActors(Some("b".to_owned()))).await.unwrap().unwrap();
        assert_eq!(of_b.len(), 1);
        b.stop().await;
    });
}

#[test]
fn one_drains_the_other_and_sees_it_leave() {
    with_two(quick(), async |a, b| {
        both_are_seen(&a, &b).await;
        let drain = Instruction::Drain { reason: "test".to_owned() };
        assert!(matches!(route(&a, "b", drain).await, Ok(Outcome::Entered { phase: Phase::Draining })));
        until("it is seen drained", async || seen(&a, "b").await.unwrap().report.phase == Phase::Drained)
            .await;
        assert_eq!(seen(&a, "a").await.unwrap().report.phase, Phase::Running);
        let refused = b.submit("o-1").await;
        assert_eq!(refused, Err(SubmitError::Draining));
        b.handles.duty.stop();
        b.stop().await;
        until("its farewell is seen", async || seen(&a, "b").await.unwrap().presence == Presence::Stopped)
            .await;
        let late = route(&a, "b", restart(None)).await;
        assert!(matches!(late, Err(RouteError::Gone { state: "stopped", .. })), "{late:?}");
    });
}

#[test]
fn what_the_other_one_knows_of_its_actors_is_told() {
    with_two(quick(), async |a, b| {
        both_are_seen(&a, &b).await;
        assert!(matches!(route(&a, "b", restart(Some(1))).await, Ok(Outcome::Sent { .. })));
        let path = CONSUMER.to_owned();
        until("its exit is told", async || {
            let told = route(&a, "b", Instruction::History { path: path.clone() }).await;
            let Ok(Outcome::History { history }) = told else { panic!("{told:?}") };
            history.exits.first().is_some_and(|exit| exit.epoch == 1)
        })
        .await;
        assert!(a.handles.system.history(CONSUMER).unwrap().exits.is_empty(), "it is the other one's");
        let told = route(&a, "b", Instruction::Effects { path }).await;
        let Ok(Outcome::Effects { effects }) = told else { panic!("{told:?}") };
        assert_eq!(
            (effects.epoch, effects.supervisor.as_deref()),
            (2, Some("/tropa/dispatch/consumer-pool"))
        );
        b.submit("o-1").await.unwrap();
        until("its aggregate is told", async || {
            let query = LivingQuery { limit: 5, ..LivingQuery::default() };
            let told = route(&a, "b", Instruction::Living { query }).await;
            let Ok(Outcome::Living { children }) = told else { panic!("{told:?}") };
            children.iter().any(|child| child.key == "o-1")
        })
        .await;
        let nobody = Instruction::History { path: "/tropa/nobody".to_owned() };
        let nobody = route(&a, "b", nobody).await;
        assert!(matches!(nobody, Ok(Outcome::Refused { error: CommandError::NotFound })), "{nobody:?}");
        b.stop().await;
    });
}

#[test]
fn what_only_the_other_one_knows_is_told() {
    with_two(quick(), async |a, b| {
        both_are_seen(&a, &b).await;
        b.drivers(1).await;
        b.submit("o").await.unwrap();
        b.reaches("o", Status::Dispatched).await;
        let ask = async |of: Option<&str>, question| {
            let ask = Ask { of: of.map(str::to_owned), question, patience: Duration::from_secs(10) };
            a.handles.registrar.ask(ask).await.unwrap()
        };
        let lanes = || Question::Lanes { order: "o".parse().unwrap() };
        until("b tells what it did", async || {
            let told = ask(None, lanes()).await.unwrap();
            assert_eq!(told.len(), 2, "both are asked");
            told.iter().any(|(member, told)| {
                let did = |lanes: &OrderLanes| lanes.lanes.iter().any(|lane| lane.stage == LaneStage::Acked);
                member.report.identity.id == "b" && matches!(told, Ok(Told::Lanes { lanes }) if did(lanes))
            })
        })
        .await;
        let told = ask(Some("b"), Question::Breakers).await.unwrap();
        let [(_, Ok(Told::Breakers { breakers }))] = &told[..] else { panic!("{told:?}") };
        assert_eq!((breakers[0].name.as_str(), breakers[0].state.as_str()), ("fleet", "closed"));
        let told = ask(Some("b"), Question::Unknown).await.unwrap();
        assert!(matches!(told[..], [(_, Ok(Told::Nothing))]), "{told:?}");
        assert!(matches!(ask(Some("c"), lanes()).await, Err(RouteError::Unknown(_))));
        b.stop().await;
    });
}
