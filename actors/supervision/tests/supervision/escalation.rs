//! A budget that is spent.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::time::Duration;

use tropa_supervision::{AskError, Budget, Exit, Lifecycle, Ref, Strategy, SupervisorSpec, exit_code};

use crate::cast::{Add, Worker, quiet};
use crate::stage::{Stage, patient};

fn within_a_minute(restarts: u32) -> SupervisorSpec {
    SupervisorSpec::new(Strategy::OneForOne, Budget::new(restarts, Duration::from_mins(1)))
}

/// An actor that can never be made, and how often that was tried.
fn hopeless() -> (Ref<Worker>, Arc<AtomicU32>) {
    let tries = Arc::new(AtomicU32::new(0));
    let counted = tries.clone();
    let actor = Ref::new("hopeless", patient(8), move |_| {
        counted.fetch_add(1, SeqCst);
        panic!("no such luck")
    });
    (actor, tries)
}

#[test]
fn failures_climb_from_budget_to_budget_and_end_the_tree() {
    let ((hopeless, tries), good) = (hopeless(), quiet("good", patient(8)));
    let sub = within_a_minute(3).child(&good).child(&hopeless).into_ref("sub", patient(16));
    let top = within_a_minute(2).child(&sub).into_ref("top", patient(16));
    let (stage, mut witness) = Stage::watched(1, top);
    let exit = stage.run(stage.root.wait());
    match &exit {
        Exit::Escalated(reason) => {
            assert!(reason.contains("/top/sub escalated") && reason.contains("no such luck"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(tries.load(SeqCst), 4 * 3, "1 + 3 restarts under each of 1 + 2 supervisors");
    assert_eq!(stage.run(good.ask(Add(1))), Err(AskError::Closed));
    let escalated =
        |event: &tropa_supervision::LifecycleEvent| matches!(event.kind, Lifecycle::Escalated { .. });
    let escalated: Vec<String> =
        witness.so_far().into_iter().filter(escalated).map(|event| event.path).collect();
    assert_eq!(escalated, ["/top/sub", "/top/sub", "/top/sub", "/top"]);
    assert_eq!(stage.status("/top").budget_left, Some(0));
}

/// The name of the test below, and the variable by which its own process knows that it is the one to die.
const PROCESS: &str = "escalation::the_process_ends_with_the_code_of_its_tree";
const DIES: &str = "TROPA_SUPERVISION_TREE";

#[test]
fn the_process_ends_with_the_code_of_its_tree() {
    if let Ok(tree) = std::env::var(DIES) {
        let ((hopeless, _), good) = (hopeless(), quiet("good", patient(8)));
        let bad = tree == "escalates";
        let spec = within_a_minute(2).child(&good);
        let top = if bad { spec.child(&hopeless) } else { spec }.into_ref("top", patient(16));
        let stage = Stage::new(1, top);
        if !bad {
            stage.root.shutdown();
        }
        let exit = stage.root.wait_timeout(Duration::from_secs(20)).expect("an end");
        std::process::exit(exit_code(&exit));
    }
    for (tree, code) in [("escalates", 70), ("is shut down", 0)] {
        let this = std::env::current_exe().unwrap();
        let run =
            Command::new(this).args(["--exact", PROCESS, "--nocapture"]).env(DIES, tree).output().unwrap();
        assert_eq!(run.status.code(), Some(code), "{tree}: {}", String::from_utf8_lossy(&run.stderr));
    }
}
