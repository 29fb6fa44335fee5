//! What commands would do, as callers see it.

use serde::Serialize;
use tropa_supervision::{Effect, Effects, Fate};
use utoipa::ToSchema;

/// What commands would do to an actor just now.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorEffects)]
pub(in crate::http) struct EffectsView {
    /// Its present incarnation: a command that names it cannot hit another.
    epoch: u64,
    /// Its supervisor; null at the top.
    supervisor: Option<String>,
    /// After how long of not answering it counts as hung; null: never.
    hang_after_ms: Option<u64>,
    /// By command.
    verbs: Vec<EffectView>,
}

/// What one command would do.
#[derive(Serialize, ToSchema)]
#[schema(as = ActorEffect)]
struct EffectView {
    /// The command.
    #[schema(example = "kill")]
    verb: String,
    /// Whether it takes the command as it is.
    allowed: bool,
    /// What becomes of it.
    #[schema(value_type = Fate)]
    text_key: Fate,
    /// Restarts its supervisor has left; null when it costs none, and at the top.
    restarts_left: Option<u32>,
    /// For how long there are no more than that; null when none was spent.
    window_ms: Option<u64>,
    /// Whether its supervisor fails over it.
    fails: bool,
    /// The topmost supervisor that fails.
    failing: Option<String>,
    /// Who else ends along; of `block`, who stands still with the thread.
    takes_down: Vec<String>,
    /// Messages that wait in its mailbox: for the replacement, if there is one.
    queued: usize,
}

impl From<Effects> for EffectsView {
    fn from(Effects { epoch, supervisor, queued, hang_after_ms, verbs }: Effects) -> Self {
        let verbs = verbs.into_iter().map(|effect| EffectView::new(effect, queued)).collect();
        Self { epoch, supervisor, hang_after_ms, verbs }
    }
}

impl EffectView {
    fn new(effect: Effect, queued: usize) -> Self {
        let Effect { verb, fate, restarts_left, window_ms, failing, takes_down } = effect;
        Self {
            verb,
            allowed: fate != Fate::None,
            text_key: fate,
            restarts_left,
            window_ms,
            fails: failing.is_some(),
            failing,
            takes_down,
            queued,
        }
    }
}
