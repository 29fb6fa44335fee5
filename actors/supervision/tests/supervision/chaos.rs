//! Commands, and what they do that nothing else does.

use tropa_supervision::{ActorState, ActorSystem, ChaosCommand, CommandError, Exit, Lifecycle, Strategy};

use crate::cast::{Add, Epoch, quiet};
use crate::stage::{Stage, patient, spec, until};

#[test]
fn a_suspended_actor_handles_nothing_ordinary_until_resumed() {
    let worker = quiet("worker", patient(8));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let stage = Stage::new(1, top);
    stage.run(async {
        assert_eq!(worker.ask(Add(1)).await, Ok(1));
        stage.command("/top/worker", ChaosCommand::Suspend);
        until(|| stage.status("/top/worker").state == ActorState::Suspended).await;
        let waits = worker.try_ask(Add(1)).unwrap();
        worker.control(Add(10));
        until(|| worker.depth() == 1).await; // the control lane is served
        assert_eq!(stage.status("/top/worker").handled, 2);
        stage.command("/top/worker", ChaosCommand::Resume);
        assert_eq!(waits.await, Ok(12));
        assert_eq!(stage.status("/top/worker").state, ActorState::Running);
    });
}

#[test]
fn a_suspension_ends_with_the_incarnation() {
    let worker = quiet("worker", patient(8));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let stage = Stage::new(1, top);
    stage.run(async {
        assert_eq!(worker.ask(Epoch).await, Ok(1));
        stage.command("/top/worker", ChaosCommand::Suspend);
        until(|| stage.status("/top/worker").state == ActorState::Suspended).await;
        let waits = worker.try_ask(Epoch).unwrap();
        stage.command("/top/worker", ChaosCommand::Kill);
        assert_eq!(waits.await, Ok(2));
    });
}

#[test]
fn a_command_is_refused_with_the_reason() {
    let worker = quiet("worker", patient(8));
    let top = spec(Strategy::OneForOne).child(&worker).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    stage.run(async {
        assert_eq!(witness.start("/top/worker").await, 1);
        let command = |path, epoch| stage.system.command(path, epoch, ChaosCommand::Kill, "a test");
        assert_eq!(command("/top/nobody", None), Err(CommandError::NotFound));
        assert_eq!(command("/top/worker", Some(7)), Err(CommandError::StaleEpoch { current: 1 }));
        assert_eq!(command("/top/worker", Some(1)), Ok(()));
        let sent = witness.sees("/top/worker", |kind| matches!(kind, Lifecycle::CommandSent { .. })).await;
        assert_eq!(
            sent.kind,
            Lifecycle::CommandSent { command: ChaosCommand::Kill, reason: "a test".into() }
        );
        assert_eq!(worker.ask(Epoch).await, Ok(2));
        stage.root.shutdown();
        stage.root.wait().await;
        assert_eq!(command("/top/worker", None), Err(CommandError::NotRunning));
    });
}

#[test]
fn events_and_pictures_read_well_as_json() {
    let event = |kind| tropa_supervision::LifecycleEvent { at: 7, path: "/top".into(), epoch: 2, kind };
    let json = |kind| serde_json::to_value(event(kind)).unwrap();
    assert_eq!(
        json(Lifecycle::Exited { exit: Exit::Panic("boom".into()) }),
        serde_json::json!({"at": 7, "path": "/top", "epoch": 2, "kind": "exited", "exit": {"reason": "panic", "detail": "boom"}})
    );
    let command = ChaosCommand::Block { lasting: std::time::Duration::from_millis(250) };
    assert_eq!(
        json(Lifecycle::CommandSent { command, reason: "test".into() }),
        serde_json::json!({"at": 7, "path": "/top", "epoch": 2, "kind": "command_sent", "command": "block", "for_ms": 250, "reason": "test"})
    );
    assert_eq!(json(Lifecycle::Started)["kind"], "started");
}

#[test]
fn the_picture_has_the_whole_tree_before_anything_runs() {
    let [a, b] = ["a", "b"].map(|name| quiet(name, patient(8)));
    let sub = spec(Strategy::OneForOne).child(&b).into_ref("sub", patient(16));
    let top = spec(Strategy::OneForOne).child(&a).child(&sub).into_ref("top", patient(16));
    let stage = Stage::new(1, top);
    let paths =
        |system: &ActorSystem| system.picture().into_iter().map(|actor| actor.path).collect::<Vec<_>>();
    assert_eq!(paths(&stage.system), ["/top", "/top/a", "/top/sub", "/top/sub/b"]);
    stage.run(async {
        b.ask(Add(1)).await.unwrap();
        // Counted when the reply has been given, so a moment after it is seen.
        until(|| !stage.status("/top/sub/b").handle_buckets.is_empty()).await;
    });
    let status = stage.status("/top/sub/b");
    assert_eq!((status.kind.as_str(), status.name.as_str(), status.supervisor), ("Worker", "b", false));
    assert_eq!((status.handled, status.mailbox_capacity, status.budget_left), (1, 8, None));
    assert_eq!(status.handle_buckets.iter().map(|bucket| bucket.count).sum::<u64>(), 1);
    let status = stage.status("/top/sub");
    assert_eq!(
        (status.kind.as_str(), status.supervisor, status.budget_left),
        ("Supervisor", true, Some(1000))
    );
}
