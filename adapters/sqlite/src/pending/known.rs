//! What memory knows of the unpublished rows. No lock, no table, no clock: steps on plain data.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use tropa_contract::port::Claimed;

use super::{Effect, Unpublished};

/// Rows in memory, at most; a little more when rows follow on orders that are there already.
const MOST_ROWS: usize = 8_192;
/// Bytes of payload in memory, at most.
const MOST_BYTES: usize = 16 << 20;
/// In microseconds.
const MINUTE: i64 = 60_000_000;

/// A claim of a row.
struct RowClaim {
    order_seq: i64,
    owner: Arc<str>,
    token: u64,
    until: i64,
}

/// The state.
pub struct Known {
    /// Order → all its unpublished rows, oldest first. An order is here whole, or not at all.
    orders: HashMap<i64, VecDeque<Unpublished>>,
    rows: usize,
    bytes: usize,
    /// Orders whose first row is due, has its content and is unclaimed. May name orders of which that is no longer
    /// true: whoever takes one out looks.
    ready: VecDeque<i64>,
    /// Claimed rows; each is the first of its order.
    claims: HashMap<i64, RowClaim>,
    /// The claims again, by the end of their lease.
    leases: BTreeSet<(i64, i64)>,
    last_token: u64,
    /// Unpublished rows that are in the table only.
    elsewhere: u64,
    /// No row that is elsewhere, and first of its order, lies before this `(due_at, id)`.
    pub(super) scanned_to: (i64, i64),
    /// None that is elsewhere is due before this.
    pub(super) next_due: i64,
}

impl Known {
    pub fn new(elsewhere: u64) -> Self {
        Self {
            orders: HashMap::new(),
            rows: 0,
            bytes: 0,
            ready: VecDeque::new(),
            claims: HashMap::new(),
            leases: BTreeSet::new(),
            last_token: 0,
            elsewhere,
            scanned_to: (i64::MIN, i64::MIN),
            next_due: if elsewhere == 0 { i64::MAX } else { i64::MIN },
        }
    }

    pub fn rows(&self) -> u64 {
        self.elsewhere + self.rows as u64
    }

    pub fn has_room(&self) -> bool {
        self.rows < MOST_ROWS && self.bytes < MOST_BYTES
    }

    pub fn wants_refill(&self, limit: usize, now: i64) -> bool {
        self.elsewhere > 0 && self.next_due <= now && self.ready.len() < limit && self.has_room()
    }

    pub fn has_order(&self, order_seq: i64) -> bool {
        self.orders.contains_key(&order_seq)
    }

    pub fn claimed(&self, row: i64, token: u64) -> Option<i64> {
        self.claims.get(&row).filter(|claim| claim.token == token).map(|claim| claim.order_seq)
    }

    pub fn claim(&mut self, owner: &str, limit: usize, now: i64, until: i64) -> Vec<Claimed> {
        while let Some(&(end, row)) = self.leases.first()
            && end <= now
        {
            self.give_back(row);
        }
        // Made by a clock that has gone back since: see `claim_messages.sql` of the other store.
        let latest = now.saturating_add(until.saturating_sub(now).saturating_mul(2).max(MINUTE));
        while let Some(&(end, row)) = self.leases.last()
            && end > latest
        {
            self.give_back(row);
        }
        let owner: Arc<str> = owner.into();
        let mut claimed = Vec::new();
        while claimed.len() < limit
            && let Some(order_seq) = self.ready.pop_front()
        {
            let Some(row) = self.orders.get(&order_seq).and_then(VecDeque::front) else { continue };
            let (Some(envelope), false) = (&row.envelope, self.claims.contains_key(&row.id)) else {
                continue;
            };
            self.last_token += 1;
            let token = self.last_token;
            let envelope = envelope.as_ref().clone();
            claimed.push(Claimed { id: row.id, token, attempts: row.attempts, envelope });
            self.leases.insert((until, row.id));
            self.claims.insert(row.id, RowClaim { order_seq, owner: owner.clone(), token, until });
        }
        claimed
    }

    pub fn leases(&self, after: i64) -> BTreeMap<i64, (Arc<str>, i64)> {
        let behind = self.claims.iter().filter(|(row, _)| **row > after);
        behind.map(|(row, claim)| (*row, (claim.owner.clone(), claim.until))).collect()
    }

    pub fn abandon(&mut self, owner: &str) -> u64 {
        let rows: Vec<i64> =
            self.claims.iter().filter(|(_, claim)| &*claim.owner == owner).map(|(row, _)| *row).collect();
        for row in &rows {
            self.give_back(*row);
        }
        rows.len() as u64
    }

    /// Ends a claim; the row is ready again, before all others.
    fn give_back(&mut self, row: i64) {
        if let Some(claim) = self.end_claim(row) {
            self.ready.push_front(claim.order_seq);
        }
    }

    fn end_claim(&mut self, row: i64) -> Option<RowClaim> {
        let claim = self.claims.remove(&row)?;
        self.leases.remove(&(claim.until, row));
        Some(claim)
    }

    /// Learns of a change; says whether a row became due by it.
    pub fn absorb(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::Added { order_seq, row, alone, now } => self.add(order_seq, row, alone, now),
            // The claim may have run out, or changed hands, since the token was looked at: the table is the truth.
            Effect::Published { order_seq, id, now } => {
                self.end_claim(id);
                if self.first_mut(order_seq, id).is_some()
                    && let Some(row) = self.orders.get_mut(&order_seq).and_then(VecDeque::pop_front)
                {
                    self.rows -= 1;
                    self.bytes -= size(&row);
                }
                self.promote(order_seq, now)
            }
            Effect::Failed { order_seq, id, due_at, now } => {
                self.end_claim(id);
                if let Some(row) = self.first_mut(order_seq, id) {
                    row.due_at = due_at;
                    row.attempts += 1;
                }
                self.promote(order_seq, now)
            }
            Effect::Hastened { order_seq, id, due_at } => {
                match self.orders.get_mut(&order_seq).and_then(|rows| rows.iter_mut().find(|r| r.id == id)) {
                    Some(row) => row.due_at = due_at,
                    None => self.note_elsewhere(due_at, id),
                }
                true
            }
        }
    }

    fn first_mut(&mut self, order_seq: i64, id: i64) -> Option<&mut Unpublished> {
        self.orders.get_mut(&order_seq)?.front_mut().filter(|row| row.id == id)
    }

    fn add(&mut self, order_seq: i64, mut row: Unpublished, alone: bool, now: i64) -> bool {
        let due = row.due_at <= now;
        if !due || !self.has_room() {
            row.envelope = None;
        }
        if self.has_order(order_seq) {
            self.rows += 1;
            self.bytes += size(&row);
            // A second row waits for the first: nothing became due.
            self.orders.entry(order_seq).or_default().push_back(row);
            return false;
        }
        if alone && row.envelope.is_some() {
            self.learn(order_seq, VecDeque::from([row]));
        } else {
            self.elsewhere += 1;
            self.note_elsewhere(row.due_at, row.id);
        }
        due
    }

    /// Takes in an order with all its rows, the first of them ready.
    pub(super) fn learn(&mut self, order_seq: i64, rows: VecDeque<Unpublished>) {
        self.rows += rows.len();
        self.bytes += rows.iter().map(size).sum::<usize>();
        self.orders.insert(order_seq, rows);
        self.ready.push_back(order_seq);
    }

    /// The same, of rows that were [elsewhere](Self::elsewhere).
    pub(super) fn fetch(&mut self, order_seq: i64, rows: VecDeque<Unpublished>) {
        self.elsewhere = self.elsewhere.saturating_sub(rows.len() as u64);
        self.learn(order_seq, rows);
    }

    /// An order has a new first row: it is ready, or memory forgets the order until its time has come.
    fn promote(&mut self, order_seq: i64, now: i64) -> bool {
        let Some(rows) = self.orders.get(&order_seq) else { return false };
        match rows.front() {
            None => {
                self.orders.remove(&order_seq);
                false
            }
            Some(first) if first.due_at <= now && first.envelope.is_some() => {
                self.ready.push_back(order_seq);
                true
            }
            Some(first) => {
                let due = first.due_at <= now;
                for row in self.orders.remove(&order_seq).unwrap_or_default() {
                    self.rows -= 1;
                    self.bytes -= size(&row);
                    self.elsewhere += 1;
                    self.note_elsewhere(row.due_at, row.id);
                }
                due
            }
        }
    }

    /// A row is in the table only, from `due_at` on worth looking for.
    fn note_elsewhere(&mut self, due_at: i64, id: i64) {
        self.scanned_to = self.scanned_to.min((due_at, id - 1));
        self.next_due = self.next_due.min(due_at);
    }
}

fn size(row: &Unpublished) -> usize {
    row.envelope.as_ref().map_or(0, |envelope| envelope.payload.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(id: i64, order_seq: i64, due_at: i64) -> Effect {
        let row = Unpublished { id, due_at, attempts: 0, envelope: None };
        Effect::Added { order_seq, row, alone: false, now: 1_000 }
    }

    #[test]
    fn a_row_due_before_what_was_looked_at_is_looked_for() {
        let mut known = Known::new(1);
        (known.scanned_to, known.next_due) = ((500, 7), i64::MAX);
        known.absorb(added(9, 1, 800));
        assert_eq!((known.scanned_to, known.next_due), ((500, 7), 800));
        known.absorb(added(10, 2, 300));
        assert_eq!((known.scanned_to, known.next_due), ((300, 9), 300), "just before it");
        known.absorb(Effect::Hastened { order_seq: 1, id: 9, due_at: 200 });
        assert_eq!(known.scanned_to, (200, 8));
        assert!(known.wants_refill(1, 200) && !known.wants_refill(1, 199));
    }
}
