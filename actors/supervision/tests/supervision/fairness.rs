//! Actors share their thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use tropa_supervision::Strategy;

use crate::cast::{Add, quiet};
use crate::stage::{Stage, patient, spec};

#[test]
fn a_flooded_actor_yields_to_its_siblings() {
    let (flooded, sibling) = (quiet("flooded", patient(1000)), quiet("sibling", patient(8)));
    let top = spec(Strategy::OneForOne).child(&flooded).child(&sibling).into_ref("top", patient(16));
    let stage = Stage::new(1, top);
    let over = Arc::new(AtomicBool::new(false));
    let flood = std::thread::spawn({
        let (flooded, over) = (flooded.clone(), over.clone());
        move || {
            while !over.load(SeqCst) {
                let _ = flooded.try_tell(Add(1)); // full more often than not
            }
        }
    });
    let between = stage.run(async {
        crate::stage::until(|| flooded.depth() > 500).await;
        let before = stage.status("/top/flooded").handled;
        for _ in 0..200 {
            sibling.ask(Add(1)).await.unwrap();
        }
        stage.status("/top/flooded").handled - before
    });
    over.store(true, SeqCst);
    flood.join().unwrap();
    assert!(between > 0, "it was flooded all along");
    // A turn is 64 messages; several turns may pass before an answer is asked for again, but not a hundred.
    assert!(between < 200 * 64 * 100, "{between} messages passed before 200 answers");
}
