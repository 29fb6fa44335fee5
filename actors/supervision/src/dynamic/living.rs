//! Which children there are just now, for whoever looks: they have no place in the picture.

use std::cmp::Reverse;
use std::fmt;
use std::sync::OnceLock;

use actix::Message;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};
use utoipa::ToSchema;

use crate::Reply;

/// What comes first.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantNames,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = AggregateOrder)]
pub enum LivingOrder {
    /// Those that have lived longest.
    #[default]
    Age,
    /// Those for which most waits.
    Depth,
}

/// Which children that come and go are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Message)]
#[rtype(result = "Vec<LivingStatus>")]
pub struct LivingQuery {
    /// What comes first.
    pub by: LivingOrder,
    /// At most so many.
    pub limit: usize,
    /// Only those whose key begins with this.
    pub prefix: String,
}

/// A child that has come and not gone yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivingStatus {
    /// The path of who keeps it.
    pub supervisor: String,
    /// What it is found by.
    pub key: String,
    /// How long it has been there.
    pub age_ms: u64,
    /// For how long it has had nothing to do; 0 when it has.
    pub idle_ms: u64,
    /// Messages that wait for it.
    pub depth: usize,
    /// Whether it is handling one.
    pub working: bool,
}

impl LivingQuery {
    /// Those of several lists that come first, in their order.
    pub fn select(&self, all: Vec<LivingStatus>) -> Vec<LivingStatus> {
        self.select_by(all, |child| child)
    }

    /// The same of what children stand in.
    pub fn select_by<T>(&self, mut all: Vec<T>, child: impl Fn(&T) -> &LivingStatus) -> Vec<T> {
        let (age, depth) = (|c: &LivingStatus| c.age_ms, |c: &LivingStatus| (c.depth, c.working, c.age_ms));
        match self.by {
            LivingOrder::Age => all.sort_by_key(|each| Reverse(age(child(each)))),
            LivingOrder::Depth => all.sort_by_key(|each| Reverse(depth(child(each)))),
        }
        all.truncate(self.limit);
        all
    }
}

/// A question that is on its way; `None`: there is no room for one.
type Asked = Option<Reply<Vec<LivingStatus>>>;

/// The way to ask a supervisor which children it has. Nobody, as long as it has no place.
#[derive(Default)]
pub(crate) struct Lister(OnceLock<Box<dyn Fn(LivingQuery) -> Asked + Send + Sync>>);

impl Lister {
    pub(crate) fn set(&self, ask: impl Fn(LivingQuery) -> Asked + Send + Sync + 'static) {
        let _ = self.0.set(Box::new(ask));
    }

    pub(crate) fn ask(&self, query: LivingQuery) -> Asked {
        self.0.get().and_then(|ask| ask(query))
    }
}

impl fmt::Debug for Lister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lister").field(&self.0.get().is_some()).finish()
    }
}
