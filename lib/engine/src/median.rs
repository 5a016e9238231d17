//! The median of the latest values: exact, in bounded memory.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use record::Seconds;

/// Values that count; older ones are forgotten.
const KEPT: usize = 999;

/// The latest values, in the order they came and in that of their size.
#[derive(Debug, Default)]
pub(crate) struct Median {
    came: VecDeque<Seconds>,
    sorted: Vec<Seconds>,
}

impl Median {
    pub(crate) fn add(&mut self, value: Seconds) {
        if self.came.len() == KEPT
            && let Some(oldest) = self.came.pop_front()
        {
            let at = self.sorted.partition_point(|one| *one < oldest);
            self.sorted.remove(at);
        }
        self.came.push_back(value);
        let at = self.sorted.partition_point(|one| *one < value);
        self.sorted.insert(at, value);
    }

    /// The middle one, the smaller of two; `None` before the first value.
    pub(crate) fn get(&self) -> Option<Seconds> {
        self.sorted.get(self.sorted.len().saturating_sub(1) / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_latest() {
        let mut median = Median::default();
        assert_eq!(median.get(), None);
        for value in [5, 1, 4] {
            median.add(Seconds::from_secs(value));
        }
        assert_eq!(median.get(), Some(Seconds::from_secs(4)));
        for _ in 0..KEPT {
            median.add(Seconds::from_secs(9));
        }
        assert_eq!((median.get(), median.sorted.len()), (Some(Seconds::from_secs(9)), KEPT));
    }
}
