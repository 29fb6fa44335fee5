//! What becomes of new orders, by who has their identities already: a key comes before an id, and that before a number.

use std::collections::{HashMap, HashSet};

use crate::{
    domain::{Fingerprint, Order, OrderId, OrderNumber},
    port::{Created, Creation},
};

/// What stands in the way of a new order. The order that has its key or its id, if it was the same request.
#[derive(Debug)]
pub enum Obstacle {
    /// The key is used, this one or the former.
    Key(Option<Order>),
    /// The id is used.
    Id(Option<Order>),
    /// The number is used.
    Number,
}

impl Obstacle {
    /// What is said then.
    pub fn answer(self) -> Created {
        match self {
            Self::Key(Some(order)) => Created::Replayed(order.as_accepted()),
            Self::Key(None) => Created::KeyReused,
            Self::Id(Some(order)) => Created::Existing(order),
            Self::Id(None) => Created::IdTaken,
            Self::Number => Created::NumberTaken,
        }
    }
}

/// An order and its request.
type Claimant = (Order, Fingerprint);

/// Orders that are there, by the identities that a batch asks for.
#[derive(Clone, Debug, Default)]
pub struct Known {
    ids: HashMap<OrderId, Claimant>,
    numbers: HashSet<OrderNumber>,
    keys: HashMap<(String, String), Claimant>,
}

/// Identities that somebody who is not answered yet may take.
#[derive(Default)]
struct Open<'b> {
    ids: HashSet<&'b OrderId>,
    numbers: HashSet<&'b OrderNumber>,
    keys: HashSet<(&'b str, &'b str)>,
}

impl Known {
    /// An order by its id.
    pub fn id(&mut self, order: Order, request: Fingerprint) {
        self.ids.insert(order.id.clone(), (order, request));
    }

    /// A number that some order has.
    pub fn number(&mut self, number: OrderNumber) {
        self.numbers.insert(number);
    }

    /// An order by a key of this scope.
    pub fn key(&mut self, scope: String, key: String, order: Order, request: Fingerprint) {
        self.keys.insert((scope, key), (order, request));
    }

    /// The answer to a request that nobody waits before; `None` when nothing stands in its way.
    pub fn answer(&self, creation: &Creation) -> Option<Created> {
        let same = |(order, request): &Claimant| (*request == creation.fingerprint).then(|| order.clone());
        let by_key =
            || keys(creation).find_map(|key| self.by_key(key)).map(|found| Obstacle::Key(same(found)));
        let by_id = || self.ids.get(&creation.order.id).map(|found| Obstacle::Id(same(found)));
        let by_number =
            || number(creation).filter(|number| self.numbers.contains(*number)).map(|_| Obstacle::Number);
        by_key().or_else(by_id).or_else(by_number).map(Obstacle::answer)
    }

    fn by_key(&self, (scope, key): (&str, &str)) -> Option<&Claimant> {
        (!self.keys.is_empty()).then(|| self.keys.get(&(scope.to_owned(), key.to_owned())))?
    }

    /// Who can be answered now: nobody before them in the batch may still take what their answer depends on.
    pub fn settled(&self, batch: &[Creation], which: &[usize]) -> Vec<usize> {
        self.walk(batch, which, |answered| answered)
    }

    /// Who can be written now: nothing stands in their way, and nobody before them in the batch wants the same.
    pub fn ready(&self, batch: &[Creation], which: &[usize]) -> Vec<usize> {
        self.walk(batch, which, |answered| !answered)
    }

    /// Those of `which`, in the batch's order, that depend on none before them and are `wanted`, by whether they have an
    /// answer. An identity that is taken already makes nobody wait: it stays taken.
    fn walk(&self, batch: &[Creation], which: &[usize], wanted: impl Fn(bool) -> bool) -> Vec<usize> {
        let (mut open, mut chosen) = (Open::default(), Vec::new());
        for &i in which {
            let creation = &batch[i];
            let (waits, answered) = (self.waits(creation, &open), self.answer(creation).is_some());
            if !waits && wanted(answered) {
                chosen.push(i);
            }
            if waits || !answered {
                open.ids.insert(&creation.order.id);
                open.numbers.extend(number(creation));
                open.keys.extend(keys(creation));
            }
        }
        chosen
    }

    /// Whether the answer depends on who is open, in the order in which it is looked for.
    fn waits(&self, creation: &Creation, open: &Open<'_>) -> bool {
        for key in keys(creation) {
            if self.by_key(key).is_some() {
                return false;
            }
            if open.keys.contains(&key) {
                return true;
            }
        }
        if self.ids.contains_key(&creation.order.id) {
            return false;
        }
        open.ids.contains(&creation.order.id)
            || number(creation).is_some_and(|n| !self.numbers.contains(n) && open.numbers.contains(n))
    }
}

fn number(creation: &Creation) -> Option<&OrderNumber> {
    creation.order.details.order_number.as_ref()
}

/// The keys under which it may be there already, the one that comes first in front; scope and key.
pub fn keys(creation: &Creation) -> impl Iterator<Item = (&str, &str)> {
    creation.key.iter().flat_map(|key| {
        let scopes = key.former.iter().chain([&key.scope]);
        scopes.map(|scope| (scope.as_str(), key.key.as_str()))
    })
}
