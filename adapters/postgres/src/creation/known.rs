//! What stands in the way of new orders, and in whose.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Row;
use tropa_contract::{
    domain::{Order, OrderNumber},
    port::{Created, Creation, IdempotencyKey},
};

use crate::{column, connection::Connection, failure::Failure, statement, transaction, transaction::Param};

type Key = (String, String);

/// Orders that are there, by the identities that a batch asks for; each with the fingerprint of its request.
#[derive(Default)]
pub struct Known {
    ids: HashMap<String, (Order, String)>,
    numbers: HashSet<String>,
    keys: HashMap<Key, (Order, String)>,
}

impl Known {
    /// Looks, as the first thing of a transaction or (`begin` is false) inside it.
    pub async fn load(
        connection: &Connection,
        batch: &[Creation],
        which: &[usize],
        begin: bool,
    ) -> Result<Self, Failure> {
        let batch = || which.iter().map(|i| &batch[*i]);
        let ids: Vec<_> = batch().map(|creation| creation.order.id.as_str()).collect();
        let numbers: Vec<_> = batch().filter_map(number).collect();
        let keys = batch().flat_map(keys_of);
        let (scopes, keys): (Vec<_>, Vec<_>) = keys.unzip();
        let (ids, numbers, keys): ([Param; 1], [Param; 1], [Param; 2]) =
            ([&ids], [&numbers], [&scopes, &keys]);
        let questions: [(&str, &[Param]); 3] = [
            (statement::ORDERS_BY_ID, &ids),
            (statement::TAKEN_NUMBERS, &numbers),
            (statement::ORDERS_BY_KEY, &keys),
        ];
        let mut answers = transaction::ask(connection, &questions, begin).await?.into_iter();
        let mut known = Self::default();
        for row in answers.next().unwrap_or_default() {
            let found = found(&row)?;
            known.ids.insert(found.0.id.as_str().to_owned(), found);
        }
        for row in answers.next().unwrap_or_default() {
            known.numbers.insert(row.try_get(0)?);
        }
        for row in answers.next().unwrap_or_default() {
            known.keys.insert((row.try_get(12)?, row.try_get(13)?), found(&row)?);
        }
        Ok(known)
    }

    /// The answer to a request that nobody waits before; `None` when nothing stands in its way.
    pub fn answer(&self, creation: &Creation) -> Option<Created> {
        let same = |fingerprint: &str| fingerprint == creation.fingerprint.as_str();
        if let Some((order, fingerprint)) = keys_of(creation).find_map(|key| self.keys.get(&key)) {
            let replayed = || Created::Replayed(order.clone().as_accepted());
            return Some(if same(fingerprint) { replayed() } else { Created::KeyReused });
        }
        if let Some((order, fingerprint)) = self.ids.get(creation.order.id.as_str()) {
            let existing = || Created::Existing(order.clone());
            return Some(if same(fingerprint) { existing() } else { Created::IdTaken });
        }
        number(creation).filter(|number| self.numbers.contains(*number)).map(|_| Created::NumberTaken)
    }

    /// Who can be answered now: nobody before them in the batch may still take what their answer depends on.
    pub fn settled(&self, batch: &[Creation], which: &[usize]) -> Vec<usize> {
        self.walk(batch, which, |creation| self.answer(creation).is_some())
    }

    /// Who can be written now: nothing stands in their way, and nobody before them in the batch wants the same.
    pub fn ready(&self, batch: &[Creation], which: &[usize]) -> Vec<usize> {
        self.walk(batch, which, |creation| self.answer(creation).is_none())
    }

    /// Those of `which`, in the batch's order, that depend on none before them and are `wanted`. An identity that is taken
    /// already makes nobody wait: it stays taken.
    fn walk(&self, batch: &[Creation], which: &[usize], wanted: impl Fn(&Creation) -> bool) -> Vec<usize> {
        let (mut ids, mut numbers, mut keys) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut chosen = Vec::new();
        for &i in which {
            let creation = &batch[i];
            let (id, number, key) = (creation.order.id.as_str(), number(creation), key(creation));
            let key_taken = keys_of(creation).any(|key| self.keys.contains_key(&key));
            let id_taken = self.ids.contains_key(id);
            // By the order in which an answer is looked for.
            let waits = !key_taken
                && (key.as_ref().is_some_and(|key| keys.contains(key))
                    || !id_taken
                        && (ids.contains(id)
                            || number.is_some_and(|n| !self.numbers.contains(n) && numbers.contains(n))));
            if !waits && wanted(creation) {
                chosen.push(i);
            }
            if waits || self.answer(creation).is_none() {
                ids.insert(id);
                numbers.extend(number);
                keys.extend(key);
            }
        }
        chosen
    }
}

fn number(creation: &Creation) -> Option<&str> {
    creation.order.details.order_number.as_ref().map(OrderNumber::as_str)
}

fn key(creation: &Creation) -> Option<Key> {
    creation.key.as_ref().map(IdempotencyKey::identity)
}

/// The keys under which it may be there already, the one that comes first in front.
fn keys_of(creation: &Creation) -> impl Iterator<Item = Key> {
    let former = creation.key.as_ref().and_then(|key| Some((key.former.clone()?, key.key.clone())));
    former.into_iter().chain(key(creation))
}

fn found(row: &Row) -> Result<(Order, String), Failure> {
    Ok((column::order(row)?, row.try_get(11)?))
}
