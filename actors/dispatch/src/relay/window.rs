//! How many rows a relay may have in hand: what they say must fit into memory, and come within the time a claim has. A pure
//! state.

/// What the rows in hand may say in all, in bytes, if they are like those before them.
const BYTES: usize = 64 << 20;

/// Rows before anything is known of them.
const FIRST: u32 = 64;

/// Grows as long as the rows are small and there are enough of them, as most orders and most backlogs allow.
#[derive(Debug)]
pub struct Window {
    rows: u32,
    most: u32,
}

impl Window {
    /// A window that grows up to `most` rows.
    pub fn new(most: u32) -> Self {
        Self { rows: FIRST.min(most), most }
    }

    /// Rows in hand, at most.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// A claim for `asked` rows brought rows of these sizes.
    pub fn learn(&mut self, asked: u32, sizes: impl ExactSizeIterator<Item = usize>) {
        let count = sizes.len();
        if count == 0 {
            return;
        }
        let grown = if count >= asked as usize { self.rows.saturating_mul(2) } else { self.rows };
        let fit = BYTES / (sizes.sum::<usize>() / count).max(1);
        self.rows = grown.min(u32::try_from(fit).unwrap_or(u32::MAX)).min(self.most).max(1);
    }

    /// A claim brought nothing: it may have asked for too much.
    pub fn failed(&mut self) {
        self.rows = (self.rows / 2).max(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    fn claim(window: &mut Window, size: usize) -> u32 {
        let rows = window.rows();
        window.learn(rows, vec![size; rows as usize].into_iter());
        window.rows()
    }

    #[test]
    fn grows_while_rows_are_small_and_many() {
        let mut window = Window::new(500);
        assert_eq!(window.rows(), 64);
        assert_eq!(claim(&mut window, 600), 128);
        window.learn(128, [600; 3].into_iter());
        assert_eq!(window.rows(), 128, "three of 128 are no reason to ask for more");
        assert_eq!((claim(&mut window, 600), claim(&mut window, 600)), (256, 500));
        assert_eq!(Window::new(10).rows(), 10);
    }

    #[test]
    fn large_rows_come_few_at_a_time() {
        let mut window = Window::new(2_000);
        while window.rows() < 2_000 {
            claim(&mut window, 600);
        }
        assert_eq!(claim(&mut window, MIB), 64);
        assert_eq!(claim(&mut window, 200 * MIB), 1);
        assert_eq!(claim(&mut window, 600), 2, "and small ones again");
    }

    #[test]
    fn a_claim_that_fails_is_made_smaller() {
        let mut window = Window::new(2_000);
        window.failed();
        assert_eq!(window.rows(), 32);
        (0..10).for_each(|_| window.failed());
        assert_eq!(window.rows(), 1);
        window.learn(1, std::iter::empty());
        assert_eq!(window.rows(), 1);
    }
}
