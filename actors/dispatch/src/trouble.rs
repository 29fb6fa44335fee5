//! Trouble is told when it begins and when it is over, not each time it shows.

/// Whether there is trouble.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trouble(bool);

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It was well until now.
    Begins,
    /// It is well again.
    Ends,
}

impl Trouble {
    /// Takes note of how it went; news if it went the other way before.
    pub fn note(&mut self, failed: bool) -> Option<News> {
        let before = std::mem::replace(&mut self.0, failed);
        match (before, failed) {
            (false, true) => Some(News::Begins),
            (true, false) => Some(News::Ends),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_is_news() {
        let mut trouble = Trouble::default();
        let told = [false, true, true, false, false, true].map(|failed| trouble.note(failed));
        let (begins, ends) = (Some(News::Begins), Some(News::Ends));
        assert_eq!(told, [None, begins, None, ends, None, begins]);
    }
}
