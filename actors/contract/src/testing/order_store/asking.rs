//! New orders as they come, many with the id, the number or the key of another, played against the rule book: each is answered
//! as if they had come one by one.

use std::collections::HashSet;

use fastrand::Rng;

use crate::{
    domain::Fingerprint,
    port::{Created, Creation, IdempotencyKey, OrderStore},
    rules::{Known, keys},
    testing::sample::{creation_of, new_order},
};

const GAMES: u64 = 6;
const BATCHES: usize = 10;

pub async fn suite<S: OrderStore>(fresh: &impl AsyncFn() -> S) {
    let mut seen = HashSet::new();
    for seed in 0..GAMES {
        let (store, mut requests) = (fresh().await, Requests::new(seed));
        for round in 0..BATCHES {
            let (batch, expected) = requests.batch();
            let created = store.create(batch.clone().into()).await.unwrap();
            let asked =
                batch.iter().map(|c| (&c.order.id, &c.order.details.order_number, &c.key, &c.fingerprint));
            assert_eq!(created, expected, "game {seed}, batch {round}: {:#?}", asked.collect::<Vec<_>>());
            seen.extend(created.iter().map(std::mem::discriminant));
        }
    }
    assert_eq!(seen.len(), 6, "the games are no games");
}

/// Requests, and what is known after them.
pub(crate) struct Requests {
    rng: Rng,
    pub(crate) known: Known,
}

impl Requests {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), known: Known::default() }
    }

    /// Some of them, and their answers.
    pub(crate) fn batch(&mut self) -> (Vec<Creation>, Vec<Created>) {
        let requests = self.rng.usize(1..8);
        let ask = |_| {
            let creation = self.request();
            let answer = Self::one_by_one(&mut self.known, &creation);
            (creation, answer)
        };
        (0..requests).map(ask).unzip()
    }

    fn request(&mut self) -> Creation {
        let rng = &mut self.rng;
        let mut new = new_order(&format!("o-{}", rng.u8(..40)));
        new.details.order_number = rng.bool().then(|| format!("n-{}", rng.u8(..40)).parse().unwrap());
        let key = rng.bool().then(|| IdempotencyKey {
            scope: ["ana", "bia", "token 1"][rng.usize(..3)].to_owned(),
            former: [None, Some("token 1"), Some("token 2")][rng.usize(..3)].map(str::to_owned),
            key: format!("k-{}", rng.u8(..8)),
        });
        let fingerprint = Fingerprint::of_text(["one request", "another"][rng.usize(..2)]);
        Creation { fingerprint, key, ..creation_of(new) }
    }

    pub(crate) fn one_by_one(known: &mut Known, creation: &Creation) -> Created {
        known.answer(creation).unwrap_or_else(|| {
            let Creation { order, fingerprint, .. } = creation;
            known.id(order.clone(), fingerprint.clone());
            order.details.order_number.iter().for_each(|number| known.number(number.clone()));
            for (scope, key) in keys(creation) {
                known.key(scope.to_owned(), key.to_owned(), order.clone(), fingerprint.clone());
            }
            Created::Stored
        })
    }
}
